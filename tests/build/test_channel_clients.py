"""Does rattler install from the channel over HTTP, as conda, mamba and pixi would?"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conda_emscripten.environment import create_environment
from conda_emscripten.serve import create_app
from tests.harness.built import BUILD_DIR, require
from tests.harness.server import running

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
