"""Which package does a host environment get if a tool and a target package share a name?"""

from __future__ import annotations

import shutil

from tests.harness.sandbox import Sandbox

TOOL = """
package:
  name: tool
  version: "1.0"
build:
  number: 0
  noarch: generic
  script:
    - mkdir -p "$PREFIX/bin"
    - printf '#!/bin/sh\\necho build platform\\n' > "$PREFIX/bin/tool"
    - chmod +x "$PREFIX/bin/tool"
"""

FOR_TARGET = """
package:
  name: tool
  version: "2.0"
build:
  number: 0
  script:
    - mkdir -p "$PREFIX/bin"
    - printf '#!/bin/sh\\necho target\\n' > "$PREFIX/bin/tool"
    - chmod +x "$PREFIX/bin/tool"
"""

PURE = """
package:
  name: pure
  version: "1.0"
build:
  number: 0
  noarch: generic
  script: tool > "$PREFIX/made-by.txt"
requirements:
  host: [tool]
tests:
  - script: grep -x "build platform" "$PREFIX/made-by.txt"
"""

USER = """
requirements:
  run: [tool]
tests:
  - script: test "$("$PREFIX/bin/tool")" = target
"""


def _two_tools(sandbox: Sandbox) -> None:
    for folder, text in (
        (sandbox.project.bootstrap_recipes_dir / "tool", TOOL),
        (sandbox.project.recipes_dir / "tool", FOR_TARGET),
        (sandbox.project.recipes_dir / "pure", PURE),
    ):
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(text)
    sandbox.recipe("user", USER)


def test_a_noarch_recipe_is_made_with_the_tool_of_the_build_platform(sandbox: Sandbox) -> None:
    _two_tools(sandbox)
    recipes = sandbox.engine().recipes
    (tool,) = recipes.dependencies(recipes.get("pure"))
    assert tool is recipes.get("bootstrap/tool")
    # The preferred channel has the target's package, which does not hide the tool.
    sandbox.engine().build(["tool"])
    (*_, built) = sandbox.engine(with_deps=True).build(["pure"])
    assert (built.output.name, built.status) == ("pure", "built")


def test_a_recipe_for_the_target_gets_the_package_for_the_target(sandbox: Sandbox) -> None:
    _two_tools(sandbox)
    recipes = sandbox.engine().recipes
    (tool,) = recipes.dependencies(recipes.get("user"))
    assert tool is recipes.get("tool")
    (*_, built) = sandbox.engine(with_deps=True).build(["user"])
    assert (built.output.name, built.status) == ("user", "built")


def test_a_target_package_does_not_change_the_hash_of_recipes_without_it(sandbox: Sandbox) -> None:
    _two_tools(sandbox)
    (sandbox.project.recipes_dir / "tool" / "recipe.yaml").unlink()
    recipes = sandbox.engine().recipes
    before = recipes.static_key(recipes.get("pure"))
    (sandbox.project.recipes_dir / "tool" / "recipe.yaml").write_text(FOR_TARGET)
    recipes = sandbox.engine().recipes
    assert recipes.static_key(recipes.get("pure")) == before


def test_what_a_tool_depends_on_is_built_before_the_tool_is_used(sandbox: Sandbox) -> None:
    noarch = "requirements:\n  host: [tool]"
    for name, text in (
        ("tool", "requirements:\n  run: [helper]"),
        ("helper", ""),
        ("pure", noarch),
    ):
        recipe = sandbox.recipe(name, text) / "recipe.yaml"
        if name != "tool":
            recipe.write_text(
                recipe.read_text().replace("number: 0", "number: 0\n  noarch: python")
            )
    for name in ("tool", "helper"):
        tools = sandbox.project.bootstrap_recipes_dir
        shutil.copytree(sandbox.project.recipes_dir / name, tools / name)
    shutil.rmtree(sandbox.project.recipes_dir / "tool")
    recipes = sandbox.engine().recipes
    # A solver takes the noarch package of the first channel, which the bootstrap channel is not.
    assert {need.label for need in recipes.needs(recipes.get("pure"))} == {
        "bootstrap/tool",
        "helper",
    }
    assert recipes.dependencies(recipes.get("pure")) == {recipes.get("bootstrap/tool")}
