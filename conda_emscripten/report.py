"""What is the state of each recipe: is it built, how long did the build take, how large is it?

This module makes the channel report: a table with a row for each recipe, as HTML and as JSON.
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
from typing import Literal

import rattler

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.channel_layout import BUNDLE_SUFFIX
from conda_emscripten.environment import RATTLER_ERRORS
from conda_emscripten.errors import ChannelError, RecipeError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import TARGET_PLATFORM, Project
from conda_emscripten.recipes import RecipeSet

State = Literal["built", "failed", "waiting", "out of date", "missing"]


@dataclass(frozen=True, kw_only=True)
class PackageSize:
    """A package of a recipe in the channel; sizes in bytes, ``bundle_size`` 0 without a bundle."""

    name: str
    version: str
    size: int
    bundle_size: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One recipe.

    Attributes:
        recipe: the name of the recipe's folder.
        version: the version of the first output; for an unreadable recipe, the version in the
            channel, or "".
        state: ``built``: the channel has the packages, made from the present inputs. ``failed``:
            the last build failed, or the recipe or a dependency cannot be read. ``waiting``: a
            dependency failed. ``out of date``: an input changed since the build. ``missing``: the
            recipe was never built.
        seconds: the duration of the last build, tests included, also if the build failed.
        size: the size of the packages, in bytes.
        bundle_size: the size of the bundles, in bytes.
        side_modules: the number of ``.so`` files in the packages.
        tests: the number of tests in the last build, by outcome.
        error: why the recipe failed.
        packages: the recipe's packages in the channel.
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


def channel_report(project: Project) -> list[Row]:
    """A row for each recipe of ``recipes/``, by name."""
    recipes, store = RecipeSet(project), PackageStore.of(project)
    return [_row(name, recipes, store) for name in recipes.names()]


def _row(name: str, recipes: RecipeSet, store: PackageStore) -> Row:
    version = unreadable = ""
    is_current = False
    record = store.records.named(TARGET_PLATFORM, name)
    try:
        recipe = recipes.get(name)
        version = recipe.version
        recipes.in_build_order([recipe])
        is_current = store.is_current(recipe, recipes.input_hash(recipe))
    except RecipeError as error:
        unreadable = str(error)
    paths = [store.channel.package(*package) for package in record.packages]
    paths = [path for path in paths if path.is_file()]
    packages = [_package_size(path) for path in paths]
    side_modules = 0
    try:
        side_modules = sum(map(_side_modules, paths))
    except ChannelError as error:
        unreadable = unreadable or str(error)
    state: State = "missing"
    if unreadable:
        state = "failed"
    elif record.error:
        state = "waiting" if record.waits else "failed"
    elif packages:
        state = "built" if is_current else "out of date"
    return Row(
        recipe=name,
        version=version or next((package.version for package in packages), ""),
        state=state,
        seconds=record.seconds,
        size=sum(package.size for package in packages),
        bundle_size=sum(package.bundle_size for package in packages),
        side_modules=side_modules,
        tests=record.tests,
        error=unreadable or record.error,
        packages=packages,
    )


def _package_size(path: Path) -> PackageSize:
    name, version, _ = ArchiveName.parse(path.name)
    bundle = path.with_suffix(BUNDLE_SUFFIX)
    return PackageSize(
        name=name,
        version=version,
        size=path.stat().st_size,
        bundle_size=bundle.stat().st_size if bundle.is_file() else 0,
    )


def _side_modules(package: Path) -> int:
    try:
        paths = rattler.PathsJson.from_package_archive(package).paths
    except RATTLER_ERRORS as error:
        raise ChannelError(
            f"{package} is damaged: {str(error).splitlines()[0]}.",
            help="Build the package again: conda-emscripten build --force NAME.",
        ) from error
    return sum(Path(entry.relative_path).suffix == ".so" for entry in paths)


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
    """The number of recipes in each state, in one line."""
    states = Counter(row.state for row in rows)
    parts = ", ".join(f"{count} {state}" for state, count in states.most_common())
    return f"{len(rows)} recipes: {parts}"


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
