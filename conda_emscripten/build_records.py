"""Which packages of a recipe does the channel have, and how did the last build end?

This module stores a JSON file for each recipe in ``build/records``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.files import write_json
from conda_emscripten.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class BuildRecord:
    """A recipe's packages and its last build.

    Attributes:
        hash: ``RecipeSet.input_hash`` of the packages; empty if the last build failed.
        seconds: the duration of the last build, tests included, also if the build failed.
        packages: subdir and file name of each package.
        tests: the number of tests of the last build by outcome (``build_worker.count_tests``), also
            if the build failed.
        error: why the last build failed; empty after a success.
        waits: the recipe was not built because a dependency failed; ``error`` names the
            dependency.
    """

    hash: str = ""
    seconds: float = 0.0
    packages: tuple[tuple[str, str], ...] = ()
    tests: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    waits: bool = False

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> BuildRecord:
        """The record that ``dataclasses.asdict`` made ``fields`` from.

        Raises:
            Exception: ``fields`` is not of that form.
        """
        packages = tuple((_plain(subdir), _plain(file)) for subdir, file in fields["packages"])
        for _, file in packages:
            ArchiveName.parse(file)  # raises ValueError
        record = cls(**{**fields, "packages": packages})
        numbers = [record.seconds, *record.tests.values()]
        texts = [record.hash, record.error, *record.tests]
        if not all(isinstance(number, int | float) for number in numbers):
            raise TypeError("a number is not a number")
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a text is not a string")
        return record


def _plain(text: Any) -> str:
    """Return ``text`` if it can be the name of a file or a subdir."""
    if not isinstance(text, str) or "/" in text or text in ("", ".", ".."):
        raise ValueError(f"{text!r} is not a file name")
    return text


@dataclass(frozen=True, kw_only=True)
class BuildRecords:
    """Records in ``folder``, a file for each recipe."""

    folder: Path

    def read(self, recipe: Recipe) -> BuildRecord:
        """The record of a recipe; an empty record if the recipe was never built."""
        return self.named(recipe.platform, recipe.name)

    def named(self, platform: str, name: str) -> BuildRecord:
        """The record of the recipe called ``name``; the recipe itself may be unreadable.

        A damaged record counts as missing: the recipe is taken from the cache or built again.
        """
        try:
            return BuildRecord.from_json(json.loads(self._file(platform, name).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return BuildRecord()

    def write(self, recipe: Recipe, record: BuildRecord) -> None:
        """Replace the record of a recipe.

        Raises:
            OSError: the record cannot be written.
        """
        file = self._file(recipe.platform, recipe.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, asdict(record))

    def _file(self, platform: str, name: str) -> Path:
        return self.folder / f"{platform}-{name}.json"
