"""Errors that a user can correct. Each takes one string, the complete message.

Workers of data loaders and mmengine's registries raise an error again as ``type(error)(text)``.
"""


class UserError(ValueError):
    """An argument, a config or a file is not usable; the message names it and what to do."""


class CheckpointError(RuntimeError):
    """A checkpoint cannot be loaded; the message names the file, what is wrong and what to do."""
