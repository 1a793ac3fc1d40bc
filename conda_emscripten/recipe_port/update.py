"""How does a ported recipe get the later changes of its feedstock?

This module ports the feedstock twice, at the commit in the recipe's first line and at its newest
commit, and merges the difference of the two into the recipe (a three-way merge, as in git).
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.project import Project
from conda_emscripten.recipe_port.feedstock import git_environment, open_feedstock
from conda_emscripten.recipe_port.port import Port, check

#: The first line of a ported recipe.
_HEAD = re.compile(r"# Ported from (?P<origin>.+), commit (?P<commit>[0-9a-f]{40,64})\.\n")
_CONFLICT = b"<<<<<<< "


@dataclass(kw_only=True)
class Update:
    """The merge of a feedstock's changes into a recipe.

    Attributes:
        folder: the folder of the recipe.
        recipe: the path of the recipe in the feedstock.
        before: the files of the folder that the merge changes; None for a new file.
        after: the same files after the merge; None for a removed file.
        conflicts: ``file:line`` of each conflict.
        report: what a person must look at and the earlier port did not say, as in ``Port.report``.
    """

    folder: Path
    recipe: str
    before: dict[str, bytes | None] = field(default_factory=dict)
    after: dict[str, bytes | None] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    report: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project, place: str) -> Update:
        """The merge of the feedstock at ``place``; nothing is written.

        Raises:
            UsageError: the feedstock cannot be read, or has no commits; or no recipe was ported
                from it.
            RecipeError: the feedstock cannot be ported.
        """
        with open_feedstock(place) as new:
            if not new.commit:
                raise UsageError(
                    f"{place} is no git repository, so its changes are not known.",
                    help="Name the address of the repository, or a clone.",
                )
            port = Port(project, new)
            theirs = port.files()
            folder = project.recipes_dir / port.name
            head = _head(folder)
            with open_feedstock(place, commit=head["commit"]) as old:
                earlier = Port(project, old)
                base = earlier.files()
        known = {each.message for each in earlier.notices}
        port.notices = [each for each in port.notices if each.message not in known]
        # The line with the commit conflicts with nothing.
        first = f"# Ported from {head['origin']}, commit {new.commit}.".encode()
        update = cls(folder=folder, recipe=new.recipe_path, report=list(port.report()))
        for name in sorted({*base, *theirs}):
            own = (folder / name).read_bytes() if (folder / name).is_file() else None
            versions = [own, base.get(name), theirs.get(name)]
            if name == "recipe.yaml":
                versions = [each and _with_first_line(first, each) for each in versions]
            merged = update._merged(name, *versions)
            if merged != own:
                update.before[name], update.after[name] = own, merged
        return update

    def _merged(
        self, name: str, own: bytes | None, old: bytes | None, new: bytes | None
    ) -> bytes | None:
        """A file with the changes from ``old`` to ``new``; None if there is none."""
        if new in (old, own):
            return own
        if own == old:
            return new
        if own is None or new is None:
            removed = "this recipe" if own is None else "the feedstock"
            self.report.append(
                f"{name}: removed in {removed}, and changed in the other: compare it"
            )
            return own
        merged = _merge_file(own, old or b"", new)
        lines = enumerate(merged.splitlines(), 1)
        self.conflicts += [
            f"{name}:{number}" for number, line in lines if line.startswith(_CONFLICT)
        ]
        return merged

    def write(self, project: Project) -> None:
        """Write the merged files; those with conflicts have git's conflict markers.

        Raises:
            UsageError: a file cannot be written.
            RecipeError: the recipe has no conflict and does not render; its files are as before.
        """
        try:
            self._write(self.after)
            if not self.conflicts:
                check(project, self.folder.name, self.recipe)
        except BaseException:
            self._write(self.before)
            raise

    def _write(self, files: Mapping[str, bytes | None]) -> None:
        with os_errors(UsageError, f"{self.folder}: the recipe cannot be written"):
            for name, content in files.items():
                if content is None:
                    (self.folder / name).unlink(missing_ok=True)
                else:
                    (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                    atomic_write(self.folder / name, content)


def _head(folder: Path) -> re.Match[str]:
    """The first line of a ported recipe."""
    file = folder / "recipe.yaml"
    if not file.is_file():
        raise UsageError(
            f"{folder} has no recipe to update.",
            help="Port the feedstock first, without --update.",
        )
    if not (head := _HEAD.match(file.read_text())):
        raise UsageError(
            f"{file}:1: the line does not name the feedstock and its commit.",
            help="Write '# Ported from ADDRESS, commit HASH.' with the commit that the recipe was "
            "made from.",
        )
    return head


def _with_first_line(first: bytes, text: bytes) -> bytes:
    return first + b"\n" + text.partition(b"\n")[2]


def _merge_file(own: bytes, old: bytes, new: bytes) -> bytes:
    """``own`` with the changes from ``old`` to ``new``, by ``git merge-file``.

    Raises:
        RecipeError: a file is not text.
    """
    labels = ("this recipe", "the feedstock's earlier commit", "the feedstock")
    with TemporaryDirectory(prefix="merge-") as scratch:
        files = [Path(scratch, name) for name in ("own", "old", "new")]
        for file, content in zip(files, (own, old, new), strict=True):
            file.write_bytes(content)
        options = [text for label in labels for text in ("-L", label)]
        done = subprocess.run(
            ["git", "merge-file", "-p", "--diff3", *options, *map(str, files)],
            cwd=scratch,
            env=git_environment(),
            capture_output=True,
            check=False,
        )
    if done.returncode > 127:  # the number of conflicts otherwise
        raise RecipeError(
            f"git merge-file failed: {done.stderr.decode(errors='replace').strip()}.",
            help="Merge the feedstock's changes in an editor.",
        )
    return done.stdout
