"""Do the sources still have the messages that docs/errors.md explains?

tests/build/test_error_index.py provokes the messages of other programs.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache

import pytest

from tests.frontends.document import blocks
from tests.harness.built import ROOT

MESSAGES = [block for block in blocks("errors", folder=ROOT / "docs") if block.language == "text"]
LINES = [(block.heading, line) for block in MESSAGES for line in block.text.splitlines()]
#: Where messages are written.
SOURCES = (
    "*.py",
    "*.ts",
    "*.js",
    "*.c",
    "recipes/python/patches/*.patch",
    ":!docs",
    ":!tests",
    ":!*/test/*",
    ":!*/tests/*",
)


@cache
def sources() -> str:
    """The text of all sources, with `…` for what a program fills in, and parts of texts joined."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *SOURCES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return "\n".join(normal(file.read_text(errors="replace")) for file in files if file.is_file())


def normal(text: str) -> str:
    """A source in which each message is one text."""
    text = re.sub(r"\$?\{(?:[^{}\n]|\{[^{}\n]*\})*\}|%[sdRiUzu]+", "…", text)
    quotes = "[\"'`]"
    return re.sub(rf"{quotes}\s*\+?\s*(?:\n[+\s]*)?f?{quotes}", "", text)


def test_parts_of_a_message_are_joined() -> None:
    python = 'raise Error(\n    f"{name} is "\n    "small.", help=f"Take {self.big[0]}."\n)'
    assert "… is small." in normal(python)
    assert "Take …." in normal(python)
    script = 'throw new Error(\n  `${url} is ${a ? `big` : `small`} and ` +\n    "old.",\n)'
    assert "and old." in normal(script)


def test_each_section_has_a_message_and_an_explanation() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    sections = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert len(sections) > 25
    for section in sections:
        assert re.search(r"^```(?:text|console)\n", section, re.MULTILINE), section
        assert len(re.sub(r"```.*?```", "", section, flags=re.DOTALL).split()) > 12, section


@pytest.mark.parametrize(("heading", "line"), LINES, ids=[line[:40] for _, line in LINES])
def test_the_sources_have_the_message(heading: str, line: str) -> None:
    parts = [part.strip(" .:;()") for part in line.split("…")]
    assert max(len(part.split()) for part in parts) > 2, "too short to find"
    missing = [part for part in parts if len(part.split()) > 1 and part not in sources()]
    assert missing == [], heading
