"""Interactive explorers, one per module: move something and watch the numbers."""
