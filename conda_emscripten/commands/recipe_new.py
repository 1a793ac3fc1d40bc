"""``conda-emscripten recipe new``: a recipe for a project of the package index, or a C library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from packaging.utils import canonicalize_name

from conda_emscripten.commands.options import (
    HERE,
    PROCESSORS,
    BootstrapChannel,
    BuildDir,
    Caches,
    Jobs,
    Root,
    bootstrap_url,
    console,
    print_error,
    say,
)
from conda_emscripten.errors import UsageError
from conda_emscripten.project import Project

if TYPE_CHECKING:
    from conda_emscripten.recipe_new.new_recipes import NewRecipe


def new(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME[==VERSION]", help="A project of the index that pip is configured with."
        ),
    ] = None,
    tree: Annotated[
        bool,
        typer.Option("--tree", help="Also write recipes for what it needs and the channel lacks."),
    ] = False,
    c: Annotated[
        str | None,
        typer.Option("--c", metavar="URL", help="The archive of a C library instead of a project."),
    ] = None,
    build: Annotated[
        bool,
        typer.Option(
            "--build/--no-build",
            help="Build the recipes, and take the imports from the built files.",
        ),
    ] = True,
    suite: Annotated[
        bool,
        typer.Option("--suite/--no-suite", help="Run the project's own tests after the build."),
    ] = True,
    licence: Annotated[
        list[str] | None,
        typer.Option(
            "--license",
            metavar="[NAME=]SPDX",
            help="The licence, if the source names none; with --tree, of the project NAME.",
        ),
    ] = None,
    maintainer: Annotated[
        list[str] | None,
        typer.Option("--maintainer", metavar="NAME", help="A maintainer of the recipe."),
    ] = None,
    jobs: Jobs = PROCESSORS,
    bootstrap_channel: BootstrapChannel = None,
    caches: Caches = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Write the recipe of a Python project or a C library, build it, and complete it.

    Nothing of the project runs before the build. A recipe whose build fails stays, for an editor;
    any other error leaves no folder.
    """
    from conda_emscripten.engine import BuildOptions
    from conda_emscripten.recipe_new.new_recipes import NewRecipes

    project = Project.find(root, build_dir, build_caches=caches or ())
    options = BuildOptions(jobs=jobs, bootstrap_channel=bootstrap_url(bootstrap_channel))
    missing: set[str] = set()
    if c is not None and name is None:
        drafts = [_library(project, c, licence or (), maintainer or ())]
    elif name is not None and c is None:
        drafts, missing = _projects(project, name, licence or (), maintainer or (), tree=tree)
    else:
        raise UsageError(
            "Name one project, or pass one --c URL.",
            help="See 'conda-emscripten recipe new --help'.",
        )
    recipes = NewRecipes(project, drafts, console=console, options=options)
    recipes.write()
    for folder in recipes.folders:
        say(f"{folder}/recipe.yaml")
    if missing:
        say(
            f"Not built: no recipe makes {', '.join(sorted(missing))}. The option --tree writes "
            "these recipes, too."
        )
    elif build:
        outcome = recipes.build()
        for error in outcome.errors:
            print_error(error)
        if outcome.errors:
            raise typer.Exit(outcome.errors[0].exit_code)
        if suite and (problem := recipes.try_suite()):
            say(
                f"{recipes.labels[-1]} builds and imports. Its own tests do not all pass, so they "
                f"are a comment in the recipe: {problem}"
            )


def _library(
    project: Project, url: str, licences: Sequence[str], maintainers: Sequence[str]
) -> NewRecipe:
    """The recipe of the C library in an archive."""
    from conda_emscripten.recipe_new.c_recipe import draft_c_library
    from conda_emscripten.recipe_new.new_recipes import NewRecipe

    licence = licences[0] if licences else None
    library = draft_c_library(project, url, licence=licence, maintainers=maintainers)
    return NewRecipe.of(library.recipe, library.script)


def _projects(
    project: Project, name: str, licences: Sequence[str], maintainers: Sequence[str], *, tree: bool
) -> tuple[list[NewRecipe], set[str]]:
    """The recipes of a project on the index, and the packages that they need and nobody makes."""
    from conda_emscripten.recipe_new.index_reader import IndexReader
    from conda_emscripten.recipe_new.new_recipes import NewRecipe
    from conda_emscripten.recipe_new.tree import parse_wish, plan

    wish = parse_wish(name)
    # Without a name, the licence is that of the project itself.
    pairs = [option.rpartition("=") for option in licences]
    of: dict[str, str] = {}
    for project_name, _, text in pairs:
        of[canonicalize_name(project_name or wish.name)] = text
    with IndexReader.open(project) as reader:
        planned = plan(reader, wish, tree=tree, licences=of, maintainers=maintainers, tell=say)
    made = {each.draft.recipe.name for each in planned}
    missing = {package for each in planned for package in each.missing} - made
    return [NewRecipe.of(each.draft.recipe) for each in planned], missing
