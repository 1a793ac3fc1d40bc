"""Simulated duration of a build of the whole channel on up to 16 machines."""

from __future__ import annotations

import heapq
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.measure import BUILD_DIR, ROOT
from benchmarks.report import REPORT, table
from conda_emscripten.build_plan import BuildPlan, Node, ReadyQueue, make_plan
from conda_emscripten.build_records import BuildRecord
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet

WORKERS = (1, 2, 4, 8, 16)
REPEATS = "a simulation, of recorded durations; transfers of files take no time"
#: Rows of this file's tables "packages" and "builds".
_ROW = re.compile(r"(?m)^\| (\S+?)(?:-\d\S*)? \| (\d+) s \|")
_SHOWN = 30  # seconds; shorter members of the critical path share an entry


def measure() -> str:
    """A Markdown table, and the critical path, of the engine's plan for an empty channel."""
    recipes = RecipeSet(Project.find(ROOT))
    names = [*recipes.names(), *(f"bootstrap/{name}" for name in recipes.names(BUILD_PLATFORM))]
    with tempfile.TemporaryDirectory() as folder:
        project = replace(
            Project.find(ROOT), build_dir=Path(folder), cache_dir=Path(folder), build_caches=()
        )
        empty = PackageStore.of(project)
        recorded = [record(each, empty) for each in all_outputs(recipes)]
        plan = make_plan(names, recipes, empty, everything=True, with_deps=True)
    path = critical_path(plan)
    longest = sum(node.seconds for node in path)
    guessed = sum(node.seconds for node in plan.nodes if node.estimate is None)
    total = sum(node.seconds for node in plan.nodes)
    rows = []
    for workers in WORKERS:
        seconds = simulate(plan, workers)
        busy = total / seconds / workers
        rows.append([str(workers), _hours(seconds), f"{total / seconds:.1f}", f"{busy:.0%}"])
    members = [
        f"{node.output.label} {node.seconds:.0f} s" for node in path if node.seconds >= _SHOWN
    ]
    rest = [node.seconds for node in path if node.seconds < _SHOWN]
    if rest:
        members.append(f"{len(rest)} others, together {sum(rest):.0f} s")
    figures = (
        f"{len(plan.nodes)} outputs, {sum(recorded)} of them with a recorded duration. The others "
        f"count {_hours(guessed)}, as the engine guesses a first build. The critical path takes "
        f"{_hours(longest)}, so that the speed-up is at most {total / longest:.1f}: "
        f"{', '.join(members)}."
    )
    return f"{table(['workers', 'time', 'speed-up', 'busy'], rows)}\n\n{figures}"


def all_outputs(recipes: RecipeSet) -> list[Output]:
    """All outputs of both platforms."""
    return [*recipes.outputs(TARGET_PLATFORM), *recipes.outputs(BUILD_PLATFORM)]


def record(output: Output, store: PackageStore) -> bool:
    """Copy the duration of an output's last build into the records of ``store``.

    The duration is from build/records, or else from the tables of docs/benchmarks.md.

    Returns:
        Whether there is a duration. Otherwise, the plan has its own guess.
    """
    own = PackageStore.of(replace(Project.find(ROOT), build_dir=BUILD_DIR))
    seconds = own.records.read(output).seconds or published().get(
        f"{output.platform}-{output.name}" if output.bootstrap else output.name, 0.0
    )
    store.records.write(output, BuildRecord(seconds=seconds))
    return seconds > 0


def published() -> Mapping[str, float]:
    """The seconds in the tables of docs/benchmarks.md, by name."""
    names = ((name, float(seconds)) for name, seconds in _ROW.findall(REPORT.read_text()))
    return {name.removeprefix(f"{TARGET_PLATFORM}-"): seconds for name, seconds in names}


def simulate(plan: BuildPlan, workers: int) -> float:
    """Seconds of a plan with the engine's order on a number of workers."""
    queue, running, now = ReadyQueue(plan.nodes), list[tuple[float, int, Node]](), 0.0
    started = 0
    while True:
        while len(running) < workers and (node := queue.take()):
            started += 1
            heapq.heappush(running, (now + node.seconds, started, node))
        if not running:
            return now
        now, _, node = heapq.heappop(running)
        queue.done(node.output)


def critical_path(plan: BuildPlan) -> list[Node]:
    """The longest chain of outputs, each of which needs the one before."""
    needed_by: dict[Output, list[Node]] = {}
    for node in plan.nodes:
        for needed in node.needs:
            needed_by.setdefault(needed, []).append(node)
    chain = [max(plan.nodes, key=lambda node: node.path)]
    while users := needed_by.get(chain[-1].output):
        chain.append(max(users, key=lambda node: node.path))
    return chain


def _hours(seconds: float) -> str:
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"
