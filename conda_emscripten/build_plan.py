"""What has to be done to build some recipes, and in which order?

This module turns names into a plan, which the engine carries out. Making a plan changes no file.
The plan knows static keys only; when the dependencies of an output are done, the engine asks again
(``reuse``), since a package may be current although a file changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Literal

from conda_emscripten.errors import RecipeError
from conda_emscripten.package_store import PackageStore
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet

State = Literal["up to date", "untested", "cached", "to build"]

#: The expected seconds of an output's first build, with and without a compiler.
_COMPILED, _PLAIN = 300.0, 60.0


@dataclass(frozen=True, kw_only=True)
class Node:
    """One output of a plan.

    Attributes:
        output: the output.
        static_key: see ``RecipeSet.static_key``.
        needs: the outputs of the plan that must be done before this output.
        state: ``up to date``: the channel has the package. ``untested``: the same, but its present
            tests have not run. ``cached``: only the build cache has the package. ``to build``: no
            package has the static key.
        forced: build the package even if it exists.
        retest: test the package even if its tests have passed.
        estimate: the duration of the last build in seconds; None without an earlier build.
        seconds: the expected duration; 0 unless the output is to be built.
        path: seconds from the start of this output to the end of the longest chain of outputs that
            need it (the critical path).
    """

    output: Output
    static_key: str
    needs: frozenset[Output]
    state: State
    forced: bool
    retest: bool
    estimate: float | None
    seconds: float
    path: float


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """Outputs in build order.

    Attributes:
        nodes: the planned outputs, dependencies first.
        errors: the errors of named recipes that cannot be planned.
        waiting: the named outputs that need an unreadable recipe.
    """

    nodes: tuple[Node, ...]
    errors: tuple[RecipeError, ...]
    waiting: tuple[Output, ...]

    def in_order(self, outputs: Collection[Output]) -> list[Output]:
        """The planned ones of ``outputs`` in build order."""
        return [node.output for node in self.nodes if node.output in outputs]


class ReadyQueue:
    """The outputs of a plan that can be built now, the longest way to the end first.

    This is list scheduling by critical path (R. L. Graham, "Bounds on Multiprocessing Timing
    Anomalies", 1969, for its bounds).
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = {node.output: node for node in nodes}
        self._sorter = TopologicalSorter({o: node.needs for o, node in self._nodes.items()})
        self._sorter.prepare()
        self._ready: list[Node] = []

    def take(self) -> Node | None:
        """The next output to build; None if each of the rest needs an output that is not done."""
        self._ready += [self._nodes[output] for output in self._sorter.get_ready()]
        self._ready.sort(key=lambda node: -node.path)
        return self._ready.pop(0) if self._ready else None

    def done(self, output: Output) -> None:
        """Say that the package of an output exists."""
        self._sorter.done(output)


def make_plan(
    names: Sequence[str],
    recipes: RecipeSet,
    store: PackageStore,
    *,
    everything: bool = False,
    with_deps: bool = False,
    force: bool = False,
    retest: bool = False,
) -> BuildPlan:
    """Plan the build of outputs by name (see ``RecipeSet.select``).

    Args:
        names: the recipes or outputs to build.
        recipes: the recipes of the project.
        store: the existing packages.
        everything: plan all variants and test outputs of the named recipes.
        with_deps: also plan the dependencies of the named recipes.
        force: plan to build the named recipes even if their packages exist.
        retest: plan to test the named recipes even if their tests have passed.

    Raises:
        UsageError: there is no recipe of one of the names.
        RecipeError: recipes need each other in a cycle.
    """
    wanted, errors, waiting = _readable(names, recipes, everything=everything)
    order = recipes.in_build_order(wanted)
    keys = {output: recipes.static_key(output) for output in order}
    states = {output: _state(output, keys[output], store) for output in order}
    if not with_deps:
        order = [output for output in order if output in wanted]
    planned = set(order)
    needs = {output: recipes.needs(output) & planned for output in order}
    estimates = {output: store.records.read(output).seconds or None for output in order}
    seconds = {output: _expected(output, states[output], estimates[output]) for output in order}
    paths = _critical_paths(order, needs, seconds)
    nodes = tuple(
        Node(
            output=output,
            static_key=keys[output],
            needs=needs[output],
            state=states[output],
            forced=force and output in wanted,
            retest=retest and output in wanted,
            estimate=estimates[output],
            seconds=seconds[output],
            path=paths[output],
        )
        for output in order
    )
    return BuildPlan(nodes=nodes, errors=tuple(errors), waiting=tuple(waiting))


def _state(output: Output, static_key: str, store: PackageStore) -> State:
    if store.is_current(output, static_key):
        built = store.records.read(output).built
        # A record without a content key is of an earlier version, which tested each package.
        return "untested" if built.content and not built.tests else "up to date"
    return "cached" if store.cache.has(static_key) else "to build"


def _readable(
    names: Iterable[str], recipes: RecipeSet, *, everything: bool
) -> tuple[list[Output], list[RecipeError], list[Output]]:
    """The outputs that can be planned, the errors, and the outputs that need an unreadable one."""
    wanted: dict[Output, None] = {}
    errors: list[RecipeError] = []
    waiting: list[Output] = []
    for name in names:
        try:
            outputs = recipes.select(name, everything=everything)
        except RecipeError as error:
            errors.append(error)
            continue
        for output in outputs:
            try:
                recipes.in_build_order([output])
            except RecipeError as error:
                errors.append(error)
                waiting.append(output)
            else:
                wanted[output] = None
    return list(wanted), errors, waiting


def _expected(output: Output, state: State, estimate: float | None) -> float:
    """The expected duration in seconds; only builds take time."""
    if state != "to build":
        return 0.0
    return estimate or (_COMPILED if output.requirements("build") else _PLAIN)


def _critical_paths(
    order: Sequence[Output],
    needs: Mapping[Output, Collection[Output]],
    seconds: Mapping[Output, float],
) -> dict[Output, float]:
    """The ``Node.path`` of each output."""
    paths = dict.fromkeys(order, 0.0)
    for output in reversed(order):
        paths[output] += seconds[output]
        for needed in needs[output]:
            paths[needed] = max(paths[needed], paths[output])
    return paths
