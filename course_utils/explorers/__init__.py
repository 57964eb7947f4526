"""Interactive explorers, a package each: move something and watch the numbers.

In each, `state` holds what can be set and computes what follows from it, `picture`
draws that, and the front page joins both to widgets. `view` is what all of them share.
"""
