"""Which commands and files does a page of the documentation have? The tests run those.

A file is a block of code whose first line is a comment with the name of the file and nothing else::

    // vite.config.js

Blocks of the language ``sh`` are commands. The site has the address ``https://example.org`` in the
documentation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.harness.built import ROOT

DOCS = ROOT / "docs" / "use-from"
SITE = "https://example.org"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"(?:<!--|//|#|/\*) *([\w./-]+\.\w+) *(?:-->|\*/)?")


@dataclass(frozen=True)
class Block:
    """A block of code of a document.

    Attributes:
        language: the word after the fence.
        text: the code, which ends in a line feed.
        heading: the nearest heading above, without its marks.
        file: the name in the first line, if that is a comment with nothing else.
    """

    language: str
    text: str
    heading: str
    file: str | None


def blocks(
    page: str, heading: str | None = None, *, site: str = SITE, folder: Path | None = None
) -> list[Block]:
    """The blocks of code of a page, or those of one section.

    Args:
        page: the name of the file, without the suffix.
        heading: of the section, without its marks.
        site: the address in place of ``https://example.org``, without a slash at the end.
        folder: of the page; by default ``docs/use-from``.

    Raises:
        LookupError: there are none. A test that runs them would test nothing.
    """
    path = (folder or DOCS) / f"{page}.md"
    text = path.read_text()
    found: list[Block] = []
    above, end = "", 0
    for match in _BLOCK.finditer(text):
        headings: list[str] = re.findall(r"^#+ (.+)$", text[end : match.start()], re.MULTILINE)
        above, end = [above, *headings][-1], match.end()
        name = _NAME.fullmatch(match[2].partition("\n")[0])
        if heading in (None, above):
            code = match[2].replace(SITE, site)
            found.append(Block(match[1], code, above, name[1] if name else None))
    if not found:
        raise LookupError(f"{path} has no code in the section {heading!r}")
    return found


def write_files(found: Iterable[Block], folder: Path) -> None:
    """Write the files among the blocks below ``folder``.

    The comment with the name stays, but for JSON, which has no comments.
    """
    for block in found:
        if block.file is not None:
            path = folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            text = block.text.partition("\n")[2] if path.suffix == ".json" else block.text
            path.write_text(text)


def commands(found: Iterable[Block]) -> list[str]:
    """The text of each block of the language ``sh``, for a shell."""
    return [block.text for block in found if block.language == "sh"]
