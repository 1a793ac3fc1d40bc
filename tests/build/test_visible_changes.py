"""Is a package built again after each change that its build can see?"""

from __future__ import annotations

from pathlib import Path

from conda_emscripten.conda_package import read_package
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
