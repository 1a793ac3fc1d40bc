"""Where do a project's recipes, caches and results live?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.errors import UsageError

BUILD_PLATFORM = "linux-64"
TARGET_PLATFORM = "emscripten-wasm32"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The folders that every command works on; made once, at the command line.

    Attributes:
        root: the checkout, the folder with ``recipes/`` and ``conda_build_config.yaml``.
        build_dir: everything built; safe to delete.
        cache_dir: downloads and reusable build results, keyed by content, shared by checkouts.
    """

    root: Path
    build_dir: Path
    cache_dir: Path

    @classmethod
    def find(cls, start: Path, build_dir: Path | None = None) -> Project:
        """The project that ``start`` lies in.

        The cache is ``$XDG_CACHE_HOME/conda-emscripten`` (XDG base directory specification).

        Raises:
            UsageError: neither ``start`` nor a folder above it is a conda-emscripten project.
        """
        for root in (start.resolve(), *start.resolve().parents):
            if (root / "recipes").is_dir() and (root / "conda_build_config.yaml").is_file():
                break
        else:
            raise UsageError(
                f"{start} is not inside a conda-emscripten project (no recipes/ beside a "
                "conda_build_config.yaml). Run the command in the checkout, or pass --root."
            )
        xdg = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return cls(
            root=root,
            build_dir=(build_dir or root / "build").resolve(),
            cache_dir=Path(xdg) / "conda-emscripten",
        )

    @property
    def recipes_dir(self) -> Path:
        """Recipes of packages for emscripten-wasm32."""
        return self.root / "recipes"

    @property
    def bootstrap_recipes_dir(self) -> Path:
        """Recipes of the build platform's tools."""
        return self.root / "channel" / "bootstrap"

    @property
    def channel_dir(self) -> Path:
        """The channel that is published."""
        return self.build_dir / "channel"

    @property
    def bootstrap_dir(self) -> Path:
        """The channel of the build platform's tools, used where conda-forge is out of reach."""
        return self.build_dir / "bootstrap"

    @property
    def work_dir(self) -> Path:
        """What conda calls ``croot``: work trees, logs, and packages before they are tested."""
        return self.build_dir / "conda-bld"

    @property
    def dist_dir(self) -> Path:
        """The static site: ``pyodide.js``, ``pyodide.mjs``, ``console.html`` and their files."""
        return self.build_dir / "dist"

    @property
    def prebuilt_dirs(self) -> tuple[Path, ...]:
        """Folders of built packages by input hash; the first one is the build cache, written to."""
        return (self.cache_dir / "packages", self.root.parent / "shared" / "channel" / "packages")
