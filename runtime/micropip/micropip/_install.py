"""This module runs the steps of an installation, so that a failure leaves no partial wheel.

The steps: resolve (downloads and verifies the wheels), check the result with conda's solver, load
the conda packages, write the wheels' files.
"""

import asyncio
import importlib
from collections.abc import Iterable

import js
from packaging.version import InvalidVersion, Version
from pyodide import JsException, JsProxy
from pyodide._runtime import loader

import micropip
from micropip import _wheel
from micropip._errors import InstallError
from micropip._requirements import Packaged, Wanted, Wheel, matching
from micropip._resolve import Knowledge, Resolution, resolve

_one_at_a_time = asyncio.Lock()


def start(requirements: str | Iterable[str], index_url: str | None) -> JsProxy:
    """Start an installation, see `micropip.install`."""
    texts = [requirements] if isinstance(requirements, str) else _as_list(requirements)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"a requirement is a string, not {type(text).__name__}: {text!r}")
    url = micropip.index_url if index_url is None else index_url
    if not isinstance(url, str):
        raise TypeError(f"index_url is a string, not {type(url).__name__}")
    promise: JsProxy = js.Promise.resolve(asyncio.ensure_future(_install(texts, url)))
    return promise


def _as_list(requirements: Iterable[str]) -> list[str]:
    try:
        return list(requirements)
    except TypeError:
        kind = type(requirements).__name__
        raise TypeError(f"install needs a requirement or a list of them, not {kind}") from None


async def _install(texts: list[str], index_url: str) -> None:
    requirements = [wanted for text in texts if (wanted := Wanted.parse(text))]
    async with _one_at_a_time:
        knowledge = Knowledge(_find_packaged, index_url)
        try:
            resolution, specs = await _agree(requirements, knowledge)
            chosen = resolution.chosen.values()
            wheels = [knowledge.wheel_file(wheel) for wheel in chosen if isinstance(wheel, Wheel)]
        finally:
            await knowledge.close()
        if specs:
            await _ask_loader(loader.load(specs))
        importlib.invalidate_caches()
        _wheel.install(wheels)
        importlib.invalidate_caches()


async def _agree(requirements: list[Wanted], knowledge: Knowledge) -> tuple[Resolution, list[str]]:
    """A resolution that conda's solver can complete, and the conda specs for the solver.

    The solver also loads dependencies. If the resolution has a wheel or another version of such a
    dependency, the resolution is repeated with the solver's version as the only choice.
    """
    while True:
        resolution = await resolve(requirements, knowledge)
        specs = [
            _spec(chosen, resolution.wanted[name], knowledge)
            for name, chosen in resolution.chosen.items()
            if isinstance(chosen, Packaged)
        ]
        wheels = any(isinstance(chosen, Wheel) for chosen in resolution.chosen.values())
        if not specs or not (wheels or _wheel.any_installed()):
            return resolution, specs  # no wheel can conflict with the solver's packages
        unforeseen = {}
        for brought in await _preview(specs):
            if installed := knowledge.installed(brought.name):
                raise InstallError(
                    f"{', '.join(specs)} from the channel would bring {brought}, and {installed} "
                    f"is installed from a wheel. Reload the page and install {specs[0]} first."
                )
            if resolution.chosen.get(brought.name, brought) != brought:
                unforeseen[brought.name] = brought
        if not unforeseen:
            return resolution, specs
        knowledge.settled.update(unforeseen)


def _spec(chosen: Packaged, wanted: list[Wanted], knowledge: Knowledge) -> str:
    """The conda spec that allows all versions of a package that meet the requirements."""
    if chosen.name in knowledge.settled:
        return f"{chosen.package} =={chosen.package_version}"
    if not any(requirement.specifier for requirement in wanted):
        return chosen.package
    versions = dict.fromkeys(
        fitting.package_version
        for fitting in matching(wanted, knowledge.packaged(chosen.name))
        if isinstance(fitting, Packaged) and fitting.package == chosen.package
    )
    return f"{chosen.package} " + "|".join(f"=={version}" for version in versions)


async def _find_packaged(name: str) -> list[Packaged]:
    """The versions of the project `name` in the page's channels, the newest first."""
    found = _packaged(await _ask_loader(loader.distributions(name)))
    return sorted(found, key=lambda packaged: packaged.version, reverse=True)


async def _preview(specs: list[str]) -> list[Packaged]:
    """The Python projects that the loader would load for conda specs."""
    return _packaged(await _ask_loader(loader.preview(specs)))


def _packaged(distributions: JsProxy) -> list[Packaged]:
    """Convert the loader's projects (`Distribution` in loader/src/channel.ts)."""
    found: dict[Packaged, None] = {}
    for entry in distributions:
        try:
            version = Version(entry.version)
        except InvalidVersion:
            continue  # specifiers cannot be compared to an invalid version
        extras = tuple(entry.extras)
        found[Packaged(entry.name, version, entry.package, entry.packageVersion, extras)] = None
    return list(found)


async def _ask_loader(promise: JsProxy) -> JsProxy:
    try:
        answer: JsProxy = await promise
    except JsException as error:
        raise InstallError(getattr(error.js_error, "message", str(error))) from error
    return answer
