"""Does every fault of a channel, a spec or a prefix end in one error, and is nothing left of it?"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conda_emscripten.channel import Channel
from conda_emscripten.commands.app import run
from conda_emscripten.environment import channel_url
from tests.harness.built import ROOT
from tests.harness.packages import make_package

SUBDIRS = ("emscripten-wasm32", "noarch", "linux-64")


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A channel with the package hello."""
    folder = tmp_path_factory.mktemp("channel")
    files = {f"share/hello/{number}": b"hello" for number in range(5000)}
    make_package(folder / SUBDIRS[0], files, name="hello", version="1.0")
    made = Channel(path=folder, subdirs=SUBDIRS)
    made.create()
    made.write_repodata()
    return folder


@pytest.fixture
def project(tmp_path: Path, channel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, in which the command works; ``local/channel`` is a channel."""
    root = tmp_path / "project"
    for folder in ("recipes/hello", "channel/bootstrap", "local"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "conda_build_config.yaml", root)
    text = "package: {name: hello, version: '1.0'}\nbuild: {script: 'true'}\n"
    (root / "recipes/hello/recipe.yaml").write_text(text)
    (root / "local" / "channel").symlink_to(channel)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(root / "local"))
    return root


def assert_one_error(printed: str, message: str, help: str = "") -> None:
    """Assert that ``printed`` is one error whose message and help match."""
    found = re.fullmatch(r"error: (?P<message>.+)\nhelp: (?P<help>[^\n]+)\n", printed, re.DOTALL)
    assert found is not None, printed
    assert "Traceback" not in printed and not found["message"].endswith("..")
    assert re.search(message, found["message"]), printed
    assert re.search(help, found["help"]), printed


GOOD_CHANNELS = ["local/channel", "./local/channel", "{absolute}", "~/channel", "{url}"]


@pytest.mark.parametrize("name", GOOD_CHANNELS)
def test_a_channel_may_be_a_folder_or_a_url(name: str, project: Path, channel: Path) -> None:
    name = name.format(absolute=project / "local/channel", url=channel.as_uri())
    assert run(["env", "create", "prefix", "hello", "--channel", name]) == 0
    assert (project / "prefix/share/hello/0").read_bytes() == b"hello"
    assert run(["lock", "hello", "--channel", name]) == 0
    assert '"name": "hello"' in (project / "lock.json").read_text()


@pytest.mark.parametrize("name", ["conda-forge", "conda-forge/label/dev", "https://host/channel"])
@pytest.mark.usefixtures("project")
def test_other_text_is_the_name_of_a_channel(name: str) -> None:
    assert channel_url(name) == name


#: The option's value, the exit code, and patterns for message and help.
BAD_CHANNELS = [
    ("local/nowhere", 2, r"There is no channel in .*/project/local/nowhere\.$", "folder"),
    ("./nowhere", 2, r"There is no channel in .*/nowhere\.$", "folder"),
    ("/nowhere", 2, r"There is no channel in /nowhere\.$", "folder"),
    ("~/nowhere", 2, r"There is no channel in .*/local/nowhere\.$", "folder"),
    ("~nobody-has-this-name/x", 2, "There is no channel in", "folder"),
    ("", 2, "There is no channel in", "folder"),
    ("recipes/hello/recipe.yaml", 2, "There is no channel in .*recipe.yaml", "folder"),
    ("x" * 300, 2, "is not a channel: File name too long", "folder"),
    ("ftp://host/channel", 2, "cannot have the scheme 'ftp'", "URL"),
    ("http://[", 2, r"'http://\[' is not a URL", "URL"),
    ("recipes", 7, "cannot be read: .*could not find subdir", "Check file://.*repodata.json"),
    ("file:///nowhere", 7, "cannot be read: .*could not find subdir", "Check file:///nowhere"),
    ("http://127.0.0.1:1/x", 7, r"cannot be read: .*refused", "Check http://127.0.0.1:1/x"),
    ("http://nowhere.invalid/x", 7, r"cannot be read: .*nowhere.invalid", "Check http://nowhere"),
]


@pytest.mark.parametrize(("name", "code", "message", "help"), BAD_CHANNELS)
@pytest.mark.parametrize(
    "command",
    [
        "env create prefix hello --channel",
        "lock hello --channel",
        "build hello --bootstrap-channel",
        "index --bootstrap-channel",
        "bundle hello.conda --bootstrap-channel",
    ],
)
def test_a_channel_that_cannot_be_read_is_one_error(
    command: str,
    name: str,
    code: int,
    message: str,
    help: str,
    project: Path,
    channel: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(channel, project / "build" / "channel")
    (package,) = channel.glob("*/hello*.conda")
    shutil.copy(package, "hello.conda")
    before = set(project.iterdir())
    assert run([*command.split(), name]) == code
    assert_one_error(capsys.readouterr().err, message, help)
    assert set(project.iterdir()) == before
    assert not list(project.glob("build/tools/*"))


@pytest.mark.parametrize(
    ("arguments", "code", "message", "help"),
    [
        (["prefix", "hello=>>1"], 2, "Cannot read the spec: .*=>>1", "numpy>=2"),
        (["prefix", ""], 2, "Cannot read the spec", "numpy>=2"),
        (["prefix", "hällo"], 2, r"^Cannot read the spec: [^\n]*'hällo'[^\n]*$", "numpy>=2"),
        (["prefix", "nowhere"], 5, "No solution for nowhere on emscripten-wasm32", "specs"),
        (["prefix", "hello>2"], 5, "No solution for hello>2", "specs"),
        (["prefix", "hello", "--platform", "win-3"], 2, "^'win-3' is not a known subdir.$", "32"),
        (["prefix", "hello", "--platform", ""], 2, "'' is not a valid subdir", "linux-64"),
        (["recipes", "hello"], 2, r"/recipes is not empty\.$", "Choose another folder"),
        (["conda_build_config.yaml", "hello"], 2, "Not a directory", "Choose another folder"),
        (["conda_build_config.yaml/x", "hello"], 2, "Not a directory", "Choose another folder"),
        (["deep/in/prefix", "nowhere"], 5, "No solution", "specs"),
    ],
)
def test_a_wrong_spec_platform_or_prefix_is_one_error(
    arguments: list[str],
    code: int,
    message: str,
    help: str,
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = set(project.iterdir())
    assert run(["env", "create", *arguments, "--channel", "local/channel"]) == code
    assert_one_error(capsys.readouterr().err, message, help)
    assert set(project.iterdir()) == before


@pytest.mark.parametrize(
    ("command", "code"),
    [("env create prefix hello", 7), ("lock hello", 7), ("index", 7), ("publish target", 10)],
)
def test_a_project_without_a_channel_is_one_error(
    command: str, code: int, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command.split()) == code
    assert_one_error(
        capsys.readouterr().err, r"There is no channel in .*/build/channel\.$", "emscripten build"
    )
    assert not (project / "build").exists()


def test_a_cache_that_cannot_be_written_is_one_error(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "conda_build_config.yaml"))
    assert run(["env", "create", "prefix", "hello", "--channel", "local/channel"]) == 5
    assert_one_error(capsys.readouterr().err, r"conda_build_config.yaml.*Not a directory")
    assert not (project / "prefix").exists()


@pytest.mark.parametrize("part", ["prefix", "prefix/share/hello"])
def test_an_interrupted_installation_leaves_no_environment(part: str, project: Path) -> None:
    command = [sys.executable, "-m", "conda_emscripten", "env", "create", "prefix", "hello"]
    process = subprocess.Popen(
        [*command, "--channel", "local/channel"], stderr=subprocess.PIPE, text=True
    )
    while not (project / part).exists():
        assert process.poll() is None
        time.sleep(0.001)
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=30)
    assert (process.returncode, printed) == (130, "interrupted\n")
    assert not (project / "prefix").exists()
