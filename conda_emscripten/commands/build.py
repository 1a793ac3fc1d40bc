"""``conda-emscripten build``, ``worker``, ``fetch`` and ``report``: from recipes to packages."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from conda_emscripten.commands.options import (
    HERE,
    PROCESSORS,
    BootstrapChannel,
    BuildDir,
    Caches,
    Jobs,
    Json,
    Names,
    OptionalNames,
    Root,
    WithDeps,
    bootstrap_url,
    console,
    error_console,
    print_error,
    say,
)
from conda_emscripten.errors import UsageError
from conda_emscripten.machines.protocol import security
from conda_emscripten.project import Project

if TYPE_CHECKING:
    from conda_emscripten.build_outcome import BuildOutcome, BuildResult


def build(
    names: OptionalNames = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Include all variants and test outputs of the named recipes; without names, of "
            "all recipes.",
        ),
    ] = False,
    with_deps: WithDeps = False,
    force: Annotated[
        bool, typer.Option("--force", help="Build the named recipes even if they are up to date.")
    ] = False,
    keep_work: Annotated[
        bool, typer.Option("--keep-work", help="Keep the work trees of successful builds.")
    ] = False,
    cached: Annotated[
        bool,
        typer.Option("--cached", help="Build nothing: only add packages from the build cache."),
    ] = False,
    retest: Annotated[
        bool,
        typer.Option(
            "--retest",
            help="Run the tests of the named recipes again; without names, of all packages whose "
            "dependencies changed since their tests.",
        ),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print every line of the logs.")
    ] = False,
    as_json: Json = False,
    jobs: Jobs = PROCESSORS,
    bootstrap_channel: BootstrapChannel = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Build on the workers of this Dask scheduler, e.g. tcp://127.0.0.1:8786.",
        ),
    ] = None,
    caches: Caches = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Build recipes and add their packages to the channel.

    NAME is a folder of recipes/ or an output; NAME=VERSION is one of its variants. A package is not
    built if the channel or the build cache has the one that a build would make.
    """
    from conda_emscripten.engine import BuildOptions, Engine
    from conda_emscripten.report import stale_tests

    if cached and (force or retest):
        option = "--force" if force else "--retest"
        raise UsageError(
            f"--cached builds and tests nothing, and {option} does.", help="Leave one of them out."
        )
    options = BuildOptions(
        everything=everything,
        with_deps=with_deps,
        force=force,
        keep_work=keep_work,
        cached=cached,
        retest=retest,
        jobs=jobs,
        bootstrap_channel=bootstrap_url(bootstrap_channel),
        verbose=verbose,
        scheduler=scheduler,
    )
    project = Project.find(root, build_dir, build_caches=caches or ())
    engine = Engine(project=project, console=error_console if as_json else console, options=options)
    if not names and everything:
        names = engine.recipes.names()
    elif not names and retest:
        names = stale_tests(project, bootstrap=bootstrap_channel is None)
    elif not names:
        raise UsageError("No recipe is named.", help="Name recipes, or pass --all or --retest.")
    outcome = engine.run(names)
    if as_json:
        print(json.dumps(_to_json(outcome), indent=1))
    for error in outcome.errors:
        print_error(error)
    if outcome.waiting:
        names_of_waiting = ", ".join(output.label for output in outcome.waiting)
        error_console.print(
            f"Not built, because of failed dependencies: {names_of_waiting}.", highlight=False
        )
    if outcome.errors:
        raise typer.Exit(outcome.errors[0].exit_code)
    if not as_json:
        _print_results(outcome.results, names)


def worker(
    scheduler: Annotated[
        str,
        typer.Argument(metavar="ADDRESS", help="The Dask scheduler, e.g. tcp://127.0.0.1:8786."),
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The name of this worker in messages.")
    ] = "",
    jobs: Annotated[
        int, typer.Option(min=1, metavar="N", envvar="PYODIDE_JOBS", help="Processes of a build.")
    ] = PROCESSORS,
    caches: Caches = None,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Build for the coordinators of a scheduler, one recipe at a time.

    The folder for everything built is build/worker, unless --build-dir names another one.
    """
    project = Project.find(root, build_dir, build_caches=caches or ())
    if build_dir is None:
        project = replace(project, build_dir=project.build_dir / "worker")
    security(scheduler)  # reports that Dask is not installed
    from conda_emscripten.machines.worker import join

    join(scheduler, project, name=name, jobs=jobs, tell=say)


def _to_json(outcome: BuildOutcome) -> dict[str, Any]:
    return {
        "results": [
            {
                "recipe": result.output.label,
                "version": result.output.version,
                "status": result.status,
                "seconds": round(result.seconds, 1),
                "packages": [{"path": str(result.package), "size": result.package.stat().st_size}],
            }
            for result in outcome.results
        ],
        "errors": [
            {"recipe": label, "message": error.message, "help": error.help}
            for label, error in [
                *((output.label, error) for output, error in outcome.failures.items()),
                *((None, error) for error in outcome.unreadable),
            ]
        ],
        "waiting": [output.label for output in outcome.waiting],
    }


def _print_results(results: list[BuildResult], names: list[str]) -> None:
    table = Table("package", "version", "what", "seconds", "size (KB)")
    named = {name.removeprefix("bootstrap/").partition("=")[0] for name in names}
    for result in results:
        own = {result.output.name, result.output.folder.name}
        if result.status not in ("up to date", "unchanged") or named & own:
            table.add_row(
                result.output.name,
                result.output.version,
                result.status,
                f"{result.seconds:.1f}",
                f"{result.package.stat().st_size / 1000:,.0f}",
            )
    console.print(table)
    current = sum(result.status in ("up to date", "unchanged") for result in results)
    noun = "package" if len(results) == 1 else "packages"
    console.print(f"{len(results)} {noun}, {current} of them up to date.")


def fetch(
    names: Names, with_deps: WithDeps = False, root: Root = HERE, build_dir: BuildDir = None
) -> None:
    """Fetch and verify the sources of recipes.

    The files are also added to the source cache of `conda build` with the documented `.condarc`.
    """
    from conda_emscripten.engine import BuildOptions, Engine

    options = BuildOptions(with_deps=with_deps)
    engine = Engine(project=Project.find(root, build_dir), console=console, options=options)
    for file in engine.fetch(names):
        say(str(file))


def report(
    save: Annotated[
        bool, typer.Option("--save", help="Write the test counts to recipes/results.json, too.")
    ] = False,
    as_json: Json = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Show the state of each package, and write build/channel-report.html and .json."""
    from conda_emscripten.report import (
        COLUMNS,
        cells,
        channel_report,
        save_results,
        summary,
        to_json,
        write_report,
    )

    project = Project.find(root, build_dir)
    rows = channel_report(project)
    write_report(project.build_dir, rows)
    if save:
        save_results(project, rows)
    if as_json:
        print(to_json(rows))
        return
    table = Table(*(Column(column, overflow="fold") for column in COLUMNS))
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)
    say(f"{summary(rows)}; {project.build_dir / 'channel-report.html'}")
