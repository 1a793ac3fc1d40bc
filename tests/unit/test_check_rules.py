"""Does a violation of the project's rules fail ``make lint``?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ci import check_rules

ROOT = Path(check_rules.__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "name", ["conda_emscripten/a.py", "loader/src/deep/a.ts", "runtime/core/a.c"]
)
def test_a_module_of_more_than_400_lines_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("\n" * 400)
    assert list(check_rules.long_modules(tmp_path)) == []
    path.write_text("\n" * 401)
    (breach,) = check_rules.long_modules(tmp_path)
    assert breach.startswith(f"{name}: 401 lines")


@pytest.mark.parametrize("name", ["runtime/pages/a.css", "tests/unit/a.py"])
def test_other_files_may_be_long(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("\n" * 500)
    assert list(check_rules.long_modules(tmp_path)) == []


@pytest.mark.parametrize(
    "message",
    [
        "loader: open the circle of imports",
        "tests/browser: wait for the page",
        "recipes: build zlib 1.3.2\n\nThe first paragraph says why.",
        "ci: " + "x" * 68,
    ],
)
def test_a_good_commit_message_has_no_fault(message: str) -> None:
    assert list(check_rules.faults(message)) == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("Recipes are faster", "not of the form"),
        ("Loader: open the circle", "not of the form"),
        ("loader:open the circle", "not of the form"),
        ("loader: open the circle.", "not of the form"),
        ("", "not of the form"),
        ("ci: " + "x" * 69, "has 73 characters, at most 72"),
        ("ci: one line\nand another", "second line is not blank"),
    ],
)
def test_a_bad_commit_message_is_refused(message: str, fault: str, tmp_path: Path) -> None:
    assert [found for found in check_rules.faults(message) if fault in found]
    (tmp_path / "COMMIT_EDITMSG").write_text(f"{message}\n# Please enter the commit message\n")
    assert check_rules.main([str(tmp_path / "COMMIT_EDITMSG")]) == 1


class Repository:
    """A git repository for the commits of a test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> str:
        """Run git with a test identity; returns its output."""
        identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.invalid"]
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Make an empty commit with a message; returns the commit's full hash."""
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def test_only_commits_after_the_base_are_checked(repository: Repository) -> None:
    base = repository.commit("Before the rule, which nobody knew")
    repository.commit("ci: know the rule")
    assert list(check_rules.bad_commits(repository.path, base)) == []
    bad = repository.commit("Forgot the rule")
    (breach,) = check_rules.bad_commits(repository.path, base)
    assert bad.startswith(breach.split()[1])
    assert "Forgot the rule" in breach


def test_all_commits_of_a_clone_without_the_base_are_checked(
    repository: Repository, tmp_path: Path
) -> None:
    base = repository.commit("Before the rule")
    repository.commit("A bad subject")
    repository.commit("Another bad subject")
    clone = tmp_path / "clone"
    address = f"file://{repository.path}"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", address, clone], check=True)
    (breach,) = check_rules.bad_commits(clone, base)
    assert "Another bad subject" in breach


def test_a_cycle_of_python_imports_is_refused(tmp_path: Path) -> None:
    """An import for type checking also counts: it shows that a type is in the wrong module."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "conda_emscripten"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.py").write_text("from conda_emscripten.two import TWO\n")
    (package / "two.py").write_text("TWO = 2\n")
    program = Path(sys.executable).parent / "lint-imports"
    lint = [str(program), "--no-logo", "--no-cache"]
    subprocess.run(lint, cwd=tmp_path, check=True, capture_output=True)
    (package / "two.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from conda_emscripten.one import ONE\n"
    )
    done = subprocess.run(lint, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "No circle of imports in conda_emscripten BROKEN" in done.stdout


def test_a_cycle_of_typescript_imports_is_refused(tmp_path: Path) -> None:
    shutil.copy(ROOT / "biome.json", tmp_path)
    (tmp_path / "loader").mkdir()
    (tmp_path / "loader" / "one.ts").write_text('import type { Two } from "./two.js";\n')
    (tmp_path / "loader" / "two.ts").write_text("export type Two = 2;\n")
    lint = [str(ROOT / "node_modules" / ".bin" / "biome"), "lint"]
    subprocess.run(lint, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "loader" / "two.ts").write_text('import type { One } from "./one.js";\n')
    done = subprocess.run(lint, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "noImportCycles" in done.stdout + done.stderr
