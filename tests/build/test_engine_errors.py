"""Does a failed build give its cause, and stop only the recipes that need it?"""

from __future__ import annotations

import io
import re
import sys

import pytest

from conda_emscripten.errors import (
    BuildError,
    CondaEmscriptenError,
    PackageTestError,
    RecipeError,
    SourceError,
    UsageError,
)
from conda_emscripten.report import channel_report
from tests.harness.built import ROOT
from tests.harness.sandbox import USES_HOST_PLATFORM, Sandbox


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


def test_an_unsolvable_host_requirement_is_explained_by_the_solver(sandbox: Sandbox) -> None:
    sandbox.recipe("lib")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host='"lib >=2"'))
    words = r"(?s)No solution for lib >=2 on .*No candidates were found for lib >=2"
    with pytest.raises(BuildError, match=words) as raised:
        sandbox.engine(with_deps=True).build(["user"])
    assert "build --with-deps user" in raised.value.help
    assert [p for p in sandbox.packages() if p.startswith("user")] == []


def test_a_wrong_sha256_stops_the_build_and_names_both(sandbox: Sandbox) -> None:
    wrong = "0" * 64
    sandbox.recipe(
        "six",
        "source:\n  url: https://pypi.io/packages/source/s/six/six-1.17.0.tar.gz\n"
        f"  sha256: {wrong}",
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


def test_an_unreachable_host_is_tried_once_and_named_in_each_error(sandbox: Sandbox) -> None:
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


def test_a_failed_tool_of_the_build_platform_sends_the_user_to_doctor(sandbox: Sandbox) -> None:
    sandbox.recipe("tool", script="no-such-compiler").rename(
        sandbox.project.bootstrap_recipes_dir / "tool"
    )
    with pytest.raises(BuildError, match="no-such-compiler: command not found") as caught:
        sandbox.engine().build(["bootstrap/tool"])
    assert caught.value.help.startswith("Check this machine with 'conda-emscripten doctor'.")


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


def test_a_call_with_a_wrong_type_keeps_the_package_out_of_the_channel(sandbox: Sandbox) -> None:
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
    # In WebAssembly's binary format: the types (i32) -> () and (i32) -> (i32).
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


def test_the_error_names_the_failed_test_of_several(sandbox: Sandbox) -> None:
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


def test_a_failed_recipe_test_keeps_the_package_out_of_the_channel(sandbox: Sandbox) -> None:
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
    assert "Not built, because of failed dependencies: user." in message
    assert [name.split("-")[0] for name in sandbox.packages()] == ["good"]
    rows = {row.recipe: row for row in channel_report(sandbox.project)}
    states = {name: row.state for name, row in rows.items()}
    assert states == {"broken": "failed", "user": "waiting", "good": "built", "untested": "failed"}
    assert rows["user"].error == "A dependency failed: broken."
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
    assert raised.value.message == (
        f"{alone.value}\n\nNot built, because of failed dependencies: user.\n"
    )
    assert [name.split("-")[0] for name in sandbox.packages()] == ["aaa", "good", "part"]
    rows = {row.recipe: row for row in channel_report(sandbox.project)}
    states = {name: row.state for name, row in rows.items()}
    assert states == {"aaa": "failed", "user": "failed", "good": "built", "part": "built"}
    assert rows["aaa"].error == rows["user"].error == str(alone.value)
    assert rows["aaa"].version == "1.0" and rows["aaa"].size > 0


def test_a_missing_package_is_an_error_that_names_the_unreadable_recipes(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", "outputs: [")
    sandbox.recipe("user", USES_HOST_PLATFORM.format(host="part"))
    with pytest.raises(RecipeError, match=r"(?s)'part'.*recipes/broken/recipe.yaml.*cies: user"):
        sandbox.engine().build(["user"])
    rows = channel_report(sandbox.project)
    assert [(row.recipe, row.version, row.state) for row in rows] == [
        ("broken", "", "failed"),
        ("user", "1.0", "failed"),
    ]
