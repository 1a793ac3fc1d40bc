"""Is a package built again after each change that its build can see?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conda_emscripten.conda_package import read_package
from conda_emscripten.report import channel_report
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox


def build(sandbox: Sandbox, *names: str, with_deps: bool = True) -> dict[str, str]:
    """Build all outputs of the recipes; returns the status of each."""
    engine = sandbox.engine(with_deps=with_deps, everything=True)
    return {result.output.label: result.status for result in engine.build(list(names))}


def content(sandbox: Sandbox, output: str, path: str) -> str:
    """A file of an output's package."""
    engine = sandbox.engine()
    package = engine.store.package(engine.recipes.get(output))
    assert package is not None
    return read_package(package).files[path].content.decode().strip()


def library(sandbox: Sandbox, text: str, name: str = "lib", *, recipe: str = "") -> Path:
    """A recipe of a package with the file ``include/lib.h``."""
    script = f'\'mkdir -p "$PREFIX/include"; echo {text} > "$PREFIX/include/lib.h"\''
    return sandbox.recipe(name, recipe, script=script)


#: The script of a recipe that packs the file of ``library``.
PACKS_FILE = '\'cp "$PREFIX/include/lib.h" "$PREFIX/user.txt"\''


def make_noarch(folder: Path) -> None:
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("number: 0", "number: 0\n  noarch: generic"))


def test_a_package_that_a_tool_adds_to_the_host_environment_counts(sandbox: Sandbox) -> None:
    library(sandbox, "1")
    make_noarch(sandbox.recipe("compiler", "requirements:\n  run_exports:\n    strong: [lib]"))
    build_and_host = USES_HOST_PLATFORM.format(host="").replace("- if", "- compiler\n    - if")
    sandbox.recipe("user", build_and_host, script=PACKS_FILE)
    build(sandbox, "user")
    library(sandbox, "2")
    statuses = build(sandbox, "user")
    assert statuses == {"lib": "built", "compiler": "unchanged", "user": "built"}
    assert content(sandbox, "user", "user.txt") == "2"


def test_a_requirement_of_a_requirement_counts_in_its_version(sandbox: Sandbox) -> None:
    folder = library(sandbox, "${{ many_version }}", "many")
    recipe = folder / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace('"1.0"', "${{ many_version }}"))
    (folder / "variants.yaml").write_text('many_version: ["2.5", "2.4"]\n')
    sandbox.recipe("middle", "requirements:\n  run: [many <2.5]")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="middle"), script=PACKS_FILE)
    build(sandbox, "many", "user")
    older = '${{ "changed" if many_version == "2.4" else many_version }}'
    recipe.write_text(recipe.read_text().replace("echo ${{ many_version }}", f"echo {older}"))
    statuses = build(sandbox, "many", "user")
    assert (statuses["middle"], statuses["user"]) == ("unchanged", "built")
    assert content(sandbox, "many=2.5", "include/lib.h") == "2.5"
    assert content(sandbox, "user", "user.txt") == "changed"


def test_a_tool_with_the_name_of_the_package_counts(sandbox: Sandbox) -> None:
    tool = 'mkdir -p "$PREFIX/bin"; echo echo {} > "$PREFIX/bin/same"; chmod +x "$PREFIX/bin/same"'
    folder = sandbox.recipe("same", script=f"'{tool.format(1)}'")
    folder.rename(sandbox.project.bootstrap_recipes_dir / "same")
    uses_tool = "requirements:\n  build: [same]"
    sandbox.recipe("same", uses_tool, script="'same > \"$PREFIX/same.txt\"'")
    assert build(sandbox, "same") == {"bootstrap/same": "built", "same": "built"}
    recipe = sandbox.project.bootstrap_recipes_dir / "same" / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("echo echo 1", "echo echo 2"))
    assert build(sandbox, "same") == {"bootstrap/same": "built", "same": "built"}
    assert content(sandbox, "same", "same.txt") == "2"


def test_a_program_of_the_host_environment_that_runs_counts_wholly(sandbox: Sandbox) -> None:
    glue = 'mkdir -p "$PREFIX/bin"; printf "\\0asm\\1\\0\\0\\0" > "$PREFIX/bin/tool.wasm"; '
    glue += 'echo "console.log({})" > "$PREFIX/bin/tool.js"'
    sandbox.recipe("lib", script=json.dumps(glue.format(1)))
    host = USES_HOST_PLATFORM.format(host="lib")
    sandbox.recipe("user", host, script='\'node "$PREFIX/bin/tool.js" > "$PREFIX/user.txt"\'')
    sandbox.recipe("other", host)
    build(sandbox, "user", "other")
    sandbox.recipe("lib", script=json.dumps(glue.format(2)))
    assert build(sandbox, "user", "other") == {
        "lib": "built",
        "user": "built",
        "other": "unchanged",
    }
    assert content(sandbox, "user", "user.txt") == "2"


def test_the_build_that_an_exact_pin_names_counts(sandbox: Sandbox) -> None:
    recipe = sandbox.recipe("lib") / "recipe.yaml"
    pin = "\n  run:\n  - ${{ pin_compatible('lib', exact=True) }}"
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib") + pin)
    build(sandbox, "user")
    recipe.write_text(recipe.read_text().replace("number: 0", "number: 1"))
    assert build(sandbox, "user") == {"lib": "built", "user": "built"}
    (record,) = (
        record
        for record in sandbox.engine().store.channel.records("emscripten-wasm32").values()
        if record["name"] == "user"
    )
    assert str(record["depends"]).endswith("_1']")


# --- Files of the recipe's folder ----------------------------------------------------------------

PATCH = "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-original\n+{}\n"


def test_a_patch_among_the_files_of_tests_counts(sandbox: Sandbox) -> None:
    text = "source: {path: src, patches: [tests/a.patch]}"
    folder = sandbox.recipe("hello", text, script="cp a.txt $PREFIX/a.txt")
    for name in ("src", "tests"):
        (folder / name).mkdir()
    (folder / "src" / "a.txt").write_text("original\n")
    (folder / "tests" / "a.patch").write_text(PATCH.format("1"))
    build(sandbox, "hello")
    (folder / "tests" / "a.patch").write_text(PATCH.format("2"))
    assert build(sandbox, "hello") == {"hello": "built"}
    assert content(sandbox, "hello", "a.txt") == "2"


def test_a_file_of_tests_that_the_build_script_reads_counts(sandbox: Sandbox) -> None:
    folder = sandbox.recipe("hello", script='cp "$RECIPE_DIR"/tests/a.txt $PREFIX/a.txt')
    (folder / "tests").mkdir()
    (folder / "tests" / "a.txt").write_text("1")
    build(sandbox, "hello")
    (folder / "tests" / "a.txt").write_text("2")
    assert build(sandbox, "hello") == {"hello": "built"}
    assert content(sandbox, "hello", "a.txt") == "2"


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("bash $RECIPE_DIR/common.sh", "common.sh"),
        ("cp $RECIPE_DIR/data/a.txt $PREFIX/user.txt", "data/a.txt"),
        ("for file in $RECIPE_DIR/data/*; do cp $file $PREFIX/user.txt; done", "data/a.txt"),
    ],
)
def test_a_file_counts_that_another_output_names(sandbox: Sandbox, script: str, file: str) -> None:
    folder = sandbox.recipe("outputs")
    (folder / "recipe.yaml").write_text(f"""
recipe: {{name: outputs, version: "1.0"}}
outputs:
- package: {{name: user}}
  build: {{script: {script}}}
- package: {{name: other}}
  build: {{script: common.sh}}
  tests:
  - script: test -f data/a.txt
    files: {{recipe: [data/]}}
""")
    (folder / "data").mkdir()
    (folder / "data" / "a.txt").write_text("1")
    (folder / "common.sh").write_text("echo 1 > $PREFIX/user.txt")
    build(sandbox, "outputs")
    (folder / file).write_text((folder / file).read_text().replace("1", "2"))
    assert build(sandbox, "outputs")["user"] == "built"
    assert content(sandbox, "user", "user.txt") == "2"


# --- Dependencies that are not built -------------------------------------------------------------


@pytest.mark.parametrize("earlier", [["lib", "user"], ["lib"]])
def test_a_package_for_stale_dependencies_is_not_taken_for_the_present_one(
    sandbox: Sandbox, earlier: list[str]
) -> None:
    library(sandbox, "1")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"), script=PACKS_FILE)
    build(sandbox, *earlier)
    library(sandbox, "2")
    status = "unchanged" if "user" in earlier else "built"
    assert build(sandbox, "user", with_deps=False) == {"user": status}
    assert content(sandbox, "user", "user.txt") == "1"
    states = {row.recipe: row.state for row in channel_report(sandbox.project)}
    assert states == {"lib": "out of date", "user": "out of date"}
    assert build(sandbox, "user") == {"lib": "built", "user": "built"}
    assert content(sandbox, "user", "user.txt") == "2"
    library(sandbox, "1")
    assert build(sandbox, "user") == {"lib": "from cache", "user": "from cache"}
    assert content(sandbox, "user", "user.txt") == "1"


def test_a_build_with_stale_dependencies_names_them(sandbox: Sandbox) -> None:
    library(sandbox, "1")
    build(sandbox, "lib")
    library(sandbox, "2")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="lib"), script=PACKS_FILE)
    done = sandbox.run("build", "user")
    assert "user is built with packages that are out of date: lib. The option" in done.stdout
