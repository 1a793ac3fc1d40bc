"""Are builds without a content key traced back to the recipes that they were made from?"""

from __future__ import annotations

import gc
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from conda_emscripten.build_cache import BuildCache
from conda_emscripten.earlier_builds import EarlierBuild, earlier_builds
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
    sandbox.engine(with_deps=True).build(names)
    for file in sandbox.project.build_cache_dir.glob("*/build.json"):
        entry = json.loads(file.read_bytes())
        entry.pop("content", None)
        file.write_text(json.dumps(entry))
    return static_keys(sandbox, *names)


def static_keys(sandbox: Sandbox, *names: str) -> dict[str, str]:
    recipes = RecipeSet(sandbox.project)
    return {name: recipes.input_hash(recipes.get(name)) for name in names}


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
        assert earlier.recipes.input_hash(earlier.recipe) == static_key
        assert "test 1 = 1" in (earlier.recipe.folder / "recipe.yaml").read_text()


def test_a_build_is_found_after_its_dependency_changed(
    sandbox: Sandbox, library_and_user: dict[str, str]
) -> None:
    sandbox.recipe("lib", TESTS, script="echo another")
    (earlier,) = look(sandbox)["user"]
    assert earlier.entry_hash == library_and_user["user"]
    (dependency,) = earlier.recipes.dependencies(earlier.recipe)
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
    file.write_text(json.dumps({**json.loads(file.read_bytes()), "content": "0" * 64}))
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
    builds = look(sandbox)
    assert {name: earlier.entry_hash for name, (earlier,) in builds.items()} == keys
    assert [builds[name][0].recipe.label for name in keys] == ["both", "bootstrap/both"]


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
    assert earlier.recipes.input_hash(earlier.recipe) == library_and_user["user"]
    assert (earlier.recipe.folder / "recipe.yaml").is_file()
    del earlier
    gc.collect()
    assert list(temporary.iterdir()) == []
