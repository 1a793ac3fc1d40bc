"""Which files does a feedstock have, and of which commit?

This module reads a folder, or clones a git repository. Nothing of the feedstock runs: git has no
hooks, no template and no configuration but its defaults, and symbolic links are not followed.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conda_emscripten.errors import UsageError

_RECIPES = ("recipe/recipe.yaml", "recipe/meta.yaml", "recipe.yaml", "meta.yaml")
_VARIANTS = ("variants.yaml", "conda_build_config.yaml")
_HELP = "Name a folder with recipe/meta.yaml or recipe/recipe.yaml, or a git repository."

#: A repository may not name a command (``ext``), and no hook of any kind is found.
_GIT = (
    *("git", "-c", "core.hooksPath=/dev/null", "-c", "protocol.ext.allow=never"),
    *(
        "-c",
        "protocol.file.allow=always",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.symlinks=false",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Feedstock:
    """A feedstock on this machine.

    Attributes:
        folder: the folder of the feedstock.
        recipe: ``meta.yaml`` or ``recipe.yaml``.
        origin: its address without a user's name and password, or the name of its folder.
        commit: the commit; empty if it is not known.
    """

    folder: Path
    recipe: Path
    origin: str
    commit: str

    @property
    def is_v1(self) -> bool:
        """Whether the recipe has the format of CEP 13."""
        return self.recipe.name == "recipe.yaml"

    @property
    def name(self) -> str:
        """The name of the feedstock."""
        return (
            self.origin.rstrip("/")
            .rpartition("/")[2]
            .removesuffix(".git")
            .removesuffix("-feedstock")
        )

    @property
    def recipe_path(self) -> str:
        """The path of the recipe in the feedstock."""
        return self.recipe.relative_to(self.folder).as_posix()

    @property
    def licence(self) -> str | None:
        """The licence notice of the feedstock; None if it has none."""
        for name in ("LICENSE.txt", "LICENSE", "LICENSE.md"):
            if self.recipe.parent != self.folder and is_inside(self.folder / name, self.folder):
                return read_text(self.folder / name)
        return None

    @property
    def variants(self) -> str:
        """The text of the recipe's own variant file; empty if there is none."""
        files = (self.recipe.parent / name for name in _VARIANTS)
        return next((read_text(each) for each in files if is_inside(each, self.folder)), "")

    def file(self, name: str) -> Path | None:
        """A file beside the recipe; None if there is no such regular file inside the feedstock."""
        path = self.recipe.parent / name
        return path if is_inside(path, self.folder) else None


def is_inside(path: Path, folder: Path) -> bool:
    """Whether ``path`` is a regular file below ``folder``, and no symbolic link leads out of it."""
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def read_text(path: Path) -> str:
    """The text of a file of a feedstock.

    Raises:
        UsageError: the file cannot be read, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", help=_HELP) from error


@contextmanager
def open_feedstock(place: str, *, commit: str = "") -> Iterator[Feedstock]:
    """The feedstock in a folder or git repository, for as long as the context lasts.

    Args:
        place: the folder, or the address of the repository.
        commit: an earlier commit; empty for the folder as it is, or the newest commit.

    Raises:
        UsageError: it has no recipe or no such commit, or cannot be cloned.
    """
    folder = Path(place)
    if not commit and (found := _recipe_of(folder)):
        root = found.parent.parent if found.parent.name == "recipe" else found.parent
        has_git = (root / ".git").exists()
        commit = _git("rev-parse", "HEAD", cwd=root).strip() if has_git else ""
        yield Feedstock(folder=root, recipe=found, origin=root.resolve().name, commit=commit)
        return
    with TemporaryDirectory(prefix="feedstock-") as scratch:
        clone = Path(scratch, "clone")
        address = folder.resolve().as_uri() if folder.is_dir() else place
        depth = () if commit else ("--depth=1",)
        _git("clone", "--quiet", *depth, "--template=", "--", address, str(clone), cwd=scratch)
        if commit:
            try:
                _git("checkout", "--quiet", "--detach", commit, cwd=clone)
            except UsageError as error:
                raise UsageError(
                    f"{place} has no commit {commit}.",
                    help="Name the feedstock in the first line of the recipe.",
                ) from error
        if not (found := _recipe_of(clone)):
            raise UsageError(f"{place} has no recipe.", help=_HELP)
        commit = _git("rev-parse", "HEAD", cwd=clone).strip()
        origin = folder.resolve().name if folder.is_dir() else re.sub(r"//[^/@]*@", "//", place)
        yield Feedstock(folder=clone, recipe=found, origin=origin, commit=commit)


def _recipe_of(folder: Path) -> Path | None:
    return next((folder / each for each in _RECIPES if is_inside(folder / each, folder)), None)


def git_environment() -> dict[str, str]:
    """The variables with which git reads no configuration, and asks nothing."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        # A folder's own .git/config is not read by `clone`; other owners' folders are read, too.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def _git(*arguments: str, cwd: Path | str) -> str:
    try:
        done = subprocess.run(
            [*_GIT, *arguments],
            cwd=cwd,
            env=git_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError as error:
        raise UsageError("There is no git.", help="Install git, or name a folder.") from error
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["no message"]
        raise UsageError(f"git {arguments[0]} failed: {lines[-1]}.", help=_HELP) from error
    return done.stdout
