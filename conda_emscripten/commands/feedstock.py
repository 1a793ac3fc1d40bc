"""``conda-emscripten feedstock``: a recipe of this channel becomes a feedstock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conda_emscripten.commands.options import HERE, Root, say
from conda_emscripten.project import Project
from conda_emscripten.recipe import VARIANTS_FILE


def feedstock(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A folder of recipes/.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    channel: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="The published channel with the compiler and the recipe's requirements.",
        ),
    ],
    maintainers: Annotated[
        list[str] | None,
        typer.Option(
            "--maintainer", metavar="NAME", help="A name on GitHub; repeat it for several."
        ),
    ] = None,
    root: Root = HERE,
) -> None:
    """Write a recipe as a feedstock that conda-smithy renders for emscripten-wasm32.

    Prints the commands that render and lint the feedstock.
    """
    from conda_emscripten.feedstock_export import FeedstockExport

    export = FeedstockExport(
        project=Project.find(root), name=name, channel=channel, maintainers=maintainers or ()
    )
    export.write(folder)
    say(f"cd {folder} && git init && git add .")
    say(
        "python -m conda_emscripten.smithy rerender --no-check-uptodate "
        f"--exclusive-config-file recipe/{VARIANTS_FILE}"
    )
    say("python -m conda_emscripten.smithy recipe-lint recipe")
