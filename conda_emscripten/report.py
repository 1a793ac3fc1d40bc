"""What is the state of each output: is it built, how long did the build take, how large is it?

This module makes the channel report: a table with a row for each output, as HTML and as JSON.
"""

from __future__ import annotations

import html
import json
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import rattler

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.build_records import BuildRecord
from conda_emscripten.channel_layout import BUNDLE_SUFFIX, bundle_files
from conda_emscripten.environment import RATTLER_ERRORS
from conda_emscripten.errors import ChannelError, CondaEmscriptenError, RecipeError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.reuse import Reuse

State = Literal["built", "tests stale", "failed", "waiting", "out of date", "missing"]

#: The test counts of each output, in the folder of the recipes.
_RESULTS = "results.json"


@dataclass(frozen=True, kw_only=True)
class PackageSize:
    """A package of a recipe in the channel; sizes in bytes, ``bundle_size`` 0 without a bundle."""

    name: str
    version: str
    size: int
    bundle_size: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One output.

    Attributes:
        recipe: the key of the output; for an unreadable recipe, the name of its folder.
        version: the version of the output; for an unreadable recipe, the version in the channel,
            or "".
        state: ``built``: the channel has the package that a build would make. ``tests stale``: the
            same, but the tests have not run with the present packages that they install.
            ``failed``: the last build failed, or the recipe or a dependency cannot be read.
            ``waiting``: a dependency failed. ``out of date``: an input changed since the build, or
            the package of a dependency is out of date.
            ``missing``: the output was never built.
        seconds: the duration of the last build, tests included, also if the build failed.
        size: the size of the package, in bytes.
        bundle_size: the size of the bundle, in bytes.
        side_modules: the number of ``.so`` files in the package.
        tests: the number of tests in the last build, by outcome.
        error: why the recipe failed.
        packages: the output's packages in the channel.
    """

    recipe: str
    version: str
    state: State
    seconds: float
    size: int
    bundle_size: int
    side_modules: int
    tests: Mapping[str, int]
    error: str
    packages: Sequence[PackageSize]


COLUMNS = ("recipe", "version", "state", "seconds", "size (KB)", "bundle (KB)", ".so", "tests")


def channel_report(project: Project, *, bootstrap: bool = True) -> list[Row]:
    """A row for each output of ``recipes/``, by name; ``bootstrap`` as for ``RecipeSet``."""
    recipes, store = RecipeSet(project, bootstrap=bootstrap), PackageStore.of(project)
    reuse = Reuse(project=project, recipes=recipes, store=store)
    known: dict[Output, bool] = {}
    rows = []
    for name in recipes.names():
        try:
            outputs = recipes.select(name, everything=True)
        except RecipeError as error:
            rows.append(_unreadable(name, str(error), store))
        else:
            rows += [_row(output, reuse, known) for output in outputs]
    return rows


def stale_tests(project: Project, *, bootstrap: bool = True) -> list[str]:
    """The keys of the outputs in the state ``tests stale``; ``bootstrap`` as for ``RecipeSet``."""
    rows = channel_report(project, bootstrap=bootstrap)
    return [row.recipe for row in rows if row.state == "tests stale"]


def save_results(project: Project, rows: Sequence[Row]) -> None:
    """Write the test counts of ``rows`` to ``recipes/results.json``.

    The counts of outputs that were not built here stay.

    Raises:
        ChannelError: the file is damaged or cannot be written.
    """
    file = project.recipes_dir / _RESULTS
    known = read_results(project)
    names = {row.recipe for row in rows}
    results = {name: counts for name, counts in known.items() if name in names}
    results |= {row.recipe: {"version": row.version, **row.tests} for row in rows if row.tests}
    lines = [f"{json.dumps(name)}: {json.dumps(results[name])}" for name in sorted(results)]
    with os_errors(ChannelError, f"{file} cannot be written"):
        atomic_write(file, ("{\n" + ",\n".join(lines) + "\n}\n").encode())


def read_results(project: Project) -> dict[str, Any]:
    """The content of ``recipes/results.json``: version and test counts of each output, by its key.

    Raises:
        ChannelError: the file is damaged or cannot be read.
    """
    file = project.recipes_dir / _RESULTS
    if not file.is_file():
        return {}
    try:
        with os_errors(ChannelError, f"{file} cannot be read"):
            known: Any = json.loads(file.read_bytes())
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise ChannelError(
            f"{file} is damaged: it is not a JSON object.",
            help="Restore the file with git, or delete it.",
        )
    return known


def _unreadable(name: str, error: str, store: PackageStore) -> Row:
    record = store.records.named(f"{TARGET_PLATFORM}-{name}")
    return _make_row(name, "", "failed", record, error, store)


def _row(output: Output, reuse: Reuse, known: dict[Output, bool]) -> Row:
    store = reuse.store
    record = store.records.read(output)
    error = ""
    state: State = "missing"
    try:
        reuse.recipes.in_build_order([output])
        if record.error:
            state = "waiting" if record.waits else "failed"
        elif store.package(output):
            state = _state_of_package(output, record, reuse, known)
    except CondaEmscriptenError as problem:
        state, error = "failed", str(problem)
    return _make_row(output.key, output.version, state, record, error, store)


def _state_of_package(
    output: Output, record: BuildRecord, reuse: Reuse, known: dict[Output, bool]
) -> State:
    """``known`` is that of ``Reuse.stale_dependencies``."""
    existing = reuse.find_in_channel(output)
    if existing is None or (existing.by_content and reuse.stale_dependencies(output, known)):
        return "out of date"
    built = record.built
    if not built.content:  # tested by an earlier version, from the present inputs
        return "built"
    return "built" if reuse.with_tests(output, built) == built else "tests stale"


def _make_row(
    name: str, version: str, state: State, record: BuildRecord, error: str, store: PackageStore
) -> Row:
    paths = [store.channel.package(*package) for package in record.packages]
    paths = [path for path in paths if path.is_file()]
    packages = [_package_size(path) for path in paths]
    side_modules = 0
    try:
        side_modules = sum(map(_side_modules, paths))
    except ChannelError as damage:
        state, error = "failed", error or str(damage)
    return Row(
        recipe=name,
        version=version or next((package.version for package in packages), ""),
        state=state,
        seconds=record.seconds,
        size=sum(package.size for package in packages),
        bundle_size=sum(package.bundle_size for package in packages),
        side_modules=side_modules,
        tests=record.tests,
        error=error or record.error,
        packages=packages,
    )


def _package_size(path: Path) -> PackageSize:
    name, version, _ = ArchiveName.parse(path.name)
    bundles = (file for file in bundle_files(path) if file.suffix == BUNDLE_SUFFIX)
    return PackageSize(
        name=name,
        version=version,
        size=path.stat().st_size,
        bundle_size=sum(file.stat().st_size for file in bundles),
    )


def _side_modules(package: Path) -> int:
    try:
        paths = rattler.PathsJson.from_package_archive(package).paths
    except RATTLER_ERRORS as error:
        raise ChannelError(
            f"{package} is damaged: {str(error).splitlines()[0]}.",
            help="Build the package again: conda-emscripten build --force NAME.",
        ) from error
    return sum(str(entry.relative_path).endswith(".so") for entry in paths)


def cells(row: Row) -> list[str]:
    """The cells of a row, one text for each of ``COLUMNS``."""
    tests = ", ".join(f"{count} {outcome}" for outcome, count in row.tests.items())
    sizes = [f"{size / 1000:,.0f}" if size else "" for size in (row.size, row.bundle_size)]
    seconds = f"{row.seconds:,.0f}" if row.seconds else ""
    return [
        *(row.recipe, row.version, row.state, seconds, *sizes),
        *(str(row.side_modules or ""), tests),
    ]


def summary(rows: Sequence[Row]) -> str:
    """The number of outputs in each state, in one line."""
    states = Counter(row.state for row in rows)
    parts = ", ".join(f"{count} {state}" for state, count in states.most_common())
    return f"{len(rows)} packages: {parts}"


def to_json(rows: Sequence[Row]) -> str:
    """The rows as the JSON array of ``channel-report.json``."""
    return json.dumps([asdict(row) for row in rows], indent=1)


def write_report(folder: Path, rows: Sequence[Row]) -> None:
    """Write ``channel-report.json`` and ``channel-report.html``, which needs no server.

    Raises:
        ChannelError: a file cannot be written.
    """
    template = string.Template((files("conda_emscripten") / "report.html").read_text())
    page = template.substitute(
        summary=html.escape(summary(rows)),
        head="".join(f"<th>{html.escape(column)}</th>" for column in COLUMNS),
        rows="\n".join(map(_html_row, rows)),
    )
    with os_errors(ChannelError, f"{folder}: the report cannot be written"):
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write(folder / "channel-report.json", to_json(rows).encode())
        atomic_write(folder / "channel-report.html", page.encode())


def _html_row(row: Row) -> str:
    shown = [html.escape(text) for text in cells(row)]
    shown[2] = f'<td class="{row.state}">{shown[2]}</td>'
    line = "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in shown)
    error = f"<pre>{html.escape(row.error)}</pre>" if row.error else ""
    return f"<tr>{line}</tr>" + (
        f'<tr><td colspan="{len(COLUMNS)}">{error}</td></tr>' if error else ""
    )
