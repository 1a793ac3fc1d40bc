"""How is a page of docs/tutorials followed to the letter?

This module makes a checkout of its own, and one shell script of the commands, files and differences
of a page, in the order of the page.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from conda_emscripten.project import Project
from tests.frontends.document import Block, blocks
from tests.harness.built import BUILD_DIR, ROOT

TUTORIALS = ROOT / "docs" / "tutorials"
#: The languages of blocks that show what is printed or written.
SHOWN = ("text", "yaml")
#: The variables of git for the author of a commit.
IDENTITY = {
    f"GIT_{who}_{key}": value
    for who in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "A reader"), ("EMAIL", "reader@example.org"))
}


def names() -> list[str]:
    """The tutorials, without their overview."""
    return sorted(path.stem for path in TUTORIALS.glob("*.md") if path.stem != "index")


def steps(name: str) -> list[Block]:
    """The blocks of code of a tutorial.

    Raises:
        LookupError: there are none.
    """
    return blocks(name, folder=TUTORIALS)


def recipe_of(name: str) -> str:
    """The recipe that a tutorial writes."""
    found: list[str] = re.findall(r"recipes/([\w-]+)/", script(steps(name)))
    return found[0]


def checkout(name: str, folder: Path) -> Path:
    """A clone of the last commit for a tutorial, with this checkout's tools and built packages.

    The build folder has hard links to the packages, so that nothing is added to this checkout. If
    the channel has the tutorial's recipe by now, the clone has not. The folder ``cache`` beside the
    clone is this machine's cache without finished builds, so that the tutorial builds its package.
    """
    root = folder / "checkout"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
    for link in (".venv", "node_modules"):
        (root / link).symlink_to(ROOT / link)
    (root / ".git" / "info" / "exclude").write_text("/.venv\n/node_modules\n")
    shutil.copytree(BUILD_DIR, root / "build", copy_function=_link, symlinks=True)
    cache = Project.find(ROOT).cache_dir
    (folder / "cache" / cache.name).mkdir(parents=True)
    for entry in cache.iterdir():
        if entry.name != "packages":
            (folder / "cache" / cache.name / entry.name).symlink_to(entry)
    if (root / "recipes" / recipe_of(name)).exists():
        git = ["git", "-C", str(root)]
        subprocess.run([*git, "rm", "-rq", f"recipes/{recipe_of(name)}"], check=True)
        subprocess.run([*git, "commit", "-qm", "Remove"], env=os.environ | IDENTITY, check=True)
    return root


def _link(source: str, target: str) -> None:
    if not source.endswith(".lock"):
        os.link(source, target)


def script(found: Sequence[Block]) -> str:
    """The steps of a tutorial as a script of bash, which ends at the first error."""
    lines = ["set -eo pipefail"]
    for block in found:
        if block.file is not None:
            lines.append(f"mkdir -p {Path(block.file).parent}")
            lines.append(f"cat > {block.file} <<'END-OF-FILE'\n{block.text}END-OF-FILE")
        elif block.language == "diff":
            lines.append(f"git apply <<'END-OF-FILE'\n{block.text}END-OF-FILE")
        elif block.language == "sh":
            lines.append(block.text.rstrip())
    return "\n".join(lines) + "\n"


def follow(name: str, root: Path, *, timeout: float) -> subprocess.CompletedProcess[str]:
    """Do what a tutorial says in a checkout.

    Args:
        name: of the page.
        root: the checkout.
        timeout: in seconds.

    Raises:
        subprocess.TimeoutExpired: the tutorial takes longer.
    """
    return subprocess.run(
        ["bash", "-c", script(steps(name))],
        cwd=root,
        env={
            **os.environ,
            **IDENTITY,
            "PYTHONPATH": str(root),
            "XDG_CACHE_HOME": str(root.parent / "cache"),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
