"""Which version of a recipe's source is the newest that the recipe could build?

Versions come from the package index that pip is configured with and, for a source with an entry in
``channel/mirrors.yaml``, from the suite of Debian's archive that the entry names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as PythonVersion
from rattler import Version
from rattler.exceptions import InvalidVersionError

from conda_emscripten.errors import CondaEmscriptenError, UsageError
from conda_emscripten.mirrors import (
    AptFile,
    MirrorError,
    PipFile,
    apt_versions,
    derive_mirror,
    load_mirrors,
)
from conda_emscripten.package_index import IndexFile, PackageIndex
from conda_emscripten.project import Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipe_new.releases import choose_release
from conda_emscripten.sources import Source


class State(StrEnum):
    """How a recipe's version compares with the newest one."""

    CURRENT = "up to date"
    OUTDATED = "outdated"
    AHEAD = "ahead"
    BOUND = "bound by mirror"
    OWN = "no source"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest version of a recipe's source.

    Attributes:
        version: as its file writes it; None if no place lists the versions.
        state: how the recipe's version compares with it.
        note: where the version is from, or why it is not known.
        sha256: the index's digests of the version's files, by file name.
    """

    version: str | None = None
    state: State
    note: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewestVersions:
    """Finds the newest versions for the recipes of a project.

    Attributes:
        project: the project.
        index: the package index.
    """

    project: Project
    index: PackageIndex
    #: Suites of Debian that cannot be read, and why; an attempt takes many seconds without network.
    _failed_suites: dict[str, str] = field(default_factory=dict)

    def of(self, output: Output, others: Iterable[Output] = ()) -> Newest:
        """The newest version that the recipe of ``output`` could build.

        Pre-releases, yanked files, and files for other versions of Python do not count.

        Args:
            output: an output of the recipe.
            others: the outputs of the recipe's other versions. If one of them is newer, ``output``
                stays in its series, the first two parts of its version.

        Raises:
            PackageIndexError: the index cannot be reached.
            RecipeError: a source has no sha256.
        """
        origin = self._origin(output)
        if isinstance(origin, PipFile):
            return self._on_index(output, origin, others)
        if isinstance(origin, AptFile):
            return self._in_debian(output, origin)
        if not output.sources:
            return Newest(state=State.OWN, note="the recipe downloads nothing")
        return Newest(
            state=State.UNKNOWN, note=f"no index lists the versions of {output.sources[0].urls[0]}"
        )

    def release(self, output: Output, version: str) -> Newest:
        """A version that the user names.

        Raises:
            UsageError: the index has no such version for this Python.
            PackageIndexError: the index cannot be reached.
            RecipeError: a source has no sha256.
        """
        origin = self._origin(output)
        if not isinstance(origin, PipFile):
            return Newest(version=version, state=State.OUTDATED)
        try:
            specifier = SpecifierSet(f"=={PythonVersion(version)}")
        except InvalidVersion as error:
            raise UsageError(
                f"{output.label}={version}: {version!r} is not a version.",
                help="Write for example six=1.17.0.",
            ) from error
        return self._choose(origin, self.index.files(origin.project), specifier)

    def _origin(self, output: Output) -> AptFile | PipFile | None:
        """The mirror of the source that has the package's version, or else of the first source."""
        mirrors = load_mirrors(self.project.mirrors_file)
        origins = [mirror_of(source, mirrors) for source in output.sources]
        for origin in origins:
            if origin and _same(_version_in(origin), output.version):
                return origin
        return origins[0] if origins else None

    def _on_index(self, output: Output, origin: PipFile, others: Iterable[Output]) -> Newest:
        specifier = SpecifierSet()
        note = ""
        if any(Version(other.version) > Version(output.version) for other in others):
            series = ".".join(output.version.split(".")[:2])
            specifier, note = SpecifierSet(f"=={series}.*"), f"series {series}"
        files = [file for file in self.index.files(origin.project) if not file.yanked]
        try:
            found = self._choose(origin, files, specifier)
            assert found.version is not None
            newest, own = PythonVersion(found.version), PythonVersion(output.version)
        except (UsageError, InvalidVersion) as error:
            message = error.message if isinstance(error, UsageError) else str(error)
            return Newest(state=State.UNKNOWN, note=message)
        if newest == own or (newest.is_prerelease and not own.is_prerelease):
            state = State.CURRENT
        else:
            state = State.OUTDATED if newest > own else State.AHEAD
        return Newest(version=found.version, state=state, note=note, sha256=found.sha256)

    def _choose(
        self, origin: PipFile, files: Sequence[IndexFile], specifier: SpecifierSet
    ) -> Newest:
        """The newest release with a file of the same kind as the recipe's."""
        is_wheel = origin.file.endswith(".whl")
        same_kind = [file for file in files if file.name.endswith(".whl") == is_wheel]
        python = self.project.abi.python
        release = choose_release(origin.project, same_kind or files, specifier, python)
        chosen = [*release.wheels, *([release.sdist] if release.sdist else [])]
        return Newest(
            version=_version_in(PipFile(project=origin.project, file=chosen[-1].name)),
            state=State.OUTDATED,
            sha256={file.name: file.sha256 for file in chosen if file.sha256},
        )

    def _in_debian(self, output: Output, origin: AptFile) -> Newest:
        where = f"{origin.suite}: {origin.package}"
        if not _same(_version_in(origin), output.version):
            note = f"{where}, whose versions are not those of the source"
            return Newest(state=State.BOUND, note=note)
        if origin.suite in self._failed_suites:
            return Newest(state=State.UNKNOWN, note=self._failed_suites[origin.suite])
        try:
            versions = apt_versions(origin, self.project.cache_dir / "apt" / origin.suite)
        except MirrorError as error:
            self._failed_suites[origin.suite] = str(error)
            return Newest(state=State.UNKNOWN, note=str(error))
        # A tilde marks a pre-release.
        final = (each for each in map(upstream_version, versions) if "~" not in each)
        newest = max(final, key=Version, default=None)
        if newest is None:
            return Newest(state=State.UNKNOWN, note=f"{where} is not in the archive")
        is_newer = Version(newest) > Version(output.version)
        return Newest(version=newest, state=State.OUTDATED if is_newer else State.BOUND, note=where)


@dataclass(frozen=True, kw_only=True)
class Status:
    """A line of ``recipe outdated``.

    Attributes:
        recipe: the recipe's name on the command line, with a version if the recipe has several.
        version: the version that the recipe builds; empty if the recipe cannot be read.
        newest: see ``NewestVersions``.
    """

    recipe: str
    version: str
    newest: Newest

    @classmethod
    def of_recipe(cls, outputs: Sequence[Output], versions: NewestVersions) -> list[Status]:
        """A status for each version that a recipe builds."""
        packages = packages_of(outputs)
        prefix = "bootstrap/" if outputs[0].bootstrap else ""
        lines = []
        for output in packages:
            version = f"={output.version}" if len(packages) > 1 else ""
            try:
                newest = versions.of(output, [each for each in packages if each is not output])
            except CondaEmscriptenError as error:
                newest = Newest(state=State.UNKNOWN, note=error.message)
            name = f"{prefix}{output.folder.name}{version}"
            lines.append(cls(recipe=name, version=output.version, newest=newest))
        return lines


def packages_of(outputs: Sequence[Output]) -> list[Output]:
    """Of the outputs of a folder, one for each version of a variant; test outputs do not count."""
    chosen: dict[str, Output] = {}
    for output in [each for each in outputs if not each.is_suite] or outputs:
        chosen.setdefault(output.version if output.has_variants else "", output)
    return list(chosen.values())


def mirror_of(source: Source, mirrors: Mapping[str, AptFile]) -> AptFile | PipFile | None:
    """The mirror of a source, from the map or derived from a URL."""
    found = (mirrors.get(url) or derive_mirror(url) for url in source.urls)
    return next((mirror for mirror in found if mirror), None)


def upstream_version(version: str) -> str:
    """Upstream's version in a version of Debian: without epoch, revision and marks of repacking.

    Source: https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
    """
    text = version.rpartition(":")[2]
    text = text.rpartition("-")[0] or text
    text = text.rpartition("+really")[2]
    return re.split(r"[.+~](?:dfsg|ds|repack)", text)[0]


def _version_in(origin: AptFile | PipFile) -> str:
    """The version in the name of an origin's file, as the name writes it."""
    if isinstance(origin, AptFile):
        version = origin.file.partition("_")[2].partition(".orig.")[0]
        return upstream_version(f"{version}-0" if origin.source else version.partition("_")[0])
    if origin.file.endswith(".whl"):
        return origin.file.split("-")[1]
    return re.sub(r"\.(tar\.\w+|tgz|zip)$", "", origin.file).rpartition("-")[2]


def _same(version: str, other: str) -> bool:
    try:
        return Version(version) == Version(other)
    except InvalidVersionError:
        return False
