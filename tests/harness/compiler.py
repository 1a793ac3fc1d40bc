"""Where is the project's own compiler?

This module is also a command that prints the path of emcc. The command fails with exit code 1 if
the compiler is not built.
"""

from __future__ import annotations

import sys
from pathlib import Path

from conda_emscripten.environment import build_tool
from conda_emscripten.project import Project

ROOT = Path(__file__).resolve().parents[2]


def compiler() -> Path | None:
    """The folder with emcc and file_packager; None before a quickstart."""
    project = Project.find(ROOT)
    if not any(project.bootstrap_dir.glob("linux-64/emscripten-*.conda")):
        return None
    return build_tool(project, "emscripten")


if __name__ == "__main__":
    folder = compiler()
    if folder is None:
        sys.exit(1)
    print(folder / "emcc")
