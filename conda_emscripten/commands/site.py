"""``conda-emscripten dist``, ``serve`` and ``doctor``: the static site, and this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from conda_emscripten.commands.options import HERE, BuildDir, Root, console, say
from conda_emscripten.project import Project


def dist(root: Root = HERE, build_dir: BuildDir = None) -> None:
    """Make the static site in build/dist, and the npm package of its interpreter in build/npm."""
    from conda_emscripten.dist import build_dist

    for folder in build_dist(Project.find(root, build_dir)):
        say(str(folder))


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="TCP port; 0 selects a free port.")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for other machines, too."
        ),
    ] = "127.0.0.1",
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Serve the site at / and the channel at /channel/ until Ctrl-C."""
    from conda_emscripten.serve import serve as run_server

    run_server(Project.find(root, build_dir).build_dir, host=host, port=port, tell=say)


def doctor(root: Root = HERE) -> None:
    """Check this machine, and print a repair for each failed check."""
    from conda_emscripten.doctor import check_machine

    checks = check_machine(Project.find(root).cache_dir)
    for check in checks:
        mark = "[green]ok[/green]  " if check.ok else "[red]no[/red]  "
        console.print(f"{mark}{check.name}: {check.detail}", highlight=False)
        if not check.ok:
            say(f"    repair it with: {check.fix}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
