"""Does the report have the state and the test counts of each recipe?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conda_emscripten.errors import (
    PackageTestError,
)
from conda_emscripten.report import channel_report, write_report
from tests.harness.sandbox import Sandbox


def test_the_counts_of_pytest_are_written_beside_the_recipes_tests(sandbox: Sandbox) -> None:
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


def test_the_report_has_the_test_counts_of_a_failed_build(sandbox: Sandbox) -> None:
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


def test_the_report_is_written_as_html_and_as_json(sandbox: Sandbox) -> None:
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
