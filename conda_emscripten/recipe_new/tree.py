"""Which recipes are written for a project and for what it needs, and in which order?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from conda_emscripten.errors import CondaEmscriptenError, RecipeError, UsageError
from conda_emscripten.recipe_new.index_reader import FoundProject, IndexReader
from conda_emscripten.recipe_new.python_recipe import Draft

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

    @property
    def name(self) -> str:
        """The name of the package, and of the folder."""
        return self.draft.recipe.name


@dataclass(kw_only=True)
class _Wish:
    """What the planned projects want of one project."""

    specifier: SpecifierSet
    by: str
    extras: set[str] = field(default_factory=set)


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
        RecipeError: the projects need each other in a cycle, or their requirements have no common
            version.
    """
    root = canonicalize_name(wish.name)
    wishes: dict[str, _Wish] = {}
    wishes[root] = _Wish(specifier=wish.specifier, by="the command line", extras={*wish.extras})
    planned: dict[str, Planned] = {}
    queue: list[str] = [root]
    while queue:
        name = queue.pop(0)
        want = wishes[name]
        tell(f"{name}{f' {want.specifier}' if want.specifier else ''}")
        try:
            found = reader.find(name, want.specifier)
            own = (licences or {}).get(name)
            draft = reader.draft(found, extras=want.extras, licence=own, maintainers=maintainers)
        except CondaEmscriptenError as error:
            if name == root:
                raise
            raise type(error)(
                f"{want.by} needs {name}: {error.message}", help=error.help
            ) from error
        planned[name] = Planned(found=found, draft=draft, missing=_missing(reader, draft))
        if not tree:
            break
        for need in (*draft.needs, *draft.tools):
            package = reader.names.of(need.project)
            if package not in planned[name].missing:
                continue
            if need.project not in wishes:
                wishes[need.project] = _Wish(specifier=need.specifier, by=name)
                queue.append(need.project)
            elif not _agrees(wishes[need.project], need.specifier, planned.get(need.project)):
                wishes[need.project].specifier &= need.specifier
                queue.append(need.project)
        if len(planned) > _MAX_RECIPES:
            raise RecipeError(
                f"{root} needs more than {_MAX_RECIPES} new recipes.",
                help="Write the recipes of its parts first.",
            )
    return _in_order(planned)


def _agrees(wish: _Wish, specifier: SpecifierSet, planned: Planned | None) -> bool:
    """Whether the planned version of a project fits a further requirement."""
    if planned is None:  # it is in the queue
        wish.specifier &= specifier
        return True
    return specifier.contains(planned.found.release.version, prereleases=True)


def _missing(reader: IndexReader, draft: Draft) -> list[str]:
    run = {reader.names.of(need.project) for need in draft.needs}
    tools = {reader.names.of(tool.project) for tool in draft.tools}
    return sorted(
        {name for name in run if not reader.names.is_made(name)}
        | {name for name in tools if not reader.names.is_tool(name)}
    )


def _in_order(planned: dict[str, Planned]) -> list[Planned]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, each in planned.items():
        needed = {need.project for need in (*each.draft.needs, *each.draft.tools)}
        sorter.add(name, *sorted(needed & planned.keys() - {name}))
    try:
        return [planned[name] for name in sorter.static_order()]
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        raise RecipeError(
            f"These projects need each other: {cycle}.",
            help="Write one of the recipes without the requirement first.",
        ) from error
