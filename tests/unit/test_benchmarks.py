"""Do the benchmarks write their figures, machine and day to the right place of the document?"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from benchmarks import machines, measure, peers, quickstart, report
from benchmarks.__main__ import PARTS, main
from benchmarks.parts import first_script, suites
from tests.harness.built import ROOT, require

HEAD = """\
# Benchmarks

<!-- machines: begin -->
|  | processor | first run | last run |
|---|---|---|---|
"""
ROWS = """\
| A | a slow one | 8 cores | 8 November 2026 | 8 November 2026 |
| B | a fast one | 2 cores | 8 November 2026 | 9 November 2026 |
"""
TAIL = """\
<!-- machines: end -->

<!-- make bench start: begin -->

old

<!-- make bench start: end -->

Text.
"""


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "benchmarks.md"
    path.write_text(HEAD + ROWS + TAIL)
    monkeypatch.setattr(report, "REPORT", path)
    monkeypatch.setattr(machines, "describe", lambda: "a fast one | 2 cores")
    return path


def test_a_run_on_a_known_machine_gets_its_letter_and_extends_its_dates() -> None:
    text, letter = machines.register(HEAD + ROWS + TAIL, "a slow one | 8 cores", date(2026, 11, 30))
    assert letter == "A"
    assert text == HEAD + ROWS.replace("8 November 2026 |\n", "30 November 2026 |\n", 1) + TAIL


def test_a_run_on_a_new_machine_adds_a_row_with_the_next_letter() -> None:
    text, letter = machines.register(HEAD + ROWS + TAIL, "a new one | 4 cores", date(2026, 12, 1))
    assert letter == "C"
    row = "| C | a new one | 4 cores | 1 December 2026 | 1 December 2026 |\n"
    assert text == HEAD + ROWS + row + TAIL


def test_the_first_machine_is_a() -> None:
    text, letter = machines.register(HEAD + TAIL, "a new one | 4 cores", date(2026, 12, 1))
    assert letter == "A"
    assert text.startswith(HEAD + "| A | a new one | 4 cores | 1 December 2026 |")


def test_this_machine_has_a_cell_for_each_column_of_the_document() -> None:
    require(shutil.which("chromium") is not None, "Chromium is missing: run ci/system-packages.")
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    head = text.partition(machines.BEGIN)[2].strip().partition("\n")[0]
    cells = machines.describe().split(" | ")
    assert len(cells) == len(head.strip("|").split("|")) - len(["letter", "first", "last"])
    assert all(cell.strip() for cell in cells)


def test_a_part_replaces_its_tables_and_says_how_it_measured(
    document: Path,
) -> None:
    report.write("start", "| new |", "medians of 3 runs in turns; load average 0.5 at the start.")
    text = document.read_text()
    [section] = re.findall(r"start: begin -->\n(.*?)<!-- make bench start: end", text, re.DOTALL)
    today = r"\d+ \w+ 20\d\d"
    conditions = "medians of 3 runs in turns; load average 0.5 at the start."
    assert re.fullmatch(
        rf"\n\| new \|\n\n`python -m benchmarks start`: B, {today}; {re.escape(conditions)}\n\n",
        section,
    )
    assert text.endswith("<!-- make bench start: end -->\n\nText.\n")
    assert re.search(rf"^\| B \| a fast one \| .* \| {today} \|$", text, re.MULTILINE)


def test_figures_that_are_not_of_this_machine_name_only_their_command(document: Path) -> None:
    report.write("start", "| new |", "")
    assert document.read_text() == HEAD + ROWS + TAIL.replace(
        "old", "| new |\n\n`python -m benchmarks start`"
    )


def test_a_part_without_a_place_in_the_document_names_the_missing_markers(document: Path) -> None:
    with pytest.raises(SystemExit, match=r"no place for solve: add <!-- make bench solve: begin"):
        report.write("solve", "| new |", "")
    assert document.read_text() == HEAD + ROWS + TAIL


def test_a_row_is_added_below_the_rows_of_a_part() -> None:
    text = report.with_row(HEAD + ROWS + TAIL, "start", "new")
    assert text == HEAD + ROWS + TAIL.replace("old", "old\nnew")


def test_help_lists_every_part_with_its_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    listed = dict(re.findall(r"^  ([a-z0-9_]+) +(\S.*)$", capsys.readouterr().out, re.MULTILINE))
    assert set(PARTS) <= set(listed)
    assert all(listed[part].endswith(".") for part in PARTS)


def test_an_unknown_part_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["start", "end"])
    assert re.search(r"no part end; the parts are bridge, .*wire", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("lz4", "NumPy", "lz4 has no rows that can be measured alone"),
        ("snapshots", "NumPyy", "no row has 'NumPyy'; the rows are NumPy, Chromium, page; "),
    ],
)
def test_rows_that_do_not_exist_are_refused(
    part: str, text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([part, "--only", text])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("part", sorted(PARTS))
def test_the_document_has_a_place_for_every_part(part: str) -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    assert re.search(
        f"<!-- make bench {part}: begin -->.+<!-- make bench {part}: end -->", text, re.DOTALL
    )


def test_the_suites_are_the_counts_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    counts = {"version": "1.2", "passed": 12345, "xfailed": 2}
    (recipes / "results.json").write_text(json.dumps({"big=1.2": counts, "small": counts}))
    monkeypatch.setattr(suites, "ROOT", tmp_path)
    monkeypatch.setattr(suites, "SUITES", ("big",))
    assert suites.measure().splitlines()[-1] == "| big 1.2 | 12,345 | 0 | 0 | 0 | 2 | 0 |"


def test_measurements_alternate_and_give_the_median_of_each_value() -> None:
    values = iter([1.0, 10.0, 5.0, 30.0, 2.0, 20.0])
    found = measure.in_turns(
        3, ours=lambda: {"first": next(values)}, peer=lambda: {"first": next(values)}
    )
    assert found == {"ours": {"first": 2}, "peer": {"first": 20}}


def test_the_mean_of_the_first_scripts_leaves_the_start_and_the_long_loop_out() -> None:
    ours, peer = ({"ready": 100.0, "first": first, "warm": 50.0} for first in (200.0, 400.0))
    scripts = {name: {"ours": ours, "peer": peer} for name in first_script.SCRIPTS}
    long = {first_script.LONG: {"ours": {"ready": 100.0, "first": 6000.0, "warm": 5000.0}}}
    lines = first_script.beside_peer({"Node 20": scripts | long}).splitlines()
    assert lines[0] == f"| first script | ours, Node 20 | Pyodide {peers.PYODIDE} | ratio |"
    assert "| recursion | 200 ms | 400 ms | 0.50 |" in lines
    assert "| **geometric mean** | | | **0.50** |" in lines
    assert lines[-1] == "| the start before | 100 ms | 100 ms | 1.00 |"
    assert first_script.LONG not in "".join(lines)


def test_the_warm_scripts_are_ours_in_every_engine() -> None:
    samples = {"ours": {"ready": 100.0, "first": 6000.0, "warm": 5000.0}}
    scripts = dict.fromkeys((*first_script.SCRIPTS, first_script.LONG), samples)
    lines = first_script.beside_warm({"Node 20": scripts, "Firefox 1": scripts}).splitlines()
    assert lines[0] == (
        "| ours, first and warm | Node 20 | warm | ratio | Firefox 1 | warm | ratio |"
    )
    assert lines[-1] == f"| {first_script.LONG} |{' 6000 ms | 5000 ms | 1.20 |' * 2}"


def test_every_letter_of_a_result_is_in_the_table_of_machines() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    table = text.partition(machines.BEGIN)[2].partition(machines.END)[0]
    dated = re.findall(r"\b([A-Z]), (?:\d+–)?\d+ [A-Z][a-z]+ 20\d\d\b", text)
    assert set(dated) == set(re.findall(r"^\| ([A-Z]) \|", table, re.MULTILINE))


def test_the_site_of_the_lz4_comparison_has_the_decoder_in_javascript(tmp_path: Path) -> None:
    require((ROOT / "node_modules").is_dir(), "node_modules is missing: run `npm ci`.")
    program = ROOT / "benchmarks" / "node" / "lz4-build.mjs"
    subprocess.run(["node", program, tmp_path], cwd=ROOT, check=True)
    # The decoder in WebAssembly is in the script, as base64.
    in_script, in_wasm = (
        "AGFzbQ" in (tmp_path / name).read_text() for name in ("pyodide.mjs", "lz4/wasm.mjs")
    )
    assert (in_script, in_wasm) == (False, True)


def test_the_quickstart_runs_with_empty_caches_again_and_in_a_new_clone(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "Makefile").write_text(
        'quickstart:\n\t@mkdir -p "$$XDG_CACHE_HOME" build\n'
        '\t@ls "$$XDG_CACHE_HOME" build >> "$$SEEN"\n'
        '\t@touch "$$XDG_CACHE_HOME/cached" build/built; sleep 0.2\n'
    )
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *command], check=True)
    seen = tmp_path / "seen"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEEN", str(seen))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path / "full"))
        rows = list(quickstart.measure(repository, "HEAD"))
    assert [caches for _, caches, *_ in rows] == [
        "empty",
        "same clone again",
        "new clone, full caches",
    ]
    content = [line for line in seen.read_text().splitlines() if line in ("cached", "built")]
    assert content == ["cached", "built", "cached"]
    assert all(re.fullmatch("[0-9a-f]{7,}", row[0]) for row in rows)
    assert all(re.fullmatch(r"\d+|\d+\.\d", cell) for row in rows for cell in row[2:])
