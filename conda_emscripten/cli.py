"""What does the command ``conda-emscripten`` offer?"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from conda_emscripten import __version__
from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project

app = typer.Typer(
    name="conda-emscripten",
    help="Build conda packages for WebAssembly, index and serve their channel.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
env_app = typer.Typer(help="Environments made from the channel.", no_args_is_help=True)
app.add_typer(env_app, name="env")
console = Console(soft_wrap=True)

Names = Annotated[list[str], typer.Argument(help="Recipes, as their folders are called.")]
Root = Annotated[Path, typer.Option(help="The project, or a folder inside it.")]
BuildDir = Annotated[Path | None, typer.Option(help="Everything built, instead of build/.")]
WithDeps = Annotated[bool, typer.Option("--with-deps", help="Also for all that they need.")]
BootstrapChannel = Annotated[
    str | None,
    typer.Option(
        help="Take the build platform's tools from this channel, e.g. conda-forge, instead of "
        "building them from channel/bootstrap/."
    ),
]

HERE = Path()


@app.command()
def build(
    names: Names,
    with_deps: WithDeps = False,
    force: Annotated[bool, typer.Option("--force", help="Build even what is there.")] = False,
    keep_work: Annotated[bool, typer.Option("--keep-work", help="Keep the work trees.")] = False,
    cached: Annotated[
        bool, typer.Option("--cached", help="Build nothing: take what the build cache has.")
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(
            min=1,
            envvar="PYODIDE_JOBS",
            help="Processes of one build; two recipes are built at once unless it is 1.",
        ),
    ] = os.cpu_count() or 1,
    bootstrap_channel: BootstrapChannel = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Build recipes and add their packages to the channel.

    What is there already, made from the same inputs, is left alone.
    """
    from conda_emscripten.engine import BuildOptions, Engine

    options = BuildOptions(
        with_deps=with_deps,
        force=force,
        keep_work=keep_work,
        cached=cached,
        jobs=jobs,
        bootstrap_channel=bootstrap_channel,
    )
    engine = Engine(project=Project.find(root, build_dir), console=console, options=options)
    results = engine.build(names)
    table = Table("package", "version", "what", "seconds", "size (KB)")
    for result in results:
        if result.status != "up to date" or result.recipe.name in names:
            size = sum(path.stat().st_size for path in result.packages)
            table.add_row(
                result.recipe.name,
                result.recipe.version,
                result.status,
                f"{result.seconds:.1f}",
                f"{size / 1000:,.0f}",
            )
    console.print(table)
    current = sum(result.status == "up to date" for result in results)
    console.print(f"{len(results)} packages, {current} of them up to date.")


@app.command()
def fetch(
    names: Names, with_deps: WithDeps = False, root: Root = HERE, build_dir: BuildDir = None
) -> None:
    """Fetch and verify the sources of recipes.

    They also go where `conda build`, with the documented `.condarc`, looks for them.
    """
    from conda_emscripten.engine import BuildOptions, Engine

    options = BuildOptions(with_deps=with_deps)
    engine = Engine(project=Project.find(root, build_dir), console=console, options=options)
    for file in engine.fetch(names):
        console.print(str(file), highlight=False)


@app.command()
def index(
    bootstrap_channel: BootstrapChannel = None,
    compress: Annotated[
        bool, typer.Option(help="Also write bundles as zstd, for servers that send them so.")
    ] = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Write the channel's indexes, and the bundles of packages that have none.

    Prints the size of each package and its bundle.
    """
    from conda_emscripten.index import index_channel

    project = Project.find(root, build_dir)
    table = Table(Column("package", overflow="fold"), "subdir", "package (KB)", "bundle (KB)")
    for entry in index_channel(project, bootstrap_channel, compress=compress):
        size = "–" if entry.bundle_size is None else f"{entry.bundle_size / 1000:,.0f}"
        table.add_row(entry.file, entry.subdir, f"{entry.package_size / 1000:,.0f}", size)
    console.print(table)


@app.command()
def report(root: Root = HERE, build_dir: BuildDir = None) -> None:
    """Say what became of each recipe, also in build/channel-report.html and .json."""
    from conda_emscripten.engine import Engine
    from conda_emscripten.report import COLUMNS, cells, channel_report, summary, write_report

    project = Project.find(root, build_dir)
    rows = channel_report(Engine(project=project, console=console))
    table = Table(*(Column(column, overflow="fold") for column in COLUMNS))
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    project.build_dir.mkdir(parents=True, exist_ok=True)
    write_report(project.build_dir, rows)
    console.print(f"{summary(rows)}; {project.build_dir / 'channel-report.html'}", highlight=False)


@app.command()
def bundle(
    package: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .conda file.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A .lz4b file.")] = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Make the bundle of one package."""
    from conda_emscripten.bundle import write_bundle
    from conda_emscripten.environment import native_python

    target = output or package.with_suffix(".lz4b")
    made = write_bundle(package, target, python=native_python(Project.find(root, build_dir)))
    console.print(f"{target}: {made.size} bytes, sha256 {made.sha256}", highlight=False)


@app.command()
def lock(
    specs: Annotated[list[str], typer.Argument(help="MatchSpecs, e.g. 'numpy>=2'.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The lock file.")] = Path(
        "lock.json"
    ),
    platform: Annotated[str, typer.Option(help="The platform beside noarch.")] = TARGET_PLATFORM,
    channel: Annotated[
        list[str] | None, typer.Option(help="Channel URLs in place of the project's.")
    ] = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Solve specs once, for pages that load exactly this: `loadPyodide({lock: "lock.json"})`."""
    from conda_emscripten.lock import write_lock

    project = Project.find(root, build_dir)
    made = write_lock(
        output,
        specs,
        channels=channel or [project.channel_dir.resolve().as_uri()],
        platform=platform,
        cache_dir=project.cache_dir,
    )
    for package in made["packages"]:
        console.print(" ".join(package[key] for key in ("name", "version", "build")))
    console.print(f"{output}: {len(made['packages'])} packages", highlight=False)


@app.command()
def dist(root: Root = HERE, build_dir: BuildDir = None) -> None:
    """Put the static site together: interpreter, loader and pages, in build/dist."""
    from conda_emscripten.dist import build_dist

    console.print(str(build_dist(Project.find(root, build_dir))), highlight=False)


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="TCP port.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Serve the site at / and the channel at /channel/."""
    from conda_emscripten.serve import serve as run_server

    run_server(Project.find(root, build_dir).build_dir, host=host, port=port)


@app.command()
def doctor(root: Root = HERE) -> None:
    """Check this machine, and say how to mend what is missing."""
    from conda_emscripten.doctor import check_machine

    checks = check_machine(Project.find(root).cache_dir)
    for check in checks:
        mark = "[green]ok[/green]  " if check.ok else "[red]no[/red]  "
        console.print(f"{mark}{check.name}: {check.detail}", highlight=False)
        if not check.ok:
            console.print(f"    mend it with: {check.fix}", highlight=False, markup=False)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def publish(
    target: Annotated[
        str,
        typer.Argument(
            help="A folder, s3://bucket/prefix, or prefix+https://…, quetz+https://…, "
            "anaconda+https://…"
        ),
    ],
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove what the channel no longer has.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Bring a published channel up to date, so that no reader misses a file."""
    from conda_emscripten.channel import locked
    from conda_emscripten.publish import publish as publish_channel

    project = Project.find(root, build_dir)

    def tell(line: str) -> None:
        console.print(line, highlight=False, markup=False)

    with locked(project.build_dir):
        plan = publish_channel(project.channel_dir, target, prune=prune, dry_run=dry_run, tell=tell)
    done = "would be " if dry_run else ""
    tell(f"{len(plan.send)} files {done}sent, {len(plan.remove)} {done}removed: {target}")


@env_app.command("create")
def env_create(
    prefix: Annotated[Path, typer.Argument(help="A new folder.")],
    specs: Annotated[list[str], typer.Argument(help="MatchSpecs, e.g. 'numpy>=2'.")],
    platform: Annotated[str, typer.Option(help="The environment's platform.")] = TARGET_PLATFORM,
    channel: Annotated[
        list[str] | None, typer.Option(help="Channel URLs in place of the project's.")
    ] = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Make an environment; its `bin/python` runs under Node."""
    from conda_emscripten.environment import create_environment

    project = Project.find(root, build_dir)
    own = [project.channel_dir.as_uri()]
    if platform == BUILD_PLATFORM:
        own.append(project.bootstrap_dir.as_uri())
    installed = create_environment(
        prefix.resolve(),
        specs,
        channels=channel or own,
        platform=platform,
        cache_dir=project.cache_dir,
    )
    for line in installed:
        console.print(line, highlight=False)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"conda-emscripten {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Build conda packages for WebAssembly, index and serve their channel."""


def main() -> None:
    """Entry point: errors that are the user's to read are printed without a traceback."""
    # A terminated command ends its workers as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        app()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except CondaEmscriptenError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"error: {error}", style="red", highlight=False, markup=False
        )
        code = error.exit_code
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    # Not by the interpreter's own end: a thread of py-rattler that still holds a Python object
    # aborts it now and then ("PyGILState_Release: thread state must be current").
    os._exit(code)
