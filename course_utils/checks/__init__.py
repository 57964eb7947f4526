"""Checks of what learners write: one module for each notebook.

A check is a function ``check_<exercise>(answer)`` that returns a `Verdict`. Most are a
reference, a list of cases and one call; see `convolution_by_hand` for examples of all
kinds::

    def check_double(double: Callable) -> Verdict:
        cases = [Case((2,)), Case((-1.5,), look_at="numbers below zero")]
        return judge_function(double, lambda x: 2 * x, cases, name="double")

To add one: write it into the notebook's module here, and give
``tests/wrong_answers/<module>.py`` a right answer and at least five wrong ones.
"""
