"""``conda-emscripten cache``: the finished builds that checkouts share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from conda_emscripten.build_cache import CacheEntry
from conda_emscripten.commands.options import HERE, Caches, Root, console, say
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import os_errors
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project

if TYPE_CHECKING:
    from conda_emscripten.package_store import PackageStore

app = typer.Typer(
    help="List and remove finished builds, which checkouts share.", no_args_is_help=True
)


@app.command("list")
def list_entries(caches: Caches = None, root: Root = HERE) -> None:
    """List the builds of the build cache and of the read-only caches.

    A build is current if its inputs are those of a recipe of this project, or if its package is in
    the project's channel.
    """
    from conda_emscripten.package_store import PackageStore

    project = Project.find(root, build_caches=caches or ())
    store = PackageStore.of(project, warn=say)
    is_current = _currency(project, store)
    entries = store.cache.entries()
    table = Table(
        Column("recipe", overflow="fold"), "packages", "size (KB)", "last used", "current", "cache"
    )
    for entry in entries:
        table.add_row(
            entry.name,
            str(len(entry.packages)),
            f"{entry.size / 1000:,.0f}",
            datetime.fromtimestamp(entry.used, UTC).strftime("%Y-%m-%d"),
            "yes" if is_current(entry) else "no",
            str(entry.folder.parent),
        )
    console.print(table)
    say(f"{len(entries)} builds, {_megabytes(entries)} MB.")


@app.command()
def prune(
    days: Annotated[
        float,
        typer.Option(min=0, metavar="N", help="Keep builds that were used in the last N days."),
    ] = 30,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the builds, and remove none.")
    ] = False,
    root: Root = HERE,
) -> None:
    """Remove old builds that are not current.

    Builds with the packages of the project's channel are current, too. Read-only caches are not
    changed.
    """
    from conda_emscripten.package_store import PackageStore

    project = Project.find(root)
    store = PackageStore.of(project)
    is_current = _currency(project, store)
    with os_errors(ChannelError, f"{store.cache.folder}: a build cannot be removed"):
        removed = store.cache.prune(is_current, days=days, dry_run=dry_run)
    for entry in removed:
        say(f"{entry.name} {' '.join(entry.packages)}")
    done = "would be " if dry_run else ""
    say(f"{len(removed)} builds {done}removed, {_megabytes(removed)} MB.")


def _currency(project: Project, store: PackageStore) -> Callable[[CacheEntry], bool]:
    """Whether a build is current."""
    keys, packages = _current_keys(project), store.sha256_of_packages()
    return lambda entry: entry.static_key in keys or not packages.isdisjoint(entry.sha256)


def _current_keys(project: Project) -> set[str]:
    """The static keys of all outputs whose recipes can be read."""
    from conda_emscripten.errors import RecipeError
    from conda_emscripten.recipes import RecipeSet

    recipes = RecipeSet(project)
    labels = [
        *recipes.names(TARGET_PLATFORM),
        *(f"bootstrap/{name}" for name in recipes.names(BUILD_PLATFORM)),
    ]
    keys: set[str] = set()
    for label in labels:
        try:
            outputs = recipes.select(label, everything=True)
            keys.update(recipes.static_key(output) for output in outputs)
        except RecipeError as error:
            say(f"{label} cannot be read, so its builds count as not current: {error.message}")
    return keys


def _megabytes(entries: list[CacheEntry]) -> str:
    return f"{sum(entry.size for entry in entries) / 1e6:,.0f}"
