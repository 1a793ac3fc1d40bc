"""``conda-emscripten recipe port``: a conda-forge feedstock becomes a recipe of this channel."""

from __future__ import annotations

from typing import Annotated

import typer

from conda_emscripten.commands.options import HERE, Root, say
from conda_emscripten.project import Project


def port(
    feedstock: Annotated[
        str,
        typer.Argument(
            metavar="FEEDSTOCK", help="A folder with a recipe, or the address of a git repository."
        ),
    ],
    root: Root = HERE,
) -> None:
    """Write the recipe of a feedstock for this platform, and say what a person must look at.

    Nothing of the feedstock runs. Prints `file:line: message` for the feedstock's recipe, then the
    findings of `recipe lint` for the new one. An error leaves no folder.
    """
    from conda_emscripten.lint.recipes import RecipeLinter
    from conda_emscripten.recipe_port.feedstock import open_feedstock
    from conda_emscripten.recipe_port.port import Port

    project = Project.find(root)
    with open_feedstock(feedstock) as opened:
        ported = Port(project, opened)
        folder = ported.write()
        for line in ported.report():
            say(line)
    for finding in RecipeLinter(project).lint([ported.name]):
        say(str(finding))
    say(f"{folder.relative_to(project.root)}/recipe.yaml")
