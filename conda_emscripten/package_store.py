"""Which packages of a recipe already exist, in the channel or in the build cache?

This module combines the channels, the build cache and the build records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_records import BuildRecord, BuildRecords
from conda_emscripten.channel import Channel
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class PackageStore:
    """The packages of a project's recipes.

    Attributes:
        channel: the channel that is published.
        bootstrap: the channel of the build platform's tools.
        cache: finished builds by input hash.
        records: the last build of each recipe.
    """

    channel: Channel
    bootstrap: Channel
    cache: BuildCache
    records: BuildRecords
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls, project: Project, *, warn: Callable[[str], None] = lambda _line: None
    ) -> PackageStore:
        """The packages of ``project``.

        ``warn`` is called with one line for each damaged entry of a read-only cache.
        """
        subdirs = (TARGET_PLATFORM, "noarch", BUILD_PLATFORM)
        return cls(
            channel=Channel(path=project.channel_dir, subdirs=subdirs),
            bootstrap=Channel(path=project.bootstrap_dir, subdirs=(BUILD_PLATFORM, "noarch")),
            cache=BuildCache(
                folder=project.build_cache_dir, read_only=project.build_caches, warn=warn
            ),
            records=BuildRecords(folder=project.build_dir / "records"),
        )

    def create_channels(self) -> None:
        """Make the channels that do not exist."""
        self.bootstrap.create()
        self.channel.create()

    def channel_of(self, recipe: Recipe) -> Channel:
        """The channel that the recipe's packages belong to."""
        return self.bootstrap if recipe.bootstrap else self.channel

    def is_current(self, recipe: Recipe, input_hash: str) -> bool:
        """Whether the channel has the recipe's packages, made from the inputs of ``input_hash``."""
        record = self.records.read(recipe)
        return record.hash == input_hash and all(path.is_file() for path in self.packages(recipe))

    def packages(self, recipe: Recipe) -> tuple[Path, ...]:
        """The paths in the channel of the packages from the recipe's last successful build."""
        channel = self.channel_of(recipe)
        return tuple(channel.package(*package) for package in self.records.read(recipe).packages)

    def add_from_cache(self, recipe: Recipe, input_hash: str) -> BuildRecord:
        """Add a cached build to its channel; it replaces the recipe's earlier packages.

        Returns:
            The recipe's new record.

        Raises:
            BuildError: the cache entry is damaged.
            ChannelError: the channel cannot be written or indexed; the recipe counts as stale.
            OSError: a file cannot be read or written.
        """
        build = self.cache.load(input_hash)
        added = tuple((subdir, file.name) for subdir, file in build.packages)
        channel = self.channel_of(recipe)
        with self._writing:
            old = self.records.read(recipe).packages
            channel.add(list(build.packages))
            channel.remove([package for package in old if package not in added])
            record = BuildRecord(
                hash=input_hash, seconds=build.seconds, packages=added, tests=build.tests
            )
            self.records.write(recipe, record)
        return record
