"""What does the command ``conda-emscripten`` offer?

This module puts the subcommands together, prints user-facing errors and sets the exit code.
"""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from conda_emscripten import __version__
from conda_emscripten.commands import build, cache, channel, env, site
from conda_emscripten.commands.options import print_error, say
from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.exits import exit_now

app = typer.Typer(
    name="conda-emscripten",
    help="Build conda packages for WebAssembly, index and serve their channel.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for command in (
    build.build,
    build.fetch,
    channel.index,
    build.report,
    channel.bundle,
    channel.lock,
    site.dist,
    site.serve,
    site.doctor,
    channel.publish,
):
    app.command()(command)
app.add_typer(env.app, name="env")
app.add_typer(cache.app, name="cache")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"conda-emscripten {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Build conda packages for WebAssembly, index and serve their channel."""


def main() -> None:
    """Entry point: user-facing errors are printed without a traceback."""
    # SIGTERM ends the workers of a command, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        app()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except CondaEmscriptenError as error:
        print_error(error)
        code = error.exit_code
    except OSError as error:
        print_error(CondaEmscriptenError(f"{error}.", help="Check the file and its permissions."))
        code = CondaEmscriptenError.exit_code
    exit_now(code)
