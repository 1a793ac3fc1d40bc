"""How does a test get a project of its own?

This module makes projects with tiny recipes, which need no compiler.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from conda_emscripten.engine import BuildOptions, Engine
from conda_emscripten.project import Project

#: Part of a recipe that needs {host}, and no package of the build platform.
USES_HOST_PLATFORM = """
requirements:
  build:
    - if: build_platform == host_platform
      then: nothing
  host: [{host}]
"""


@dataclass(frozen=True)
class Sandbox:
    """A project of its own, with no recipes, an empty channel and an empty cache."""

    project: Project

    def recipe(self, name: str, text: str = "", *, script: str = "true") -> Path:
        """Add ``recipes/<name>/recipe.yaml``; returns the folder."""
        folder = self.project.recipes_dir / name
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            "package:",
            f"  name: {name}",
            '  version: "1.0"',
            "build:",
            "  number: 0",
            f"  script: {script}",
            textwrap.dedent(text),
        ]
        (folder / "recipe.yaml").write_text("\n".join(lines) + "\n")
        return folder

    def engine(self, output: io.StringIO | None = None, **options: Any) -> Engine:
        """An engine that writes its log to ``output``."""
        console = Console(file=output or io.StringIO(), soft_wrap=True)
        return Engine(
            project=self.project, console=console, options=BuildOptions(jobs=2, **options)
        )

    def packages(self) -> list[str]:
        """File names of the packages in the channel's target subdir."""
        folder = self.project.channel_dir / "emscripten-wasm32"
        indexes = ("repodata", "shards", "run_exports")
        return sorted(p.name for p in folder.glob("*") if not p.name.startswith(indexes))

    def command(self, *arguments: str) -> list[str]:
        """The command line for this project."""
        return [sys.executable, "-m", "conda_emscripten", *arguments]

    @property
    def env(self) -> Mapping[str, str]:
        """Environment variables with which the command uses this project's cache, and no other."""
        own = {k: v for k, v in os.environ.items() if k != "CONDA_EMSCRIPTEN_CACHES"}
        return {**own, "XDG_CACHE_HOME": str(self.project.cache_dir.parent)}

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in this project, with ``env`` added to its environment."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.project.root,
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
