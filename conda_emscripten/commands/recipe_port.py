"""``conda-emscripten recipe port``: a conda-forge feedstock becomes a recipe of this channel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conda_emscripten.commands.options import HERE, Root, say
from conda_emscripten.errors import RecipeError
from conda_emscripten.project import Project


def port(
    feedstock: Annotated[
        str,
        typer.Argument(
            metavar="FEEDSTOCK", help="A folder with a recipe, or the address of a git repository."
        ),
    ],
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Merge what changed in the feedstock since the recipe was ported."
        ),
    ] = False,
    root: Root = HERE,
) -> None:
    """Write the recipe of a feedstock for this platform, and say what a person must look at.

    Nothing of the feedstock runs. Prints `file:line: message` for the feedstock's recipe, then the
    findings of `recipe lint` for the new one. An error leaves no folder. With --update, the recipe
    keeps what was changed here; conflicts are in its files as git writes them.
    """
    project = Project.find(root)
    folder = _update(project, feedstock) if update else _write(project, feedstock)
    _lint(project, folder)
    say(f"{folder.relative_to(project.root)}/recipe.yaml")


def _write(project: Project, feedstock: str) -> Path:
    from conda_emscripten.recipe_port.feedstock import open_feedstock
    from conda_emscripten.recipe_port.port import Port

    with open_feedstock(feedstock) as opened:
        ported = Port(project, opened)
        folder = ported.write()
        for line in ported.report():
            say(line)
    return folder


def _update(project: Project, feedstock: str) -> Path:
    from conda_emscripten.recipe_port.update import Update

    update = Update.of(project, feedstock)
    update.write(project)
    for line in update.report:
        say(line)
    for name in update.after:
        say(f"{(update.folder / name).relative_to(project.root)} changed")
    if update.conflicts:
        raise RecipeError(
            f"{update.folder}: changes of the feedstock conflict with those here, in "
            f"{', '.join(update.conflicts)}.",
            help="Choose between the lines from <<<<<<< to >>>>>>> in an editor.",
        )
    if not update.after:
        say(f"{update.folder.name}: the feedstock has no changes for this recipe.")
    return update.folder


def _lint(project: Project, folder: Path) -> None:
    from conda_emscripten.lint.recipes import RecipeLinter

    for finding in RecipeLinter(project).lint([folder.name]):
        say(str(finding))
