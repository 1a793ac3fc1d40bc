"""What does the channel hold of a recipe, and how did its last build end?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from conda_emscripten.files import write_json
from conda_emscripten.recipes import Recipe


@dataclass(frozen=True, kw_only=True)
class BuildRecord:
    """A recipe's packages and its last build.

    Attributes:
        hash: `RecipeSet.input_hash` of the packages; empty if the last build failed.
        seconds: how long the last build took, tests included, also if it failed.
        packages: subdir and file name of each.
        tests: how many tests ``passed``, ``failed``, were ``skipped`` and so on (`count_tests`) in
            the last build, also if it failed.
        error: why the last build failed.
        waits: it was not built, as a recipe that it needs failed; `error` names that.
    """

    hash: str = ""
    seconds: float = 0.0
    packages: tuple[tuple[str, str], ...] = ()
    tests: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    waits: bool = False


@dataclass(frozen=True, kw_only=True)
class BuildRecords:
    """BuildRecords in ``folder``, a file for each recipe."""

    folder: Path

    def read(self, recipe: Recipe) -> BuildRecord:
        """The record of a recipe; an empty one if it was never built."""
        file = self._file(recipe)
        if not file.is_file():
            return BuildRecord()
        fields = json.loads(file.read_text())
        return BuildRecord(**{**fields, "packages": tuple(map(tuple, fields["packages"]))})

    def write(self, recipe: Recipe, record: BuildRecord) -> None:
        """Replace the record of a recipe, whole."""
        file = self._file(recipe)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, asdict(record))

    def _file(self, recipe: Recipe) -> Path:
        return self.folder / f"{recipe.platform}-{recipe.name}.json"
