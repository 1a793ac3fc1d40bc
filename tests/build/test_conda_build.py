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


@pytest.fixture
def conda_build() -> str:
    command = shutil.which("conda-build")
    if command is None:
        pytest.skip(
            reason="conda-build is not on this machine (it comes with conda: environment.yml)"
        )
    return command


def test_conda_build_makes_the_package_that_the_engine_makes(
    sandbox: Sandbox, conda_build: str
) -> None:
    sandbox.recipe("lib", script='echo 1 > "$PREFIX/lib.txt"')
    sandbox.recipe("six", SOURCE, script='cat "$PREFIX/lib.txt" six.py > "$PREFIX/six.py"')
    (_, ours) = sandbox.engine(with_deps=True).build(["six"])
    # Without access to the canonical URL, conda-build finds the source in this cache.
    assert sandbox.run("fetch", "six").returncode == 0
    root = sandbox.project.root
    shutil.copy(ROOT / ".condarc", root)
    done = subprocess.run(
        [conda_build, "recipes/six"],
        cwd=root,
        env={**os.environ, "PWD": str(root), "CONDARC": str(root / ".condarc")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (theirs,) = (sandbox.project.work_dir / "emscripten-wasm32").glob("six-*.conda")
    assert theirs.name == ours.package.name
    assert _content(theirs) == _content(ours.package)


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
