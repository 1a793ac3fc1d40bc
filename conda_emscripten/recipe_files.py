"""Which files do the build and the tests of an output read?

This module lists the files of a recipe's folder and of its ``path:`` sources. A file counts unless
it is certainly read by other outputs or by tests alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Any

#: The folder of a recipe's page tests, which are part of no key and of no package.
PAGE_TESTS = "page"

#: The beginning of the names, in ``RecipeFiles.inputs``, of the files of a recipe's tests.
TEST_FILES = "0/tests/"

_Content = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class RecipeFiles:
    """The files of one output.

    Attributes:
        folder: the folder with ``recipe.yaml``.
        content: the rendered recipe of the output.
        siblings: the rendered recipes of the folder's other outputs and variants.
    """

    folder: Path
    content: _Content
    siblings: tuple[_Content, ...]

    def inputs(self) -> Iterator[tuple[str, Path]]:
        """The files of the recipe's folder and of its ``path:`` sources, each with a name.

        Page tests are left out. So are, in a folder with several outputs or variants, the patches,
        build scripts and files in ``tests/`` that only others name.
        """
        folders = [self.folder]
        folders += [
            (self.folder / source["path"]).resolve()
            for source in sources_of(self.content)
            if "path" in source
        ]
        for number, folder in enumerate(folders):
            for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                parts = path.relative_to(folder).parts
                if not path.is_file() or any(map(_is_ignored, parts)):
                    continue
                if folder == self.folder and (
                    parts[0] == PAGE_TESTS or self._is_of_others("/".join(parts))
                ):
                    continue
                yield f"{number}/{'/'.join(parts)}", path

    def is_for_tests(self, name: str) -> bool:
        """Whether only tests read a file, called as in ``inputs``."""
        file = name.removeprefix("0/")
        return (
            name.startswith(TEST_FILES)
            and not _is_named(file, set(_files_of_build(self.content)))
            and not re.search(r"RECIPE_DIR\b[^\n]*/tests\b", self._build_text)
        )

    @property
    def runs_host_programs(self) -> bool:
        """Whether the build runs programs of its host environment, which are WebAssembly.

        Such a build starts ``node`` with a path in ``$PREFIX``, in one line of its script.
        """
        lines = self._build_text.replace("\\\n", " ")
        return re.search(r"\bnode\b[^\n]*\bPREFIX\b", lines) is not None

    def _is_of_others(self, file: str) -> bool:
        """Whether only other outputs of the folder read a file."""
        if _is_named(file, self._own_names):
            return False
        if f"0/{file}".startswith(TEST_FILES):
            return _is_named(file, self._names_of_others)
        folder, _, name = file.rpartition("/")
        return (
            _is_named(file, self._build_names_of_others)
            and name not in self._build_text
            and not (folder and f"{folder.partition('/')[0]}/" in self._build_text)
        )

    @cached_property
    def _own_names(self) -> set[str]:
        return {*_files_of_build(self.content), *_files_of_tests(self.content)}

    @cached_property
    def _build_names_of_others(self) -> set[str]:
        return {name for sibling in self.siblings for name in _files_of_build(sibling)}

    @cached_property
    def _names_of_others(self) -> set[str]:
        tests = {name for sibling in self.siblings for name in _files_of_tests(sibling)}
        return self._build_names_of_others | tests

    @cached_property
    def _build_text(self) -> str:
        """The build script."""
        script = self.content["build"].get("script")
        lines = script.get("content", ()) if isinstance(script, dict) else script or ()
        texts = [lines] if isinstance(lines, str) else list(lines)
        for name in (*_script_files(script), "build.sh"):
            if (self.folder / name).is_file():
                texts.append((self.folder / name).read_text(errors="replace"))
        return "\n".join(texts)


def sources_of(content: _Content) -> list[dict[str, Any]]:
    """The sources of a rendered recipe."""
    entries = content.get("source", [])
    return entries if isinstance(entries, list) else [entries]


def _files_of_build(content: _Content) -> Iterator[str]:
    """Files of the recipe's folder that the build names: patches and a build script."""
    for source in sources_of(content):
        yield from source.get("patches", ())
    yield from _script_files(content["build"].get("script"))


def _files_of_tests(content: _Content) -> Iterator[str]:
    """Files, folders and patterns of files in the recipe's folder that the tests name."""
    for test in content.get("tests", ()):
        files = test.get("files", {})
        yield from files.get("recipe", ()) if isinstance(files, dict) else ()
        yield from _script_files(test.get("script"))


def _script_files(script: Any) -> Iterator[str]:
    if isinstance(script, str) and " " not in script:
        yield script
    elif isinstance(script, dict) and "file" in script:
        yield script["file"]


def _is_named(file: str, names: set[str]) -> bool:
    """Whether one of ``names`` (files, folders, globs) has ``file``."""
    return any(fnmatch(file, name) or file.startswith(f"{name.rstrip('/')}/") for name in names)


def _is_ignored(part: str) -> bool:
    return part in ("__pycache__", "node_modules") or part.startswith(".")
