"""Do the documents agree with the code: links, options, exit codes, commands?"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from conda_emscripten import errors
from conda_emscripten.cli import INTERRUPTED
from conda_emscripten.commands.app import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_its_heading(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (document.parent / name).resolve() if name else document
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


def test_the_reference_names_every_command_and_option() -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    sections = dict(re.findall(r"^## ([a-z ]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    common = {"--root", "--build-dir", "--help"}
    missing = []
    for name, options in _options(typer.main.get_command(app)).items():
        missing += [f"{name} {o}" for o in options - common if o not in sections.get(name, "")]
        missing += [name] * (name not in sections)
    assert missing == []
    assert all(option in text for option in common - {"--help"})


def test_the_reference_names_every_exit_code() -> None:
    text = (ROOT / "docs" / "reference" / "cli.md").read_text()
    codes = {error.exit_code for error in _subclasses(errors.CondaEmscriptenError)}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == codes | {
        0,
        1,
        INTERRUPTED,
    }


@pytest.mark.parametrize(
    ("packages", "recipes"),
    [
        ("toolz,attrs", ["attrs", "micropip", "toolz"]),
        ("micropip", ["micropip"]),
        ("", ["--all"]),
    ],
)
def test_a_partial_build_is_of_the_named_recipes_and_micropip(
    packages: str, recipes: list[str]
) -> None:
    outer = {name for name in os.environ if name.startswith("MAKE")}  # of ``make test``
    printed = subprocess.run(
        ["make", "--dry-run", "channel", f"PYODIDE_PACKAGES={packages}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in outer},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    [names] = re.findall(r"conda-emscripten build --with-deps ([^|;&]+)", printed)
    assert sorted(names.split()) == sorted(recipes)


def test_the_home_page_and_the_readme_state_the_measured_start() -> None:
    home = (ROOT / "runtime" / "pages" / "index.html").read_text()
    benchmarks = (ROOT / "docs" / "benchmarks.md").read_text()
    [(release, ours, theirs)] = re.findall(
        r"ours \| Pyodide ([\d.]+) \| ours / Pyodide \|\n.*\n"
        r"\| ready, Chromium, cold \| (\d+) ms \| (\d+) ms \|",
        benchmarks,
    )
    our_seconds, their_seconds = f"{int(ours) / 1000:.1f} s", f"{int(theirs) / 1000:.1f} s"
    assert f"<b>{our_seconds}</b>" in home
    assert f"Pyodide {release}: {their_seconds}." in home
    stated = f"ready in {our_seconds}, and Pyodide {release} in {their_seconds}"
    assert stated in (ROOT / "README.md").read_text()


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _options(group: Any, prefix: str = "") -> dict[str, set[str]]:
    """The long options of each command below ``group``, a group of click."""
    found: dict[str, set[str]] = {}
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            found |= _options(command, f"{name} ")
        else:
            options = {option for parameter in command.params for option in parameter.opts}
            found[prefix + name] = {option for option in options if option.startswith("--")}
    return found


def _subclasses(kind: type[errors.CondaEmscriptenError]) -> set[type[errors.CondaEmscriptenError]]:
    direct = set(kind.__subclasses__())
    return direct.union(*map(_subclasses, direct))
