"""Writes a config for own data: a recipe that fits them, on top of a shipped config."""
