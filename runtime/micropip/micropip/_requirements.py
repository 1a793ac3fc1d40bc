"""What is asked for, by whom, and which distributions can answer it?

A *distribution* is one version of a Python project, wherever it comes from.
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
"""A project's normalized name, and the extras that are asked for, sorted."""


@dataclass(frozen=True)
class Wanted:
    """A requirement that applies here, and who has it.

    Attributes:
        name: Normalized.
        extras: Normalized and sorted.
        wheel: The one that a URL names; None where any will do.
        by: The distribution that requires it; empty for the caller.
    """

    name: str
    extras: tuple[str, ...]
    specifier: SpecifierSet
    wheel: "Wheel | None" = None
    by: str = ""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what the caller wants; None if its marker excludes this environment.

        Args:
            text: A requirement (PEP 508), or the URL of a wheel.

        Raises:
            InstallError: It is neither, or the wheel is not a pure one.
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
        """What a requirement whose marker holds asks for."""
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
        """Whether a distribution of the project is one that is asked for."""
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
    """One version of a project; the name is normalized."""

    name: str
    version: Version

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Installed(Distribution):
    """One that can be imported already."""


@dataclass(frozen=True)
class Packaged(Distribution):
    """One in a conda package of the page's channels.

    Attributes:
        package: The conda package's name.
        package_version: Its version, as conda writes it.
        extras: Requirements with a marker on ``extra``; the others are conda's to know.
    """

    package: str
    package_version: str
    extras: tuple[str, ...]


@dataclass(frozen=True)
class Wheel(Distribution):
    """One that is a pure wheel somewhere on the network.

    Attributes:
        file: Its file name (PEP 427).
        url: Where it is.
        sha256: What its bytes must have; None if nobody promises it.
        direct: Whether the caller or a requirement names the URL, and not an index.
    """

    file: str
    url: str
    sha256: str | None
    direct: bool = True

    @classmethod
    def from_url(cls, url: str, name: str | None = None) -> Self:
        """The wheel that a URL names, which may have the fragment ``#sha256=…``.

        Raises:
            InstallError: The file's name is not that of a pure wheel for this Python, or not that
                of the project ``name``.
        """
        parts = urlsplit(url)
        file = unquote(parts.path.rpartition("/")[2])
        try:
            project, version, _, tags = parse_wheel_filename(file)
        except InvalidWheelFilename as error:
            raise InstallError(
                f"{url}: {file!r} is not the name of a wheel. It must be like "
                "foo-1.0-py3-none-any.whl (PEP 427), as `pip wheel` and `python -m build` name it."
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
    """Why a wheel with these tags cannot be used; None if it can."""
    pure = [tag for tag in tags if tag.abi == "none" and tag.platform == "any"]
    if not pure:
        return "is not a pure wheel: its name does not end in none-any.whl"
    if _TAGS.isdisjoint(pure):
        return f"is for another Python than {_MAJOR}.{_MINOR}"
    return None


def matching(wanted: Iterable[Wanted], among: Iterable[Distribution]) -> Iterator[Distribution]:
    """The distributions that all accept, in the same order.

    Pre-releases count only where nothing else fits or one is named (PEP 440).
    """
    wanted, among = list(wanted), list(among)
    specifier = SpecifierSet(",".join(str(one.specifier) for one in wanted))
    versions = {found.version for found in among if all(one.accepts(found) for one in wanted)}
    fitting = set(specifier.filter(versions))
    return (found for found in among if found.version in fitting)


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Whether a requirement's marker holds here, with one of some extras or without any."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or [""])


def _is_url(text: str) -> bool:
    if re.match(r"\s*[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        return True
    return "@" not in text and urlsplit(text.strip()).path.endswith(".whl")
