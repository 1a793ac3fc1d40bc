"""``conda-emscripten recipe lint``, ``recipe schema`` and ``channel lint``: are the rules kept?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from conda_emscripten.commands.options import HERE, BuildDir, Json, OptionalNames, Root, say
from conda_emscripten.project import Project

if TYPE_CHECKING:
    from conda_emscripten.lint.findings import Finding

channel_app = typer.Typer(help="Check the channel.", no_args_is_help=True)


@channel_app.callback()
def _group() -> None:
    """Check the channel."""


def recipe_lint(
    names: OptionalNames = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write what a program can correct into the recipes.")
    ] = False,
    as_json: Json = False,
    root: Root = HERE,
) -> None:
    """Check recipes; without names, all of both platforms.

    Prints `file:line: code message`, and ends with exit code 1 if a recipe breaks a rule.
    """
    from conda_emscripten.lint.recipes import RecipeLinter

    linter = RecipeLinter(Project.find(root))
    findings = list(linter.lint(names or ()))
    if fix:
        left = linter.fix(findings)
        say(f"{len(findings) - len(left)} of {len(findings)} findings fixed.")
        findings = left
    _report(findings, as_json=as_json)


def recipe_schema() -> None:
    """Print the JSON Schema that editors check recipes with."""
    from conda_emscripten.lint.recipe_schema import recipe_schema as schema

    print(json.dumps(schema(), indent=2))


@channel_app.command("lint")
def channel_lint(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Packages of the channel.")
    ] = None,
    as_json: Json = False,
    root: Root = HERE,
    build_dir: BuildDir = None,
) -> None:
    """Check the built packages of the channel; without names, all.

    Prints `file:line: code message`, and ends with exit code 1 if a package breaks a rule.
    """
    from conda_emscripten.lint.packages import ChannelLinter

    project = Project.find(root, build_dir)
    linter = ChannelLinter(project.channel_dir, project.bootstrap_dir)
    _report(list(linter.lint(names or ())), as_json=as_json)


def _report(findings: Sequence[Finding], *, as_json: bool) -> None:
    if as_json:
        keys = ("path", "line", "code", "message")
        say(json.dumps([{key: getattr(each, key) for key in keys} for each in findings], indent=1))
    else:
        for finding in findings:
            say(str(finding))
    if findings:
        raise typer.Exit(1)
