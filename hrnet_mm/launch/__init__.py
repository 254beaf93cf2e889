"""Training and testing of any toolbox's config: command line, checks, clear errors."""
