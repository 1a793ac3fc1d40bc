"""How do tests and benchmarks make a site of JupyterLite, and open its REPL?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.frontends import installed
from tests.harness.built import ROOT

#: The REPL, which runs the code at the end of the address.
REPL = "/repl/index.html?kernel=python&execute=1&code="


def notebook(output: Path, *arguments: str | Path) -> Path:
    """Run ``conda-emscripten notebook``; returns ``output``.

    Raises:
        NotInRegistryError: see ``installed.python``.
        subprocess.CalledProcessError: the command failed.
    """
    command = [sys.executable, "-m", "conda_emscripten", "notebook", output, *arguments]
    subprocess.run(command, check=True, cwd=ROOT, env=_environment())
    return output


def with_address(folder: Path, pyodide_url: str) -> Path:
    """A site whose kernel has the distribution at an address, and nothing else.

    Raises:
        NotInRegistryError: see ``installed.python``.
        subprocess.CalledProcessError: JupyterLite failed.
    """
    settings = {"@jupyterlite/pyodide-kernel-extension:kernel": {"pyodideUrl": pyodide_url}}
    config = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {"litePluginSettings": settings},
    }
    (folder / "jupyter-lite.json").write_text(json.dumps(config))
    build(folder, "jupyter-lite build --output-dir lite")
    return folder / "lite"


def build(folder: Path, command: str) -> None:
    """Run a command of the documentation in ``folder``.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    subprocess.run(command, shell=True, check=True, cwd=folder, env=_environment())


def _environment() -> dict[str, str]:
    """The variables of this process, with JupyterLite in PATH."""
    return {**os.environ, "PATH": f"{installed.python()}{os.pathsep}{os.environ['PATH']}"}
