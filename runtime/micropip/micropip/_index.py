"""Which pure wheels does an index have of a project? PyPI's JSON API says."""

import json
import platform
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import urljoin

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import Version

from micropip._errors import InstallError
from micropip._fetch import fetch
from micropip._requirements import Wheel, obstacle_of


@dataclass
class Project:
    """What an index has of a project.

    Attributes:
        url: Where the index says so.
        known: Whether the index has the project at all.
        wheels: Those that can be used here, the newest first.
        yanked: Those of them that their author has withdrawn (PEP 592).
        obstacles: Why other files cannot be used, a clause for each.
    """

    url: str
    known: bool = True
    wheels: list[Wheel] = field(default_factory=list)
    yanked: set[Wheel] = field(default_factory=set)
    obstacles: list[str] = field(default_factory=list)


async def find(index_url: str, name: str) -> Project:
    """Ask an index for a project.

    Args:
        index_url: Where the index's JSON API is.
        name: Normalized.

    Raises:
        InstallError: The index cannot be reached, or its answer is not that API's.
    """
    response = await fetch(f"{index_url.rstrip('/')}/{name}/json", cache="no-cache")
    project = Project(response.url)
    if response.content is None:
        project.known = False
        return project
    try:
        description = json.loads(response.content)
        # Of the newest version alone where the index leaves `releases` out.
        releases = description.get("releases") or {"": description["urls"]}
        for file in chain.from_iterable(releases.values()):
            _add(project, name, file)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InstallError(
            f"{response.url} is not the JSON API of a package index ({type(error).__name__}: "
            f"{error}). Set index_url so that <index_url>/<project>/json is."
        ) from error
    project.wheels.sort(key=lambda wheel: wheel.version, reverse=True)
    return project


def _add(project: Project, name: str, file: dict[str, Any]) -> None:
    """Enter a file of the project: as a wheel to choose, or as an obstacle."""
    filename = file["filename"]
    try:
        wheel_name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        project.obstacles.append(f"{filename} is not a wheel")
        return
    obstacle = obstacle_of(tags) or _python_obstacle(file.get("requires_python"))
    if wheel_name != name:
        obstacle = f"is a wheel of {wheel_name}"
    if obstacle:
        project.obstacles.append(f"{filename} {obstacle}")
        return
    url = urljoin(project.url, file["url"])
    wheel = Wheel(name, version, filename, url, file["digests"]["sha256"].lower(), direct=False)
    project.wheels.append(wheel)
    if file.get("yanked"):
        project.yanked.add(wheel)


def _python_obstacle(requires_python: str | None) -> str | None:
    """Why a wheel cannot be used with this Python; None if it can."""
    try:
        if SpecifierSet(requires_python or "").contains(PYTHON, prereleases=True):
            return None
    except InvalidSpecifier:
        return None  # so do others: nobody can tell what was meant
    return f"needs Python {requires_python}, not {PYTHON}"


PYTHON = Version(platform.python_version())
