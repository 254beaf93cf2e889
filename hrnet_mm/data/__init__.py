"""Checks of a config and of its data before, and while, a run uses them."""
