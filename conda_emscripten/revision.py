"""Which files did a project have at an earlier commit?

This module writes the files of a git commit to a temporary folder. The working tree, the index and
the configuration of the repository stay as they are.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from conda_emscripten.errors import UsageError
from conda_emscripten.project import Project


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A commit of the repository that has a project.

    Attributes:
        project: the project, as it is in the working tree.
        commit: 40 hexadecimal digits.
    """

    project: Project
    commit: str

    @classmethod
    def find(cls, project: Project, name: str) -> Revision:
        """The commit that git calls ``name``: a branch, a tag, ``HEAD~2``, a hash.

        Raises:
            UsageError: the project is not in a git repository, or there is no such commit.
        """
        root = project.root
        inside = _git(root, "rev-parse", "--is-inside-work-tree")
        if inside.returncode:
            raise UsageError(
                f"{root} is not in a git repository that can be read: {_reason(inside)}.",
                help="Run the command in a clone of the project.",
            )
        found = _git(root, "rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
        if found.returncode == 0:
            return cls(project=project, commit=found.stdout.strip())
        if _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true":
            raise UsageError(
                f"This clone is shallow and has no commit {name!r}.",
                help="Run 'git fetch --unshallow'; in a workflow, check out with fetch-depth: 0.",
            )
        raise UsageError(
            f"The repository has no commit {name!r}.",
            help="Name a branch, a tag or a commit; 'git fetch' brings those of the remote.",
        )

    @contextmanager
    def checked_out(self) -> Iterator[Project | None]:
        """The project with the files of the commit, for as long as the context lasts.

        Yields:
            None if the commit has no such project.

        Raises:
            UsageError: git cannot read the commit.
        """
        prefix = self._run("rev-parse", "--show-prefix").strip()
        with TemporaryDirectory(prefix="revision-") as scratch:
            folder, index = Path(scratch, "tree"), Path(scratch, "index")
            folder.mkdir()
            variables = {"GIT_INDEX_FILE": str(index)}
            self._run("read-tree", self.commit, variables=variables)
            top = self._run("rev-parse", "--show-toplevel").rstrip("\n")
            self._run(
                *("checkout-index", "--all", f"--prefix={folder}/"), cwd=top, variables=variables
            )
            root = folder / prefix
            exists = (root / "recipes").is_dir() and (root / "conda_build_config.yaml").is_file()
            yield replace(self.project, root=root) if exists else None

    def _run(
        self, *arguments: str, cwd: str | None = None, variables: Mapping[str, str] | None = None
    ) -> str:
        done = _git(cwd or self.project.root, *arguments, variables=variables)
        if done.returncode:
            raise UsageError(
                f"git cannot read the commit {self.commit}: {_reason(done)}.",
                help="Check the repository with 'git fsck'.",
            )
        return done.stdout


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """The first line that a failed git printed."""
    return next(iter(done.stderr.strip().splitlines()), "no message").rstrip(".")


def _git(
    cwd: Path | str, *arguments: str, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run git; ``variables`` are added to the environment.

    Raises:
        UsageError: there is no git.
    """
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env={**os.environ, **(variables or {})},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise UsageError("There is no git.", help="Install git.") from error
