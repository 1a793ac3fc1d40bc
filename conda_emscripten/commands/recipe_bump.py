"""``conda-emscripten recipe outdated`` and ``recipe bump``: newer versions of recipes' sources."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from conda_emscripten.commands.options import HERE, Json, OptionalNames, Root, print_error, say
from conda_emscripten.errors import CondaEmscriptenError, RecipeError, UsageError
from conda_emscripten.project import BUILD_PLATFORM, Project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conda_emscripten.recipe import Output
    from conda_emscripten.recipe_bump.newest import Newest, NewestVersions, Status
    from conda_emscripten.recipes import RecipeSet


def outdated(
    names: OptionalNames = None,
    why: Annotated[
        bool,
        typer.Option("--why", help="Also say what keeps outdated recipes from the new version."),
    ] = False,
    save: Annotated[
        bool,
        typer.Option("--save", help="Write recipes/outdated.json, for the documentation."),
    ] = False,
    as_json: Json = False,
    root: Root = HERE,
) -> None:
    """Compare the versions of recipes with the newest ones; without names, of all recipes.

    Versions come from the index that pip is configured with and, for sources with an entry in
    channel/mirrors.yaml, from Debian's archive.
    """
    from conda_emscripten.files import os_errors, write_json
    from conda_emscripten.recipe_bump.newest import State
    from conda_emscripten.recipes import RecipeSet

    project = Project.find(root)
    recipes = RecipeSet(project)
    bootstrap = [f"bootstrap/{name}" for name in recipes.names(BUILD_PLATFORM)]
    if save and names:
        raise UsageError("--save is for all recipes.", help="Name no recipes.")
    lines = _statuses(recipes, names or [*recipes.names(), *bootstrap], project, why=why or save)
    if save:
        with os_errors(RecipeError, f"{project.outdated_file} cannot be written"):
            today = f"{datetime.now(UTC).date()}"
            saved = [_json(line) for line in lines if line.newest.state != State.CURRENT]
            write_json(project.outdated_file, {"date": today, "recipes": saved})
    if as_json:
        say(json.dumps([_json(line) for line in lines], indent=1))
        return
    quiet = () if names else (State.CURRENT, State.OWN)
    width = max((len(line.recipe) for line in lines), default=0)
    for line in lines:
        if line.newest.state not in quiet:
            newest = line.newest.version
            is_known = newest is not None and newest != line.version
            versions = f"{line.version} -> {newest}" if is_known else line.version
            note = f" ({line.newest.note})" if line.newest.note else ""
            say(f"{line.recipe:<{width}}  {versions}  {line.newest.state}{note}")
    counts = Counter(line.newest.state for line in lines)
    say(", ".join(f"{counts[state]} {state}" for state in State if counts[state]))


def bump(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME[=VERSION]",
            help="Folders of recipes/, or bootstrap/NAME; without a version, the newest one.",
        ),
    ],
    root: Root = HERE,
) -> None:
    """Change recipes to the newest, or a named, version of their sources.

    A recipe changes only if its sources were downloaded and its patches apply to them. After an
    error, the command goes on with the next recipe.
    """
    from conda_emscripten.recipe_bump.bump import Bump
    from conda_emscripten.recipe_bump.newest import NewestVersions, packages_of
    from conda_emscripten.recipe_new.index_reader import open_index
    from conda_emscripten.recipes import RecipeSet
    from conda_emscripten.sources import SourceFetcher

    project = Project.find(root)
    recipes = RecipeSet(project)
    wishes = {}
    for text in names:
        name, _, version = text.partition("=")
        outputs = recipes.select(name, everything=True)
        wishes[outputs[0].folder] = name, version.lstrip("="), outputs
    errors: list[CondaEmscriptenError] = []
    targets: list[tuple[str, list[Output], Newest]] = []
    with open_index() as index:
        versions = NewestVersions(project=project, index=index)
        for name, version, outputs in wishes.values():
            try:
                targets.append((name, outputs, _target(name, version, outputs, versions)))
            except CondaEmscriptenError as error:
                errors.append(error)
    fetcher = SourceFetcher(cache_dir=project.cache_dir, mirrors_file=project.mirrors_file)
    for name, outputs, newest in targets:
        assert newest.version is not None
        try:
            notes = Bump(
                project=project,
                recipes=recipes,
                fetcher=fetcher,
                outputs=outputs,
                version=newest.version,
                sha256=newest.sha256,
            ).write()
        except CondaEmscriptenError as error:
            errors.append(error)
            continue
        say(f"{name}: {packages_of(outputs)[0].version} -> {newest.version}")
        for note in notes:
            say(f"{name}: {note}")
    for each in errors:
        print_error(each)
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _statuses(
    recipes: RecipeSet, names: Sequence[str], project: Project, *, why: bool
) -> list[Status]:
    """The lines of ``recipe outdated``; with ``why``, notes are what keeps outdated recipes.

    Raises:
        UsageError: there is no such recipe.
        SourceError: the index cannot be reached.
    """
    from conda_emscripten.recipe_bump.newest import Newest, NewestVersions, State, Status
    from conda_emscripten.recipe_bump.obstacles import Obstacles
    from conda_emscripten.recipe_new.index_reader import open_index
    from conda_emscripten.sources import SourceFetcher

    lines: list[Status] = []
    fetcher = SourceFetcher(cache_dir=project.cache_dir, mirrors_file=project.mirrors_file)
    obstacles = Obstacles(recipes=recipes, fetcher=fetcher, project=project)
    with open_index() as index:
        versions = NewestVersions(project=project, index=index)
        for name in names:
            try:
                outputs = recipes.select(name, everything=True)
            except RecipeError as error:
                newest = Newest(state=State.UNKNOWN, note=error.message)
                lines.append(Status(recipe=name, version="", newest=newest))
                continue
            statuses = Status.of_recipe(outputs, versions)
            lines += (
                [obstacles.explain(status, outputs) for status in statuses] if why else statuses
            )
    return lines


def _target(name: str, version: str, outputs: Sequence[Output], versions: NewestVersions) -> Newest:
    """The version to change a recipe to.

    Raises:
        UsageError: the recipe has that version, or no newer version is known.
    """
    from conda_emscripten.recipe_bump.newest import State, packages_of

    output, *others = packages_of(outputs)
    newest = versions.release(output, version) if version else versions.of(output, others)
    if newest.version == output.version or newest.state is not State.OUTDATED:
        note = f" ({newest.note})" if newest.note else ""
        raise UsageError(
            f"{name} {output.version} has no newer version: {newest.state}{note}.",
            help=f"Name another version: conda-emscripten recipe bump {name}=VERSION.",
        )
    return newest


def _json(line: Status) -> dict[str, str | None]:
    return {
        "recipe": line.recipe,
        "version": line.version,
        "newest": line.newest.version,
        "state": line.newest.state,
        "note": line.newest.note,
    }
