"""Text files that a config names: lists of images, labels or classes."""

from collections.abc import Iterator, Sequence

from hrnet_mm.data.findings import Finding

BOM = "\ufeff"


def read_lines(path: str) -> list[str] | None:
    """Read the lines of a text file as mmengine does; None if it is not UTF-8."""
    try:
        with open(path, encoding="utf-8") as file:
            return [line.rstrip("\n\r") for line in file]
    except UnicodeDecodeError:
        return None


def text_faults(path: str, lines: Sequence[str] | None) -> Iterator[Finding]:
    """Find faults of encoding, empty files and blank lines."""
    if lines is None:
        yield Finding(text=f"{path} is not UTF-8 text: save it as UTF-8")
    elif not any(line.strip().strip(BOM) for line in lines):
        yield Finding(text=f"{path} is empty: it has to have an entry on each line")
    else:
        if lines[0].startswith(BOM):
            yield Finding(
                text=f"{path} starts with a byte order mark, which becomes part of its first "
                "entry: save it as UTF-8 without BOM"
            )
        blank = [i for i, line in enumerate(lines, start=1) if not line.strip()]
        yield from at_lines(path, blank, "blank; take blank lines out")


def at_lines(path: str, numbers: Sequence[int], what: str) -> Iterator[Finding]:
    """Yield a finding about lines of a file, counted from 1; it names the first three."""
    if numbers:
        named = ", ".join(str(number) for number in numbers[:3])
        more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
        plural = "s" if len(numbers) > 1 else ""
        yield Finding(text=f"{path}, line{plural} {named}{more}: {what}")
