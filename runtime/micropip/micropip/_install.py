"""In which order is everything done, so that a failure leaves nothing half-installed?

Resolve (which downloads and checks the wheels), let conda's solver agree, load the conda packages,
write the wheels' files.
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
    """``micropip.install``."""
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
            wheels = [knowledge.wheel_file(one) for one in chosen if isinstance(one, Wheel)]
        finally:
            await knowledge.close()
        if specs:
            await _ask_loader(loader.load(specs))
        importlib.invalidate_caches()
        _wheel.install(wheels)
        importlib.invalidate_caches()


async def _agree(requirements: list[Wanted], knowledge: Knowledge) -> tuple[Resolution, list[str]]:
    """A choice that conda's solver can complete, and what to ask of it (conda specs).

    What the solver brings along is not to be chosen any more: if a wheel or another version of it
    was chosen, the choice starts again with that settled.
    """
    while True:
        resolution = await resolve(requirements, knowledge)
        specs = [
            _spec(one, resolution.wanted[name], knowledge)
            for name, one in resolution.chosen.items()
            if isinstance(one, Packaged)
        ]
        wheels = any(isinstance(one, Wheel) for one in resolution.chosen.values())
        if not specs or not (wheels or _wheel.any_installed()):
            return resolution, specs  # the solver is alone with its own packages
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
    """The conda spec that leaves the solver all versions which everybody accepts."""
    if chosen.name in knowledge.settled:
        return f"{chosen.package} =={chosen.package_version}"
    if not any(one.specifier for one in wanted):
        return chosen.package
    versions = dict.fromkeys(
        one.package_version
        for one in matching(wanted, knowledge.packaged(chosen.name))
        if isinstance(one, Packaged) and one.package == chosen.package
    )
    return f"{chosen.package} " + "|".join(f"=={version}" for version in versions)


async def _find_packaged(name: str) -> list[Packaged]:
    """The versions of a project in the page's channels, the newest first."""
    found = _packaged(await _ask_loader(loader.distributions(name)))
    return sorted(found, key=lambda one: one.version, reverse=True)


async def _preview(specs: list[str]) -> list[Packaged]:
    """What the loader would load for conda specs."""
    return _packaged(await _ask_loader(loader.preview(specs)))


def _packaged(distributions: JsProxy) -> list[Packaged]:
    """What the loader says of projects (`Distribution` in loader/src/channel.ts)."""
    found: dict[Packaged, None] = {}
    for one in distributions:
        try:
            version = Version(one.version)
        except InvalidVersion:
            continue  # no specifier can be compared to it
        extras = tuple(one.extras)
        found[Packaged(one.name, version, one.package, one.packageVersion, extras)] = None
    return list(found)


async def _ask_loader(promise: JsProxy) -> JsProxy:
    try:
        answer: JsProxy = await promise
    except JsException as error:
        raise InstallError(getattr(error.js_error, "message", str(error))) from error
    return answer
