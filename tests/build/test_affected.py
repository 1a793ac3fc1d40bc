"""Does ``affected`` find what a change touches, and what depends on it?"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness.sandbox import Sandbox


class Repository:
    """A project in a git repository: ``leaf`` needs ``middle``, which needs ``base``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.root = sandbox.project.root
        (sandbox.recipe("base") / "build.sh").write_text("true\n")
        sandbox.recipe("middle", "requirements: {run: [base]}")
        sandbox.recipe("leaf", "requirements: {run: [middle]}")
        sandbox.recipe("alone")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit all files; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=all", "--no-verify")
        return self.git("rev-parse", "HEAD")

    def recipe(self, name: str) -> Path:
        return self.sandbox.project.recipes_dir / name / "recipe.yaml"

    def affected(self, *arguments: str, since: str = "HEAD", code: int = 0) -> Any:
        done = self.sandbox.run("affected", "--since", since, "--json", *arguments)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def reasons(self, since: str = "HEAD") -> dict[str, str]:
        outputs = self.affected(since=since)["outputs"]
        return {output["recipe"]: output["reason"] for output in outputs}


@pytest.fixture
def repository(sandbox: Sandbox) -> Repository:
    return Repository(sandbox)


def test_nothing_is_affected_without_a_change(repository: Repository) -> None:
    printed = repository.affected()
    assert printed["outputs"] == printed["levels"] == printed["removed"] == []


def test_a_change_affects_its_recipe_and_the_dependents_by_levels(repository: Repository) -> None:
    repository.recipe("base").with_name("build.sh").write_text("true # changed\n")
    printed = repository.affected()
    assert [(each["recipe"], each["reason"], each["because"]) for each in printed["outputs"]] == [
        ("base", "changed", []),
        ("middle", "dependency", ["base"]),
        ("leaf", "dependency", ["middle"]),
    ]
    assert [[share["recipes"] for share in level] for level in printed["levels"]] == [
        [["base"]],
        [["middle"]],
        [["leaf"]],
    ]


def test_the_earlier_recipes_are_those_of_the_commit(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.recipe("alone").write_text(repository.recipe("alone").read_text() + "# changed\n")
    repository.commit()
    assert repository.reasons(since=first) == {"alone": "changed"}
    assert repository.reasons() == {}
    repository.git("reset", "--quiet", "--soft", first)  # the index is not the commit, either
    assert repository.reasons() == {"alone": "changed"}
    assert repository.git("status", "--short") == "M  recipes/alone/recipe.yaml"


def test_tests_of_a_recipe_do_not_affect_its_dependents(repository: Repository) -> None:
    file = repository.recipe("base")
    file.write_text(file.read_text() + "tests: [{script: 'true'}]\n")
    assert repository.reasons() == {"base": "changed"}


def test_the_variant_affects_the_recipes_that_use_it(repository: Repository) -> None:
    file = repository.recipe("alone")
    file.write_text(file.read_text().replace("script: true", "script: echo ${{ mpi }}"))
    repository.commit()
    variant = repository.root / "conda_build_config.yaml"
    variant.write_text(variant.read_text().replace("nompi", "mpich"))
    assert repository.reasons() == {"alone": "changed"}


def test_a_source_in_the_tree_affects_its_recipe(repository: Repository) -> None:
    source = repository.root / "src" / "data.txt"
    source.parent.mkdir()
    source.write_text("1")
    repository.sandbox.recipe("alone", "source: {path: ../../src}")
    repository.commit()
    source.write_text("2")
    assert repository.reasons() == {"alone": "changed"}


def test_new_and_removed_recipes_are_named(repository: Repository) -> None:
    shutil.rmtree(repository.recipe("leaf").parent)
    repository.sandbox.recipe("new")
    printed = repository.affected()
    assert [(each["recipe"], each["reason"]) for each in printed["outputs"]] == [("new", "new")]
    assert printed["removed"] == ["leaf"]


def test_all_recipes_are_new_since_a_commit_without_a_project(repository: Repository) -> None:
    tree = repository.git("hash-object", "-w", "-t", "tree", "/dev/null")
    empty = repository.git("commit-tree", "-m", "empty", tree)
    assert repository.reasons(since=empty) == dict.fromkeys(
        ["alone", "base", "middle", "leaf"], "new"
    )


def test_a_change_of_the_engine_affects_all_recipes(repository: Repository) -> None:
    engine = repository.root / "conda_emscripten" / "recipes.py"
    engine.parent.mkdir()
    engine.write_text("ENGINE_VERSION = 1\n")
    repository.commit()
    engine.write_text("ENGINE_VERSION = 2\n")
    assert repository.reasons() == dict.fromkeys(["alone", "base", "middle", "leaf"], "engine")


def test_a_project_can_be_a_folder_of_the_repository(sandbox: Sandbox, tmp_path: Path) -> None:
    repository = Repository(sandbox)
    shutil.rmtree(repository.root / ".git")
    repository.root = tmp_path
    repository.git("init", "--quiet")
    repository.git("add", "project")
    repository.git("commit", "--quiet", "--message=all", "--no-verify")
    repository.recipe("alone").write_text(repository.recipe("alone").read_text() + "# changed\n")
    assert repository.reasons() == {"alone": "changed"}


def test_a_level_is_divided_among_machines_and_a_share_has_its_own_key(
    repository: Repository,
) -> None:
    for number in range(5):
        repository.sandbox.recipe(f"new{number}")
    (level,) = repository.affected("--machines", "2")["levels"]
    assert [len(share["recipes"]) for share in level] == [3, 2]
    keys = [share["key"] for share in level]
    assert keys == [share["key"] for share in repository.affected("--machines", "2")["levels"][0]]
    file = repository.recipe(level[1]["recipes"][0])
    file.write_text(file.read_text() + "# changed\n")
    changed = [share["key"] for share in repository.affected("--machines", "2")["levels"][0]]
    assert changed[0] == keys[0] and changed[1] != keys[1]


def test_the_table_names_the_levels_and_the_commit(repository: Repository) -> None:
    repository.recipe("base").with_name("build.sh").write_text("true # changed\n")
    done = repository.sandbox.run("affected", "--since", "main", env={"COLUMNS": "100"})
    assert done.returncode == 0
    *table, last = done.stdout.splitlines()
    assert [row.split()[1:8:2] for row in table if "dependency" in row] == [
        ["1", "middle", "1.0", "dependency"],
        ["2", "leaf", "1.0", "dependency"],
    ]
    commit = repository.git("rev-parse", "--short=12", "HEAD")
    assert last == f"3 outputs in 3 levels affected since {commit}."


def test_an_unreadable_recipe_is_an_error_and_the_others_are_listed(
    repository: Repository,
) -> None:
    repository.recipe("base").write_text("package: {")
    repository.recipe("alone").write_text(repository.recipe("alone").read_text() + "# changed\n")
    printed = repository.affected(code=3)
    assert [each["recipe"] for each in printed["outputs"]] == ["alone"]
    assert {error["recipe"] for error in printed["errors"]} == {"base", "middle", "leaf"}
    assert printed["removed"] == []


def test_an_unknown_commit_is_one_error(repository: Repository) -> None:
    for name in ("nowhere", "--all", "HEAD:recipes"):
        done = repository.sandbox.run("affected", f"--since={name}")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[0] == f"error: The repository has no commit '{name}'."


def test_a_shallow_clone_says_how_to_get_the_commit(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.recipe("alone").write_text(repository.recipe("alone").read_text() + "# changed\n")
    repository.commit()
    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", "--depth=1", repository.root.as_uri(), str(clone))
    done = repository.sandbox.run("affected", "--since", first, "--root", str(clone))
    assert done.returncode == 2
    assert "This clone is shallow" in done.stderr and "git fetch --unshallow" in done.stderr


def test_a_project_outside_a_repository_is_one_error(sandbox: Sandbox) -> None:
    ceiling = {"GIT_CEILING_DIRECTORIES": str(sandbox.project.root.parent)}
    done = sandbox.run("affected", "--since", "HEAD", env=ceiling)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {sandbox.project.root} is not in a git repository")


def test_a_machine_without_git_is_one_error(repository: Repository, tmp_path: Path) -> None:
    done = repository.sandbox.run("affected", "--since", "HEAD", env={"PATH": str(tmp_path)})
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "error: There is no git.")
