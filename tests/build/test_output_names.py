"""Does each name mean the right output, also for similar names and versions?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten.conda_package import read_package
from conda_emscripten.errors import RecipeError
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox


def statuses(sandbox: Sandbox, *names: str, **options: Any) -> dict[str, str]:
    results = sandbox.engine(with_deps=True, **options).build(list(names))
    return {result.output.key: result.status for result in results}


def versions_in_channel(sandbox: Sandbox) -> list[str]:
    return [name.rpartition("-")[0] for name in sandbox.packages()]


def many(sandbox: Sandbox, versions: list[str], outputs: str = "") -> Path:
    """A folder with several versions of ``many``."""
    folder = sandbox.recipe("many")
    (folder / "recipe.yaml").write_text(f"""
recipe:
  name: many
  version: ${{{{ many_version }}}}
outputs:
- package:
    name: many
  build:
    script: echo ${{{{ many_version }}}} > $PREFIX/many.txt
{outputs}
""")
    (folder / "variants.yaml").write_text(f"many_version: {json.dumps(versions)}\n")
    return folder


@pytest.mark.parametrize(
    "versions",
    [
        ["1.0.1", "1.0"],
        ["1.0", "1.0.1"],
        ["2.5.0rc1", "2.5.0"],
        ["2.5.0", "2.5.0rc1"],
        ["2.5.0.post1", "2.5.0"],
    ],
)
def test_a_version_that_begins_like_another_is_a_variant_of_its_own(
    sandbox: Sandbox, versions: list[str]
) -> None:
    many(sandbox, versions)
    built = {f"many={version}": "built" for version in versions}
    assert statuses(sandbox, "many", everything=True) == built
    assert versions_in_channel(sandbox) == sorted(f"many-{version}" for version in versions)
    for version in versions:
        assert statuses(sandbox, f"many={version}") == {f"many={version}": "up to date"}


def test_a_test_output_may_have_several_variants(sandbox: Sandbox) -> None:
    many(
        sandbox,
        ["2.5", "2.4"],
        """
- package:
    name: many-tests
  requirements:
    run: ["many ==${{ many_version }}"]
""",
    )
    assert statuses(sandbox, "many-tests=2.4") == {"many=2.4": "built", "many-tests=2.4": "built"}
    assert statuses(sandbox, "many=2.4") == {"many=2.4": "up to date"}
    assert versions_in_channel(sandbox) == ["many-2.4", "many-tests-2.4"]


def test_an_output_may_have_the_name_of_another_folder(sandbox: Sandbox) -> None:
    folder = sandbox.recipe("other")
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("name: other", "name: third"))
    many(sandbox, ["1"], "\n- package:\n    name: other")
    assert statuses(sandbox, "many", everything=True) == {"many": "built", "other": "built"}
    assert versions_in_channel(sandbox) == ["many-1", "other-1"]


def test_a_requirement_means_the_highest_version_as_for_the_solver(sandbox: Sandbox) -> None:
    many(sandbox, ["2.4", "2.10", "2.5"])
    script = '\'cp "$PREFIX/many.txt" "$PREFIX/user.txt"\''
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="many"), script=script)
    sandbox.recipe("older", USES_HOST_PLATFORM.format(host="many <2.6"), script=script)
    recipes = sandbox.engine().recipes
    needs = {
        name: {each.key for each in recipes.dependencies(recipes.get(name))}
        for name in ("user", "older")
    }
    assert needs == {"user": {"many=2.10"}, "older": {"many=2.5"}}
    statuses(sandbox, "many", "user", "older", everything=True)
    for name, version in {"user": b"2.10\n", "older": b"2.5\n"}.items():
        package = sandbox.engine().store.package(recipes.get(name))
        assert package and read_package(package).files["user.txt"].content == version


@pytest.mark.parametrize("names", [["first"], ["second"], []])
def test_two_folders_that_make_one_package_are_an_error_of_each(
    sandbox: Sandbox, names: list[str]
) -> None:
    sandbox.recipe("first")
    recipe = sandbox.recipe("second") / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("name: second", "name: first"))
    sandbox.recipe("third")
    engine = sandbox.engine(everything=True)
    outcome = engine.run(names or engine.recipes.names())
    assert [result.output.key for result in outcome.results] == ([] if names else ["third"])
    (error,) = outcome.errors
    assert isinstance(error, RecipeError)
    folders = f"{recipe.parent.with_name('first')} and {recipe.parent}"
    assert error.message == f"{folders} both make the package 'first'."


def test_a_record_of_the_whole_recipe_removes_no_package_of_its_other_outputs(
    sandbox: Sandbox,
) -> None:
    many(sandbox, ["1"], "\n- package:\n    name: other\n  requirements:\n    run: [many]")
    statuses(sandbox, "many", everything=True)
    # Earlier versions recorded a recipe's packages together, under the recipe's name.
    record = sandbox.project.build_dir / "records/emscripten-wasm32-other.json"
    fields = json.loads(record.read_text())
    many_record = json.loads(record.with_name("emscripten-wasm32-many.json").read_text())
    fields["packages"] += many_record["packages"]
    del fields["built"]
    record.write_text(json.dumps(fields | {"hash": ""}))
    assert statuses(sandbox, "other") == {"many": "up to date", "other": "from cache"}
    assert versions_in_channel(sandbox) == ["many-1", "other-1"]
