"""Does plain conda-build, with the documented .condarc, make the same packages?"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.harness.built import ROOT
from tests.harness.sandbox import Sandbox

SOURCE = """
source:
  url: https://pypi.io/packages/source/s/six/six-1.17.0.tar.gz
  sha256: ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81
requirements:
  build:
    - if: build_platform == host_platform
      then: nothing
  host: [lib]
tests:
  - script: test -f $PREFIX/six.py
"""

#: A folder with two versions, and a suite for the first one.
VERSIONS = """
context:
  version: ${{ two_version }}
recipe:
  name: two
  version: ${{ version }}
build:
  number: 0
outputs:
  - package:
      name: two
    build:
      skip: host_platform != "emscripten-wasm32"
      script: echo ${{ version }} > "$PREFIX/two.txt"
  - package:
      name: two-tests
    build:
      skip: host_platform != "emscripten-wasm32" or match(version, "1.*")
      script: echo suite > "$PREFIX/suite.txt"
    requirements:
      run:
        - two ==${{ version }}
    tests:
      - script: grep 2.0 $PREFIX/two.txt
"""


class CondaBuild:
    """The command ``conda-build``, with the project's ``.condarc``."""

    def __init__(self, command: str, root: Path) -> None:
        self._command = command
        self._root = root
        shutil.copy(ROOT / ".condarc", root)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._command, *arguments],
            cwd=self._root,
            env={
                **os.environ,
                "PWD": str(self._root),
                "CONDARC": str(self._root / ".condarc"),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def conda_build(sandbox: Sandbox) -> CondaBuild:
    command = shutil.which("conda-build")
    if command is None:
        pytest.skip(
            reason="conda-build is not on this machine (it comes with conda: environment.yml)"
        )
    return CondaBuild(command, sandbox.project.root)


@pytest.fixture
def two(sandbox: Sandbox) -> Path:
    """The folder of ``VERSIONS``."""
    folder = sandbox.project.recipes_dir / "two"
    folder.mkdir(parents=True)
    (folder / "recipe.yaml").write_text(VERSIONS)
    (folder / "variants.yaml").write_text('two_version: ["2.0", "1.0"]')
    return folder


def test_conda_build_makes_the_package_that_the_engine_makes(
    sandbox: Sandbox, conda_build: CondaBuild
) -> None:
    sandbox.recipe("lib", script='echo 1 > "$PREFIX/lib.txt"')
    sandbox.recipe("six", SOURCE, script='cat "$PREFIX/lib.txt" six.py > "$PREFIX/six.py"')
    (_, ours) = sandbox.engine(with_deps=True).build(["six"])
    # Without access to the canonical URL, conda-build finds the source in this cache.
    assert sandbox.run("fetch", "six").returncode == 0
    done = conda_build("recipes/six")
    assert done.returncode == 0, done.stdout + done.stderr
    (theirs,) = (sandbox.project.work_dir / "emscripten-wasm32").glob("six-*.conda")
    assert theirs.name == ours.package.name
    assert _content(theirs) == _content(ours.package)


def test_conda_build_makes_every_variant_that_the_engine_makes(
    sandbox: Sandbox, conda_build: CondaBuild, two: Path
) -> None:
    sandbox.engine().build(["two", "two=1", "two-tests"])
    done = conda_build(f"recipes/{two.name}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _made(sandbox) == sandbox.packages()
    assert [name.rpartition("-")[0] for name in _made(sandbox)] == [
        "two-1.0",
        "two-2.0",
        "two-tests-2.0",
    ]


def test_conda_build_makes_one_variant_with_a_file_that_names_it(
    sandbox: Sandbox, conda_build: CondaBuild, two: Path
) -> None:
    (sandbox.project.root / "one.yaml").write_text('two_version: ["1.0"]')
    (ours,) = sandbox.engine().build(["two=1"])
    done = conda_build(f"recipes/{two.name}", "-m", "one.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert _made(sandbox) == [ours.package.name]


def test_conda_build_refuses_several_folders_if_one_has_variants(
    sandbox: Sandbox, conda_build: CondaBuild, two: Path
) -> None:
    sandbox.recipe("lib")
    done = conda_build(f"recipes/{two.name}", "recipes/lib")
    assert done.returncode != 0
    assert "multiple recipes were passed" in done.stdout + done.stderr


def _made(sandbox: Sandbox) -> list[str]:
    """File names of the packages that conda-build made for the target."""
    folder = sandbox.project.work_dir / "emscripten-wasm32"
    return sorted(package.name for package in folder.glob("*.conda"))


def _content(package: Path) -> list[str]:
    """Names, sizes and digests of a package's files, as its paths.json lists them."""
    with zipfile.ZipFile(package) as archive:
        (name,) = (n for n in archive.namelist() if n.startswith("info-"))
        data = archive.read(name)
    tar = subprocess.run(
        ["tar", "--zstd", "-xO", "-f", "-", "info/paths.json"],
        input=data,
        capture_output=True,
        check=True,
    )
    return sorted(tar.stdout.decode().splitlines())
