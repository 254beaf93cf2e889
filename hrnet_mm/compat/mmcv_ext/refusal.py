"""The error for operators that the stand-in for ``mmcv._ext`` lacks."""

GET_OPERATORS = (
    "`pip uninstall mmcv mmcv-lite`, then `pip install --no-build-isolation --no-cache-dir "
    "mmcv==2.1.0`, which compiles them for the installed PyTorch, or `pip install onedl-mmcv`"
)


def not_served(what: str) -> NotImplementedError:
    """Return the error for an operator, or a mode of one, that has no stand-in."""
    return NotImplementedError(
        f"mmcv's operator {what} is not served: the installed mmcv has no compiled operators "
        "that load, and hrnet_mm provides only those that HRNet detectors need. To get it, "
        f"replace mmcv by one that is compiled for this PyTorch: {GET_OPERATORS}."
    )
