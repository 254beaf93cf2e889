"""Reads data for which there is no config yet: what they hold, and how they split."""
