"""Which release of a project does a recipe build, and from which file?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from conda_emscripten.errors import SourceError, UsageError
from conda_emscripten.package_index import IndexFile


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release of a project on the index.

    Attributes:
        project: the name as the user or a requirement wrote it.
        version: the version.
        sdist: the sdist, or None.
        wheels: the wheels.
    """

    project: str
    version: Version
    sdist: IndexFile | None
    wheels: tuple[IndexFile, ...]

    @property
    def pure_wheel(self) -> IndexFile | None:
        """The wheel for every platform."""
        return next((wheel for wheel in self.wheels if wheel.name.endswith("-none-any.whl")), None)

    @property
    def has_platform_wheel(self) -> bool:
        """Whether a wheel is for one platform, so that the project has compiled files."""
        return any(not wheel.name.endswith("-any.whl") for wheel in self.wheels)

    def tool_wheel(self, python: str) -> IndexFile:
        """The wheel that runs on the build platform, with the target's version of Python.

        Raises:
            SourceError: there is none.
        """
        tags = re.compile(
            rf"-(?:cp{python.replace('.', '')}-cp{python.replace('.', '')}|cp3\d+-abi3|py3-none)"
            r"-.*manylinux\w*_x86_64[\w.]*\.whl"
        )
        native = (wheel for wheel in self.wheels if tags.search(wheel.name))
        if wheel := self.pure_wheel or next(native, None):
            return wheel
        raise SourceError(
            f"{self.project} {self.version} has no wheel for the build platform.",
            help=f"Write channel/bootstrap/{self.project}/recipe.yaml by hand: docs/recipes.md.",
        )

    @property
    def source(self) -> IndexFile:
        """The file to build from: the sdist, or else the wheel for every platform.

        Raises:
            SourceError: the release has neither.
        """
        if source := self.sdist or self.pure_wheel:
            return source
        raise SourceError(
            f"{self.project} {self.version} has neither an sdist nor a wheel for every platform.",
            help=f"Name a version with an sdist: conda-emscripten recipe new {self.project}=="
            "VERSION. Or write the recipe from the project's repository.",
        )


def choose_release(
    project: str, files: Sequence[IndexFile], specifier: SpecifierSet, python: str
) -> Release:
    """The newest release that ``specifier`` and ``python`` allow.

    Pre-releases count only if there is nothing else, yanked files only for a pinned version.

    Args:
        project: the name of the project.
        files: its files.
        specifier: the versions to choose from.
        python: the target's version of Python, for example ``3.13``.

    Raises:
        UsageError: there is no such project or version.
    """
    if not files:
        raise UsageError(
            f"No index in pip's configuration has the project {project!r}.",
            help="Check the name: it is the one of 'pip install', not the one of 'import'. "
            "'python -m pip config list' shows the indexes.",
        )
    releases: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = version_of(file)
        pinned = any(each.operator in ("==", "===") for each in specifier)
        if version and _fits(file, python) and (pinned or not file.yanked):
            releases.setdefault(version, []).append(file)
    allowed = list(specifier.filter(releases, prereleases=None))
    if not allowed:
        known = ", ".join(map(str, sorted(releases)[-5:])) or "none"
        raise UsageError(
            f"{project} has no release '{specifier or 'any'}' for Python {python}.",
            help=f"The newest releases for Python {python} are: {known}.",
        )
    version = max(allowed)
    sdists = [file for file in releases[version] if not file.name.endswith(".whl")]
    sdists.sort(key=lambda file: not file.name.endswith(".tar.gz"))
    return Release(
        project=project,
        version=version,
        sdist=sdists[0] if sdists else None,
        wheels=tuple(file for file in releases[version] if file.name.endswith(".whl")),
    )


def version_of(file: IndexFile) -> Version | None:
    """The version in the name of an sdist or wheel; None for other files."""
    try:
        if file.name.endswith(".whl"):
            return parse_wheel_filename(file.name)[1]
        return parse_sdist_filename(file.name)[1]
    except (InvalidSdistFilename, InvalidWheelFilename):
        return None


def _fits(file: IndexFile, python: str) -> bool:
    try:
        return SpecifierSet(file.requires_python or "").contains(f"{python}.99")
    except InvalidSpecifier:
        return True
