"""Finds the images of own data, and reads its text files."""

from pathlib import Path

from hrnet_mm.errors import UserError

# What Pillow and OpenCV both read.
_SUFFIXES = ".avif .bmp .gif .jfif .jp2 .jpe .jpeg .jpg .mpo "
_SUFFIXES += ".pbm .pgm .png .pnm .ppm .tif .tiff .webp"
IMAGE_SUFFIXES = frozenset(_SUFFIXES.split())


def image_files(folder: Path) -> list[Path]:
    """Return the images in and below a folder, sorted; hidden files and folders are left out."""
    paths = (p for p in folder.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
    return sorted(
        p for p in paths if not any(s.startswith(".") for s in p.relative_to(folder).parts)
    )


def utf8_text(file: Path) -> str:
    """Read a text file, without the byte order mark that Windows puts before it.

    Raises:
        UserError: It is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is not UTF-8 text: save it as UTF-8") from error
