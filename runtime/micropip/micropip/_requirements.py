"""This module defines requirements, and the distributions that can meet them.

A *distribution* is one version of a Python project: installed, in a conda package or as a wheel.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from micropip._errors import InstallError

Identifier = tuple[str, tuple[str, ...]]
"""The normalized name of a project, and the sorted names of the requested extras."""


@dataclass(frozen=True)
class Wanted:
    """A requirement for this environment, and the distribution that requires it.

    Attributes:
        name: The normalized name of the project.
        extras: The normalized names of the extras, sorted.
        specifier: The accepted versions.
        wheel: The wheel that the requirement's URL names; None for a requirement without a URL.
        by: The distribution that has the requirement; empty for a requirement of the caller.
    """

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    wheel: "Wheel | None" = None
    by: str = ""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse a requirement of the caller; None if its marker excludes this environment.

        Args:
            text: A requirement (PEP 508), or the URL of a wheel.

        Raises:
            InstallError: `text` is neither a requirement nor the URL of a pure wheel.
        """
        if _is_url(text):
            wheel = Wheel.from_url(text.strip())
            return cls(wheel.name, (), SpecifierSet(), wheel)
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            raise InstallError(
                f"{text!r} is not a requirement ({reason}). Write a name, a requirement such as "
                "'foo[extra] >=1', or the URL of a wheel."
            ) from error
        return cls.of(requirement) if applies(requirement) else None

    @classmethod
    def of(cls, requirement: Requirement, by: str = "") -> Self:
        """Convert a requirement with a true marker, or without a marker."""
        return cls(
            canonicalize_name(requirement.name),
            tuple(sorted({canonicalize_name(extra) for extra in requirement.extras})),
            requirement.specifier,
            Wheel.from_url(requirement.url, requirement.name) if requirement.url else None,
            by,
        )

    @property
    def identifier(self) -> Identifier:
        return (self.name, self.extras)

    def accepts(self, distribution: "Distribution") -> bool:
        """Whether a distribution of the project meets the requirement."""
        if self.wheel is not None and distribution.version != self.wheel.version:
            return False
        return self.specifier.contains(distribution.version, prereleases=True)

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        source = f" @ {self.wheel.url}" if self.wheel else str(self.specifier)
        by = f"required by {self.by}" if self.by else "asked for"
        return f"{self.name}{extras}{source} ({by})"


@dataclass(frozen=True)
class Distribution:
    """One version of a project, with the normalized name of the project."""

    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Installed(Distribution):
    """An installed distribution."""


@dataclass(frozen=True)
class Packaged(Distribution):
    """A distribution in a conda package of the page's channels.

    Attributes:
        package: The name of the conda package.
        package_version: The version of the conda package, in conda's form.
        extras: The requirements with a marker on ``extra``. The package's conda dependencies
            cover the other requirements.
    """

    package: str
    package_version: str
    extras: tuple[str, ...]


@dataclass(frozen=True)
class Wheel(Distribution):
    """A distribution as a pure wheel on a server.

    Attributes:
        file: The file name of the wheel (PEP 427).
        url: The address of the wheel.
        sha256: The expected sha256; None if neither the index nor the URL has a sha256.
        direct: True if the caller or a requirement has the URL, False if an index has the URL.
    """

    file: str
    url: str
    sha256: str | None
    direct: bool = True

    @classmethod
    def from_url(cls, url: str, name: str | None = None) -> Self:
        """The wheel at a URL, with the sha256 of the URL's fragment ``#sha256=…``.

        Raises:
            InstallError: The file name is not the name of a pure wheel for this Python, or is the
                name of another project than ``name``.
        """
        parts = urlsplit(url)
        file = unquote(parts.path.rpartition("/")[2])
        try:
            project, version, _, tags = parse_wheel_filename(file)
        except InvalidWheelFilename as error:
            raise InstallError(
                f"{url}: {file!r} is not the name of a wheel. Use a name such as "
                "foo-1.0-py3-none-any.whl (PEP 427); `pip wheel` and `python -m build` write it."
            ) from error
        if obstacle := obstacle_of(tags):
            raise InstallError(f"{url}: {file} {obstacle}. {_COMPILED}")
        if name is not None and project != canonicalize_name(name):
            raise InstallError(f"{url} is not a wheel of {name}, but of {project}.")
        sha256 = re.fullmatch(r"(?:.*&)?sha256=([0-9a-fA-F]{64})(?:&.*)?", parts.fragment)
        return cls(
            project,
            version,
            file,
            parts._replace(fragment="").geturl(),
            sha256[1].lower() if sha256 else None,
        )


_COMPILED = "Compiled packages come from conda channels."

_MAJOR, _MINOR = sys.version_info[:2]
_TAGS = frozenset(compatible_tags((_MAJOR, _MINOR), f"cp{_MAJOR}{_MINOR}", ["any"]))


def obstacle_of(tags: Iterable[Tag]) -> str | None:
    """The reason why a wheel with these tags cannot be used; None if the wheel can be used."""
    pure = [tag for tag in tags if tag.abi == "none" and tag.platform == "any"]
    if not pure:
        return "is not a pure wheel: its name does not end in none-any.whl"
    if _TAGS.isdisjoint(pure):
        return f"is for another Python than {_MAJOR}.{_MINOR}"
    return None


def matching(wanted: Iterable[Wanted], among: Iterable[Distribution]) -> Iterator[Distribution]:
    """The distributions that meet all requirements, in the given order.

    Pre-releases count only if no other version fits or a specifier names a pre-release (PEP 440).
    """
    wanted, among = list(wanted), list(among)
    specifier = SpecifierSet(",".join(str(requirement.specifier) for requirement in wanted))
    versions = {
        found.version
        for found in among
        if all(requirement.accepts(found) for requirement in wanted)
    }
    fitting = set(specifier.filter(versions))
    return (found for found in among if found.version in fitting)


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Whether the marker is true in this environment, with any of the extras or without extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or [""])


def _is_url(text: str) -> bool:
    if re.match(r"\s*[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        return True
    return "@" not in text and urlsplit(text.strip()).path.endswith(".whl")
