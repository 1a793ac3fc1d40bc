"""Does the branch follow the project's rules that no linter checks?

This module is the command ``python -m ci.check_rules``. It fails for modules that are too long, and
for commit messages that do not have the form ``area: imperative summary``. With a file name as its
argument it checks the commit message in that file, for git's hook ``commit-msg``. Import cycles
are checked by import-linter and Biome (pyproject.toml and biome.json).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULES = ("conda_emscripten", "loader/src", "runtime")
SUFFIXES = (".c", ".h", ".js", ".mjs", ".py", ".ts")
MAX_LINES = 400

MAX_SUBJECT = 72
SUBJECT = re.compile(r"[a-z][\w./+, -]*: \S.*(?<!\.)")
#: The last commit before the rule.
BASE = "3a6244080ac7a4ab85e9d6bdd8741e9218a2e04f"


def long_modules(root: Path) -> Iterator[str]:
    """Yield a line for each module below ``root`` that has more than ``MAX_LINES`` lines."""
    for folder in MODULES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            lines = len(path.read_bytes().splitlines())
            if lines > MAX_LINES:
                name = path.relative_to(root).as_posix()
                yield f"{name}: {lines} lines, at most {MAX_LINES}: split the module by subject"


def faults(message: str) -> Iterator[str]:
    """Yield the faults of a commit message."""
    subject, *body = message.splitlines() or [""]
    if len(subject) > MAX_SUBJECT:
        yield f"the subject has {len(subject)} characters, at most {MAX_SUBJECT}"
    if not SUBJECT.fullmatch(subject):
        yield "the subject is not of the form 'area: imperative summary', without a full stop"
    if body and body[0]:
        yield "the second line is not blank"


def bad_commits(repository: Path, base: str = BASE) -> Iterator[str]:
    """Yield a line for each fault of the commits after ``base``, without merge commits.

    A shallow clone without ``base`` has only later commits: all of them are checked.

    Raises:
        subprocess.CalledProcessError: ``repository`` is not a git repository.
    """
    ancestor = subprocess.run(
        ["git", "merge-base", "--is-ancestor", base, "HEAD"],
        cwd=repository,
        check=False,
        capture_output=True,
    )
    commits = f"{base}..HEAD" if ancestor.returncode == 0 else "HEAD"
    log = subprocess.run(
        ["git", "log", "-z", "--no-merges", "--format=%h%n%B", commits],
        cwd=repository,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    for entry in filter(None, log.stdout.split("\0")):
        commit, _, message = entry.partition("\n")
        subject = message.partition("\n")[0]
        for fault in faults(message):
            yield f"commit {commit} ({subject!r}): {fault}"


def main(arguments: list[str]) -> int:
    """Check the tree and the branch, or the commit message in the file ``arguments[0]``."""
    if arguments:
        lines = Path(arguments[0]).read_text().splitlines()
        message = "\n".join(line for line in lines if not line.startswith("#"))
        problems = [] if message.startswith("Merge ") else list(faults(message))
    else:
        problems = [*long_modules(ROOT), *bad_commits(ROOT)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
