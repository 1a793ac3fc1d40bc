"""Do the commands, files and differences of docs/tutorials lead to a commit with a recipe?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.harness import tutorial
from tests.harness.built import BUILD_DIR, require
from tests.harness.tutorial import SHOWN, TUTORIALS

#: The time that the overview promises, in minutes.
LIMITS = dict(
    re.findall(
        r"^\| \[.+?\]\((.+)\.md\) \|.+\| at most (\d+) minutes \|$",
        (TUTORIALS / "index.md").read_text(),
        re.MULTILINE,
    )
)


def test_the_overview_promises_a_time_for_each_tutorial() -> None:
    assert sorted(LIMITS) == tutorial.names()


@pytest.mark.parametrize("name", tutorial.names())
def test_every_fence_of_a_tutorial_is_of_a_block_that_is_run_or_compared(name: str) -> None:
    found = tutorial.steps(name)
    text = (TUTORIALS / f"{name}.md").read_text()
    assert len(re.findall(r"^ *(?:```|~~~)", text, re.MULTILINE)) == 2 * len(found)
    others = [block for block in found if block.file is None and block.language not in SHOWN]
    assert {block.language for block in others} <= {"sh", "diff"}


@pytest.mark.parametrize("name", tutorial.names())
def test_a_tutorial_ends_with_a_commit_of_the_recipe(tmp_path: Path, name: str) -> None:
    require((BUILD_DIR / "dist" / "index.html").is_file(), "no build/dist: run make quickstart")
    recipe, root = tutorial.recipe_of(name), tutorial.checkout(name, tmp_path)
    ended = tutorial.follow(name, root, timeout=60 * int(LIMITS[name]))
    assert ended.returncode == 0, ended.stdout
    changed = git(root, "show", "--name-only", "--format=%s", "HEAD").splitlines()
    assert changed[0] == f"{recipe}: add the recipe"
    assert f"recipes/{recipe}/recipe.yaml" in changed
    assert git(root, "status", "--short") == ""
    written = [
        path.read_text() for path in (root / "recipes" / recipe).rglob("*") if path.is_file()
    ]
    for block in tutorial.steps(name):
        if block.file is None and block.language in SHOWN:
            pattern = re.escape(block.text).replace("…", ".*").replace(r"3\.89s", r"[\d.]+s")
            assert any(re.search(pattern, text) for text in [ended.stdout, *written]), block.text


def git(root: Path, *arguments: str) -> str:
    """What a command of git prints."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
