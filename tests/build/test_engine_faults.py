"""Does the engine end without side effects when a download, the indexer or a cache fails?"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conda_emscripten import channel as channel_module
from conda_emscripten.errors import ChannelError
from conda_emscripten.files import sha256_file
from conda_emscripten.report import channel_report
from tests.harness.sandbox import Sandbox


@contextmanager
def slow_server(content: bytes) -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A URL of ``content`` that stalls, and two events: a request came; the answer may go on."""
    asked, go_on = threading.Event(), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:10])
            self.wfile.flush()
            asked.set()
            go_on.wait(60)
            self.wfile.write(content[10:])

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/source.tar.gz", asked, go_on
        go_on.set()
        server.shutdown()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_interrupted_while_it_fetches_sources_starts_no_build(
    sandbox: Sandbox, tmp_path: Path, how: signal.Signals
) -> None:
    (tmp_path / "a.txt").write_text("a")
    with tarfile.open(tmp_path / "source.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.txt", "a.txt")
    content = (tmp_path / "source.tar.gz").read_bytes()
    marker = sandbox.project.root / "started"
    with slow_server(content) as (url, asked, go_on):
        sha256 = hashlib.sha256(content).hexdigest()
        source = f"source:\n  url: {url}\n  sha256: {sha256}"
        sandbox.recipe("slow", source, script=f"touch {marker}")
        process = subprocess.Popen(
            sandbox.command("build", "slow"), cwd=sandbox.project.root, env=sandbox.env
        )
        assert asked.wait(30)
        process.send_signal(how)
        # The download finishes while the command ends.
        threading.Timer(1, go_on.set).start()
        assert process.wait(timeout=60) != 0
        assert not marker.exists()
        assert sandbox.packages() == []
        assert sandbox.run("build", "slow").returncode == 0
        assert marker.exists()


@pytest.mark.parametrize("command", ["build", "fetch"])
def test_an_interrupted_command_does_not_wait_for_a_download_that_stalls(
    sandbox: Sandbox, command: str
) -> None:
    with slow_server(b"x" * 100) as (url, asked, _):
        sandbox.recipe("slow", f"source:\n  url: {url}\n  sha256: {'1' * 64}")
        process = subprocess.Popen(
            sandbox.command(command, "slow"),
            cwd=sandbox.project.root,
            env=sandbox.env,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=30)
        assert (process.returncode, printed) == (130, "interrupted\n")


def test_a_failed_indexer_is_an_error_and_the_recipe_is_not_current(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record_sha256() -> object:
        (record,) = sandbox.engine().store.channel.records("emscripten-wasm32").values()
        return record["sha256"]

    sandbox.recipe("hello", script='echo 1 > "$PREFIX/hello.txt"')
    (result,) = sandbox.engine().build(["hello"])
    sandbox.recipe("hello", script='echo 2 > "$PREFIX/hello.txt"')
    with monkeypatch.context() as patch:
        patch.setattr(channel_module, "_INDEX_SCRIPT", "raise SystemExit('no index today')")
        with pytest.raises(ChannelError, match="no index today"):
            sandbox.engine().build(["hello"])
    (row,) = channel_report(sandbox.project)
    assert row.state == "failed"
    # The index has the sha256 of the old file with the same name: the next call corrects the index.
    (again,) = sandbox.engine().build(["hello"])
    assert again.status == "from cache" and again.package == result.package
    assert record_sha256() == sha256_file(again.package)


@pytest.mark.parametrize("content", [b"", b"PK not a package"])
def test_a_damaged_package_in_the_channel_is_named(sandbox: Sandbox, content: bytes) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    damaged = sandbox.project.channel_dir / "noarch" / "damaged-1.0-0.conda"
    damaged.write_bytes(content)
    with pytest.raises(ChannelError, match=re.escape(str(damaged))):
        sandbox.engine().store.channel.write_repodata()


def test_a_folder_that_is_called_like_a_package_is_named(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    folder = sandbox.project.channel_dir / "noarch" / "odd-1.0-0.conda"
    folder.mkdir()
    with pytest.raises(ChannelError, match=re.escape(str(folder))):
        sandbox.engine().store.channel.write_repodata()


def test_an_error_in_json_has_the_recipe_the_message_and_the_help(sandbox: Sandbox) -> None:
    sandbox.recipe("good")
    sandbox.recipe("broken", script="exit 3")
    sandbox.recipe("user", "requirements:\n  run: [broken]")
    done = sandbox.run("build", "--json", "--with-deps", "good", "user")
    assert done.returncode == 5
    outcome = json.loads(done.stdout)
    (good,) = outcome["results"]
    assert (good["recipe"], good["version"], good["status"]) == ("good", "1.0", "built")
    assert Path(good["packages"][0]["path"]).stat().st_size == good["packages"][0]["size"]
    (error,) = outcome["errors"]
    assert error["recipe"] == "broken" and "broken: build failed" in error["message"]
    assert "conda-emscripten build broken" in error["help"]
    assert outcome["waiting"] == ["user"]
    assert "good built in" in done.stderr and "error: broken: build failed" in done.stderr


def test_an_error_is_printed_with_its_help_on_a_line_of_its_own(sandbox: Sandbox) -> None:
    sandbox.recipe("numpy")
    done = sandbox.run("build", "nunpy")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: There is no recipe 'nunpy'.",
        "help: Did you mean numpy?",
    ]


def test_read_only_caches_are_used_and_never_written(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    caches = [tmp_path / "first", tmp_path / "second"]
    caches[0].mkdir()
    shutil.copytree(sandbox.project.build_cache_dir, caches[1])
    before = {path: path.stat().st_mtime_ns for path in caches[1].rglob("*")}
    for folder in (sandbox.project.build_dir, sandbox.project.cache_dir):
        shutil.rmtree(folder)
    env = {"CONDA_EMSCRIPTEN_CACHES": ":".join(map(str, caches))}
    done = sandbox.run("build", "hello", env=env)
    assert done.returncode == 0 and "hello from cache in" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in caches[1].rglob("*")} == before
    assert not list(caches[0].iterdir())


def test_without_the_option_no_other_folder_is_a_cache(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    beside = sandbox.project.root.parent / "shared" / "channel" / "packages"
    shutil.copytree(sandbox.project.build_cache_dir, beside)
    for folder in (sandbox.project.build_dir, sandbox.project.cache_dir):
        shutil.rmtree(folder)
    assert sandbox.engine().build(["hello"])[0].status == "built"


def test_a_damaged_entry_of_a_read_only_cache_is_reported_and_not_used(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    cache = tmp_path / "given"
    shutil.copytree(sandbox.project.build_cache_dir, cache)
    (package,) = cache.glob("*/*.conda")
    package.write_bytes(package.read_bytes()[:-10])
    damaged = package.read_bytes()
    for folder in (sandbox.project.build_dir, sandbox.project.cache_dir):
        shutil.rmtree(folder)
    done = sandbox.run("build", "hello", "--cache", str(cache))
    assert done.returncode == 0 and "hello built in" in done.stdout
    assert f"{package.name} in the read-only cache {cache} is damaged" in done.stdout
    assert package.read_bytes() == damaged


def test_a_cache_that_is_not_a_folder_is_one_error(sandbox: Sandbox) -> None:
    done = sandbox.run("build", "hello", env={"CONDA_EMSCRIPTEN_CACHES": "/nowhere/at/all"})
    assert done.returncode == 2
    assert "/nowhere/at/all is not a folder" in done.stderr
    assert "help: Correct --cache or the variable CONDA_EMSCRIPTEN_CACHES." in done.stderr


def test_prune_removes_old_builds_that_no_recipe_makes_any_more(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script='echo 1 > "$PREFIX/hello.txt"')
    sandbox.engine().build(["hello"])
    sandbox.recipe("hello", script='echo 2 > "$PREFIX/hello.txt"')
    sandbox.engine().build(["hello"])
    listed = sandbox.run("cache", "list")
    assert listed.returncode == 0 and "2 builds" in listed.stdout
    assert "0 builds removed" in sandbox.run("cache", "prune").stdout
    assert (
        "1 builds would be removed"
        in sandbox.run("cache", "prune", "--days", "0", "--dry-run").stdout
    )
    assert len(list(sandbox.project.build_cache_dir.iterdir())) == 2
    assert "1 builds removed" in sandbox.run("cache", "prune", "--days", "0").stdout
    shutil.rmtree(sandbox.project.build_dir)
    assert sandbox.engine().build(["hello"])[0].status == "from cache"


def test_prune_removes_folders_of_killed_commands_after_a_day(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    (result,) = sandbox.engine().build(["hello"])
    cache = sandbox.project.build_cache_dir
    (entry,) = cache.iterdir()
    for name, days in ((".old", 2), (".new", 0)):
        shutil.copytree(entry, cache / name)  # complete, but not yet renamed
        then = time.time() - days * 86_400
        os.utime(cache / name, (then, then))
    assert [found.folder for found in sandbox.engine().store.cache.entries()] == [entry]
    assert sandbox.run("cache", "prune").returncode == 0
    assert {path.name for path in cache.iterdir()} == {entry.name, ".new"}
    assert result.package.is_file()


def test_prune_keeps_the_builds_of_the_packages_in_the_channel(sandbox: Sandbox) -> None:
    recipe = sandbox.recipe("hello") / "recipe.yaml"
    sandbox.engine().build(["hello"])
    recipe.write_text(f"# A comment changes the static key, and no package.\n{recipe.read_text()}")
    assert sandbox.engine().build(["hello"])[0].status == "unchanged"
    listed = sandbox.run("cache", "list")
    assert " yes " in listed.stdout and " no " not in listed.stdout
    assert "0 builds removed" in sandbox.run("cache", "prune", "--days", "0").stdout
    shutil.rmtree(sandbox.project.build_dir)
    assert sandbox.engine().build(["hello"])[0].status == "from cache"
