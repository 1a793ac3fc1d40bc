"""Does the runtime's C compile without warnings?

This module is the command ``python -m ci.check_c``. It compiles the sources with the channel's own
compiler, CPython and libsolv, with more warnings than the recipes enable, and writes no objects.
Before a quickstart the packages do not exist. The command then prints a line and succeeds; with
``CONDA_EMSCRIPTEN_REQUIRE_BUILD=1`` it fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conda_emscripten.environment import build_tool, create_environment
from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.project import TARGET_PLATFORM, Project

ROOT = Path(__file__).resolve().parent.parent
FLAGS = ("-std=c17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only")
HEADERS = ("python", "libsolv")


def compile_sources(sources: list[Path], project: Project) -> int:
    """Compile ``sources`` with the compiler and the headers of the project's channels.

    Returns:
        The exit code of the compiler, which prints warnings and errors.

    Raises:
        CondaEmscriptenError: a channel lacks a package.
    """
    emsdk = build_tool(project, "emscripten").parent / "opt" / "emsdk" / "upstream"
    with tempfile.TemporaryDirectory(prefix="check-c-", dir=project.build_dir) as folder:
        host = Path(folder) / "host"
        create_environment(
            host,
            HEADERS,
            channels=[project.channel_dir.as_uri()],
            platform=TARGET_PLATFORM,
            cache_dir=project.cache_dir,
        )
        (python,) = (host / "include").glob("python3.*")
        command = [
            str(emsdk / "bin" / "clang"),
            "--target=wasm32-unknown-emscripten",
            f"--sysroot={emsdk / 'emscripten' / 'cache' / 'sysroot'}",
            # clang reports no warnings in system headers.
            f"-isystem{python}",
            f"-isystem{host / 'include'}",
            *FLAGS,
        ]
        return subprocess.run([*command, *map(str, sources)], check=False).returncode


def main(project: Project, sources: list[Path]) -> int:
    """Compile C files.

    Returns:
        The exit code of the command: 0, or 1 for a warning or an error.
    """
    required = os.environ.get("CONDA_EMSCRIPTEN_REQUIRE_BUILD") == "1"
    if not required and not project.channel_dir.is_dir():
        print("check_c: nothing is built yet, the C of runtime/ is not compiled.")
        return 0
    try:
        return 1 if compile_sources(sources, project) else 0
    except CondaEmscriptenError as error:
        print(f"check_c: the C of runtime/ is not compiled: {error}", file=sys.stderr)
        return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main(Project.find(ROOT), sorted((ROOT / "runtime").glob("*/*.c"))))
