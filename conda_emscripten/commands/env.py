"""``conda-emscripten env``: environments made from the channel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conda_emscripten.commands.options import (
    HERE,
    BuildDir,
    Channels,
    Root,
    Specs,
    channel_urls,
    say,
)
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project

app = typer.Typer(help="Create environments from the channel.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Create environments from the channel."""


@app.command()
def create(
    prefix: Annotated[Path, typer.Argument(metavar="PREFIX", help="A new folder.")],
    specs: Specs,
    platform: Annotated[
        str, typer.Option(metavar="SUBDIR", help="The environment's platform.")
    ] = TARGET_PLATFORM,
    channel: Channels = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Create an environment; Node runs its `bin/python`."""
    from conda_emscripten.environment import create_environment

    project = Project.find(root, build_dir)
    own = [project.channel_dir]
    if platform == BUILD_PLATFORM:
        own.append(project.bootstrap_dir)
    installed = create_environment(
        prefix.resolve(),
        specs,
        channels=channel_urls(channel, own=own),
        platform=platform,
        cache_dir=project.cache_dir,
    )
    for line in installed:
        say(line)
