"""This module chooses distributions that together meet all requirements, with resolvelib.

resolvelib (pip's resolver) calls the provider synchronously and cannot wait for the network. A call
without an answer starts a download and ends the attempt with `Pending`. After the download, the
resolver starts again. Before the first attempt, the module downloads the most likely dependencies
in parallel.
"""

import asyncio
import importlib.metadata
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version
from resolvelib import (
    AbstractProvider,
    BaseReporter,
    ResolutionImpossible,
    ResolutionTooDeep,
    Resolver,
)
from resolvelib.structs import RequirementInformation

from micropip import _index
from micropip._errors import InstallError
from micropip._fetch import fetch
from micropip._requirements import (
    Distribution,
    Identifier,
    Installed,
    Packaged,
    Wanted,
    Wheel,
    applies,
    matching,
)
from micropip._wheel import WheelFile

_ROUNDS = 500  # the maximum number of the resolver's choices, including the reverted ones


class Pending(Exception):  # noqa: N818  (not an error)
    """An answer is not there yet. The argument is the task that downloads the answer."""


class Candidate(NamedTuple):
    """A distribution with some of its extras, the unit of resolvelib's choice."""

    distribution: Distribution
    extras: tuple[str, ...]

    @property
    def identifier(self) -> Identifier:
        return (self.distribution.name, self.extras)

    def __str__(self) -> str:
        return str(self.distribution)


class Knowledge:
    """The distributions of projects: installed, in the channels, in the index.

    The methods raise Pending until the answer is downloaded.

    Attributes:
        settled: The only allowed distribution of a project, from conda's solver, by project.
    """

    def __init__(
        self, find_packaged: Callable[[str], Awaitable[list[Packaged]]], index_url: str
    ) -> None:
        self.settled: dict[str, Packaged] = {}
        self._find_packaged = find_packaged
        self._index_url = index_url
        self._tasks: dict[tuple[str, Any], asyncio.Task[Any]] = {}

    def installed(self, name: str) -> Installed | None:
        try:
            return Installed(name, Version(importlib.metadata.version(name)))
        except (importlib.metadata.PackageNotFoundError, InvalidVersion, TypeError):
            return None

    def packaged(self, name: str) -> list[Packaged]:
        """The distributions in the channels, the newest first."""
        return self._answer("channel", name, self._find_packaged)

    def project(self, name: str) -> _index.Project:
        return self._answer("index", name, lambda name: _index.find(self._index_url, name))

    def wheel_file(self, wheel: Wheel) -> WheelFile:
        return self._answer("wheel", wheel, _download)

    def requirements(self, distribution: Distribution) -> list[Requirement]:
        """The requirements of a distribution.

        Of a conda package or an installed project, only the requirements of extras: the other
        requirements are installed, or conda's solver adds them.
        """
        if isinstance(distribution, Wheel):
            return self.wheel_file(distribution).requirements
        if isinstance(distribution, Packaged):
            texts: Iterable[str] = distribution.extras
        else:
            texts = importlib.metadata.requires(distribution.name) or ()
        return [r for text in texts if (r := _parse(text)) and not applies(r)]

    def distributions(self, name: str, wanted: Iterable[Wanted]) -> Iterator[Distribution]:
        """The distributions of a project that meet all requirements, the preferred first.

        Raises:
            InstallError: No channel or index has the project, or the index has only compiled
                wheels.
        """
        wanted = list(wanted)
        direct = [requirement.wheel for requirement in wanted if requirement.wheel is not None]
        if fixed := self.installed(name) or self.settled.get(name):
            yield from matching(wanted, [fixed])
        elif direct:
            yield from matching(wanted, direct[:1] if len(set(direct)) == 1 else [])
        else:
            packaged = self.packaged(name)
            yield from matching(wanted, packaged)
            try:
                project = self.project(name)
            except InstallError as error:
                texts = " and ".join(map(str, wanted))
                raise InstallError(f"{texts}: no channel has {name}, and {error}") from error
            if not packaged and not project.wheels:
                raise InstallError(_nothing(wanted, project))
            named = {
                specifier.version
                for requirement in wanted
                for specifier in requirement.specifier
                if specifier.operator in _EXACT
            }
            yield from matching(
                wanted,
                [w for w in project.wheels if w not in project.yanked or str(w.version) in named],
            )

    def available(self, name: str) -> str:
        """A sentence about the installed or available versions of a project."""
        if installed := self.installed(name):
            return f"{installed} is installed; reload the page to install another version."
        if settled := self.settled.get(name):
            return f"Other packages bring {settled} from the channel."
        parts = []
        if packaged := self._known("channel", name):
            parts.append(f"the channel has {_versions(packaged)}")
        if project := self._known("index", name):
            parts.append(f"the index has {_versions(project.wheels)}")
            if project.obstacles and not project.wheels:
                parts[-1] += f" that fits ({_shortened(project.obstacles)})"
        return f"Of {name}, {' and '.join(parts)}." if parts else ""

    async def close(self) -> None:
        """Cancel the running requests."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _answer[K, T](self, kind: str, key: K, ask: Callable[[K], Awaitable[T]]) -> T:
        task = self._tasks.get((kind, key))
        if task is None:
            task = self._tasks[kind, key] = asyncio.ensure_future(ask(key))
        if not task.done():
            raise Pending(task)
        result: T = task.result()
        return result

    def _known(self, kind: str, key: str) -> Any:
        task = self._tasks.get((kind, key))
        known = task is not None and task.done() and not task.cancelled() and not task.exception()
        return task.result() if task is not None and known else None


class Provider(AbstractProvider[Wanted, Candidate, Identifier]):
    """Answers resolvelib's questions."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def identify(self, requirement_or_candidate: Wanted | Candidate) -> Identifier:
        return requirement_or_candidate.identifier

    def get_preference(
        self,
        identifier: Identifier,
        resolutions: Mapping[Identifier, Candidate],
        candidates: Mapping[Identifier, Iterator[Candidate]],
        information: Mapping[Identifier, Iterator[RequirementInformation[Wanted, Candidate]]],
        backtrack_causes: Sequence[RequirementInformation[Wanted, Candidate]],
    ) -> tuple[bool, bool, Identifier]:
        """Identifiers in conflict first, then identifiers with exactly one possible version."""
        in_conflict = any(identifier == c.requirement.identifier for c in backtrack_causes)
        only_one = any(
            i.requirement.wheel or any(s.operator in _EXACT for s in i.requirement.specifier)
            for i in information[identifier]
        )
        return (not in_conflict, not only_one, identifier)

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[Wanted]],
        incompatibilities: Mapping[Identifier, Iterator[Candidate]],
    ) -> Callable[[], Iterator[Candidate]]:
        name, extras = identifier
        wanted = [*requirements[identifier]]
        if extras:
            wanted += requirements.get((name, ()), ())
        excluded = {candidate.distribution for candidate in incompatibilities[identifier]}
        return lambda: (
            Candidate(distribution, extras)
            for distribution in self._knowledge.distributions(name, wanted)
            if distribution not in excluded
        )

    def is_satisfied_by(self, requirement: Wanted, candidate: Candidate) -> bool:
        return requirement.accepts(candidate.distribution)

    def get_dependencies(self, candidate: Candidate) -> list[Wanted]:
        distribution, extras = candidate
        requirements = self._knowledge.requirements(distribution)
        if not extras:
            return [Wanted.of(r, str(distribution)) for r in requirements if applies(r)]
        # The extras need the same version of the project without extras.
        same = SpecifierSet(f"=={distribution.version}")
        return [
            Wanted(distribution.name, (), same, by=f"{distribution.name}[{','.join(extras)}]"),
            *(
                Wanted.of(r, str(distribution))
                for r in requirements
                if applies(r, extras) and not applies(r)
            ),
        ]


class Resolution(NamedTuple):
    """The chosen distributions.

    Attributes:
        chosen: The distribution of each project, by the normalized name of the project.
        wanted: The requirements for each project, by the normalized name of the project.
    """

    chosen: dict[str, Distribution]
    wanted: dict[str, list[Wanted]]


async def resolve(requirements: Sequence[Wanted], knowledge: Knowledge) -> Resolution:
    """Choose a distribution of each required project, including all dependencies.

    Raises:
        InstallError: No choice meets all requirements. The message names both sides of the
            conflict.
    """
    provider = Provider(knowledge)
    seen: set[tuple[Identifier, SpecifierSet]] = set()
    await asyncio.gather(
        *(_follow(requirement, provider, seen) for requirement in requirements),
        return_exceptions=True,  # the resolver raises the error again if it needs the answer
    )
    resolver = Resolver(provider, BaseReporter())
    try:
        result = await _settle(lambda: resolver.resolve(requirements, _ROUNDS))
    except ResolutionImpossible as error:
        raise InstallError(_conflict(error.causes, knowledge)) from None
    except ResolutionTooDeep:
        raise InstallError(
            f"No solution was found in {_ROUNDS} attempts. Install fewer packages at a time, or "
            "exact versions."
        ) from None
    wanted: dict[str, list[Wanted]] = {}
    for identifier in result.mapping:
        wanted.setdefault(identifier[0], []).extend(result.criteria[identifier].iter_requirement())
    chosen = {name: candidate.distribution for (name, _), candidate in result.mapping.items()}
    return Resolution(chosen, wanted)


async def _settle[T](ask: Callable[[], T]) -> T:
    """Repeat a call until its answers are downloaded."""
    while True:
        try:
            return ask()
        except Pending as pending:
            await asyncio.wait(pending.args)


async def _follow(
    wanted: Wanted, provider: Provider, seen: set[tuple[Identifier, SpecifierSet]]
) -> None:
    """Download the dependencies of a requirement's preferred distribution, recursively."""
    key = (wanted.identifier, wanted.specifier)
    if key in seen:
        return
    seen.add(key)
    find = provider.find_matches(wanted.identifier, {wanted.identifier: iter([wanted])}, _NOTHING)
    candidate = await _settle(lambda: next(find(), None))
    if candidate is not None:
        dependencies = await _settle(lambda: provider.get_dependencies(candidate))
        await asyncio.gather(*(_follow(dependency, provider, seen) for dependency in dependencies))


class _Nothing(dict[Identifier, Iterator[Candidate]]):
    def __missing__(self, key: Identifier) -> Iterator[Candidate]:
        return iter(())


_NOTHING = _Nothing()
_EXACT = ("==", "===")


async def _download(wheel: Wheel) -> WheelFile:
    response = await fetch(wheel.url)
    if response.content is None:
        raise InstallError(f"There is no {wheel.url}. Check the address.")
    return WheelFile(wheel, response.content)


def _parse(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None  # in the metadata of an old package, which is nevertheless installed


def _conflict(
    causes: Iterable[RequirementInformation[Wanted, Candidate]], knowledge: Knowledge
) -> str:
    sides: dict[str, list[str]] = {}
    for cause in causes:
        text = str(cause.requirement)
        known = sides.setdefault(cause.requirement.name, [])
        if text not in known:
            known.append(text)
    sentences = []
    for name, texts in sides.items():
        verb = "cannot be met" if len(texts) == 1 else "cannot be met together"
        sentences.append(f"{' and '.join(texts)} {verb}. {knowledge.available(name)}".rstrip())
    return " ".join(sentences)


def _nothing(wanted: list[Wanted], project: _index.Project) -> str:
    """The message for a project without any usable distribution."""
    text = str(wanted[0])
    if not project.known:
        return (
            f"{text}: neither the channel nor the index has {wanted[0].name} ({project.url}). "
            "Check the spelling."
        )
    files = _shortened(project.obstacles) or "no files"
    return (
        f"{text}: no channel has {wanted[0].name}, and the index has no pure wheel for this Python "
        f"({files}). Add the project to a channel as a conda package."
    )


def _versions(distributions: Iterable[Distribution]) -> str:
    return _shortened(dict.fromkeys(str(found.version) for found in distributions)) or "nothing"


def _shortened(texts: Iterable[str]) -> str:
    """A list for a message: the first texts, and the number of the others."""
    texts = list(texts)
    return ", ".join(texts if len(texts) <= 5 else [*texts[:4], f"{len(texts) - 4} more"])
