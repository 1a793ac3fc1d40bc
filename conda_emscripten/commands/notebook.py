"""``conda-emscripten notebook``: a JupyterLite site that runs on the channel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conda_emscripten.commands.options import (
    HERE,
    BootstrapChannel,
    BuildDir,
    Root,
    bootstrap_url,
    say,
)
from conda_emscripten.project import Project


def notebook(
    output: Annotated[
        Path, typer.Argument(metavar="OUT", help="A new folder, or an earlier site.")
    ],
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="MatchSpecs of the packages for notebooks, e.g. 'numpy>=2'. Default: all packages "
            "of the channel.",
        ),
    ] = None,
    contents: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="A notebook, another file, or a folder with files, for the site's drive. Repeat "
            "the option for several.",
        ),
    ] = None,
    bootstrap_channel: BootstrapChannel = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Make a JupyterLite site, with interpreter and packages, for any static host."""
    from conda_emscripten.notebook import build_notebook

    count = build_notebook(
        Project.find(root, build_dir),
        output,
        specs or [],
        contents=contents or [],
        bootstrap_channel=bootstrap_url(bootstrap_channel),
    )
    say(f"{output}: JupyterLite with {count} packages")
