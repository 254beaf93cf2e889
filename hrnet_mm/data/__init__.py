"""Looks at a config and its data, and says what is wrong before a run wastes time on it."""
