"""Is a damaged file of the project one error that names the file, or repaired, in every command?"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from conda_emscripten.commands.app import run
from tests.harness.sandbox import Sandbox

RECORD = "build/records/emscripten-wasm32-hello.json"
REPODATA = "build/channel/emscripten-wasm32/repodata.json"
BUNDLES = "build/channel/emscripten-wasm32/bundles.json"


@pytest.fixture
def project(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the recipe hello, in which the command works."""
    sandbox.recipe("hello")
    root = sandbox.project.root
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", sandbox.env["XDG_CACHE_HOME"])
    return root


@pytest.fixture
def built(sandbox: Sandbox, project: Path) -> Path:
    """The project with the package hello in its channel."""
    sandbox.engine().build(["hello"])
    return project


def package(project: Path) -> Path:
    (found,) = project.glob("build/channel/*/hello-*.conda")
    return found


def assert_one_error(printed: str, *texts: str) -> None:
    assert re.fullmatch(r"error: (.+)\nhelp: ([^\n]+)\n", printed, re.DOTALL), printed
    assert "Traceback" not in printed and " object at 0x" not in printed
    for text in texts:
        assert text in printed


@pytest.mark.parametrize(
    "content",
    [
        "nope",
        "[]",
        "null",
        "{}",
        '{"packages": 3}',
        '{"packages": [["noarch"]]}',
        '{"packages": [["noarch", 5]]}',
        '{"packages": [["../..", "hello-1.0-h_0.conda"]]}',
        '{"packages": [["noarch", "hello.conda"]]}',
        '{"packages": [], "seconds": "long"}',
        '{"packages": [], "tests": 4}',
        '{"packages": [], "error": 5}',
        '{"packages": [], "unknown": 5}',
    ],
)
def test_a_damaged_record_counts_as_none(
    built: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / RECORD).write_text(content)
    assert run(["report"]) == 0
    assert "1 missing" in capsys.readouterr().out
    assert run(["build", "hello"]) == 0
    assert "from cache" in capsys.readouterr().out
    assert run(["report"]) == 0
    assert "1 built" in capsys.readouterr().out


@pytest.mark.parametrize(
    "damage",
    [
        {"packages": 5},
        {"packages": [5]},
        {"packages": [["noarch", "hello.conda", "0"]]},
        {"name": 5},
        {"seconds": "long"},
        {"tests": 5},
        {"tests": {"passed": "all"}},
        {"built": 5},
        {"built": {"content": 5}},
    ],
)
def test_a_damaged_build_in_the_cache_is_no_build(
    sandbox: Sandbox, built: Path, damage: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = sandbox.project.build_cache_dir.glob("*/build.json")
    file.write_text(json.dumps({**json.loads(file.read_bytes()), **damage}))
    assert run(["cache", "list"]) == 0
    sandbox.recipe("hello", script="echo another")
    assert run(["build", "hello"]) == 0
    assert "built" in capsys.readouterr().out
    sandbox.recipe("hello")
    shutil.rmtree(built / "build")
    if "built" not in damage:  # without keys, it is a build of an earlier version
        assert run(["build", "hello"]) == 5
        assert_one_error(capsys.readouterr().err, "was damaged and has been removed")
    assert run(["build", "hello"]) == 0


@pytest.mark.parametrize("content", ["nope", "[]"])
def test_damaged_test_counts_are_one_error(
    built: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / "recipes" / "results.json").write_text(content)
    assert run(["report", "--save"]) == 7
    assert_one_error(capsys.readouterr().err, "results.json is damaged", "git")


@pytest.mark.parametrize("content", [b"", b"nope", b"PK\x03\x04"])
def test_a_damaged_package_is_named_in_the_report(
    built: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    package(built).write_bytes(content)
    assert run(["report", "--json"]) == 0
    printed = capsys.readouterr().out
    assert '"state": "failed"' in printed
    assert f"{package(built)} is damaged" in printed and "build --force" in printed


@pytest.mark.parametrize("content", ["nope", "[]", "{}", '{"packages": [], "packages.conda": 3}'])
@pytest.mark.parametrize("command", ["env create prefix hello", "lock hello", "dist"])
def test_a_damaged_index_is_one_error(
    built: Path, content: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / REPODATA).write_text(content)
    before = {path.name for path in built.iterdir()}
    assert run(command.split()) in (2, 5, 7)
    assert_one_error(capsys.readouterr().err)
    assert {path.name for path in built.iterdir()} == before


@pytest.mark.parametrize("content", ["nope", "[]", '{"packages": [], "packages.conda": 3}'])
def test_a_damaged_index_of_the_bootstrap_channel_is_one_error(
    built: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = built / "build" / "bootstrap" / "linux-64" / "repodata.json"
    file.write_text(content)
    assert run(["index"]) == 7
    assert_one_error(capsys.readouterr().err, f"{file} is damaged", "write it again")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nope", "cannot be read: Expecting value"),
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        ('{"version": 2}', "is damaged"),
        ('{"version": 2, "bundles": []}', "is damaged"),
        ('{"version": 2, "bundles": {"hello-1.0-h_0.conda": 3}}', "is damaged"),
        ('{"version": 2, "bundles": {"hello-1.0-h_0.conda": {"size": 3}}}', "is damaged"),
        ('{"version": 2, "bundles": {}}', "has no bundle"),
        ('{"version": 99, "bundles": {}}', "has version 99"),
    ],
)
def test_a_damaged_index_of_bundles_is_one_error(
    built: Path, content: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / BUNDLES).write_text(content)
    assert run(["lock", "hello"]) == 7
    assert_one_error(capsys.readouterr().err, "bundles.json", message, "conda-emscripten index")
    assert not (built / "lock.json").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "line 2: "),
        (b"- a\n", "Top level must be a mapping"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"python: 3", "line 1: Variant values for 'python' must be a list"),
    ],
)
@pytest.mark.parametrize("command", ["build hello", "fetch hello"])
def test_a_damaged_variant_file_is_one_error(
    project: Path, content: bytes, message: str, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "conda_build_config.yaml").write_bytes(content)
    assert run(command.split()) == 3
    printed = capsys.readouterr().err
    assert_one_error(printed, "conda_build_config.yaml", "Correct the file")
    assert "ParseError" not in printed and "Some(" not in printed
    if message != "line 2: ":  # the parser of py-rattler-build does not name the line then
        assert message in printed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [", "mirrors.yaml cannot be read: line 1: "),
        (b"\xff\xfe\x00", "mirrors.yaml cannot be read: "),
        (b"- a\n", "mirrors.yaml does not map URLs"),
        (b"5", "mirrors.yaml does not map URLs"),
        (b"https://host/a.tar.gz: 5", "the entry for https://host/a.tar.gz"),
    ],
)
def test_a_damaged_map_of_mirrors_is_one_error(
    sandbox: Sandbox,
    project: Path,
    content: bytes,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox.recipe("six", f"source:\n  url: https://host/a.tar.gz\n  sha256: {'1' * 64}")
    (project / "channel" / "mirrors.yaml").write_bytes(content)
    assert run(["fetch", "six"]) == 4
    assert_one_error(capsys.readouterr().err, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("about:\n  summary: ${{ nope }}", "line 8: Template rendering failed: undefined value"),
        ("source: {url: nonsense, sha256: '%s'}" % ("1" * 64), "Invalid URL 'nonsense'"),
        ("unknown: 5", "unknown top-level field 'unknown'"),
        ("requirements: {host: ['>>>']}", "missing package name"),
    ],
)
def test_a_wrong_recipe_is_one_error_without_debug_text(
    sandbox: Sandbox,
    project: Path,
    text: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox.recipe("hello", text)
    assert run(["build", "hello"]) == 3
    printed = capsys.readouterr().err
    assert_one_error(printed, f"{project}/recipes/hello/recipe.yaml: ", message)
    assert "Parse(" not in printed and "Some(" not in printed


@pytest.mark.parametrize("name", ["recipes/hello", "recipes/hello/", "./recipes/hello/recipe.yaml"])
@pytest.mark.usefixtures("project")
def test_the_path_of_a_recipe_is_answered_with_its_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", name]) == 2
    assert_one_error(capsys.readouterr().err, f"no recipe '{name}'", "Did you mean hello?")


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a b", "ünï", "x" * 300, "../recipes/hello"])
@pytest.mark.usefixtures("project")
def test_a_name_that_no_recipe_can_have_is_one_error(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["build", name]) == 2
    assert_one_error(capsys.readouterr().err, f"no recipe '{name}'")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("build hello", 2),
        ("fetch hello", 2),
        ("report", 2),
        ("index", 2),
        ("dist", 2),
        ("serve", 2),
        ("publish target", 2),
        ("lock hello", 2),
        ("env create prefix hello", 2),
    ],
)
@pytest.mark.parametrize("folder", ["conda_build_config.yaml", "conda_build_config.yaml/build"])
@pytest.mark.usefixtures("project")
def test_a_build_directory_that_cannot_be_a_folder_is_one_error(
    command: str, code: int, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command.split(), "--build-dir", folder]) == code
    assert_one_error(capsys.readouterr().err, folder, "--build-dir")


@pytest.mark.usefixtures("project")
def test_a_report_makes_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--build-dir", "new/build"]) == 0
    assert "1 missing" in capsys.readouterr().out
    assert Path("new/build/channel-report.html").is_file()


@pytest.mark.parametrize(("command", "code"), [("fetch six", 4), ("build six", 4)])
def test_a_cache_that_cannot_be_written_is_one_error(
    sandbox: Sandbox,
    project: Path,
    command: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = "http://127.0.0.1:1/six-1.0.tar.gz"
    sandbox.recipe("six", f"source:\n  url: {url}\n  sha256: {'1' * 64}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project / "conda_build_config.yaml"))
    assert run(command.split()) == code
    assert_one_error(capsys.readouterr().err, "Not a directory", "XDG_CACHE_HOME")


def test_a_relative_cache_folder_is_ignored(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(project / "home"))
    assert run(["build", "--force", "hello"]) == 0
    assert not (project / "cache").exists()
    assert (project / "home" / ".cache" / "conda-emscripten").is_dir()
    assert "built" in capsys.readouterr().out


@pytest.mark.usefixtures("built")
def test_a_bootstrap_channel_out_of_reach_is_one_error_for_all_recipes(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.recipe("other")
    channel = ["--bootstrap-channel", "http://127.0.0.1:1/x"]
    assert run(["build", "--force", "hello", "other", *channel]) == 7
    assert_one_error(capsys.readouterr().err, "A channel cannot be read", "http://127.0.0.1:1/x")
    # Without a build, the channel is not asked.
    assert run(["build", "hello", *channel]) == 0
