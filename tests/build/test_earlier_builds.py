"""Are builds without a content key traced back to the recipes that they were made from?"""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from rattler_build import rattler_build_version

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.content_key import Built
from conda_emscripten.earlier_builds import EarlierBuild, earlier_builds
from conda_emscripten.files import sha256_file
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox

TESTS = "tests:\n- script: test 1 = 1"
CHANGED_TESTS = "tests:\n- script: test 2 = 2"
#: The script of a noarch recipe, and the key after it.
NOARCH = "true\n  noarch: generic"


def look(sandbox: Sandbox) -> Mapping[str, tuple[EarlierBuild, ...]]:
    return earlier_builds(sandbox.project, BuildCache(folder=sandbox.project.build_cache_dir))


def build(sandbox: Sandbox, *names: str) -> dict[str, str]:
    """Build recipes with their dependencies as earlier versions did; returns the static keys."""
    sandbox.engine(with_deps=True, force=True).build(names)
    for file in sandbox.project.build_cache_dir.glob("*/build.json"):
        entry = json.loads(file.read_bytes())
        entry.pop("built", None)
        file.write_text(json.dumps(entry))
    return static_keys(sandbox, *names)


def static_keys(sandbox: Sandbox, *names: str) -> dict[str, str]:
    recipes = RecipeSet(sandbox.project)
    return {name: recipes.static_key(recipes.get(name)) for name in names}


def proven(sandbox: Sandbox, name: str) -> set[str]:
    return {earlier.entry_hash for earlier in look(sandbox).get(name, ())}


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the cache of ``library_and_user``."""
    return tmp_path_factory.mktemp("built") / "packages"


@pytest.fixture
def library_and_user(sandbox: Sandbox, built_once: Path) -> dict[str, str]:
    """The static keys of two builds; ``user`` has the library ``lib`` in its host environment."""
    sandbox.recipe("lib", TESTS)
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib") + TESTS)
    cache = sandbox.project.build_cache_dir
    if not built_once.exists():
        build(sandbox, "lib", "user")
        shutil.copytree(cache, built_once)
    shutil.copytree(built_once, cache, dirs_exist_ok=True)
    return static_keys(sandbox, "lib", "user")


def test_a_build_is_found_after_its_tests_and_those_of_its_dependencies_changed(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    sandbox.recipe("lib", CHANGED_TESTS)
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib") + CHANGED_TESTS)
    builds = look(sandbox)
    assert set(builds) == {"lib", "user"}
    for name, static_key in library_and_user.items():
        (earlier,) = builds[name]
        assert earlier.entry_hash == static_key
        assert earlier.entry_of(earlier.output) == static_key
        assert "test 1 = 1" in (earlier.output.folder / "recipe.yaml").read_text()


def test_a_build_is_found_after_its_dependency_changed(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    sandbox.recipe("lib", TESTS, script="echo another")
    (earlier,) = look(sandbox)["user"]
    assert earlier.entry_hash == library_and_user["user"]
    (dependency,) = earlier.recipes.dependencies(earlier.output)
    assert earlier.entry_of(dependency) == library_and_user["lib"]
    assert "echo another" not in (dependency.folder / "recipe.yaml").read_text()


def test_each_build_is_found_with_the_dependency_of_its_time(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    sandbox.recipe("lib", TESTS, script="echo another")
    second = build(sandbox, "lib", "user")
    sandbox.recipe("lib", CHANGED_TESTS, script="echo third")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib") + CHANGED_TESTS)
    assert proven(sandbox, "lib") == {library_and_user["lib"], second["lib"]}
    assert proven(sandbox, "user") == {library_and_user["user"], second["user"]}


def test_a_build_is_found_after_its_dependency_was_removed(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    shutil.rmtree(sandbox.project.recipes_dir / "lib")
    assert proven(sandbox, "user") == {library_and_user["user"]}
    shutil.rmtree(sandbox.project.build_cache_dir / library_and_user["lib"])
    assert proven(sandbox, "user") == set()


def test_a_build_with_another_static_key_than_its_recipe_is_left_out(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    cache = sandbox.project.build_cache_dir
    (cache / library_and_user["lib"]).rename(cache / ("0" * 64))
    assert proven(sandbox, "lib") == set()


def test_a_build_with_a_content_key_is_left_out(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    file = sandbox.project.build_cache_dir / library_and_user["lib"] / "build.json"
    built = Built(content="0" * 64).to_json()
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "built": built}))
    sandbox.recipe("lib", TESTS, script="echo another")
    assert proven(sandbox, "lib") == set()
    assert proven(sandbox, "user") == {library_and_user["user"]}


@pytest.mark.parametrize("damage", [b"", b"PK"])
def test_a_damaged_build_is_left_out(
    sandbox: Sandbox, library_and_user: dict[str, str], damage: bytes
) -> None:
    (package,) = (sandbox.project.build_cache_dir / library_and_user["user"]).glob("*.conda")
    package.write_bytes(damage)
    builds = look(sandbox)
    assert set(builds) == {"lib"}
    assert builds["lib"]


def test_sources_count_inside_and_outside_of_the_folder(sandbox: Sandbox) -> None:
    outside = sandbox.project.root / "runtime" / "part"
    outside.mkdir(parents=True)
    (outside / "a.txt").write_text("a")
    folder = sandbox.recipe("inner", "source:\n  path: files\n" + TESTS)
    (folder / "files").mkdir()
    (folder / "files" / "a.txt").write_text("a")
    (folder / "files" / "link.txt").symlink_to("a.txt")
    sandbox.recipe("outer", "source:\n  path: ../../runtime/part\n" + TESTS)
    keys = build(sandbox, "inner", "outer")
    (folder / "files" / "a.txt").write_text("b")
    sandbox.recipe("outer", "source:\n  path: ../../runtime/part\n" + CHANGED_TESTS)
    assert proven(sandbox, "inner") == {keys["inner"]}
    assert proven(sandbox, "outer") == {keys["outer"]}
    (outside / "a.txt").write_text("b")
    assert proven(sandbox, "outer") == set()


def test_a_name_in_both_trees_is_two_recipes(sandbox: Sandbox) -> None:
    folder = sandbox.recipe("both", script=NOARCH)
    folder.rename(sandbox.project.bootstrap_recipes_dir / "both")
    folder = sandbox.recipe("both", TESTS, script=NOARCH)
    keys = build(sandbox, "both", "bootstrap/both")
    sandbox.recipe("both", CHANGED_TESTS, script=NOARCH)
    builds = look(sandbox)["both"]
    assert {earlier.output.label: earlier.entry_hash for earlier in builds} == keys


def test_the_packages_of_one_folder_have_one_build(sandbox: Sandbox) -> None:
    sandbox.recipe("lib", TESTS)
    folder = sandbox.project.recipes_dir / "pair"
    folder.mkdir()
    text = """
    recipe:
      name: pair
      version: "1.0"
    outputs:
      - package:
          name: one
        build:
          script: one.sh
        requirements:
          build:
            - if: build_platform == host_platform
              then: nothing
          host: [lib]
      - package:
          name: two
        requirements:
          run: [one]
        tests:
          - script: test 1 = 1
    """
    (folder / "recipe.yaml").write_text(textwrap.dedent(text))
    (folder / "one.sh").write_text("true")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="two") + TESTS)
    build(sandbox, "one", "two", "lib", "user")
    # The keys of earlier versions, which had one entry for both packages.
    recipes = RecipeSet(sandbox.project)
    lib, one, two, user = map(recipes.get, ("lib", "one", "two", "user"))
    lib_part = key_of_a_folder([lib], [], tests=False)
    pair_part = key_of_a_folder([one, two], [lib_part], tests=False)
    pair_key = key_of_a_folder([one, two], [lib_part])
    user_key = key_of_a_folder([user], [pair_part])
    cache = BuildCache(folder=sandbox.project.build_cache_dir)
    entries = {entry.name: entry for entry in cache.entries()}
    packages = [entries[name].folder / entries[name].packages[0] for name in ("one", "two")]
    subdir = "emscripten-wasm32"
    cache.store(
        pair_key,
        name="pair",
        packages=[(subdir, package) for package in packages],
        seconds=1,
        tests={},
        built=Built(),
    )
    for name in ("one", "two"):
        shutil.rmtree(entries[name].folder)
    entries["user"].folder.rename(cache.folder / user_key)

    (folder / "recipe.yaml").write_text(textwrap.dedent(text).replace("1 = 1", "2 = 2"))
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="two") + CHANGED_TESTS)
    builds = look(sandbox)
    for name in ("one", "two"):
        (earlier,) = builds[name]
        assert (earlier.entry_hash, earlier.output.name) == (pair_key, name)
    (earlier,) = builds["user"]
    assert earlier.entry_hash == user_key
    order = earlier.recipes.in_build_order([earlier.output])
    lib_key = key_of_a_folder([lib], [])
    expected = {"lib": lib_key, "one": pair_key, "two": pair_key, "user": user_key}
    assert {output.name: earlier.entry_of(output) for output in order} == expected


def test_folders_that_need_each_other_have_no_earlier_build(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    """``lib`` is now made in one folder with its suite, which needs ``user``."""
    shutil.rmtree(sandbox.project.build_cache_dir / library_and_user["lib"])
    text = """
    recipe:
      name: lib
      version: "1.0"
    outputs:
      - package:
          name: lib
      - package:
          name: lib-tests
        requirements:
          run: [user]
    """
    file = sandbox.project.recipes_dir / "lib" / "recipe.yaml"
    file.write_text(textwrap.dedent(text))
    assert proven(sandbox, "user") == set()


def key_of_a_folder(
    outputs: Sequence[Output], dependencies: Sequence[str], *, tests: bool = True
) -> str:
    """The static key of earlier versions, or its part without tests, which dependents include."""
    folder = outputs[0].folder
    files: dict[str, object] = {
        f"0/{path.relative_to(folder)}": sha256_file(path)
        for path in folder.iterdir()
        if tests or path.name != "recipe.yaml"
    }
    if not tests:
        files["recipe"] = [
            {key: value for key, value in output.content.items() if key not in ("tests", "about")}
            for output in outputs
        ]
    content = {
        "engine": [1, rattler_build_version()],
        "platform": "emscripten-wasm32",
        "files": files,
        "variants": [output.rendered.variant for output in outputs],
        "dependencies": sorted(dependencies),
    }
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def test_temporary_folders_go_with_the_builds(
    sandbox: Sandbox,
    library_and_user: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    builds = look(sandbox)
    (earlier,) = builds["user"]
    assert len(list(temporary.iterdir())) == 1
    del builds
    gc.collect()
    assert earlier.entry_of(earlier.output) == library_and_user["user"]
    assert (earlier.output.folder / "recipe.yaml").is_file()
    del earlier
    gc.collect()
    assert list(temporary.iterdir()) == []


def test_a_command_leaves_no_temporary_folder_after_an_error_in_a_recipe(
    sandbox: Sandbox, library_and_user: dict[str, str], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    shutil.rmtree(sandbox.project.build_cache_dir / library_and_user["lib"])
    (sandbox.project.recipes_dir / "lib" / "recipe.yaml").write_text("[")
    sandbox.recipe("user", script="echo another")
    done = sandbox.run("build", "user", env={"TMPDIR": str(temporary)})
    assert done.returncode == 0 and "user built in" in done.stdout
    assert not list(temporary.glob("conda-emscripten-*"))
