"""``conda-emscripten recipe crates``: the crates of a Rust project among a recipe's sources."""

from __future__ import annotations

from typing import Annotated

import typer

from conda_emscripten.commands.options import HERE, Root, say
from conda_emscripten.project import Project


def crates(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A folder of recipes/.")],
    registry: Annotated[
        bool,
        typer.Option(
            "--registry",
            help="List the crates of Cargo.lock, for machines that reach the registry of crates.",
        ),
    ] = False,
    suite: Annotated[
        str, typer.Option(metavar="SUITE", help="The suite of Debian with the crates.")
    ] = "trixie",
    root: Root = HERE,
) -> None:
    """Write the crates that a recipe needs to its sources, each with its sha256.

    The crates are Debian's packages, in the versions that cargo selects from those that are there.
    The package `rust` must be built. After an error the recipe is as it was.
    """
    from conda_emscripten.recipe_bump.newest import packages_of
    from conda_emscripten.recipe_crates.crate_list import CrateList
    from conda_emscripten.recipes import RecipeSet
    from conda_emscripten.sources import SourceFetcher

    project = Project.find(root)
    outputs = packages_of(RecipeSet(project).select(name, everything=True))
    crate_list = CrateList(
        project=project,
        output=outputs[0],
        fetcher=SourceFetcher(cache_dir=project.cache_dir, mirrors_file=project.mirrors_file),
        suite=suite,
    )
    sources = crate_list.from_registry() if registry else crate_list.from_debian()
    file = crate_list.write(sources)
    say(f"{file.relative_to(project.root)}: {len(sources)} crates")
