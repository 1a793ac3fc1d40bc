"""Which packages have been built from the same inputs before?

This module stores finished builds: for each static key (``RecipeSet.static_key``), a folder with
the package and ``build.json``. A package that was built with stale dependencies has no static key;
its folder is named by its sha256. An entry is complete or absent. Checkouts share the cache.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.content_key import Built
from conda_emscripten.errors import BuildError
from conda_emscripten.files import atomic_copy, sha256_file


@dataclass(frozen=True, kw_only=True)
class CachedBuild:
    """A build in the cache.

    Attributes:
        packages: subdir and path of each package; earlier versions stored several.
        seconds: the duration of the build, tests included.
        tests: the number of tests by outcome.
        built: the package's content key, interface and tests.
    """

    packages: tuple[tuple[str, Path], ...]
    seconds: float
    tests: Mapping[str, int]
    built: Built

    def of(self, name: str) -> tuple[tuple[str, Path], ...]:
        """Those of ``packages`` that are called ``name``."""
        return tuple(
            (subdir, file)
            for subdir, file in self.packages
            if ArchiveName.parse(file.name).name == name
        )


@dataclass(frozen=True, kw_only=True)
class _Build:
    """The content of a ``build.json``; a package is a subdir, a file name and a sha256."""

    name: str
    seconds: float
    packages: tuple[tuple[str, str, str], ...]
    tests: Mapping[str, int]
    built: Built

    @classmethod
    def read(cls, folder: Path) -> _Build | None:
        """The build in the folder of an entry; None if its file is missing or damaged."""
        try:
            fields = json.loads((folder / "build.json").read_bytes())
            packages = tuple((subdir, file, sha256) for subdir, file, sha256 in fields["packages"])
            tests = dict(fields.get("tests", {}))
            texts = [fields["name"], *tests, *(text for package in packages for text in package)]
            for _, file, _ in packages:
                ArchiveName.parse(file)
            numbers = [fields["seconds"], *tests.values()]
            if not all(isinstance(text, str) for text in texts) or min(numbers) < 0:
                return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return cls(
            name=fields["name"],
            seconds=fields["seconds"],
            packages=packages,
            tests=tests,
            built=_built(fields),
        )


def _built(build: Mapping[str, Any]) -> Built:
    """The keys in ``build.json``; none if an earlier version stored the build."""
    try:
        return Built.from_json(build.get("built", {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Built()


@dataclass(frozen=True, kw_only=True)
class CacheEntry:
    """A build as ``conda-emscripten cache list`` shows it.

    Attributes:
        static_key: 64 hexadecimal digits.
        folder: the folder of the build.
        name: the name of the output; of earlier versions, the name of the recipe.
        packages: the file names of the packages.
        sha256: the sha256 of each package.
        size: the size of the packages, in bytes.
        used: the time of the last store or load, in seconds since 1970.
        writable: whether the build is in the cache that ``BuildCache.prune`` may change.
        built: the package's content key, interface and tests.
    """

    static_key: str
    folder: Path
    name: str
    packages: tuple[str, ...]
    sha256: tuple[str, ...]
    size: int
    used: float
    writable: bool
    built: Built


@dataclass(kw_only=True)
class BuildCache:
    """The folders of finished builds.

    Attributes:
        folder: the writable cache.
        read_only: caches that are searched after ``folder``; their packages are trusted.
        warn: called with one line for each damaged entry of a read-only cache.
    """

    folder: Path
    read_only: tuple[Path, ...] = ()
    warn: Callable[[str], None] = lambda _line: None
    _places: dict[str, Path | None] = field(default_factory=dict)
    _by_package: dict[str, list[CacheEntry]] | None = None

    def has(self, static_key: str) -> bool:
        """Whether there is a build from these inputs."""
        return self._find(static_key) is not None

    def load(self, static_key: str) -> CachedBuild:
        """The build from these inputs, for which ``has`` is true.

        Raises:
            BuildError: the entry was damaged, and has been removed.
            OSError: a file cannot be read.
        """
        folder = self._find(static_key)
        assert folder is not None, f"no build from {static_key}: call has() first"
        if folder.parent == self.folder:
            if problem := _damage(folder):
                shutil.rmtree(folder, ignore_errors=True)
                self._places.pop(static_key)
                raise BuildError(
                    f"{problem} in the build cache was damaged and has been removed.",
                    help="Run the command again.",
                )
            os.utime(folder / "build.json")
        build = _Build.read(folder)
        assert build is not None, f"{folder} was sound a moment ago"
        return CachedBuild(
            packages=tuple((subdir, folder / file) for subdir, file, _ in build.packages),
            seconds=build.seconds,
            tests=build.tests,
            built=build.built,
        )

    def of_package(self, name: str) -> list[CacheEntry]:
        """The builds of packages that are called ``name``, as they were at the first call."""
        if self._by_package is None:
            by_package: dict[str, list[CacheEntry]] = {}
            for entry in self.entries():
                for package in {ArchiveName.parse(file).name for file in entry.packages}:
                    by_package.setdefault(package, []).append(entry)
            self._by_package = by_package
        return self._by_package.get(name, [])

    def store(
        self,
        static_key: str,
        *,
        name: str,
        packages: Sequence[tuple[str, Path]],
        seconds: float,
        tests: Mapping[str, int],
        built: Built,
    ) -> None:
        """Store a built package completely or not at all.

        A package of another entry of this cache is not copied, but linked.

        Raises:
            OSError: the cache cannot be written.
        """
        target = self.folder / static_key
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as folder:
            entries = []
            for subdir, package in packages:
                _link_or_copy(package, Path(folder) / package.name, self.folder)
                entries.append([subdir, package.name, sha256_file(package)])
            build = {
                "name": name,
                "seconds": round(seconds, 1),
                "packages": entries,
                "tests": dict(tests),
                "built": built.to_json(),
            }
            (Path(folder) / "build.json").write_text(json.dumps(build, indent=1))
            shutil.rmtree(target, ignore_errors=True)
            Path(folder).rename(target)
            Path(folder).mkdir()
        target.chmod(0o755)
        self._places[static_key] = target

    def entries(self) -> list[CacheEntry]:
        """The complete builds of all folders, sorted by recipe, the last used first."""
        entries = []
        for cache in (self.folder, *self.read_only):
            for file in cache.glob("[!.]*/build.json"):
                build = _Build.read(file.parent)
                paths = [file.parent / name for _, name, _ in build.packages] if build else []
                if build and paths and all(path.is_file() for path in paths):
                    entry = CacheEntry(
                        static_key=file.parent.name,
                        folder=file.parent,
                        name=build.name,
                        packages=tuple(path.name for path in paths),
                        sha256=tuple(sha256 for _, _, sha256 in build.packages),
                        size=sum(path.stat().st_size for path in paths),
                        used=file.stat().st_mtime,
                        writable=cache == self.folder,
                        built=build.built,
                    )
                    entries.append(entry)
        return sorted(entries, key=lambda entry: (entry.name, -entry.used))

    def prune(
        self, current: Callable[[CacheEntry], bool], *, days: float, dry_run: bool = False
    ) -> list[CacheEntry]:
        """Remove the builds of the writable folder that are neither current nor recently used.

        Also removes the folders of killed commands after a day.

        Args:
            current: whether a build is never removed.
            days: builds used within so many days stay, since other checkouts may need them.
            dry_run: remove nothing.

        Returns:
            The removed builds.

        Raises:
            OSError: a build cannot be removed.
        """
        oldest = time.time() - days * 86_400
        stale = [
            entry
            for entry in self.entries()
            if entry.writable and entry.used < oldest and not current(entry)
        ]
        # Killed commands leave the folders in which `store` makes an entry.
        interrupted = [
            folder
            for folder in self.folder.glob(".*")
            if folder.is_dir() and folder.stat().st_mtime < time.time() - 86_400
        ]
        for folder in [*interrupted, *(entry.folder for entry in stale)]:
            if not dry_run:
                shutil.rmtree(folder)
        return stale

    def _find(self, static_key: str) -> Path | None:
        if static_key not in self._places:
            self._places[static_key] = self._look_for(static_key)
        return self._places[static_key]

    def _look_for(self, static_key: str) -> Path | None:
        own = self.folder / static_key
        if (own / "build.json").is_file():
            return own
        for cache in self.read_only:
            folder = cache / static_key
            if not (folder / "build.json").is_file():
                continue
            if problem := _damage(folder):
                self.warn(f"{problem} in the read-only cache {cache} is damaged and not used.")
                continue
            return folder
        return None


def _link_or_copy(package: Path, target: Path, cache: Path) -> None:
    if package.is_relative_to(cache):
        with suppress(OSError):  # a file system without links
            target.hardlink_to(package)
            return
    atomic_copy(package, target)


def _damage(folder: Path) -> str | None:
    """The name of a missing or changed file of an entry; None if the entry is sound."""
    build = _Build.read(folder)
    if build is None:
        return f"{folder.name}/build.json"
    for _, file, sha256 in build.packages:
        try:
            if sha256_file(folder / file) != sha256:
                return file
        except OSError:
            return file
    return None
