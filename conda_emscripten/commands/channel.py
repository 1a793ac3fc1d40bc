"""``conda-emscripten index``, ``bundle``, ``lock``, ``snapshot``: from packages to a channel."""

from __future__ import annotations

import enum
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from conda_emscripten.channel_layout import BUNDLE_SUFFIX
from conda_emscripten.commands.options import (
    HERE,
    BootstrapChannel,
    BuildDir,
    Channels,
    Root,
    Specs,
    bootstrap_url,
    channel_urls,
    console,
    say,
)
from conda_emscripten.project import TARGET_PLATFORM, Project


class Api(enum.StrEnum):
    """Values of ``snapshot --api``."""

    TODAY = "314"
    OLD = "0.16"


def index(
    bootstrap_channel: BootstrapChannel = None,
    compress: Annotated[
        bool,
        typer.Option(
            "--compress", help="Also write all bundles as zstd, for servers that send zstd."
        ),
    ] = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Write the channel's indexes and locks, and the bundles of packages that have none.

    Prints the size of each package and its bundle.
    """
    from conda_emscripten.index import index_channel
    from conda_emscripten.snapshot_store import read_snapshots

    project = Project.find(root, build_dir)
    bootstrap = bootstrap_url(bootstrap_channel)
    snapshots = read_snapshots(project.channel_dir)
    table = Table(Column("package", overflow="fold"), "subdir", "package (KB)", "bundle (KB)")
    for entry in index_channel(project, bootstrap, compress=compress):
        size = "–" if entry.bundle_size is None else f"{entry.bundle_size / 1000:,.0f}"
        table.add_row(entry.file, entry.subdir, f"{entry.package_size / 1000:,.0f}", size)
    console.print(table)
    for name in sorted(snapshots.keys() - read_snapshots(project.channel_dir).keys()):
        say(
            f"The snapshot {name} was removed: its packages have changed. Make it again with "
            "'conda-emscripten snapshot'."
        )


def bundle(
    package: Annotated[
        Path, typer.Argument(metavar="PACKAGE", exists=True, dir_okay=False, help="A .conda file.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The bundle. Default: beside the package."
        ),
    ] = None,
    bootstrap_channel: BootstrapChannel = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Make the bundle of one package: its files for pages, compressed in chunks."""
    from conda_emscripten.bundle import write_bundle
    from conda_emscripten.environment import native_python

    target = output or package.with_suffix(BUNDLE_SUFFIX)
    project = Project.find(root, build_dir)
    python = native_python(project, bootstrap_url(bootstrap_channel))
    made = write_bundle(package, target, abi=project.abi, python=python)
    say(f"{target}: {made.size} bytes, sha256 {made.sha256}")


def lock(
    specs: Specs,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The lock file.")
    ] = Path("lock.json"),
    platform: Annotated[
        str, typer.Option(metavar="SUBDIR", help="The platform beside noarch.")
    ] = TARGET_PLATFORM,
    channel: Channels = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Solve specs and write their lock, for pages with `loadPyodide({lock: "lock.json"})`."""
    from conda_emscripten.lock import write_lock

    project = Project.find(root, build_dir)
    made = write_lock(
        output,
        specs,
        channels=channel_urls(channel, own=[project.channel_dir]),
        platform=platform,
        cache_dir=project.cache_dir,
    )
    for package in made["packages"]:
        say(" ".join([package["name"], package["version"], package["build"]]))
    say(f"{output}: {len(made['packages'])} packages")


def snapshot(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="MatchSpecs of the packages. Default: the packages that have the modules.",
        ),
    ] = None,
    imports: Annotated[
        list[str] | None,
        typer.Option("--import", metavar="MODULE", help="A module to import. Can be repeated."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The snapshot. Default: in the channel."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Its name in the channel. Default: the modules, joined by '-'."),
    ] = None,
    api: Annotated[Api, typer.Option(help="The JavaScript API.")] = Api.TODAY,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Save an interpreter that has imported modules, for `loadPyodide({snapshot: "numpy"})`.

    The same site, packages and modules give the same file.
    """
    from conda_emscripten.snapshot import Inputs, publish_snapshot, write_snapshot

    project = Project.find(root, build_dir)
    inputs = Inputs(specs=specs or [], imports=imports or [], api=api.value)
    if output is not None:
        size = write_snapshot(project, inputs, output)
        say(f"{output}: {size} bytes")
    else:
        listed, entry = publish_snapshot(project, inputs, name)
        say(f"{listed}: {entry['size']} bytes, sha256 {entry['sha256']}")


def publish(
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET",
            help="A folder, s3://bucket/prefix, or prefix+https://…, quetz+https://…, "
            "anaconda+https://…",
        ),
    ],
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="Also remove files that were published and the channel no longer has."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the changes, and make none.")
    ] = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Send the new and changed files of the channel to a target.

    Clients of the target never see an index that names a missing file. After an interruption, the
    same command sends the remaining files.
    """
    from conda_emscripten.channel import locked
    from conda_emscripten.publish import publish as publish_channel

    project = Project.find(root, build_dir)
    # Without a channel nothing is made, not even the lock's file.
    with locked(project.build_dir) if project.channel_dir.is_dir() else nullcontext():
        plan = publish_channel(project.channel_dir, target, prune=prune, dry_run=dry_run, tell=say)
    done = "would be " if dry_run else ""
    say(f"{len(plan.send)} files {done}sent, {len(plan.remove)} {done}removed: {target}")
