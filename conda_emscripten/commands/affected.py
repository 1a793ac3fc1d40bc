"""``conda-emscripten affected``: what does a change of the project's files make necessary?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from conda_emscripten.commands.options import (
    HERE,
    BootstrapChannel,
    Json,
    Root,
    console,
    print_error,
    say,
)
from conda_emscripten.project import Project

if TYPE_CHECKING:
    from conda_emscripten.affected import Affected

#: The most jobs of a matrix in a workflow of GitHub.
_MATRIX = 256

#: The number of dependencies that the table names.
_NAMED = 3


def affected(
    since: Annotated[
        str, typer.Option("--since", metavar="REV", help="The commit to compare the files with.")
    ],
    machines: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="With --json: divide each level among at most N machines."
        ),
    ] = _MATRIX,
    as_json: Json = False,
    bootstrap_channel: BootstrapChannel = None,
    root: Root = HERE,
) -> None:
    """List the outputs whose inputs differ from those at a commit, and their dependents.

    The outputs of one level need only outputs of the levels before. Nothing is built.
    """
    from conda_emscripten.affected import affected as find_affected
    from conda_emscripten.revision import Revision

    revision = Revision.find(Project.find(root), since)
    found = find_affected(revision, bootstrap=bootstrap_channel is None)
    if as_json:
        print(json.dumps(_to_json(found, machines), indent=1))
    else:
        _print_table(found)
    for error in found.errors.values():
        print_error(error)
    if found.errors:
        raise typer.Exit(next(iter(found.errors.values())).exit_code)


def _to_json(found: Affected, machines: int) -> dict[str, Any]:
    return {
        "since": found.since,
        "levels": [
            [
                {"recipes": [each.output.label for each in share.outputs], "key": share.key}
                for share in level
            ]
            for level in found.shares(machines)
        ],
        "outputs": [
            {
                "recipe": each.output.label,
                "version": each.output.version,
                "level": each.level,
                "reason": each.reason,
                "because": [output.label for output in each.because],
                "static_key": each.static_key,
            }
            for each in found.outputs
        ],
        "removed": list(found.removed),
        "errors": [
            {"recipe": label, "message": error.message, "help": error.help}
            for label, error in found.errors.items()
        ],
    }


def _print_table(found: Affected) -> None:
    if found.outputs:
        table = Table("level", "package", "version", "reason", Column("because", overflow="fold"))
        for level in found.levels():
            for each in level:
                because = ", ".join(output.label for output in each.because[:_NAMED])
                because += ", …" * (len(each.because) > _NAMED)
                table.add_row(
                    str(each.level), each.output.label, each.output.version, each.reason, because
                )
        console.print(table)
    if found.removed:
        say(f"Removed: {', '.join(found.removed)}.")
    count, levels = len(found.outputs), len(found.levels())
    say(
        f"{count} {'output' if count == 1 else 'outputs'} in {levels} "
        f"{'level' if levels == 1 else 'levels'} affected since {found.since[:12]}."
    )
