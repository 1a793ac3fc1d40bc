"""Does the engine build what it should, leave out what it can, and fail so that one can go on?"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conda_emscripten.build_records import BuildRecord
from conda_emscripten.channel import Channel, locked
from conda_emscripten.errors import (
    BuildError,
    ChannelError,
    CondaEmscriptenError,
    PackageTestError,
    RecipeError,
    SourceError,
    UsageError,
)
from conda_emscripten.report import channel_report, write_report
from tests.harness.built import ROOT
from tests.harness.sandbox import Sandbox

USES_HOST_PLATFORM = """
requirements:
  build:
    - if: build_platform == host_platform
      then: nothing
  host: [{host}]
"""


def test_a_package_is_built_tested_and_indexed(sandbox: Sandbox) -> None:
    sandbox.recipe(
        "hello",
        script='echo hi > "$PREFIX/hello.txt"',
        text="tests:\n- script: test -f $PREFIX/hello.txt",
    )
    (result,) = sandbox.engine().build(["hello"])
    assert result.status == "built"
    records = Channel(path=sandbox.project.channel_dir, subdirs=()).records("emscripten-wasm32")
    assert [record["name"] for record in records.values()] == ["hello"]
    assert result.packages[0].name in records


def test_a_second_build_does_nothing(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    (result,) = sandbox.engine().build(["hello"])
    assert result.status == "up to date"


def test_force_builds_again(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    (result,) = sandbox.engine(force=True).build(["hello"])
    assert result.status == "built"


def test_a_deleted_channel_is_filled_from_the_build_cache(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    sandbox.engine().build(["hello"])
    shutil.rmtree(sandbox.project.build_dir)
    (result,) = sandbox.engine().build(["hello"])
    assert result.status == "from cache"
    assert len(sandbox.packages()) == 1


def test_dependencies_are_built_first_and_a_change_in_one_rebuilds_its_users(
    sandbox: Sandbox,
) -> None:
    sandbox.recipe("lib", script='echo 1 > "$PREFIX/lib.txt"')
    host = USES_HOST_PLATFORM.format(host="lib")
    sandbox.recipe("user", host, script='cp "$PREFIX/lib.txt" "$PREFIX/user.txt"')
    results = sandbox.engine(with_deps=True).build(["user"])
    assert [result.recipe.name for result in results] == ["lib", "user"]
    sandbox.recipe("lib", script='echo 2 > "$PREFIX/lib.txt"')
    results = sandbox.engine(with_deps=True).build(["user"])
    assert [result.status for result in results] == ["built", "built"]


def test_a_change_in_tests_rebuilds_the_recipe_and_not_its_users(sandbox: Sandbox) -> None:
    sandbox.recipe("lib", "tests:\n- script: test 1 = 1")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"))
    sandbox.engine(with_deps=True).build(["user"])
    folder = sandbox.recipe("lib", "tests:\n- script: test 2 = 2")
    (folder / "tests").mkdir()
    (folder / "tests" / "data.txt").write_text("for the tests")
    results = sandbox.engine(with_deps=True).build(["user"])
    assert [result.status for result in results] == ["built", "up to date"]


def test_a_changed_test_is_what_is_run(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", "tests:\n- script: test 1 = 1")
    # The user's environment leaves the package unpacked in py-rattler-build's cache.
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="hello"))
    sandbox.engine(with_deps=True).build(["user"])
    sandbox.recipe("hello", "tests:\n- script: test 1 = 2")
    with pytest.raises(PackageTestError):
        sandbox.engine().build(["hello"])


def test_a_variant_change_changes_the_input_hash(sandbox: Sandbox) -> None:
    sandbox.recipe("python")
    sandbox.recipe("hello", 'requirements:\n  run: ["python ${{ python }}"]')
    config = sandbox.project.root / "conda_build_config.yaml"
    hashes = set()
    for text in (config.read_text(), config.read_text().replace("3.13.*", "3.14.*")):
        config.write_text(text)
        recipes = sandbox.engine().recipes
        hashes.add(recipes.input_hash(recipes.get("hello")))
    assert len(hashes) == 2


def test_an_unknown_recipe_is_named_with_a_close_one(sandbox: Sandbox) -> None:
    sandbox.recipe("numpy")
    with pytest.raises(UsageError, match=r"no recipe 'nunpy'.*Did you mean numpy"):
        sandbox.engine().build(["nunpy"])


def test_a_dependency_cycle_is_shown_in_full(sandbox: Sandbox) -> None:
    sandbox.recipe("a", USES_HOST_PLATFORM.format(host="b"))
    sandbox.recipe("b", USES_HOST_PLATFORM.format(host="a"))
    with pytest.raises(RecipeError, match=r"(a -> b -> a|b -> a -> b)"):
        sandbox.engine(with_deps=True).build(["a"])


def test_a_requirement_without_a_recipe_is_named(sandbox: Sandbox) -> None:
    sandbox.recipe("a", USES_HOST_PLATFORM.format(host="nowhere"))
    with pytest.raises(
        RecipeError, match=r"No recipe makes the package 'nowhere'.*recipes/nowhere"
    ):
        sandbox.engine(with_deps=True).build(["a"])


def test_an_unsolvable_host_requirement_ends_in_the_solvers_words(sandbox: Sandbox) -> None:
    sandbox.recipe("lib")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host='"lib >=2"'))
    with pytest.raises(BuildError, match=r"lib"):
        sandbox.engine(with_deps=True).build(["user"])
    assert [p for p in sandbox.packages() if p.startswith("user")] == []


def test_a_wrong_sha256_stops_the_build_and_names_both(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = "0" * 64
    sandbox.recipe(
        "six",
        f"source:\n  url: https://pypi.io/packages/source/s/six/six-1.17.0.tar.gz\n  sha256: {wrong}",
    )
    with pytest.raises(SourceError, match=rf"(?s){wrong}.*sha256 is ff70335d"):
        sandbox.engine().build(["six"])
    assert sandbox.packages() == []


def test_an_unreachable_source_says_what_was_tried(sandbox: Sandbox) -> None:
    sandbox.recipe(
        "gone",
        f"source:\n  url: https://nowhere.invalid/gone-1.0.tar.gz\n  sha256: {'1' * 64}",
    )
    with pytest.raises(SourceError, match=r"(?s)gone-1.0.tar.gz.*nowhere.invalid.*mirrors.yaml"):
        sandbox.engine().build(["gone"])


def test_a_host_out_of_reach_is_tried_once_and_named_each_time(sandbox: Sandbox) -> None:
    for name in ("a", "b"):
        url = f"http://nowhere.invalid/{name}-1.0.tar.gz"
        sandbox.recipe(name, f"source:\n  url: {url}\n  sha256: {'1' * 64}")
    output = io.StringIO()
    engine = sandbox.engine(output)
    for name in ("a", "b"):
        with pytest.raises(SourceError, match=rf"{name}-1.0(?s:.*)from nowhere.invalid: \[Errno"):
            engine.build([name])
    assert re.findall(r"^fetching \S+", output.getvalue(), re.MULTILINE) == [
        "fetching a-1.0.tar.gz"
    ]


def test_a_failing_build_script_shows_the_end_of_its_log(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", script="echo about to fail; exit 3")
    with pytest.raises(BuildError, match=r"(?s)broken: build failed.*about to fail.*kept in"):
        sandbox.engine().build(["broken"])
    assert sandbox.packages() == []


def test_a_patch_that_does_not_fit_is_named(sandbox: Sandbox) -> None:
    text = (
        "source:\n  path: files\n  patches: [patches/0001-fits.patch, patches/0002-does-not.patch]"
    )
    folder = sandbox.recipe("patched", text)
    (folder / "files").mkdir()
    (folder / "files" / "a.txt").write_text("one\n")
    (folder / "patches").mkdir()
    for patch, old, new in (("0001-fits", "one", "two"), ("0002-does-not", "one", "three")):
        hunk = f"--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-{old}\n+{new}\n"
        (folder / "patches" / f"{patch}.patch").write_text(hunk)
    with pytest.raises(BuildError) as raised:
        sandbox.engine().build(["patched"])
    assert str(raised.value).startswith("patched: build failed: ")
    applied = re.findall(r"Applying patch: .*/(.+)", str(raised.value))
    assert applied[-1] == "0002-does-not.patch"
    assert sandbox.packages() == []


def test_a_call_by_another_type_keeps_the_package_out(sandbox: Sandbox) -> None:
    python = f"PYTHONPATH={ROOT / 'recipes' / 'wasm-signatures' / 'files'} {sys.executable} -B"
    folder = sandbox.recipe(
        "solver",
        f"""
        source:
          path: files
        tests:
        - script: >-
            {python} -m wasm_signatures --library "$PREFIX/lib/libsolve.so" "$PREFIX/lib/user.so"
        """,
        script='"mkdir -p $PREFIX/lib; cp libsolve.so user.so $PREFIX/lib"',
    )
    (folder / "files").mkdir()
    # As WebAssembly's binary format has it: types (i32) -> () and (i32) -> (i32).
    exported = b"\3\2\1\0" + b"\7\x0a\1\6solve_\0\0" + b"\x0a\4\1\2\0\x0b"
    library = b"\0asm\1\0\0\0" + b"\1\5\1\x60\1\x7f\0" + exported
    user = b"\0asm\1\0\0\0" + b"\1\6\1\x60\1\x7f\1\x7f" + b"\2\x0e\1\3env\6solve_\0\0"
    (folder / "files" / "libsolve.so").write_bytes(library)
    (folder / "files" / "user.so").write_bytes(user)
    with pytest.raises(PackageTestError) as raised:
        sandbox.engine().build(["solver"])
    message = str(raised.value)
    assert re.match(r"solver: test failed: solver-1.0-\w+.conda: script: PYTHONPATH=", message)
    assert re.search(r"user.so imports solve_ as \(i32\) -> \(i32\), but .*libsolve.so", message)
    assert sandbox.packages() == []


def test_the_failing_one_of_a_recipes_tests_is_named(sandbox: Sandbox) -> None:
    text = """
    tests:
    - script: test 1 = 1
    - files:
        recipe: [tests/]
      script: bash tests/check.sh
    """
    folder = sandbox.recipe("checked", text)
    (folder / "tests").mkdir()
    (folder / "tests" / "check.sh").write_text("exit 4\n")
    with pytest.raises(PackageTestError) as raised:
        sandbox.engine().build(["checked"])
    first = str(raised.value).splitlines()[0]
    assert re.fullmatch(
        r"checked: test failed: checked-1.0-\w+.conda: script: bash tests/check.sh", first
    )
    assert sandbox.packages() == []


def test_a_failing_recipe_test_keeps_the_package_out(sandbox: Sandbox) -> None:
    sandbox.recipe("untested", text="tests:\n- script: test 1 = 2")
    with pytest.raises(PackageTestError, match="untested"):
        sandbox.engine().build(["untested"])
    assert sandbox.packages() == []
    assert not list((sandbox.project.cache_dir / "packages").glob("*"))


def test_a_failure_leaves_what_was_built_before_it_in_the_channel(sandbox: Sandbox) -> None:
    sandbox.recipe("lib")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"), script="exit 1")
    with pytest.raises(BuildError):
        sandbox.engine(with_deps=True).build(["user"])
    assert [name.split("-")[0] for name in sandbox.packages()] == ["lib"]


def test_a_failure_stops_only_what_needs_it(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", script="exit 1")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="broken"))
    sandbox.recipe("good")
    sandbox.recipe("untested", text="tests:\n- script: test 1 = 2")
    engine = sandbox.engine()
    with pytest.raises(CondaEmscriptenError) as raised:
        engine.build(["user", "broken", "untested", "good"])
    message = str(raised.value)
    assert "broken: build failed" in message and "untested: test failed" in message
    assert message.endswith("Not built, as they need it: user.")
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]
    rows = {row.recipe: row for row in channel_report(sandbox.project)}
    states = {name: row.state for name, row in rows.items()}
    assert states == {"broken": "failed", "user": "waiting", "good": "built", "untested": "failed"}
    assert rows["user"].error == "It needs broken."
    sandbox.recipe("broken")
    sandbox.engine().build(["broken", "user"])
    states = {row.recipe: row.state for row in channel_report(sandbox.project)}
    assert states == {"broken": "built", "user": "built", "good": "built", "untested": "failed"}


def test_a_recipe_that_cannot_be_read_stops_only_what_needs_it(sandbox: Sandbox) -> None:
    sandbox.recipe("aaa")
    sandbox.engine().build(["aaa"])
    sandbox.recipe("aaa", "requirements: [")
    sandbox.recipe("good", USES_HOST_PLATFORM.format(host="part"))
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="aaa"))
    sandbox.recipe("many")
    many = "outputs:\n- package: {name: part, version: 1}\n"
    (sandbox.project.recipes_dir / "many" / "recipe.yaml").write_text(many)
    engine = sandbox.engine(with_deps=True)
    with pytest.raises(RecipeError) as raised:
        engine.build(["user", "aaa", "good"])
    with pytest.raises(RecipeError) as alone:
        sandbox.engine().build(["aaa"])
    assert "recipes/aaa/recipe.yaml" in str(alone.value)
    assert str(raised.value) == f"{alone.value}\n\nNot built, as they need it: user."
    assert [name.split("-")[0] for name in sandbox.packages()] == ["aaa", "good", "part"]
    rows = {row.recipe: row for row in channel_report(sandbox.project)}
    states = {name: row.state for name, row in rows.items()}
    assert states == {"aaa": "failed", "user": "failed", "good": "built", "many": "built"}
    assert rows["aaa"].error == rows["user"].error == str(alone.value)
    assert rows["aaa"].version == "1.0" and rows["aaa"].size > 0


def test_what_no_readable_recipe_makes_may_be_in_one_that_cannot_be_read(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", "outputs: [")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="part"))
    with pytest.raises(RecipeError, match=r"(?s)'part'.*recipes/broken/recipe.yaml.*need it: user"):
        sandbox.engine().build(["user"])
    rows = channel_report(sandbox.project)
    assert [(row.recipe, row.version, row.state) for row in rows] == [
        ("broken", "", "failed"),
        ("user", "1.0", "failed"),
    ]


def test_what_takes_longest_to_the_end_is_built_first(sandbox: Sandbox) -> None:
    for name in ("a", "b", "c", "z"):
        sandbox.recipe(name)
    sandbox.recipe("last", USES_HOST_PLATFORM.format(host="z"))
    output = io.StringIO()
    engine = sandbox.engine(output, with_deps=True)
    for name, seconds in {"a": 9.0, "b": 9.0, "c": 9.0, "z": 5.0, "last": 5.0}.items():
        engine.store.records.write(engine.recipes.get(name), BuildRecord(seconds=seconds))
    engine.build(["last", "a", "b", "c"])
    started = re.findall(r"^(\S+) building", output.getvalue(), re.MULTILINE)
    assert "z" in started[:2]


def test_what_is_compiled_is_taken_to_need_longest(sandbox: Sandbox) -> None:
    others = ["a", "b", "c", "d", "e"]
    for name in others:
        sandbox.recipe(name)
    sandbox.recipe("compiled", "requirements:\n  build: [compiler]")
    compiler = sandbox.recipe("compiler")
    compiler.rename(sandbox.project.bootstrap_recipes_dir / "compiler")
    output = io.StringIO()
    sandbox.engine(output, with_deps=True).build([*others, "compiled"])
    started = re.findall(r"^(\S+) building", output.getvalue(), re.MULTILINE)
    assert started.index("compiled") < 4


def test_with_cached_nothing_is_built(sandbox: Sandbox) -> None:
    sandbox.recipe("lib")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"))
    sandbox.recipe("slow", script="exit 1")
    sandbox.recipe("slow-user", "requirements:\n  run: [slow]")
    sandbox.engine(with_deps=True).build(["user"])
    shutil.rmtree(sandbox.project.build_dir)
    results = sandbox.engine(cached=True).build(sandbox.engine().recipes.names())
    assert [(r.recipe.name, r.status) for r in results] == [
        ("lib", "from cache"),
        ("user", "from cache"),
    ]


def test_what_pytest_counts_is_kept_beside_the_recipes_tests(sandbox: Sandbox) -> None:
    script = 'printf "%s\\n" "== 5 passed, 2 skipped, 1 warning in 0.1s ==" "3 passed in 2.50s"'
    folder = sandbox.recipe("counted", f"tests:\n- script: '{script}'")
    engine = sandbox.engine()
    engine.build(["counted"])
    results = json.loads((folder / "tests" / "results.json").read_text())
    assert results == {"version": "1.0", "passed": 8, "skipped": 2}
    (row,) = channel_report(sandbox.project)
    assert row.tests == {"passed": 8, "skipped": 2} and row.size > 0
    (again,) = sandbox.engine().build(["counted"])
    assert again.status == "up to date"


def test_the_report_has_what_a_failed_build_counted(sandbox: Sandbox) -> None:
    sandbox.recipe("counted", "tests:\n- script: echo 3 passed in 2.50s")
    engine = sandbox.engine()
    (result,) = engine.build(["counted"])
    record = engine.store.records.read(result.recipe)
    engine.store.records.write(result.recipe, replace(record, seconds=500.0))
    script = ["echo 1 failed, 2 passed in 0.10s", "exit 1"]
    sandbox.recipe("counted", f"tests:\n- package_contents: {{files: []}}\n- script: {script}")
    with pytest.raises(PackageTestError, match=r"0.conda: script: echo 1 failed, .*; exit 1\n"):
        sandbox.engine().build(["counted"])
    (row,) = channel_report(sandbox.project)
    assert row.tests == {"failed": 1, "passed": 2}
    assert 0 < row.seconds < 500


def test_the_report_has_each_package_of_a_recipe(sandbox: Sandbox) -> None:
    folder = sandbox.recipe("many")
    (folder / "recipe.yaml").write_text("""
recipe: {name: many, version: "1.0"}
build: {script: touch $PREFIX/$PKG_NAME}
outputs:
- package: {name: one-part}
- package: {name: other, version: "2.0"}
""")
    engine = sandbox.engine()
    (result,) = engine.build(["many"])
    result.packages[0].with_suffix(".lz4b").write_bytes(b"12345")
    write_report(sandbox.project.build_dir, channel_report(sandbox.project))
    (row,) = json.loads((sandbox.project.build_dir / "channel-report.json").read_text())
    one, other = (path.stat().st_size for path in result.packages)
    assert row["packages"] == [
        {"name": "one-part", "version": "1.0", "size": one, "bundle_size": 5},
        {"name": "other", "version": "2.0", "size": other, "bundle_size": 0},
    ]
    assert (row["version"], row["size"], row["bundle_size"]) == ("1.0", one + other, 5)


def test_the_report_is_written_for_people_and_for_programs(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", script="echo '<&>'; exit 1")
    sandbox.recipe("hello", script='touch "$PREFIX/a.so"')
    sandbox.run("build", "hello", "broken")
    done = sandbox.run("report")
    assert "2 recipes: 1 failed, 1 built" in done.stdout
    rows = json.loads((sandbox.project.build_dir / "channel-report.json").read_text())
    assert [(row["recipe"], row["state"], row["side_modules"]) for row in rows] == [
        ("broken", "failed", 0),
        ("hello", "built", 1),
    ]
    page = (sandbox.project.build_dir / "channel-report.html").read_text()
    assert "&lt;&amp;&gt;" in page and "<&>" not in page


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_killed_build_leaves_no_package_and_can_be_repeated(
    sandbox: Sandbox, how: signal.Signals
) -> None:
    marker = sandbox.project.root / "started"
    # The seconds tell this test's process from any other that sleeps.
    sleep = f"sleep 60.{os.getpid()}{how:02}"
    sandbox.recipe("slow", script=f'"touch {marker}; {sleep}"')
    process = subprocess.Popen(
        sandbox.command("build", "slow"), cwd=sandbox.project.root, env=sandbox.env
    )
    deadline = time.monotonic() + 60
    while not marker.exists():
        assert time.monotonic() < deadline, "the build did not start"
        assert process.poll() is None, "the build ended by itself"
        time.sleep(0.05)
    process.send_signal(how)
    assert process.wait(timeout=30) != 0
    assert sandbox.packages() == []
    while subprocess.run(["pgrep", "-f", sleep], capture_output=True, check=False).stdout:
        assert time.monotonic() < deadline, "the build script outlives the engine"
        time.sleep(0.05)
    assert [row.state for row in channel_report(sandbox.project)] == ["missing"]
    sandbox.recipe("slow", script="true")
    assert sandbox.run("build", "slow").returncode == 0
    assert len(sandbox.packages()) == 1


def test_a_recipe_that_changes_while_it_is_built_is_not_trusted(sandbox: Sandbox) -> None:
    sandbox.recipe("restless", script="echo changed > $RECIPE_DIR/note; touch $PREFIX/file")
    with pytest.raises(BuildError, match="restless: a file in .* was changed while"):
        sandbox.engine().build(["restless"])
    assert sandbox.packages() == []


def test_a_second_build_at_once_is_refused(sandbox: Sandbox) -> None:
    sandbox.recipe("hello")
    with locked(sandbox.project.build_dir):
        done = sandbox.run("build", "hello")
    assert done.returncode == ChannelError.exit_code
    assert "is working in" in done.stderr
    assert "--build-dir" in done.stderr


def test_a_full_disk_leaves_the_channel_as_it_was(sandbox: Sandbox) -> None:
    build_dir = sandbox.project.build_dir
    build_dir.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "none", build_dir],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(reason="needs to mount a small tmpfs, which only root may do")
    try:
        sandbox.recipe("small")
        assert sandbox.run("build", "small").returncode == 0
        before = sandbox.packages()
        sandbox.recipe("big", script='"head -c 3000000 /dev/urandom > $PREFIX/big"')
        done = sandbox.run("build", "big")
        assert done.returncode != 0
        assert "No space left" in done.stderr or "disk is full" in done.stderr
        assert sandbox.packages() == before
        # Built elsewhere, and in the build cache: only the channel has no room for it.
        folder = sandbox.recipe("small", script='"head -c 4000000 /dev/urandom > $PREFIX/big"')
        recipe = folder / "recipe.yaml"
        recipe.write_text(recipe.read_text().replace('"1.0"', '"2.0"'))
        elsewhere = str(sandbox.project.root / "elsewhere")
        assert sandbox.run("build", "small", "--build-dir", elsewhere).returncode == 0
        done = sandbox.run("build", "small")
        assert done.returncode == ChannelError.exit_code and "disk is full" in done.stderr
        assert sandbox.packages() == before
        assert list(sandbox.engine().store.channel.records("emscripten-wasm32")) == before
        json.loads((sandbox.project.channel_dir / "noarch" / "repodata.json").read_text())
    finally:
        subprocess.run(["umount", build_dir], check=True)


def test_the_index_never_names_a_replaced_package_that_is_gone(sandbox: Sandbox) -> None:
    recipe = sandbox.recipe("hello") / "recipe.yaml"
    engine = sandbox.engine()
    (result,) = engine.build(["hello"])
    (old,) = result.packages
    ended = threading.Event()

    def is_missed() -> bool:
        while not ended.is_set():
            if not old.exists():
                return old.name in engine.store.channel.records("emscripten-wasm32")
        return True

    recipe.write_text(recipe.read_text().replace('"1.0"', '"2.0"'))
    with ThreadPoolExecutor() as pool:
        missed = pool.submit(is_missed)
        (result,) = sandbox.engine().build(["hello"])
        ended.set()
        assert not missed.result()
    assert sandbox.packages() == [result.packages[0].name]
    assert list(engine.store.channel.records("emscripten-wasm32")) == sandbox.packages()


def test_a_log_that_cannot_be_written_ends_that_build_alone(sandbox: Sandbox) -> None:
    sandbox.recipe("full")
    sandbox.recipe("folder")
    sandbox.recipe("good")
    engine = sandbox.engine()
    engine.log_file(engine.recipes.get("folder")).mkdir(parents=True)
    engine.log_file(engine.recipes.get("full")).symlink_to("/dev/full")
    with pytest.raises(BuildError) as raised:
        engine.build(["full", "folder", "good"])
    assert re.search(r"(?m)^full: .*No space left.*'make clean'", str(raised.value))
    assert re.search(r"(?m)^folder: .*Is a directory.*folder.log'", str(raised.value))
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]


def test_half_an_answer_of_a_killed_worker_is_not_read(sandbox: Sandbox) -> None:
    work_dir = sandbox.project.work_dir / "emscripten-wasm32-killed"
    sandbox.recipe("killed", script=f"echo '{{\"packages' > {work_dir}/answer.json; kill -KILL 0")
    sandbox.recipe("good")
    with pytest.raises(BuildError, match="build of killed was ended by signal SIGKILL"):
        sandbox.engine().build(["killed", "good"])
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]


def test_a_damaged_entry_of_the_build_cache_is_not_used(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script='echo hi > "$PREFIX/hello.txt"')
    sandbox.engine().build(["hello"])
    shutil.rmtree(sandbox.project.build_dir)
    (package,) = (sandbox.project.cache_dir / "packages").glob("*/*.conda")
    package.write_bytes(package.read_bytes()[:-10])
    with pytest.raises(BuildError, match="damaged"):
        sandbox.engine().build(["hello"])
    assert sandbox.packages() == []
    assert sandbox.engine().build(["hello"])[0].status == "built"


def test_the_full_log_is_kept_in_a_file(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script="echo a line of the build")
    output = io.StringIO()
    engine = sandbox.engine(output)
    engine.build(["hello"])
    assert "a line of the build" not in output.getvalue()
    assert "a line of the build" in engine.log_file(engine.recipes.get("hello")).read_text()


def test_verbose_prints_every_line_of_the_log(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", script="echo a line of the build")
    done = sandbox.run("build", "--verbose", "hello")
    assert re.search(r"(?m)^hello a line of the build", done.stdout)


def test_the_package_names_the_canonical_url_and_the_source_came_from_the_cache(
    sandbox: Sandbox,
) -> None:
    url = "https://pypi.io/packages/source/s/six/six-1.17.0.tar.gz"
    sha256 = "ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81"
    sandbox.recipe(
        "six", f"source:\n  url: {url}\n  sha256: {sha256}", script="cp six.py $PREFIX/six.py"
    )
    engine = sandbox.engine()
    (result,) = engine.build(["six"])
    log = engine.log_file(result.recipe).read_text()
    assert "Found extracted source in cache" in log
    assert "Downloading from" not in log
