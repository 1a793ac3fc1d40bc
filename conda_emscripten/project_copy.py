"""How is a project changed as a whole, or not at all?

This module copies a project's files and links the packages of its channels, in ``build/migration``.
Builds in the copy do not touch the project. At the end, the project gets the changed recipes and
the channels of the copy. If that is interrupted, the next command undoes it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from conda_emscripten.errors import ChannelError
from conda_emscripten.files import atomic_write, os_errors, remove_interrupted, write_json
from conda_emscripten.project import Project

#: The folders of ``build/`` that belong together.
_FOLDERS = ("channel", "bootstrap", "records")

AS_THEY_WERE = "The recipes and the channel are as they were."

#: Files of a channel that no program changes in place, so that the copy can link them.
_LINKED = (".conda", ".lz4b")


@dataclass(kw_only=True)
class ProjectCopy:
    """A copy of a project. The caller holds the lock of the project's build folder.

    Attributes:
        project: the project.
        tell: called with each line that the user sees.
    """

    project: Project
    tell: Callable[[str], None]
    _before: Mapping[str, str] = field(default_factory=dict)

    @property
    def _folder(self) -> Path:
        return self.project.build_dir / "migration"

    @property
    def _undo_file(self) -> Path:
        return self._folder / "undo.json"

    @cached_property
    def copied(self) -> Project:
        """The copy of the project."""
        return replace(self.project, root=self._folder / "tree", build_dir=self._folder / "build")

    def make(self) -> None:
        """Copy what builds read, and link the packages of the channels.

        An earlier copy is removed.

        Raises:
            ChannelError: there is no channel, or a file cannot be read or written.
        """
        with os_errors(ChannelError, f"{self._folder}: the project cannot be copied"):
            self._make()
            self._before = _texts(self.copied)

    def _make(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        root, build_dir = self.project.root, self.project.build_dir
        if not all((build_dir / name).is_dir() for name in _FOLDERS):
            raise ChannelError(
                f"There is no channel in {build_dir}, so there is nothing to migrate.",
                help="Change the value in conda_build_config.yaml in an editor.",
            )

        def ignored(folder: str, names: list[str]) -> list[str]:
            return [
                name
                for name in names
                if name in ("node_modules", "__pycache__")
                or Path(folder, name) == build_dir
                or (Path(folder) == root and (name == "build" or name.startswith(".")))
            ]

        shutil.copytree(root, self.copied.root, ignore=ignored, symlinks=True)
        for name in _FOLDERS:
            folder = build_dir / name
            shutil.copytree(folder, self.copied.build_dir / name, copy_function=_link)

    def commit(self) -> None:
        """Make the project and its channel those of the copy, or leave both as they were.

        Raises:
            ChannelError: a file cannot be written.
        """
        root, build_dir = self.project.root, self.project.build_dir
        new, before = _texts(self.copied), self._before
        if edited := [
            name for name, text in _texts(self.project).items() if text != before.get(name)
        ]:
            raise ChannelError(
                f"{root / edited[0]} was changed during the migration. {AS_THEY_WERE}",
                help="Run the command again: finished packages are in the build cache.",
            )
        changed = {name: text for name, text in new.items() if text != before[name]}
        with os_errors(ChannelError, f"{build_dir}: the channels cannot be exchanged"):
            (self._folder / "before").mkdir()
            write_json(self._undo_file, {name: before[name] for name in changed})
            try:
                for name, text in changed.items():
                    atomic_write(root / name, text.encode())
                for name in _FOLDERS:
                    (build_dir / name).rename(self._folder / "before" / name)
                    (self.copied.build_dir / name).rename(build_dir / name)
            except BaseException:
                self.undo()
                raise
            self._undo_file.unlink()

    def remove(self) -> None:
        """Remove the copy."""
        if not self._undo_file.is_file():  # else the next call undoes an exchange
            shutil.rmtree(self._folder, ignore_errors=True)

    def undo(self) -> None:
        """Undo a ``commit`` that did not end.

        Raises:
            ChannelError: a file cannot be written.
        """
        with os_errors(ChannelError, f"{self._folder}: the migration cannot be undone"):
            self._undo()

    def _undo(self) -> None:
        if not self._undo_file.is_file():
            return
        for name, text in json.loads(self._undo_file.read_text()).items():
            remove_interrupted((self.project.root / name).parent)
            atomic_write(self.project.root / name, text.encode())
        for folder in (self._folder / "before").iterdir():
            shutil.rmtree(self.project.build_dir / folder.name, ignore_errors=True)
            folder.rename(self.project.build_dir / folder.name)
        self._undo_file.unlink()
        self.tell(f"The last migration did not end. {AS_THEY_WERE}")


def _texts(project: Project) -> dict[str, str]:
    """The files that a migration changes, by their path in the project."""
    config = project.root / "conda_build_config.yaml"
    files = [config, *sorted(project.recipes_dir.glob("*/recipe.yaml"))]
    return {str(file.relative_to(project.root)): file.read_text() for file in files}


def _link(source: str, target: str) -> None:
    """Link a package or a bundle, and copy another file."""
    if source.endswith(_LINKED):
        with suppress(OSError):  # a file system without links
            Path(target).hardlink_to(source)
            return
    shutil.copy2(source, target)
