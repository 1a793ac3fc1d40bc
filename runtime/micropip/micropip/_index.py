"""This module finds the pure wheels of a project in an index with PyPI's JSON API."""

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
    """The files of a project in an index.

    Attributes:
        url: The address of the index's answer.
        known: Whether the index has the project.
        wheels: The wheels for this Python, the newest first.
        yanked: The wheels in `wheels` that their author has withdrawn (PEP 592).
        obstacles: The reason why each other file cannot be used, as a clause.
    """

    url: str
    known: bool = True
    wheels: list[Wheel] = field(default_factory=list)
    yanked: set[Wheel] = field(default_factory=set)
    obstacles: list[str] = field(default_factory=list)


async def find(index_url: str, name: str) -> Project:
    """Ask an index for a project.

    Args:
        index_url: The address of the index's JSON API.
        name: The normalized name of the project.

    Raises:
        InstallError: The index cannot be reached, or the answer does not have the API's format.
    """
    response = await fetch(f"{index_url.rstrip('/')}/{name}/json", cache="no-cache")
    project = Project(response.url)
    if response.content is None:
        project.known = False
        return project
    try:
        description = json.loads(response.content)
        # An index without `releases` lists the files of the newest version in `urls`.
        releases = description.get("releases") or {"": description["urls"]}
        for file in chain.from_iterable(releases.values()):
            _add(project, name, file)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InstallError(
            f"{response.url} is not the JSON API of a package index ({type(error).__name__}: "
            f"{error}). Set index_url so that <index_url>/<project>/json is an address of the API."
        ) from error
    project.wheels.sort(key=lambda wheel: wheel.version, reverse=True)
    return project


def _add(project: Project, name: str, file: dict[str, Any]) -> None:
    """Add a file to the project's wheels or to its obstacles."""
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
    """The reason why a wheel does not support this Python; None if the wheel does."""
    try:
        if SpecifierSet(requires_python or "").contains(PYTHON, prereleases=True):
            return None
    except InvalidSpecifier:
        return None  # an invalid specifier excludes nothing, as in pip
    return f"needs Python {requires_python}, not {PYTHON}"


PYTHON = Version(platform.python_version())
