"""Which existing package is the one that a build of an output would make?

This module asks the channel and the build cache by static key, and then, when the dependencies
exist, by content key. Builds that earlier versions stored have no content key; it is computed from
the recipe that the package embeds (``earlier_builds``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from conda_emscripten.content_key import (
    Built,
    Section,
    built_against,
    content_key,
    installed_for_tests,
    sees_host_wholly,
    tests_key,
)
from conda_emscripten.earlier_builds import EarlierBuild, EarlierBuilds, earlier_builds
from conda_emscripten.interface import Interface, contained_libraries
from conda_emscripten.package_store import PackageStore, read_output_interface
from conda_emscripten.project import Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet


@dataclass(frozen=True, kw_only=True)
class Existing:
    """A package that a build would make again.

    Attributes:
        cached: the static key of the cached build; None if the package is in the channel.
        built: its keys. Without ``content``, an earlier version made the build from the present
            inputs.
        by_content: whether the package was found by its content key; its inputs have changed.
    """

    cached: str | None
    built: Built
    by_content: bool


@dataclass(kw_only=True)
class Reuse:
    """Finds existing packages for the outputs of a project."""

    project: Project
    recipes: RecipeSet
    store: PackageStore
    _interfaces: dict[Path, Interface] = field(default_factory=dict)

    def find(self, output: Output) -> Existing | None:
        """The package that a build of ``output`` would make; None if it has to be built.

        Raises:
            BuildError: a package is damaged.
            RecipeError: no recipe makes a required package.
            OSError: a file cannot be read.
        """
        if existing := self.find_in_channel(output):
            return existing
        static_key = self.recipes.static_key(output)
        if self.store.cache.has(static_key):
            built = self.store.cache.load(static_key).built
            return Existing(cached=static_key, built=built, by_content=False)
        against = built_against(self.recipes, output, self.store.interface_of)
        return None if against is None else self._find_in_cache(output, against)

    def find_in_channel(self, output: Output) -> Existing | None:
        """The package in the channel, if it is the one that a build of ``output`` would make.

        Raises:
            BuildError, RecipeError, OSError: see ``find``.
        """
        if self.store.package(output) is None:
            return None
        built = self.store.records.read(output).built
        if self.store.is_current(output, self.recipes.static_key(output)):
            return Existing(cached=None, built=built, by_content=False)
        against = built_against(self.recipes, output, self.store.interface_of)
        if against is not None and self._is_same(output, against, built):
            return Existing(cached=None, built=built, by_content=True)
        return None

    def recorded_key(self, output: Output) -> str:
        """The static key to record for a package that a build of ``output`` would make now.

        Returns:
            "" if the channel has another package of a dependency than a build would make: then the
            package may not be the one that the present inputs make.

        Raises:
            BuildError, RecipeError, OSError: see ``find``.
        """
        return "" if self.stale_dependencies(output) else self.recipes.static_key(output)

    def stale_dependencies(
        self, output: Output, known: dict[Output, bool] | None = None
    ) -> list[Output]:
        """The dependencies whose package in the channel is not known to be the present one.

        Args:
            output: the output.
            known: the answers of earlier calls, for a channel that has not changed since.

        Raises:
            BuildError, RecipeError, OSError: see ``find``.
        """
        known = {} if known is None else known
        stale = [
            each for each in self.recipes.dependencies(output) if not self._is_present(each, known)
        ]
        return sorted(stale, key=lambda each: each.label)

    def _is_present(self, output: Output, known: dict[Output, bool]) -> bool:
        """Whether the channel has the package that a build from the present inputs would make."""
        if output not in known:
            key = self.recipes.static_key(output)
            known[output] = self.store.is_current(output, key) or (
                not self.stale_dependencies(output, known)
                and self.find_in_channel(output) is not None
            )
        return known[output]

    def _find_in_cache(
        self, output: Output, against: Mapping[Section, Mapping[Output, Interface]]
    ) -> Existing | None:
        """A cached package, found by content."""
        for entry in self.store.cache.of_package(output.name):
            has = self._is_same(output, against, entry.built)
            if has and self.store.cache.has(entry.static_key):
                return Existing(cached=entry.static_key, built=entry.built, by_content=True)
        for earlier in self._earlier.get(output.name, ()):
            known = self._built_earlier(earlier)
            if known and self._is_same(output, against, known):
                return Existing(cached=earlier.entry_hash, built=known, by_content=True)
        return None

    def identify(self, output: Output, package: Path) -> Built:
        """The keys of a package that was built from the present inputs, without its tests.

        Raises:
            BuildError: a package is damaged.
            RecipeError: no recipe makes a required package.
        """
        interface = read_output_interface(output, package)
        against = built_against(self.recipes, output, self.store.interface_of)
        if against is None:
            return Built(interface=interface)
        files = {each: self.store.package(each) for each in against["host"]}
        contained = _contained(output, package, files)
        key = content_key(self.recipes, output, against, contained)
        return Built(content=key, contained=contained, interface=interface)

    def tests_key(self, output: Output, built: Built) -> str:
        """The key of the present tests of a package with the keys ``built``."""
        assert built.interface is not None, f"the interface of {output.key} is unknown"
        return tests_key(self.recipes, output, built.interface, self.store.interface_of)

    def with_tests(self, output: Output, built: Built) -> Built:
        """``built`` after its present tests passed."""
        assert built.interface is not None, f"the interface of {output.key} is unknown"
        installed = installed_for_tests(
            self.recipes, output, built.interface, self.store.interface_of
        )
        return replace(built, tests=self.tests_key(output, built), tested_with=installed)

    def _is_same(
        self, output: Output, against: Mapping[Section, Mapping[Output, Interface]], built: Built
    ) -> bool:
        if not built.content or built.interface is None:
            return False
        return built.content == content_key(self.recipes, output, against, built.contained)

    def close(self) -> None:
        """Remove temporary files, whose owners the traceback of an error can keep alive."""
        if "_earlier" in vars(self):
            self._earlier.close()
            del self._earlier

    @cached_property
    def _earlier(self) -> EarlierBuilds:
        bootstrap = self.recipes.has_bootstrap
        return earlier_builds(self.project, self.store.cache, bootstrap=bootstrap)

    def _built_earlier(self, earlier: EarlierBuild) -> Built | None:
        """The keys of a build of an earlier version; None if a dependency no longer exists."""

        def keys(output: Output) -> tuple[str, str]:
            return earlier.recipes.static_key(output), earlier.entry_of(output)

        def package_of(output: Output) -> Path | None:
            return self._package(output, keys(output))

        def interface_of(output: Output) -> Interface | None:
            if any(self.store.is_current(output, key) for key in keys(output)):
                return self.store.interface_of(output)  # which remembers it
            if (package := package_of(output)) and package not in self._interfaces:
                self._interfaces[package] = read_output_interface(output, package)
            return self._interfaces[package] if package else None

        against = built_against(earlier.recipes, earlier.output, interface_of)
        own = package_of(earlier.output)
        if against is None or own is None:
            return None
        files = {each: package_of(each) for each in against["host"]}
        contained = _contained(earlier.output, own, files)
        key = content_key(earlier.recipes, earlier.output, against, contained)
        return Built(content=key, contained=contained, interface=interface_of(earlier.output))

    def _package(self, output: Output, keys: Sequence[str]) -> Path | None:
        """The package of an output that was built from the inputs of one of the static keys."""
        for key in keys:
            if self.store.is_current(output, key):
                return self.store.package(output)
            if self.store.cache.has(key):
                for _, file in self.store.cache.load(key).of(output.name):
                    return file
        return None


def _contained(
    output: Output, package: Path, host: Mapping[Output, Path | None]
) -> dict[str, tuple[str, ...]]:
    """``Built.contained`` of a package."""
    if sees_host_wholly(output):
        return {}
    contained = {
        each.name: tuple(sorted(contained_libraries(package, file)))
        for each, file in host.items()
        if file is not None
    }
    return {name: paths for name, paths in contained.items() if paths}
