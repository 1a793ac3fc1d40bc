"""Which folders have a project's recipes, caches and results?

This module has the folders that every command uses, and reads the environment variables for them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conda_emscripten.abi import Abi
from conda_emscripten.errors import UsageError

BUILD_PLATFORM = "linux-64"
TARGET_PLATFORM = "emscripten-wasm32"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The folders that every command uses; made once, at the command line.

    Attributes:
        root: the checkout, the folder with ``recipes/`` and ``conda_build_config.yaml``.
        build_dir: everything built; safe to delete.
        cache_dir: downloads and reusable build results, keyed by content, shared by checkouts.
        build_caches: read-only folders with trusted build results of other machines.
        build_platform_variant: variant keys of the build platform's recipes from environment
            variables: ``emsdk``, a folder that the recipe ``emscripten`` links instead of packing
            an SDK.
    """

    root: Path
    build_dir: Path
    cache_dir: Path
    build_caches: tuple[Path, ...] = ()
    build_platform_variant: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(
        cls, start: Path, build_dir: Path | None = None, *, build_caches: Sequence[Path] = ()
    ) -> Project:
        """The project of the folder ``start``.

        The cache is ``$XDG_CACHE_HOME/conda-emscripten`` (XDG base directory specification).

        Raises:
            UsageError: neither ``start`` nor a folder above it is a conda-emscripten project, or
                a build cache is not a folder, or ``build_dir`` cannot be one.
        """
        for root in (start.resolve(), *start.resolve().parents):
            if (root / "recipes").is_dir() and (root / "conda_build_config.yaml").is_file():
                break
        else:
            raise UsageError(
                f"{start.resolve()} is not inside a conda-emscripten project (no recipes/ beside a "
                "conda_build_config.yaml).",
                help="Run the command in the checkout, or pass --root.",
            )
        for folder in build_caches:
            if not folder.is_dir():
                raise UsageError(
                    f"The build cache {folder} is not a folder.",
                    help="Correct --cache or the variable CONDA_EMSCRIPTEN_CACHES.",
                )
        build_dir = (build_dir or root / "build").resolve()
        if not next(path for path in (build_dir, *build_dir.parents) if path.exists()).is_dir():
            raise UsageError(
                f"{build_dir} is not a folder, and cannot become one.",
                help="Choose another --build-dir.",
            )
        xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
        if not xdg.is_absolute():  # the specification says that others are ignored
            xdg = Path.home() / ".cache"
        emsdk = os.environ.get("EMSDK")
        return cls(
            root=root,
            build_dir=build_dir,
            cache_dir=xdg / "conda-emscripten",
            build_caches=tuple(folder.resolve() for folder in build_caches),
            build_platform_variant={"emsdk": emsdk} if emsdk else {},
        )

    @property
    def recipes_dir(self) -> Path:
        """Recipes of packages for emscripten-wasm32."""
        return self.root / "recipes"

    @property
    def outdated_file(self) -> Path:
        """What ``recipe outdated --save`` found."""
        return self.recipes_dir / "outdated.json"

    @property
    def bootstrap_recipes_dir(self) -> Path:
        """Recipes of the build platform's tools."""
        return self.root / "channel" / "bootstrap"

    @property
    def mirrors_file(self) -> Path:
        """The map of mirrors for sources whose canonical URLs cannot be reached."""
        return self.root / "channel" / "mirrors.yaml"

    @property
    def abi(self) -> Abi:
        """The versions of Emscripten and CPython.

        Raises:
            UsageError: see ``Abi.read``.
        """
        return Abi.read(self.root / "conda_build_config.yaml")

    @property
    def start_packages(self) -> Path:
        """The list of the packages that every page loads first."""
        return self.root / "channel" / "start.yaml"

    @property
    def channel_dir(self) -> Path:
        """The channel that is published."""
        return self.build_dir / "channel"

    @property
    def bootstrap_dir(self) -> Path:
        """The channel of the build platform's tools, used unless conda-forge provides them."""
        return self.build_dir / "bootstrap"

    @property
    def work_dir(self) -> Path:
        """The ``croot`` of conda-build: work trees, logs, and packages before their tests."""
        return self.build_dir / "conda-bld"

    @property
    def dist_dir(self) -> Path:
        """The static site: ``pyodide.js``, ``pyodide.mjs``, ``console.html`` and their files."""
        return self.build_dir / "dist"

    @property
    def npm_dir(self) -> Path:
        """The npm package that takes the place of ``pyodide``."""
        return self.build_dir / "npm"

    @property
    def build_cache_dir(self) -> Path:
        """Finished builds by static key."""
        return self.cache_dir / "packages"
