"""Is a package built again only if its build could see what changed?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.errors import BuildError, PackageTestError, RecipeError, UsageError
from conda_emscripten.report import channel_report, stale_tests
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox

#: A package with a header and a page of the manual, of which a build sees the header.
_LIB = 'mkdir -p "$PREFIX/include" "$PREFIX/share/man"; echo {0} > "$PREFIX/include/lib.h"; '
_LIB += 'echo {1} > "$PREFIX/share/man/lib.1"'


def _lib(sandbox: Sandbox, header: int, manual: int, tests: str = "") -> None:
    sandbox.recipe("lib", tests, script=f"'{_LIB.format(header, manual)}'")


def _statuses(sandbox: Sandbox, *names: str, **options: Any) -> dict[str, str]:
    results = sandbox.engine(with_deps=True, **options).build(list(names))
    return {result.output.key: result.status for result in results}


@pytest.fixture
def library_and_user(sandbox: Sandbox) -> Sandbox:
    """A library, a package that is built with it, and one that is built with that."""
    _lib(sandbox, header=1, manual=1)
    user = 'cp "$PREFIX/include/lib.h" "$PREFIX/user.txt"'
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"), script=user)
    sandbox.recipe("last", USES_HOST_PLATFORM.format(host="user"))
    assert set(_statuses(sandbox, "last").values()) == {"built"}
    return sandbox


def test_what_no_build_sees_rebuilds_one_package(library_and_user: Sandbox) -> None:
    _lib(library_and_user, header=1, manual=2)
    assert _statuses(library_and_user, "last") == {
        "lib": "built",
        "user": "unchanged",
        "last": "unchanged",
    }
    assert set(_statuses(library_and_user, "last").values()) == {"up to date"}


def test_what_a_build_sees_rebuilds_its_users(library_and_user: Sandbox) -> None:
    _lib(library_and_user, header=2, manual=1)
    assert _statuses(library_and_user, "last") == {"lib": "built", "user": "built", "last": "built"}


def test_the_cache_is_asked_by_content(library_and_user: Sandbox) -> None:
    _lib(library_and_user, header=1, manual=2)
    shutil.rmtree(library_and_user.project.build_dir)
    assert _statuses(library_and_user, "last") == {
        "lib": "built",
        "user": "from cache",
        "last": "from cache",
    }


def test_an_interface_that_stays_the_same_ends_the_rebuilding(library_and_user: Sandbox) -> None:
    text = USES_HOST_PLATFORM.format(host="lib")
    library_and_user.recipe("user", text, script="'echo 1 > \"$PREFIX/user.txt\"; echo a change'")
    assert _statuses(library_and_user, "last") == {
        "lib": "up to date",
        "user": "built",
        "last": "unchanged",
    }


def test_the_cache_has_the_keys_of_a_build(library_and_user: Sandbox) -> None:
    (file,) = (
        file
        for file in library_and_user.project.build_cache_dir.glob("*/build.json")
        if json.loads(file.read_text())["name"] == "user"
    )
    built = json.loads(file.read_text())["built"]
    assert len(built["content"]) == len(built["tests"]) == 64
    assert built["interface"]["depends"] == []
    assert list(built["tested_with"]) == []


def test_tests_are_stale_if_a_dependency_changed_since(sandbox: Sandbox) -> None:
    needs_lib = "requirements:\n  run: [lib]\ntests:\n- script: test -f $PREFIX/include/lib.h"
    _lib(sandbox, header=1, manual=1)
    sandbox.recipe("user", needs_lib)
    _statuses(sandbox, "user")
    assert stale_tests(sandbox.project) == []
    _lib(sandbox, header=1, manual=2)
    assert _statuses(sandbox, "user") == {"lib": "built", "user": "unchanged"}
    states = {row.recipe: row.state for row in channel_report(sandbox.project)}
    assert states == {"lib": "built", "user": "tests stale"}
    done = sandbox.run("build", "--retest")
    assert done.returncode == 0 and "user tested in" in done.stdout
    assert stale_tests(sandbox.project) == []


def test_named_recipes_are_tested_again(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", "tests:\n- script: test 1 = 1")
    assert _statuses(sandbox, "hello") == {"hello": "built"}
    assert _statuses(sandbox, "hello", retest=True) == {"hello": "tested"}


def test_a_package_that_fails_its_changed_tests_is_no_longer_current(sandbox: Sandbox) -> None:
    _lib(sandbox, header=1, manual=1, tests="tests:\n- script: test 1 = 1")
    _statuses(sandbox, "lib")
    _lib(sandbox, header=1, manual=1, tests="tests:\n- script: test 1 = 2")
    with pytest.raises(PackageTestError, match="test 1 = 2"):
        _statuses(sandbox, "lib")
    (row,) = channel_report(sandbox.project)
    assert row.state == "failed" and "test 1 = 2" in row.error
    _lib(sandbox, header=1, manual=1, tests="tests:\n- script: test 3 = 3")
    assert _statuses(sandbox, "lib") == {"lib": "tested"}


def test_a_change_of_a_test_requirement_tests_again(sandbox: Sandbox) -> None:
    sandbox.recipe("tool", script="'echo 1 > \"$PREFIX/tool.txt\"'")
    needs_tool = "tests:\n- script: test -f $PREFIX/tool.txt\n  requirements:\n    run: [tool]"
    sandbox.recipe("hello", needs_tool)
    _statuses(sandbox, "hello")
    sandbox.recipe("tool", script="'echo 2 > \"$PREFIX/tool.txt\"'")
    assert _statuses(sandbox, "hello") == {"tool": "built", "hello": "tested"}


def test_cached_packages_with_changed_tests_are_added_untested(sandbox: Sandbox) -> None:
    sandbox.recipe("hello", "tests:\n- script: test 1 = 1")
    _statuses(sandbox, "hello")
    sandbox.recipe("hello", "tests:\n- script: test 1 = 2")
    shutil.rmtree(sandbox.project.build_dir)
    assert _statuses(sandbox, "hello", cached=True) == {"hello": "from cache"}
    assert stale_tests(sandbox.project) == ["hello"]
    with pytest.raises(PackageTestError, match="test 1 = 2"):
        _statuses(sandbox, "hello")


def test_an_interface_that_cannot_be_read_names_the_folder_and_the_output(
    sandbox: Sandbox,
) -> None:
    broken = "printf '\\0asm\\1\\0\\0\\0\\177\\177' > \"$PREFIX/broken.so\""
    folder = sandbox.recipe("broken", script=json.dumps(broken))
    with pytest.raises(BuildError, match=r"broken\.so") as caught:
        _statuses(sandbox, "broken")
    assert str(folder) in str(caught.value) and "broken" in str(caught.value)


# --- Outputs and variants ------------------------------------------------------------------------


def _project_with_variants(sandbox: Sandbox, versions: str = '["2.5", "2.4"]') -> Path:
    folder = sandbox.recipe("many")
    (folder / "recipe.yaml").write_text("""
recipe:
  name: many
  version: ${{ many_version }}
outputs:
- package:
    name: many
  build:
    script: echo ${{ many_version }} > $PREFIX/many.txt
- package:
    name: many-tests
  build:
    script: "true"
    skip: many_version != '2.5'
  requirements:
    run:
    - many ==${{ many_version }}
  tests:
  - script: test -f tests/suite/a.txt
    files:
      recipe:
      - tests/suite/
""")
    (folder / "variants.yaml").write_text(f"many_version: {versions}\n")
    (folder / "tests" / "suite").mkdir(parents=True)
    (folder / "tests" / "suite" / "a.txt").write_text("1")
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("many", ["many=2.5"]),
        ("many=2.4", ["many=2.4"]),
        ("many==2.4", ["many=2.4"]),
        ("many-tests", ["many=2.5", "many-tests"]),
    ],
)
def test_a_name_chooses_outputs(sandbox: Sandbox, name: str, expected: list[str]) -> None:
    _project_with_variants(sandbox)
    assert list(_statuses(sandbox, name)) == expected


def test_all_variants_are_in_the_channel_side_by_side(sandbox: Sandbox) -> None:
    _project_with_variants(sandbox, '["2.5"]')
    assert _statuses(sandbox, "many") == {"many": "built"}
    _project_with_variants_again = sandbox.project.recipes_dir / "many" / "variants.yaml"
    _project_with_variants_again.write_text('many_version: ["2.5", "2.4"]\n')
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="many"))
    assert _statuses(sandbox, "many", "user", everything=True) == {
        "many=2.5": "from cache",
        "many=2.4": "built",
        "many-tests": "built",
        "user": "built",
    }
    assert [name.rpartition("-")[0] for name in sandbox.packages()] == [
        "many-2.4",
        "many-2.5",
        "many-tests-2.5",
        "user-1.0",
    ]
    user = sandbox.engine().recipes.get("user")
    needs = sandbox.engine().recipes.dependencies(user)
    assert {need.key for need in needs} <= {"many=2.5", "nothing"}


def test_a_new_version_replaces_the_one_that_no_variant_has_any_more(sandbox: Sandbox) -> None:
    folder = _project_with_variants(sandbox)
    _statuses(sandbox, "many", everything=True)
    (folder / "variants.yaml").write_text('many_version: ["2.6", "2.4"]\n')
    assert _statuses(sandbox, "many") == {"many=2.6": "built"}
    assert [name.rpartition("-")[0] for name in sandbox.packages()] == [
        "many-2.4",
        "many-2.6",
        "many-tests-2.5",
    ]


def test_a_changed_suite_changes_no_other_key(sandbox: Sandbox) -> None:
    folder = _project_with_variants(sandbox)

    def keys() -> dict[str, str]:
        recipes = sandbox.engine().recipes
        return {o.key: recipes.static_key(o) for o in recipes.select("many", everything=True)}

    before = keys()
    (folder / "tests" / "suite" / "a.txt").write_text("2")
    changed = {key for key, value in keys().items() if value != before[key]}
    assert changed == {"many-tests"}


def test_an_unknown_variant_is_one_error_that_names_the_known_ones(sandbox: Sandbox) -> None:
    folder = _project_with_variants(sandbox)
    with pytest.raises(UsageError, match=r"has no variant 'many=2\.3'") as caught:
        _statuses(sandbox, "many=2.3")
    assert str(folder) in str(caught.value)
    assert caught.value.help == "It makes many=2.5, many-tests, many=2.4."


def test_two_folders_that_make_one_package_are_one_error(sandbox: Sandbox) -> None:
    _project_with_variants(sandbox)
    sandbox.recipe("other")
    recipe = sandbox.project.recipes_dir / "other" / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("name: other", "name: many-tests"))
    with pytest.raises(RecipeError, match="both make the package 'many-tests'") as caught:
        _statuses(sandbox, "many-tests")
    assert f"{sandbox.project.recipes_dir}/many and {recipe.parent}" in str(caught.value)


def test_tests_that_need_files_of_a_new_build_cause_one(sandbox: Sandbox) -> None:
    tests = "tests:\n- files: {{source: [{0}]}}\n  script: grep built {0}"
    text = "source:\n  path: files\n" + tests
    script = "'for file in *.txt; do echo built > $file; done'"
    folder = sandbox.recipe("generated", text.format("a.txt"), script=script)
    (folder / "files").mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / "files" / name).write_text("source")
    assert _statuses(sandbox, "generated") == {"generated": "built"}
    sandbox.recipe("generated", text.format("b.txt"), script=script)
    assert _statuses(sandbox, "generated") == {"generated": "built"}


def test_keys_of_another_version_are_computed_again(library_and_user: Sandbox) -> None:
    project = library_and_user.project
    for file in [*project.build_cache_dir.glob("*/*.json"), *project.build_dir.glob("records/*")]:
        fields = json.loads(file.read_text())
        fields["built"] |= {"version": 0, "content": "0" * 64, "interface": {"of": "another form"}}
        file.write_text(json.dumps(fields))
    _lib(library_and_user, header=1, manual=2)
    assert _statuses(library_and_user, "last") == {
        "lib": "built",
        "user": "tested",
        "last": "tested",
    }


def test_tests_with_a_tool_are_not_stale_when_a_target_package_of_a_name_is_built(
    sandbox: Sandbox,
) -> None:
    sandbox.recipe("tool", "requirements:\n  run: [lib]").rename(
        sandbox.project.bootstrap_recipes_dir / "tool"
    )
    sandbox.recipe("lib", script="'echo 1 > $PREFIX/lib.txt'").rename(
        sandbox.project.bootstrap_recipes_dir / "lib"
    )
    sandbox.recipe("lib", script="'echo 2 > $PREFIX/lib.txt'")
    needs_tool = "tests:\n- script: 'true'\n  requirements:\n    build: [tool]"
    sandbox.recipe("hello", needs_tool)
    assert _statuses(sandbox, "hello") == {"lib": "built", "tool": "built", "hello": "built"}
    assert _statuses(sandbox, "lib") == {"lib": "built"}
    assert stale_tests(sandbox.project) == []
