"""The README and the pages of docs/, taken apart."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.conftest import REPOSITORY

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"\]\(([^()\s]+)\)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of code, with its language, "" if it has none."""

    language: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """A Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path from the repository's root."""
        return self.path.relative_to(REPOSITORY).as_posix()

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text()

    @cached_property
    def prose(self) -> str:
        """What is outside fenced blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        """The fenced blocks."""
        return [Block(language=m[1], text=m[2]) for m in _FENCE.finditer(self.text)]

    @cached_property
    def inline_code(self) -> list[str]:
        """What stands in backticks, unless another project's ("mmseg's `tools/...`")."""
        return [
            m[2] for m in _INLINE.finditer(self.prose) if self.prose[m.start() - 3 :][:3] != "'s "
        ]

    @cached_property
    def links(self) -> list[str]:
        """The targets of its links that lead into the repository."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @cached_property
    def headings(self) -> set[str]:
        """What GitHub calls the anchors of its headings."""
        titles = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}

    @cached_property
    def lines_of_code(self) -> list[str]:
        """Shell lines and inline code, each continued line in one piece."""
        shell = "\n".join(
            b.text for b in self.blocks if b.language in ("", "bash", "sh", "console")
        )
        return [*shell.replace("\\\n", " ").splitlines(), *self.inline_code]


DOCUMENTS = [
    Document(path=path)
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))
]
