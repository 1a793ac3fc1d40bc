"""Does every end of the command tell the user what happened, in the form of every other error?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conda_emscripten.commands import app as app_module
from conda_emscripten.commands.app import run

COMMAND = [sys.executable, "-m", "conda_emscripten"]

# A process that receives SIGINT when it imports the module in argv[1].
INTERRUPTED_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)

wanted = sys.argv.pop(1)
sys.meta_path.insert(0, Finder())
from conda_emscripten.cli import main
main()
"""


def fail_with(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the commands by a function that raises ``error``."""

    def raise_error(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(app_module, "app", raise_error)


@pytest.mark.parametrize(
    ("arguments", "message", "command"),
    [
        (["nosuch"], "No such command 'nosuch'.", ""),
        (["fetch"], "Missing argument 'NAME'.", " fetch"),
        (["build", "--verbos", "six"], "No such option: --verbos", " build"),
        (["build", "--jobs", "0", "six"], "Invalid value for '--jobs'", " build"),
        (["serve", "--port", "99999"], "Invalid value for '--port'", " serve"),
        (["env", "create", "folder"], "Missing argument 'SPEC'.", " env create"),
        (["bundle", "nowhere.conda"], "file 'nowhere.conda' does not exist.", " bundle"),
    ],
)
def test_wrong_arguments_are_one_error_that_names_the_help_of_the_command(
    arguments: list[str], message: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    error, help = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ") and message in error
    assert help == f"help: See 'conda-emscripten{command} --help'."


def test_a_build_needs_a_name_or_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build"]) == 2
    error, help = capsys.readouterr().err.splitlines()
    assert error == "error: No recipe is named."
    assert help == "help: Name recipes, or pass --all or --retest."


@pytest.mark.parametrize("option", ["--force", "--retest"])
def test_an_option_that_needs_a_build_excludes_cached(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", "--cached", option, "zlib"]) == 2
    error, help = capsys.readouterr().err.splitlines()
    assert error == f"error: --cached builds and tests nothing, and {option} does."
    assert help == "help: Leave one of them out."


def test_a_command_without_arguments_prints_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env"]) == 2
    printed = capsys.readouterr()
    assert "create" in printed.out and "error:" not in printed.out + printed.err


@pytest.mark.parametrize("module", ["typer", "rich.console", "conda_emscripten.commands.app"])
def test_an_interruption_during_the_imports_prints_one_line(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT, module, "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "interrupted\n", "")


def test_an_interrupted_command_prints_one_line() -> None:
    done = subprocess.run(
        # The command imports this module when it already runs.
        [sys.executable, "-c", INTERRUPTED_IMPORT, "conda_emscripten.doctor", "doctor"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (130, "interrupted\n", "")


def test_an_error_of_the_operating_system_names_the_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(PermissionError(13, "Permission denied", "/some/file"), monkeypatch)
    assert run([]) == 1
    assert capsys.readouterr().err == (
        "error: /some/file: Permission denied.\n"
        "help: Check the path, its permissions and the disk.\n"
    )


def test_a_fault_of_the_program_says_so_below_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(KeyError("size"), monkeypatch)
    assert run([]) == 1
    *_, error, help = capsys.readouterr().err.splitlines()
    assert error == "error: This is a fault of conda-emscripten: KeyError: 'size'"
    assert help == "help: Report the fault with the lines above."


def test_a_command_without_standard_output_ends_as_any_other() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "--version"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_closes_the_output_ends_the_command_without_an_error() -> None:
    # The pipe has no reader when the command writes.
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*COMMAND, "--version"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert done.returncode in (0, 1)
    assert done.stderr == ""


def test_a_text_that_the_terminal_cannot_show_does_not_end_the_command() -> None:
    done = subprocess.run(
        [*COMMAND, "nünü"],
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: No such command 'n?n?'.\n")
