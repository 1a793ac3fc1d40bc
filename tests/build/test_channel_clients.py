"""Do rattler, conda and pip install in an environment of the channel's packages?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conda_emscripten.environment import create_environment
from conda_emscripten.serve import create_app
from tests.harness.built import BUILD_DIR, require
from tests.harness.server import running
from tests.harness.wasm_python import WasmPython
from tests.harness.wasm_python import create_environment as env_create

CODE = "import numpy, sys; print(sys.platform, numpy.linalg.det([[2, 1], [1, 3]]).round())"


@pytest.mark.parametrize("sharded", [True, False])
def test_rattler_installs_an_environment_that_runs(tmp_path: Path, sharded: bool) -> None:
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    require(any(packages.glob("numpy-*.conda")), "no numpy in build/channel: run make quickstart")
    served = BUILD_DIR
    if not sharded:  # the same channel, without the index of the shards
        served = tmp_path / "build"
        (served / "dist").mkdir(parents=True)
        (served / "dist" / "pyodide.js").touch()
        shutil.copytree(
            BUILD_DIR / "channel", served / "channel", ignore=shutil.ignore_patterns("*shards*")
        )
    prefix = tmp_path / "env"
    with running(create_app(served)) as address:
        installed = create_environment(
            prefix,
            ["python", "numpy >=2"],
            channels=[f"{address}/channel"],
            platform="emscripten-wasm32",
            cache_dir=tmp_path / "cache",
        )
    records = [json.loads(path.read_text()) for path in (prefix / "conda-meta").glob("*.json")]
    assert sorted(f"{r['name']} {r['version']} {r['build']}" for r in records) == installed
    assert all(record["url"].startswith(f"{address}/channel/") for record in records)
    done = subprocess.run(
        [prefix / "bin" / "python", "-c", CODE], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["emscripten", "5.0"]


def test_conda_creates_the_environment_of_the_documentation(tmp_path: Path) -> None:
    conda = shutil.which("conda")
    if conda is None:
        pytest.skip(reason="conda is not on this machine (environment.yml has it)")
    _require("python", "numpy", "pip")
    prefix = tmp_path / "env"
    done = subprocess.run(
        [
            *(conda, "create", "--yes", "--platform", "emscripten-wasm32"),
            "--override-channels",  # the machine's default channel may be unreachable
            *("--channel", (BUILD_DIR / "channel").as_uri()),
            *("--prefix", prefix, "python", "numpy"),
        ],
        env={**os.environ, "CONDA_PKGS_DIRS": str(tmp_path / "pkgs")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    python = WasmPython(prefix)
    assert python.run("-c", CODE).stdout.split() == ["emscripten", "5.0"]
    # conda adds pip to the dependencies of python.
    assert {"numpy", "pip"} <= _listed(python)
    assert python.run("-m", "pip", "check").stdout == "No broken requirements found.\n"


def test_pip_is_a_package_for_an_environment_of_env_create(tmp_path: Path) -> None:
    _require("python", "numpy", "pip")
    python = env_create(tmp_path / "env", "python", "numpy", "pip")
    assert {"numpy", "pip"} <= _listed(python)
    assert python.run("-m", "pip", "check").stdout == "No broken requirements found.\n"
    index = "https://index.invalid/simple"
    install = ("-m", "pip", "--isolated", "install", "--index-url", index, "some-name")
    done = python.run(*install, check=False)
    assert done.returncode == 1
    (error,) = (line for line in done.stderr.splitlines() if line.startswith("ERROR: "))
    assert error == f"ERROR: Cannot fetch {index}/some-name/: WebAssembly has no sockets."
    assert "conda-emscripten env create PREFIX python NAME" in done.stderr
    assert 'await micropip.install("NAME")' in done.stderr


def _require(*names: str) -> None:
    packages = BUILD_DIR / "channel" / "emscripten-wasm32"
    missing = ", ".join(name for name in names if not any(packages.glob(f"{name}-[0-9]*.conda")))
    require(not missing, f"no {missing} in build/channel: run make quickstart")


def _listed(python: WasmPython) -> set[str]:
    """Names of the packages that pip lists."""
    listed = json.loads(python.run("-m", "pip", "list", "--format=json").stdout)
    return {package["name"] for package in listed}
