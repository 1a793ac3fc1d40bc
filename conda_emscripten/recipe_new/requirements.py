"""Which conda packages does a Python requirement mean on this platform?

This module evaluates markers (PEP 508) for the interpreter of the target, and writes specifiers
(PEP 440) as conda's version specs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name

from conda_emscripten.abi import Abi
from conda_emscripten.errors import SourceError


def target_markers(abi: Abi) -> dict[str, str]:
    """The values of environment markers in a page, as ``packaging.markers`` names them."""
    return {
        **_python_markers(abi),
        "os_name": "posix",
        "platform_machine": "wasm32",
        "platform_release": abi.emscripten,
        "platform_system": "Emscripten",
        "platform_version": "",
        "sys_platform": "emscripten",
    }


def build_markers(abi: Abi) -> dict[str, str]:
    """The values of environment markers where build tools run."""
    return {
        **_python_markers(abi),
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "sys_platform": "linux",
    }


def _python_markers(abi: Abi) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{abi.python}.0",
        "platform_python_implementation": "CPython",
        "python_full_version": f"{abi.python}.0",
        "python_version": abi.python,
    }


@dataclass(frozen=True, kw_only=True)
class Needed:
    """A Python project that another needs.

    Attributes:
        project: the normalized name (PEP 503).
        specifier: the versions.
        extras: the extras of the project that are needed, too.
    """

    project: str
    specifier: SpecifierSet
    extras: frozenset[str]

    def merged(self, other: Needed) -> Needed:
        """Both requirements of one project."""
        return Needed(
            project=self.project,
            specifier=self.specifier & other.specifier,
            extras=self.extras | other.extras,
        )

    def spec(self, package: str) -> str:
        """The requirement as a conda spec, with the name ``package``."""
        version = conda_version_spec(self.specifier)
        return f"{package} {version}" if version else package


def parse_requirements(
    requirements: Iterable[str],
    markers: dict[str, str],
    *,
    extras: Iterable[str] = (),
    source: str,
    only_extras: bool = False,
) -> list[Needed]:
    """The projects that requirements mean, in alphabetical order, each once.

    Args:
        requirements: PEP 508 requirements.
        markers: the values of environment markers.
        extras: the extras that are wanted.
        only_extras: leave out what is needed without an extra.
        source: where the requirements are from, for errors.

    Raises:
        SourceError: a requirement is malformed.
    """
    found: dict[str, Needed] = {}
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise SourceError(
                f"{source}: the requirement {text!r} cannot be read: {str(error).splitlines()[0]}.",
                help="Name another release with NAME==VERSION, or write the recipe by hand.",
            ) from error
        wanted = [each for each in extras if _applies(requirement, markers, each)]
        plain = _applies(requirement, markers, "")
        if not (wanted or plain) or (plain and only_extras):
            continue
        need = Needed(
            project=canonicalize_name(requirement.name),
            specifier=requirement.specifier,
            extras=frozenset(requirement.extras),
        )
        known = found.get(need.project)
        found[need.project] = need.merged(known) if known else need
    return [found[name] for name in sorted(found)]


def _applies(requirement: Requirement, markers: dict[str, str], extra: str) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({**markers, "extra": extra})


def conda_version_spec(specifier: SpecifierSet) -> str:
    """A specifier as a conda version spec: lower bounds first."""
    order = {">=": 0, ">": 1, "~=": 2, "==": 3, "===": 3, "<": 4, "<=": 5, "!=": 6}
    parts = sorted(specifier, key=lambda each: (order[each.operator], str(each.version)))
    return ",".join(_conda_part(each) for each in parts)


def _conda_part(part: Specifier) -> str:
    operator = "==" if part.operator == "===" else part.operator
    if operator == "==" and part.version.endswith(".*"):
        return part.version
    return f"{operator}{part.version}"


def python_spec(requires_python: str | None) -> str:
    """Requires-Python as a requirement of a ``noarch: python`` package.

    Exclusions of single versions are of versions that ended long ago.
    """
    try:
        parts = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return "python"
    kept = ",".join(str(each) for each in parts if each.operator != "!=")
    version = conda_version_spec(SpecifierSet(kept))
    return f"python {version}" if version else "python"
