"""``conda-emscripten migrate``: another value of a variant key for the whole channel."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from conda_emscripten.commands.options import (
    HERE,
    PROCESSORS,
    BootstrapChannel,
    BuildDir,
    Caches,
    Jobs,
    Root,
    bootstrap_url,
    console,
    say,
)
from conda_emscripten.errors import UsageError
from conda_emscripten.project import Project


def migrate(
    pairs: Annotated[
        list[str],
        typer.Argument(
            metavar="KEY VALUE",
            help="A key of conda_build_config.yaml and its new value; repeatable.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what changes, and build nothing.")
    ] = False,
    target: Annotated[
        str | None,
        typer.Option(
            "--publish", metavar="TARGET", help="Index and publish the new channel, too (publish)."
        ),
    ] = None,
    jobs: Jobs = PROCESSORS,
    bootstrap_channel: BootstrapChannel = None,
    caches: Caches = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Change keys of the variant, and build the packages of the channel that the change affects.

    Raises the build numbers of packages that are replaced. The recipes and the channel change only
    when all packages are built.
    """
    from conda_emscripten.engine import BuildOptions
    from conda_emscripten.index import index_channel
    from conda_emscripten.migration import Migration
    from conda_emscripten.publish import publish

    if len(pairs) % 2:
        raise UsageError(f"The key {pairs[-1]!r} has no value.", help="Give pairs of KEY VALUE.")
    bootstrap = bootstrap_url(bootstrap_channel)
    migration = Migration(
        project=Project.find(root, build_dir, build_caches=caches or ()),
        values=dict(zip(pairs[::2], pairs[1::2], strict=True)),
        options=BuildOptions(jobs=jobs, bootstrap_channel=bootstrap),
        console=console,
        tell=say,
    )
    with migration.prepared() as changes:
        table = Table("package", "version", "affected by", "build number")
        for change in changes:
            table.add_row(change.label, change.version, change.reason, str(change.number))
        console.print(table)
        say(f"{len(changes)} packages of the channel are affected.")
        if dry_run:
            return
        for label, (old, new) in migration.build().items():
            say(f"{label}: build number {old} -> {new}")
        if target is not None:
            index_channel(migration.copied, bootstrap)
            publish(migration.copied.channel_dir, target, tell=say)
        migration.copy.commit()
    say("The recipes and the channel have the new values.")
