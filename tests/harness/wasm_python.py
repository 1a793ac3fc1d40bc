"""How does a test run Python for emscripten-wasm32 under Node?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.harness.built import ROOT


@dataclass(frozen=True)
class WasmPython:
    """The ``python`` of an emscripten-wasm32 environment, run by Node on the real file system."""

    prefix: Path

    def run(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002  (subprocess's name)
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python *arguments``; with ``check``, a failure fails the test with its stderr."""
        done = subprocess.run(
            [self.prefix / "bin" / "python", *arguments],
            input=input,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if check and done.returncode != 0:
            pytest.fail(f"python {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
        return done


def create_environment(prefix: Path, *specs: str) -> WasmPython:
    """An environment of build/channel's packages, made by ``conda-emscripten env create``."""
    done = subprocess.run(
        [sys.executable, "-m", "conda_emscripten", "env", "create", prefix, *specs],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"env create failed:\n{done.stdout}{done.stderr}")
    return WasmPython(prefix)
