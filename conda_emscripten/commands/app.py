"""Which subcommands does ``conda-emscripten`` have, and what does the user see of an error?

This module puts the subcommands together. Every error ends as one ``error:`` line and one ``help:``
line.
"""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from conda_emscripten import __version__
from conda_emscripten.commands import (
    affected,
    build,
    cache,
    channel,
    env,
    feedstock,
    lint,
    migrate,
    notebook,
    recipe,
    recipe_new,
    site,
)
from conda_emscripten.commands.options import print_error, say
from conda_emscripten.errors import CondaEmscriptenError, UsageError

app = typer.Typer(
    name="conda-emscripten",
    help="Build conda packages for WebAssembly, index and serve their channel.",
    epilog="`make quickstart` builds a first channel and site. Documentation: docs/index.md.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for command in (
    build.build,
    build.worker,
    migrate.migrate,
    build.fetch,
    affected.affected,
    channel.index,
    build.report,
    channel.bundle,
    channel.lock,
    channel.snapshot,
    site.dist,
    notebook.notebook,
    site.serve,
    site.doctor,
    channel.publish,
    feedstock.feedstock,
):
    app.command()(command)
app.add_typer(env.app, name="env")
app.add_typer(cache.app, name="cache")
app.add_typer(lint.channel_app, name="channel")
app.add_typer(recipe.app, name="recipe")
# The name of Pyodide 0.16.
app.command("mkpkg")(recipe_new.new)


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


def run(arguments: Sequence[str]) -> int:
    """Run a command and print its error.

    Args:
        arguments: the command line without the name of the program.

    Returns:
        The exit code; 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the encoding of the terminal lacks must not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return app(list(arguments), prog_name="conda-emscripten", standalone_mode=False) or 0
    except SystemExit as ended:  # the reader of the output has closed it
        return int(ended.code or 0)
    except typer.TyperException as error:
        return _print_wrong_usage(error)
    except CondaEmscriptenError as error:
        print_error(error)
        return error.exit_code
    except OSError as error:
        what = error.filename or "A file or a stream"
        text = f"{what}: {error.strerror or error}."
        unforeseen = CondaEmscriptenError(
            text, help="Check the path, its permissions and the disk."
        )
    except Exception as error:  # noqa: BLE001  (a fault of the program, which says so)
        traceback.print_exc()
        unforeseen = CondaEmscriptenError(
            f"This is a fault of conda-emscripten: {type(error).__name__}: {error}",
            help="Report the fault with the lines above.",
        )
    print_error(unforeseen)
    return unforeseen.exit_code


def _print_wrong_usage(error: typer.TyperException) -> int:
    """Print an error in the arguments; typer has printed the help if there are none."""
    message = error.format_message()
    if message:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "conda-emscripten"
        print_error(UsageError(f"{message.rstrip('.')}.", help=f"See '{command} --help'."))
    return error.exit_code
