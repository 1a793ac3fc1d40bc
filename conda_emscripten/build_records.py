"""Which package of an output does the channel have, and how did the last build end?

This module stores a JSON file for each output in ``build/records``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.content_key import Built
from conda_emscripten.files import write_json
from conda_emscripten.recipe import Output


@dataclass(frozen=True, kw_only=True)
class BuildRecord:
    """The package of an output, and its last build.

    Attributes:
        hash: ``RecipeSet.static_key`` of the package; empty if the last build failed, or if the
            package was built with stale dependencies.
        seconds: the duration of the last build, tests included, also if the build failed.
        packages: subdir and file name of the package; of earlier versions, several.
        tests: the number of tests of the last build by outcome (``test_counts.read_counts``), also
            if the build failed.
        error: why the last build failed; empty after a success.
        waits: the output was not built because a dependency failed; ``error`` names the
            dependency.
        built: the package's content key, interface and tests.
    """

    hash: str = ""
    seconds: float = 0.0
    packages: tuple[tuple[str, str], ...] = ()
    tests: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    waits: bool = False
    built: Built = field(default_factory=Built)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> BuildRecord:
        """The record that ``to_json`` made ``fields`` from.

        Raises:
            Exception: ``fields`` is not of that form.
        """
        packages = tuple((_plain(subdir), _plain(file)) for subdir, file in fields["packages"])
        for _, file in packages:
            ArchiveName.parse(file)  # raises ValueError
        built = Built.from_json(fields.get("built", {}))
        record = cls(**{**fields, "packages": packages, "built": built})
        numbers = [record.seconds, *record.tests.values()]
        texts = [record.hash, record.error, *record.tests]
        if not all(isinstance(number, int | float) for number in numbers):
            raise TypeError("a number is not a number")
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a text is not a string")
        return record

    def to_json(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {**asdict(self), "built": self.built.to_json()}


def _plain(text: Any) -> str:
    """Return ``text`` if it can be the name of a file or a subdir."""
    if not isinstance(text, str) or "/" in text or text in ("", ".", ".."):
        raise ValueError(f"{text!r} is not a file name")
    return text


@dataclass(frozen=True, kw_only=True)
class BuildRecords:
    """Records in ``folder``, a file for each output."""

    folder: Path

    def read(self, output: Output) -> BuildRecord:
        """The record of an output; an empty record if the output was never built."""
        return self.named(output.file_name)

    def named(self, file_name: str) -> BuildRecord:
        """The record of the output with ``Output.file_name``; its recipe may be unreadable.

        A damaged record counts as missing: the package is taken from the cache or built again.
        """
        try:
            return BuildRecord.from_json(json.loads(self._file(file_name).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return BuildRecord()

    def beginning_with(self, *prefixes: str) -> list[BuildRecord]:
        """The records whose ``Output.file_name`` begins with one of ``prefixes``."""
        names = [file.stem for file in sorted(self.folder.glob("*.json"))]
        return [self.named(name) for name in names if name.startswith(prefixes)]

    def write(self, output: Output, record: BuildRecord) -> None:
        """Replace the record of an output.

        Raises:
            OSError: the record cannot be written.
        """
        file = self._file(output.file_name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, record.to_json())

    def _file(self, file_name: str) -> Path:
        return self.folder / f"{file_name}.json"
