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


def _count(**counts: int) -> str:
    """A command that writes counts as ``run-suite`` does."""
    folder = "$(tr : '\\n' <<< $PATH | grep recipe-tests-counts)"
    return f"echo '{json.dumps(counts)}' > $(mktemp {folder}/XXXXXX.json)"


def test_the_test_counts_are_saved_for_people_to_compare(sandbox: Sandbox) -> None:
    first, second = _count(passed=5, skipped=2), _count(passed=3)
    script = f"{first}; {second}"
    folder = sandbox.recipe("counted", f"tests:\n- script: {json.dumps(script)}")
    sandbox.recipe("plain")
    engine = sandbox.engine()
    engine.build(["counted", "plain"])
    assert not list(folder.glob("tests/*"))  # a build writes nothing into the tree
    results = sandbox.project.recipes_dir / "results.json"
    results.write_text('{"gone": {"passed": 1}, "plain": {"version": "1.0", "passed": 7}}')
    assert sandbox.run("report", "--save").returncode == 0
    assert json.loads(results.read_text()) == {
        "counted": {"version": "1.0", "passed": 8, "skipped": 2},
        "plain": {"version": "1.0", "passed": 7},  # of another machine
    }


def test_the_report_has_the_test_counts_of_a_failed_build(sandbox: Sandbox) -> None:
    sandbox.recipe("counted", f"tests:\n- script: {json.dumps(_count(passed=3))}")
    engine = sandbox.engine()
    (result,) = engine.build(["counted"])
    record = engine.store.records.read(result.output)
    engine.store.records.write(result.output, replace(record, seconds=500.0))
    script = json.dumps([_count(failed=1, passed=2), "exit 1"])
    sandbox.recipe("counted", f"tests:\n- package_contents: {{files: []}}\n- script: {script}")
    with pytest.raises(PackageTestError, match=r"0.conda: script: echo .*; exit 1\n"):
        sandbox.engine().build(["counted"])
    (row,) = channel_report(sandbox.project)
    assert row.tests == {"failed": 1, "passed": 2}
    assert 0 < row.seconds < 500


def test_the_report_has_a_row_for_each_output_and_variant(sandbox: Sandbox) -> None:
    folder = sandbox.recipe("many")
    (folder / "recipe.yaml").write_text("""
recipe:
  name: many
  version: ${{ many_version }}
build:
  script: touch $PREFIX/$PKG_NAME
outputs:
- package:
    name: many
- package:
    name: other
    version: "2.0"
  build:
    skip: many_version != '1.5'
""")
    (folder / "variants.yaml").write_text('many_version: ["1.5", "1.4"]\n')
    engine = sandbox.engine(everything=True)
    for result in engine.build(["many"]):
        result.package.with_suffix(".lz4b").write_bytes(b"12345")
    write_report(sandbox.project.build_dir, channel_report(sandbox.project))
    rows = json.loads((sandbox.project.build_dir / "channel-report.json").read_text())
    assert [(row["recipe"], row["version"], row["state"]) for row in rows] == [
        ("many=1.5", "1.5", "built"),
        ("other", "2.0", "built"),
        ("many=1.4", "1.4", "built"),
    ]
    assert {row["bundle_size"] for row in rows} == {5}


def test_the_report_is_written_as_html_and_as_json(sandbox: Sandbox) -> None:
    sandbox.recipe("broken", script="echo '<&>'; exit 1")
    sandbox.recipe("hello", script='touch "$PREFIX/a.so"')
    sandbox.run("build", "hello", "broken")
    done = sandbox.run("report")
    assert "2 packages: 1 failed, 1 built" in done.stdout
    rows = json.loads((sandbox.project.build_dir / "channel-report.json").read_text())
    assert [(row["recipe"], row["state"], row["side_modules"]) for row in rows] == [
        ("broken", "failed", 0),
        ("hello", "built", 1),
    ]
    page = (sandbox.project.build_dir / "channel-report.html").read_text()
    assert "&lt;&amp;&gt;" in page and "<&>" not in page
