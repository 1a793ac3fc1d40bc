"""What has to be done to build some recipes, and in which order?

This module turns recipe names into a plan, which the engine carries out. Making a plan changes no
file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from conda_emscripten.errors import RecipeError
from conda_emscripten.package_store import PackageStore
from conda_emscripten.recipe import Recipe
from conda_emscripten.recipes import RecipeSet

State = Literal["up to date", "cached", "to build"]

#: The expected seconds of a recipe's first build, with and without a compiler.
_COMPILED, _PLAIN = 300.0, 60.0


@dataclass(frozen=True, kw_only=True)
class Node:
    """One recipe of a plan.

    Attributes:
        recipe: the recipe.
        input_hash: see ``RecipeSet.input_hash``.
        needs: the recipes of the plan that must be done before this recipe.
        state: ``up to date``: the channel has the packages. ``cached``: only the build cache has
            them. ``to build``: neither has them.
        estimate: the duration of the last build in seconds; None without an earlier build.
        path: seconds from the start of this recipe to the end of the longest chain of recipes that
            need it (the critical path).
    """

    recipe: Recipe
    input_hash: str
    needs: frozenset[Recipe]
    state: State
    estimate: float | None
    path: float


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """Recipes in build order.

    Attributes:
        nodes: the planned recipes, dependencies first.
        errors: the errors of named recipes that cannot be planned.
        waiting: the named recipes that need an unreadable recipe.
    """

    nodes: tuple[Node, ...]
    errors: tuple[RecipeError, ...]
    waiting: tuple[Recipe, ...]

    def in_order(self, recipes: Collection[Recipe]) -> list[Recipe]:
        """The planned ones of ``recipes`` in build order."""
        return [node.recipe for node in self.nodes if node.recipe in recipes]


def make_plan(
    names: Sequence[str],
    recipes: RecipeSet,
    store: PackageStore,
    *,
    with_deps: bool = False,
    force: bool = False,
    cached: bool = False,
) -> BuildPlan:
    """Plan the build of recipes by name (``bootstrap/<name>`` for a tool of the build platform).

    Args:
        names: recipes to build.
        recipes: the recipes of the project.
        store: the existing packages.
        with_deps: also plan the dependencies of the named recipes.
        force: plan to build the named recipes even if their packages exist.
        cached: leave out recipes that would have to be built.

    Raises:
        UsageError: there is no recipe of one of the names.
        RecipeError: recipes need each other in a cycle.
    """
    wanted, errors, waiting = _readable(names, recipes)
    order = recipes.in_build_order(wanted)
    hashes = {recipe: recipes.input_hash(recipe) for recipe in order}
    states: dict[Recipe, State] = {}
    for recipe, input_hash in hashes.items():
        if force and recipe in wanted:
            states[recipe] = "to build"
        elif store.is_current(recipe, input_hash):
            states[recipe] = "up to date"
        else:
            states[recipe] = "cached" if store.cache.has(input_hash) else "to build"
    if cached:
        order = _installable(order, recipes, states)
    elif not with_deps:
        order = [recipe for recipe in order if recipe in wanted]
    planned = set(order)
    needs = {recipe: recipes.dependencies(recipe) & planned for recipe in order}
    estimates = {recipe: store.records.read(recipe).seconds or None for recipe in order}
    paths = _critical_paths(order, needs, states, estimates)
    nodes = tuple(
        Node(
            recipe=recipe,
            input_hash=hashes[recipe],
            needs=needs[recipe],
            state=states[recipe],
            estimate=estimates[recipe],
            path=paths[recipe],
        )
        for recipe in order
    )
    return BuildPlan(nodes=nodes, errors=tuple(errors), waiting=tuple(waiting))


def _readable(
    names: Iterable[str], recipes: RecipeSet
) -> tuple[list[Recipe], list[RecipeError], list[Recipe]]:
    """The recipes that can be planned, the errors, and the recipes that need an unreadable one."""
    wanted: list[Recipe] = []
    errors: list[RecipeError] = []
    waiting: list[Recipe] = []
    for name in names:
        try:
            recipe = recipes.get(name)
        except RecipeError as error:
            errors.append(error)
            continue
        try:
            recipes.in_build_order([recipe])
        except RecipeError as error:
            errors.append(error)
            waiting.append(recipe)
        else:
            wanted.append(recipe)
    return wanted, errors, waiting


def _installable(
    order: Iterable[Recipe], recipes: RecipeSet, states: Mapping[Recipe, State]
) -> list[Recipe]:
    """The recipes that need no build, and whose dependencies at run time need none."""
    installable: list[Recipe] = []
    for recipe in order:
        needed = recipes.dependencies(recipe, tests=False, build=False)
        if states[recipe] != "to build" and needed <= set(installable):
            installable.append(recipe)
    return installable


def _critical_paths(
    order: Sequence[Recipe],
    needs: Mapping[Recipe, Collection[Recipe]],
    states: Mapping[Recipe, State],
    estimates: Mapping[Recipe, float | None],
) -> dict[Recipe, float]:
    """The ``Node.path`` of each recipe; only builds take time."""
    seconds = dict.fromkeys(order, 0.0)
    for recipe in reversed(order):
        if states[recipe] == "to build":
            guess = _COMPILED if recipe.requirements("build") else _PLAIN
            seconds[recipe] += estimates[recipe] or guess
        for needed in needs[recipe]:
            seconds[needed] = max(seconds[needed], seconds[recipe])
    return seconds
