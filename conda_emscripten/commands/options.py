"""Which options and arguments do several commands share?

This module has their types, and the consoles that commands print to.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from conda_emscripten.errors import CondaEmscriptenError

console = Console(soft_wrap=True)
error_console = Console(stderr=True, soft_wrap=True)

_NAMES = typer.Argument(
    metavar="NAME",
    help="Folders of recipes/ or outputs, with a version for one of several variants "
    "(numpy=2.4), or bootstrap/NAME for a folder of channel/bootstrap/.",
)
Names = Annotated[list[str], _NAMES]
OptionalNames = Annotated[list[str] | None, _NAMES]
Specs = Annotated[list[str], typer.Argument(metavar="SPEC", help="MatchSpecs, e.g. 'numpy>=2'.")]
Root = Annotated[Path, typer.Option(metavar="PATH", help="The project, or a folder inside it.")]
BuildDir = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Folder for everything built, instead of build/."),
]
WithDeps = Annotated[bool, typer.Option("--with-deps", help="Include all dependencies.")]
Channels = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CHANNEL",
        help="A channel's URL, folder or name, instead of the project's channel. Repeat the option "
        "for several channels, the preferred one first.",
    ),
]
BootstrapChannel = Annotated[
    str | None,
    typer.Option(
        metavar="CHANNEL",
        help="Take the build platform's tools from this channel, e.g. conda-forge, instead of "
        "building them from channel/bootstrap/.",
    ),
]
Caches = Annotated[
    list[Path] | None,
    typer.Option(
        "--cache",
        metavar="FOLDER",
        envvar="CONDA_EMSCRIPTEN_CACHES",
        help="A read-only folder of finished builds, whose packages are trusted. In the variable, "
        "folders are separated by ':'.",
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        envvar="PYODIDE_JOBS",
        help="Processes of one build. With more than 1, two recipes are built at once.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

HERE = Path()
PROCESSORS = os.cpu_count() or 1


def channel_urls(channels: Sequence[str] | None, *, own: Sequence[Path]) -> list[str]:
    """The URLs of the option ``--channel``, or of the folders ``own`` without the option.

    Raises:
        UsageError: a channel has no such folder or URL.
        ChannelError: the project has no channel yet.
    """
    from conda_emscripten.channel import require_channel
    from conda_emscripten.environment import channel_url

    if channels:
        return [channel_url(channel) for channel in channels]
    for folder in own:
        require_channel(folder)
    return [folder.as_uri() for folder in own]


def bootstrap_url(channel: str | None) -> str | None:
    """The URL of the option ``--bootstrap-channel``; None without the option.

    Raises:
        UsageError: see ``channel_url``.
    """
    from conda_emscripten.environment import channel_url

    return None if channel is None else channel_url(channel)


def print_error(error: CondaEmscriptenError) -> None:
    """Print an error, and its help on a line of its own."""
    message = error.message.rstrip()
    error_console.print(
        f"error: {message}", style="red", highlight=False, markup=False, emoji=False
    )
    error_console.print(f"help: {error.help}", highlight=False, markup=False, emoji=False)


def say(line: str) -> None:
    """Print a line as it is: neither markup nor names of emoji, as in `file:100:`, are read."""
    console.print(line, highlight=False, markup=False, emoji=False)
