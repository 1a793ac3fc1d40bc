"""Does the engine build only the changed recipes, in the right order?"""

from __future__ import annotations

import io
import re
import shutil
import threading

import pytest

from conda_emscripten.build_records import BuildRecord
from conda_emscripten.channel import Channel
from conda_emscripten.errors import (
    BuildError,
    PackageTestError,
)
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox


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
    assert result.package.name in records


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
    assert [result.output.name for result in results] == ["lib", "user"]
    sandbox.recipe("lib", script='echo 2 > "$PREFIX/lib.txt"')
    results = sandbox.engine(with_deps=True).build(["user"])
    assert [result.status for result in results] == ["built", "built"]


def test_changed_tests_are_run_on_the_same_package(sandbox: Sandbox) -> None:
    sandbox.recipe("lib", "tests:\n- script: test 1 = 1")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"))
    sandbox.engine(with_deps=True).build(["user"])
    folder = sandbox.recipe("lib", "tests:\n- script: test 2 = 2")
    (folder / "tests").mkdir()
    (folder / "tests" / "data.txt").write_text("for the tests")
    results = sandbox.engine(with_deps=True).build(["user"])
    assert [result.status for result in results] == ["tested", "up to date"]


def test_a_changed_test_is_run(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", "tests:\n- script: test 1 = 1")
    # The environment of ``user`` unpacks the package into py-rattler-build's cache.
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="hello"))
    sandbox.engine(with_deps=True).build(["user"])
    sandbox.recipe("hello", "tests:\n- script: test 1 = 2")
    with pytest.raises(PackageTestError):
        sandbox.engine().build(["hello"])


def test_a_variant_change_changes_the_static_key(sandbox: Sandbox) -> None:
    sandbox.recipe("python")
    sandbox.recipe("hello", 'requirements:\n  run: ["python ${{ python }}"]')
    config = sandbox.project.root / "conda_build_config.yaml"
    hashes = set()
    for text in (config.read_text(), config.read_text().replace("3.13.*", "3.14.*")):
        config.write_text(text)
        recipes = sandbox.engine().recipes
        hashes.add(recipes.static_key(recipes.get("hello")))
    assert len(hashes) == 2


def test_recipes_are_built_in_critical_path_order(sandbox: Sandbox) -> None:
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


def test_compiled_recipes_have_the_longest_estimate(sandbox: Sandbox) -> None:
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
    assert [(r.output.name, r.status) for r in results] == [
        ("lib", "from cache"),
        ("user", "from cache"),
    ]


def test_with_cached_the_tools_that_built_a_noarch_package_need_not_be_cached(
    sandbox: Sandbox,
) -> None:
    sandbox.recipe("tool").rename(sandbox.project.bootstrap_recipes_dir / "tool")
    noarch = "requirements:\n  host: [tool]"
    folder = sandbox.recipe("pure", noarch)
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("number: 0", "number: 0\n  noarch: generic"))
    engine = sandbox.engine(with_deps=True)
    engine.build(["pure"])
    tool = engine.recipes.get("bootstrap/tool")
    shutil.rmtree(sandbox.project.build_cache_dir / engine.recipes.static_key(tool))
    shutil.rmtree(sandbox.project.build_dir)
    results = sandbox.engine(cached=True).build(["pure"])
    assert [(r.output.name, r.status) for r in results] == [("pure", "from cache")]


def test_objects_are_cached_after_the_first_minutes_or_when_a_build_is_repeated(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = sandbox.project.root / "asked"
    intervals = []

    class TimerAfterTheFirstAnswer(threading.Timer):
        def run(self) -> None:
            intervals.append(self.interval)
            while not asked.exists():
                if self.finished.wait(0.05):
                    return
            self.function()

    monkeypatch.setattr(threading, "Timer", TimerAfterTheFirstAnswer)
    conf = "$BUILD_PREFIX/../../../ccache.conf"
    asks = f"grep -c disable {conf} || true"
    waits = f"for n in $(seq 600); do grep -q disable {conf} || break; sleep 0.1; done"
    sandbox.recipe("long", script=f"{asks}; touch {asked}; {waits}; {asks}; exit 1")
    engine = sandbox.engine()
    answers = []
    for _ in range(2):
        with pytest.raises(BuildError):
            engine.build(["long"])
        log = engine.log_file(engine.recipes.get("long")).read_text()
        answers.append(re.findall(r"(?m)^[01]$", log))
    assert answers == [["1", "0"], ["0", "0"]]
    assert intervals == [120]  # the first build alone waits, for so many seconds


def test_the_full_log_is_written_to_a_file(sandbox: Sandbox) -> None:
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
    log = engine.log_file(result.output).read_text()
    assert "Found extracted source in cache" in log
    assert "Downloading from" not in log
