"""Which recipes are written for a project and for what it needs, and in which order?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from conda_emscripten.errors import CondaEmscriptenError, RecipeError, UsageError
from conda_emscripten.recipe_new.index_reader import FoundProject, IndexReader
from conda_emscripten.recipe_new.python_recipe import COMPILED_AGAINST, Draft
from conda_emscripten.recipe_new.requirements import Needed

#: How many releases are tried, the newest first, until what one needs fits the recipes of the
#: channel.
_MAX_RELEASES = 20

#: More recipes than any project of the index needs; a wrong loop ends here.
_MAX_RECIPES = 300


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A recipe to be written.

    Attributes:
        found: the project.
        draft: its draft.
        missing: packages that it needs and that no recipe makes.
    """

    found: FoundProject
    draft: Draft
    missing: Sequence[str]


@dataclass(frozen=True, kw_only=True, order=True)
class _Key:
    """A project, as a package of the target or as a tool of the build platform."""

    project: str
    tool: bool


@dataclass(kw_only=True)
class _Wish:
    """What the planned projects want of one project."""

    specifier: SpecifierSet
    by: str
    extras: frozenset[str] = frozenset()


def parse_wish(text: str) -> Requirement:
    """The argument ``NAME[==VERSION]``; PEP 508's extras and other specifiers are allowed, too.

    Raises:
        UsageError: it is no requirement.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is not NAME or NAME==VERSION: {str(error).splitlines()[0]}.",
            help="Write for example 'msgspec' or 'msgspec==0.20.0'.",
        ) from error
    if requirement.url or requirement.marker:
        raise UsageError(
            f"{text!r} is not NAME or NAME==VERSION.",
            help="For a library in C, pass its address with --c URL.",
        )
    return requirement


def plan(
    reader: IndexReader,
    wish: Requirement,
    *,
    tree: bool,
    licences: Mapping[str, str] | None = None,
    maintainers: Sequence[str] = (),
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Planned]:
    """The recipe of a project; with ``tree`` also those of what it needs and the channel lacks.

    What runs during a build becomes a recipe of the build platform, from a wheel.

    Args:
        reader: reads the index.
        wish: the project.
        tree: plan what is missing, too.
        licences: licences of projects whose sources name none, by normalized name.
        maintainers: maintainers of all recipes.
        tell: is called with a line for each project.

    Returns:
        The recipes in build order, the project's own last.

    Raises:
        UsageError: a project or version does not exist, or a licence is unknown.
        SourceError: the index or a source cannot be read.
        RecipeError: the projects need each other in a cycle, or a project needs another version of
            a package than its recipe makes.
    """
    root = _Key(project=canonicalize_name(wish.name), tool=False)
    wishes = {
        root: _Wish(specifier=wish.specifier, by="the command line", extras=frozenset(wish.extras))
    }
    planned: dict[_Key, Planned] = {}
    queue = [root]
    while queue:
        key = queue.pop(0)
        want = wishes[key]
        tell(f"{key.project}{f' {want.specifier}' if want.specifier else ''}")
        try:
            found, draft = _newest_that_fits(
                reader, key, want, licences or {}, maintainers=maintainers, tell=tell
            )
        except CondaEmscriptenError as error:
            if key == root:
                raise
            raise type(error)(
                f"{want.by} needs {key.project}: {error.message}", help=error.help
            ) from error
        lacks = dict(_lacking(reader, draft, tool=key.tool))
        missing = sorted(reader.names.of(each.project) for each in lacks)
        planned[key] = Planned(found=found, draft=draft, missing=missing)
        if not tree:
            break
        for lacking, need in lacks.items():
            if lacking not in wishes:
                wishes[lacking] = _Wish(specifier=need.specifier, by=key.project)
                queue.append(lacking)
            elif not _agrees(wishes[lacking], need.specifier, planned.get(lacking)):
                wishes[lacking].specifier &= need.specifier
                queue.append(lacking)
        if len(planned) > _MAX_RECIPES:
            raise RecipeError(
                f"{root.project} needs more than {_MAX_RECIPES} new recipes.",
                help="Write the recipes of its parts first.",
            )
    return _in_order(planned)


def _newest_that_fits(
    reader: IndexReader,
    key: _Key,
    wish: _Wish,
    licences: Mapping[str, str],
    *,
    maintainers: Sequence[str],
    tell: Callable[[str], None],
) -> tuple[FoundProject, Draft]:
    """The newest release that fits the versions of the channel's recipes, and its draft.

    Raises:
        RecipeError: the wanted version, or each of the newest releases, needs another version of a
            package than its recipe makes.
    """
    specifier = wish.specifier
    problem = ""
    for _ in range(_MAX_RELEASES):
        try:
            found = reader.find(key.project, specifier, tool=key.tool)
        except UsageError:
            if not problem:
                raise
            break
        own = licences.get(key.project)
        if key.tool:
            own = own or reader.names.licence(reader.names.of(key.project))
            draft = reader.draft_tool(found, licence=own, maintainers=maintainers)
        else:
            draft = reader.draft(found, extras=wish.extras, licence=own, maintainers=maintainers)
        unfit = _unfit(reader, draft, tool=key.tool)
        if not unfit:
            return found, draft
        needs = f"{key.project} {found.release.version} needs {unfit[0]}"
        problem = problem or needs
        tell(f"{needs}: looking for an older release")
        specifier &= SpecifierSet(f"!={found.release.version}")
    raise RecipeError(
        f"{problem}, and no older release fits.",
        help="Write the newer version into that recipe: 'conda-emscripten recipe bump NAME'.",
    )


def _unfit(reader: IndexReader, draft: Draft, *, tool: bool) -> list[str]:
    """What a draft needs in another version than the recipe has."""
    unfit = []
    for need in draft.tools if tool else draft.needs:
        package = reader.names.of(need.project)
        made = reader.names.version(package, of_tool=tool)
        if made and not need.specifier.contains(made, prereleases=True):
            unfit.append(f"{need.spec(package)}, whose recipe makes {made}")
    return unfit


def _agrees(wish: _Wish, specifier: SpecifierSet, planned: Planned | None) -> bool:
    """Whether the planned version of a project fits a further requirement."""
    if planned is None:  # it is in the queue
        wish.specifier &= specifier
        return True
    return specifier.contains(planned.found.release.version, prereleases=True)


def _lacking(reader: IndexReader, draft: Draft, *, tool: bool) -> Iterator[tuple[_Key, Needed]]:
    """What a draft, of a tool or of a package, needs and no recipe makes."""
    for need in draft.needs:
        if not reader.names.is_made(reader.names.of(need.project)):
            yield _Key(project=need.project, tool=False), need
    for need in draft.tools:
        if need.project in COMPILED_AGAINST:
            if not reader.names.is_made(reader.names.of(need.project)):
                yield _Key(project=need.project, tool=False), need
        elif not reader.names.is_tool(reader.names.of(need.project), of_tool=tool):
            yield _Key(project=need.project, tool=True), need


def _in_order(planned: dict[_Key, Planned]) -> list[Planned]:
    sorter: TopologicalSorter[_Key] = TopologicalSorter()
    for key, each in planned.items():
        needed = {_Key(project=need.project, tool=False) for need in each.draft.needs}
        needed |= {
            _Key(project=need.project, tool=tool)
            for need in each.draft.tools
            for tool in (False, True)
        }
        sorter.add(key, *sorted(needed & planned.keys() - {key}))
    try:
        return [planned[key] for key in sorter.static_order()]
    except CycleError as error:
        cycle = " -> ".join(key.project for key in reversed(error.args[1]))
        raise RecipeError(
            f"These projects need each other: {cycle}.",
            help="Write one of the recipes without the requirement first.",
        ) from error
