"""Does every user-facing error say what to do next?"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from conda_emscripten import errors
from conda_emscripten.commands.options import print_error

PACKAGE = Path(errors.__file__).parent
KINDS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.CondaEmscriptenError)
}


def without_help(source: str) -> list[int]:
    """The lines that make an error with an empty ``help``, or without ``help``."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id in KINDS:
            helps = [keyword.value for keyword in node.keywords if keyword.arg == "help"]
            if not helps or (isinstance(helps[0], ast.Constant) and not helps[0].value):
                lines.append(node.lineno)
    return lines


@pytest.mark.parametrize(
    "module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_every_error_has_a_help(module: Path) -> None:
    assert without_help(module.read_text()) == []


def test_an_error_without_a_help_is_found() -> None:
    source = (
        'raise UsageError("a")\nraise BuildError("b", help="")\nraise BuildError("c", help="d")'
    )
    assert without_help(source) == [1, 2]


def test_message_and_help_are_printed_on_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    print_error(errors.UsageError("The [recipe] is gone.\n", help="Look in [recipes/]."))
    assert capsys.readouterr().err == "error: The [recipe] is gone.\nhelp: Look in [recipes/].\n"


def test_each_kind_of_error_has_an_exit_code_of_its_own() -> None:
    codes = [getattr(errors, kind).exit_code for kind in KINDS]
    assert len(set(codes)) == len(codes)
