"""Which package of an output already exists, in the channel or in the build cache?

This module combines the channels, the build cache and the build records.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.build_cache import BuildCache
from conda_emscripten.build_records import BuildRecord, BuildRecords
from conda_emscripten.channel import Channel
from conda_emscripten.content_key import Built
from conda_emscripten.errors import BuildError, ChannelError
from conda_emscripten.files import os_errors, remove_interrupted
from conda_emscripten.interface import Interface, read_interface
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output


@dataclass(frozen=True, kw_only=True)
class ChannelPackage:
    """A package in a channel, in names and hashes only.

    Attributes:
        output: ``Output.label`` of the output that makes the package.
        static_key: the static key in the output's record.
        subdir: the subdir of the package.
        file: the file name of the package.
        sha256: the sha256 of the file.
    """

    output: str
    static_key: str
    subdir: str
    file: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PackageStore:
    """The packages of a project's recipes.

    Attributes:
        channel: the channel that is published.
        bootstrap: the channel of the build platform's tools.
        cache: finished builds by static key.
        records: the last build of each output.
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
        """Make the channels that do not exist, and remove the temporary files of killed commands.

        Raises:
            ChannelError: a channel or the folder of the records cannot be written.
        """
        self.bootstrap.create()
        self.channel.create()
        with os_errors(ChannelError, f"{self.records.folder}: cannot be written"):
            remove_interrupted(self.records.folder)

    def channel_of(self, output: Output) -> Channel:
        """The channel that the output's package belongs to."""
        return self.bootstrap if output.bootstrap else self.channel

    def is_current(self, output: Output, static_key: str) -> bool:
        """Whether the channel has the output's package, made from the inputs of ``static_key``."""
        return self.records.read(output).hash == static_key and self.package(output) is not None

    def package(self, output: Output) -> Path | None:
        """The package of the output's last successful build; None if the channel lacks it."""
        channel = self.channel_of(output)
        paths = [channel.package(*package) for package in self.records.read(output).packages]
        return paths[0] if paths and all(path.is_file() for path in paths) else None

    def sha256_of_packages(self) -> set[str]:
        """The sha256 of each package in the channels.

        Raises:
            ChannelError: an index is damaged.
        """
        return {
            str(record.get("sha256"))
            for channel in (self.channel, self.bootstrap)
            for subdir in channel.subdirs
            for record in channel.records(subdir).values()
        }

    def interface_of(self, output: Output) -> Interface | None:
        """What builds see of the output's package in the channel; None without a package.

        Raises:
            BuildError: the package is damaged.
        """
        if (package := self.package(output)) is None:
            return None
        if interface := self.records.read(output).built.interface:
            return interface
        with self._writing:  # another thread may add a package with the same name
            record = self.records.read(output)
            if record.built.interface is None:  # recorded by an earlier version
                interface = read_output_interface(output, package)
                built = replace(record.built, interface=interface)
                record = replace(record, built=built)
                self.records.write(output, record)
        return record.built.interface

    def add_from_cache(
        self, output: Output, cached: str, static_key: str, built: Built
    ) -> BuildRecord:
        """Add a cached build to its channel; it replaces the output's earlier packages.

        Args:
            output: the output.
            cached: the static key of the cached build.
            static_key: the static key to record, see ``Reuse.recorded_key``.
            built: the package's content key, interface and tests.

        Returns:
            The output's new record.

        Raises:
            BuildError: the cache entry is damaged.
            ChannelError: the channel cannot be written or indexed; the output counts as stale.
            OSError: a file cannot be read or written.
        """
        build = self.cache.load(cached)
        packages = build.of(output.name)
        added = tuple((subdir, file.name) for subdir, file in packages)
        channel = self.channel_of(output)
        with self._writing:
            record = self.records.read(output)
            old = [*self._own(output, record), *self._superseded(output)]
            if old:  # an interruption must not leave keys of the replaced package
                self.records.write(output, replace(record, hash="", built=Built()))
            channel.add(list(packages))
            channel.remove([package for package in old if package not in added])
            record = BuildRecord(
                hash=static_key,
                seconds=build.seconds,
                packages=added,
                tests=build.tests,
                built=built,
            )
            self.records.write(output, record)
        return record

    def describe(self, output: Output) -> ChannelPackage | None:
        """The output's package in the channel; None if the channel lacks it.

        Raises:
            ChannelError: the index of the channel is damaged.
        """
        if (file := self.package(output)) is None:
            return None
        subdir = file.parent.name
        return ChannelPackage(
            output=output.label,
            static_key=self.records.read(output).hash,
            subdir=subdir,
            file=file.name,
            sha256=str(self.channel_of(output).records(subdir)[file.name]["sha256"]),
        )

    def fill(self, packages: Mapping[Output, ChannelPackage]) -> None:
        """Make the channels have these packages and no others.

        The cache has an entry for each package, named by its sha256.

        Raises:
            BuildError: a cache entry is damaged.
            ChannelError: a channel cannot be written or indexed.
            OSError: a file cannot be read or written.
        """
        with self._writing:
            for channel in (self.channel, self.bootstrap):
                own = {o: p for o, p in packages.items() if self.channel_of(o) is channel}
                present = {
                    (subdir, file, record["sha256"])
                    for subdir in channel.subdirs
                    for file, record in channel.records(subdir).items()
                }
                wanted = {
                    (package.subdir, package.file, package.sha256) for package in own.values()
                }
                if stale := present - wanted:
                    channel.remove([(subdir, file) for subdir, file, _ in stale])
                new = {o: p for o, p in own.items() if (p.subdir, p.file, p.sha256) not in present}
                builds = {
                    output: self.cache.load(package.sha256) for output, package in new.items()
                }
                if builds:
                    channel.add([file for build in builds.values() for file in build.packages])
                for output, package in own.items():
                    record = self.records.read(output)
                    if build := builds.get(output):
                        place = (package.subdir, package.file)
                        record = BuildRecord(
                            seconds=build.seconds,
                            packages=(place,),
                            tests=build.tests,
                            built=build.built,
                        )
                    self.records.write(output, replace(record, hash=package.static_key))

    @staticmethod
    def _own(output: Output, record: BuildRecord) -> list[tuple[str, str]]:
        """The packages of ``record`` without those of the recipe's other outputs.

        Earlier versions recorded all packages of a recipe under the recipe's name.
        """
        others = {sibling["package"]["name"] for sibling in output.siblings} - {output.name}
        return [
            package
            for package in record.packages
            if ArchiveName.parse(package[1]).name not in others
        ]

    def _superseded(self, output: Output) -> list[tuple[str, str]]:
        """Packages of this name whose outputs or variants the recipe no longer has.

        The package of another variant that has not been built since is kept.
        """
        others = {
            sibling["package"]["version"]
            for sibling in output.siblings
            if sibling["package"]["name"] == output.name
        }
        return [
            package
            for record in self.records.beginning_with(
                f"{output.platform}-{output.name}", f"{output.platform}-{output.folder.name}"
            )
            for package in record.packages
            if (name := ArchiveName.parse(package[1])).name == output.name
            and name.version not in others
        ]

    def adopt(self, output: Output, static_key: str, built: Built) -> BuildRecord:
        """Record that the package in the channel is what a build would make.

        Args:
            output: the output.
            static_key: the static key to record, see ``Reuse.recorded_key``.
            built: the package's content key, interface and tests.

        Raises:
            OSError: the record cannot be written.
        """
        with self._writing:
            record = self.records.read(output)
            record = replace(record, hash=static_key, error="", waits=False, built=built)
            self.records.write(output, record)
        return record


def read_output_interface(output: Output, package: Path) -> Interface:
    """``read_interface`` of the package of an output.

    Raises:
        BuildError: the interface cannot be read; the error names the folder and the output.
    """
    try:
        return read_interface(package)
    except BuildError as error:
        raise BuildError(
            f"{output.folder}, {output.key}: {error.message}", help=error.help
        ) from error
