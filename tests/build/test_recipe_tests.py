"""Do the programs of the package recipe-tests run a suite and count its tests?

The suites run with the Python of the build platform. The recipes' own tests run the same programs
with the target's Python.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from rattler_build import (
    Package,
    PlatformConfig,
    RenderConfig,
    Stage0Recipe,
    ToolConfiguration,
    VariantConfig,
)

from conda_emscripten.errors import PackageTestError
from conda_emscripten.test_counts import counting, read_counts
from tests.harness.built import ROOT

PROGRAMS = ROOT / "recipes" / "recipe-tests" / "files" / "bin"

MIXED = """
    import pytest

    def test_passes():
        pass

    def test_fails():
        assert False

    def test_is_skipped():
        pytest.skip("reason")

    @pytest.mark.xfail(reason="counted as xfailed")
    def test_fails_as_expected():
        assert False

    @pytest.mark.xfail(reason="counted as xpassed")
    def test_passes_unexpectedly():
        pass

    def test_has_no_fixture(none):
        pass

    def test_is_deselected():
        pass

    def test_has_subtests(subtests):
        with subtests.test():
            pass
"""


@dataclass(frozen=True)
class Suite:
    """The folder of a recipe's test."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        """Write a file of the suite."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run ``run-suite`` in the folder, with ``env`` added to its environment."""
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        return subprocess.run(
            [PROGRAMS / "run-suite", *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A suite with no files."""
    folder = tmp_path / "suite"
    folder.mkdir()
    return Suite(folder)


def test_every_outcome_of_every_process_is_counted(suite: Suite, tmp_path: Path) -> None:
    suite.write("tests/test_mixed.py", MIXED)
    suite.write("more/test_one.py", "def test(): pass")
    suite.write("more/test_two.py", "def test(): pass")
    with counting(tmp_path) as folder:
        each = ("more/test_one.py", "more/test_two.py")
        result = suite.run("tests", "--each", *each, "--", "-k", "not deselected")
    assert result.returncode == 1, result.stdout
    assert len(list(folder.iterdir())) == 3
    assert read_counts(folder) == {
        "passed": 4,
        "failed": 1,
        "errors": 1,
        "skipped": 1,
        "deselected": 1,
        "xfailed": 1,
        "xpassed": 1,
    }


def test_the_worst_status_of_the_processes_is_the_result(suite: Suite) -> None:
    suite.write("tests/test_fails.py", "def test(): assert False")
    suite.write("tests/test_passes.py", "def test(): pass")
    result = suite.run("--each", "tests/test_fails.py", "tests/none.py", "tests/test_passes.py")
    assert result.returncode == 4, result.stdout
    assert "1 passed" in result.stdout
    assert suite.run("--each", "tests/test_passes.py").returncode == 0


def test_a_suite_sees_the_paths_that_it_has_without_counts(suite: Suite, tmp_path: Path) -> None:
    suite.write(
        "test_paths.py",
        """
        import os, sys
        from pathlib import Path

        def test():
            variables = {k: os.environ.get(k) for k in ("PYTHONPATH", "RECIPE_TESTS_COUNTS")}
            Path(os.environ["SEEN"]).write_text(repr((sys.path, variables)))
        """,
    )
    seen = {}
    for name in ("without", "with"):
        file = tmp_path / name
        if name == "without":
            suite.run("test_paths.py", PYTHONPATH="own", SEEN=str(file))
        else:
            with counting(tmp_path) as folder:
                suite.run("test_paths.py", PYTHONPATH="own", SEEN=str(file))
            assert read_counts(folder) == {"passed": 1}
        seen[name] = file.read_text()
    assert seen["with"] == seen["without"]
    assert "'PYTHONPATH': 'own'" in seen["with"]


def test_a_suite_that_ends_without_counts_fails(suite: Suite, tmp_path: Path) -> None:
    suite.write("test_ends.py", "import os\ndef test(): os._exit(0)")
    assert suite.run("test_ends.py").returncode == 0
    with counting(tmp_path) as folder:
        result = suite.run("test_ends.py")
    assert result.returncode == 1
    assert "pytest ended with code 0 and counted no tests" in result.stderr
    assert read_counts(folder) == {}


def test_a_suite_that_cannot_write_its_counts_fails(suite: Suite, tmp_path: Path) -> None:
    suite.write("test_passes.py", "def test(): pass")
    suite.write(
        "conftest.py",
        """
        import shutil

        shutil.rmtree("../recipe-tests-counts")
        """,
    )
    with counting(tmp_path):
        result = suite.run("test_passes.py")
    assert result.returncode == 1
    assert "The counts of the tests cannot be written: " in result.stderr


def test_only_a_suite_that_wants_it_has_pytests_cache(suite: Suite) -> None:
    suite.write("test_cache.py", "def test(cache): cache.set('x/y', 1)")
    result = suite.run("test_cache.py")
    assert result.returncode == 1
    assert "fixture 'cache' not found" in result.stdout
    assert suite.run("--cache", "test_cache.py").returncode == 0
    assert (suite.folder / ".pytest_cache" / "v" / "x" / "y").read_text() == "1"


def test_known_failures_have_to_fail(suite: Suite) -> None:
    plugin = {"PYTHONPATH": str(ROOT / "recipes" / "pytest-known-failures" / "files")}
    suite.write("tests/test_here.py", "def test(): assert False")
    suite.write("tests/known_failures.txt", "tests/test_here.py::test  # threads: there are none")
    result = suite.run("tests", "--", "-p", "pytest_known_failures", **plugin)
    assert result.returncode == 0, result.stdout
    assert "1 xfailed" in result.stdout
    suite.write("tests/test_here.py", "def test(): pass")
    result = suite.run("tests", "--", "-p", "pytest_known_failures", **plugin)
    assert result.returncode == 1
    assert "[XPASS(strict)] threads: there are none" in result.stdout


def test_tests_of_a_package_run_in_site_packages(suite: Suite, tmp_path: Path) -> None:
    site = tmp_path / "prefix" / "lib" / "python3.13" / "site-packages"
    installed = site / "package" / "installed_tests" / "test_installed.py"
    installed.parent.mkdir(parents=True)
    for module in ("package/__init__.py", "package/tests/__init__.py"):
        (site / module).parent.mkdir(exist_ok=True)
        (site / module).write_text("VALUE = 1")
    installed.write_text("def test(): pass")
    suite.write("package/tests/test_copied.py", "from .. import VALUE\ndef test(): pass")
    suite.write("unrelated/test_unrelated.py", "def test(): pass")
    result = suite.run(
        "--site-packages",
        "package/tests",
        "--each",
        "package/installed_tests",
        "--",
        "-rA",
        PREFIX=str(tmp_path / "prefix"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "PASSED package/tests/test_copied.py::test" in result.stdout
    assert "PASSED package/installed_tests/test_installed.py::test" in result.stdout
    assert not (site / "unrelated").exists()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((), "run-suite: TEST is missing.\nusage: run-suite "),
        (("--each",), "run-suite: TEST is missing.\nusage: run-suite "),
        (("-k", "x"), "run-suite: There is no option -k.\nOptions of pytest stand after --"),
        (("--site-packages", "x"), "run-suite: There is no folder /none/lib/python3.*/site-pack"),
    ],
)
def test_a_wrong_command_line_names_the_next_step(
    suite: Suite, arguments: tuple[str, ...], error: str
) -> None:
    result = suite.run(*arguments, PREFIX="/none")
    assert result.returncode == 2
    assert result.stderr.startswith(error)


def test_a_missing_pytest_is_named_as_a_requirement(suite: Suite) -> None:
    result = suite.run("tests", PATH="/usr/bin:/bin")
    assert result.returncode == 2
    assert "Add pytest to the requirements of the test" in result.stderr


def scripts(recipe: Any, *, in_tests: bool = False) -> Iterator[str]:
    """The scripts of the tests in a recipe, or in a part of it."""
    if isinstance(recipe, list):
        for part in recipe:
            yield from scripts(part, in_tests=in_tests)
    elif isinstance(recipe, dict):
        for key, part in recipe.items():
            if in_tests and key == "script":
                yield "\n".join(part) if isinstance(part, list) else str(part)
            else:
                yield from scripts(part, in_tests=in_tests or key == "tests")


def test_every_suite_of_a_recipe_is_counted() -> None:
    texts = {str(path): path.read_text() for path in ROOT.glob("recipes/*/tests/**/*.sh")}
    for path in ROOT.glob("recipes/*/recipe.yaml"):
        for number, script in enumerate(scripts(yaml.safe_load(path.read_text()))):
            texts[f"{path}, script {number}"] = script
    calls = re.compile(
        r"(?:^|[;&|(])\s*(?:\w+=\S+\s+)*(?:python -m )?(pytest|run-suite)\b", re.MULTILINE
    )
    programs = {name: set(calls.findall(text)) for name, text in texts.items()}
    assert sum("run-suite" in found for found in programs.values()) > 80
    assert not {name for name, found in programs.items() if "pytest" in found}


def test_a_test_of_a_package_writes_to_the_folder_of_the_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """py-rattler-build passes ``PATH`` to a test, and no variable of the engine's own."""
    monkeypatch.setenv("RATTLER_CACHE_DIR", str(tmp_path / "cache"))
    recipe = tmp_path / "recipe" / "recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text(
        textwrap.dedent("""
            package: {name: counted, version: "1"}
            build:
              noarch: generic
              script: mkdir "$PREFIX/share" && touch "$PREFIX/share/counted"
            tests:
              - script: echo '{"passed":2}' > "${PATH##*:}/session.json"
        """)
    )
    platform = PlatformConfig(target_platform="linux-64")
    (output,) = Stage0Recipe.from_file(recipe).render(
        VariantConfig({}), RenderConfig(platform=platform)
    )
    output_dir = tmp_path / "output"
    built = output.run_build(ToolConfiguration(), output_dir=output_dir, channels=[])
    with counting(tmp_path) as folder:
        package = Package.from_file(built.packages[0])
        assert package.run_test(0, channel=[output_dir.as_uri()]).success
    assert read_counts(folder) == {"passed": 2}


def test_the_path_is_as_before_after_the_tests(tmp_path: Path) -> None:
    before = os.environ["PATH"]
    with counting(tmp_path):
        assert os.environ["PATH"] == f"{before}:{tmp_path}/recipe-tests-counts"
    assert os.environ["PATH"] == before


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"passed": "1"}', '{"passed": -1}'])
def test_a_file_without_counts_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "good.json").write_text(json.dumps({"passed": 1}))
    (tmp_path / "session.json").write_text(text)
    with pytest.raises(PackageTestError, match=r"session\.json does not have the test counts"):
        read_counts(tmp_path)
