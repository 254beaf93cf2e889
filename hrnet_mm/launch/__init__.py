"""Command line, checks before a start, training and testing of any toolbox's config."""
