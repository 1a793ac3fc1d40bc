"""Are figures of tables judged by their targets, and compared with the committed figures?"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from starlette.responses import Response
from starlette.types import Message

from benchmarks import compare, report, targets
from benchmarks.__main__ import PARTS, main
from benchmarks.figures import figures, tables_of
from tests.harness.server import Line

TABLES = """
| first | ours, Chromium | Pyodide 1 | ratio | ours, Node | Pyodide 1 | ratio |
|---|---:|---:|---:|---:|---:|---:|
| ready | 1,500 ms | 3 s | 0.50 | 20 µs |  | **1.20** |
| bytes | 1.5 MB | 2 MB | 0.75 | n/a | 5 MB/s | 3 |

| second | cold |
|---|---:|
| ready | 10 ms |
"""


def test_figures_have_their_place_and_their_unit() -> None:
    found = {(f.title, f.row, f.column): (f.value, f.has_unit) for f in figures(TABLES)}
    assert found == {
        ("first", "ready", "ours, Chromium"): (1500, True),
        ("first", "ready", "Pyodide 1 after ours, Chromium"): (3000, True),
        ("first", "ready", "ratio after ours, Chromium"): (0.5, False),
        ("first", "ready", "ours, Node"): (0.02, True),
        ("first", "ready", "ratio after ours, Node"): (1.2, False),
        ("first", "bytes", "ours, Chromium"): (1_500_000, True),
        ("first", "bytes", "Pyodide 1 after ours, Chromium"): (2_000_000, True),
        ("first", "bytes", "ratio after ours, Chromium"): (0.75, False),
        ("first", "bytes", "ratio after ours, Node"): (3, False),
        ("second", "ready", "cold"): (10, True),
    }


def test_each_target_is_one_figure_of_the_document() -> None:
    document = report.REPORT.read_text()
    parts = {target.part for target in targets.read_targets()}
    assert parts <= set(PARTS)
    for part in parts:
        tables, machine = tables_of(part, document)
        if machine:  # it has been measured
            verdicts = targets.judge(part, tables).splitlines()
            assert len(verdicts) == len(targets.read_targets(part))


def test_a_target_is_reached_or_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "targets.toml"
    file.write_text("""
[[start]]
table = "first"
row = "ready"
column = "ours, Chromium"
at_most = 1500

[[start]]
row = "ready"
column = "ratio after ours, N"
at_most = 1.1

[[other]]
row = "absent"
column = "absent"
at_most = 1
""")
    monkeypatch.setattr(targets, "FILE", file)
    assert targets.judge("start", TABLES).splitlines() == [
        "reached: first ready, ours, Chromium: 1,500 ms, at most 1500 ms",
        "missed: ready, ratio after ours, Node: 1.20, at most 1.1",
    ]
    assert targets.judge("wire", TABLES) == ""
    with pytest.raises(SystemExit, match="the tables of other have 0 figures in the row 'absent'"):
        targets.judge("other", TABLES)


@pytest.mark.parametrize(
    ("machine", "ready", "printed", "code"),
    [
        ("B", "1,649 ms", ["start: nothing worse by more than 10%"], 0),
        (
            "B",
            "1,651 ms",
            [
                "start: 1 worse by more than 10%",
                "  ready, ours, Chromium: 1,651 ms, before 1,500 ms",
            ],
            1,
        ),
        ("C", "9,999 ms", ["start: measured on C; the committed figures are of B"], 0),
        ("B", "1,500 ms", [], 0),
    ],
)
def test_what_became_worse_on_the_same_machine_is_listed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    machine: str,
    ready: str,
    printed: list[str],
    code: int,
) -> None:
    def document(tables: str, letter: str) -> str:
        begin, end = (f"<!-- make bench start: {edge} -->" for edge in ("begin", "end"))
        return f"{begin}\n{tables}\n`python -m benchmarks start`: {letter}, today; once.\n{end}\n"

    new = TABLES.replace("1,500 ms", ready).replace("3 s", "3 s" if code == 0 else "9 s")
    path = tmp_path / "benchmarks.md"
    path.write_text(document(new, machine))
    monkeypatch.setattr(report, "REPORT", path)
    monkeypatch.setattr(compare, "_committed", lambda: document(TABLES, "B"))
    with pytest.raises(SystemExit) as exit_:
        main(["compare", "start"])
    assert exit_.value.code == code
    assert capsys.readouterr().out.splitlines() == printed


def test_a_comparison_reads_the_committed_document() -> None:
    assert compare._committed().startswith("# Benchmarks\n")


def test_a_slow_line_changes_no_byte_and_is_shared() -> None:
    body = bytes(range(256)) * 400
    line = Line(Response(body), megabits=8, round_trip=0.01)

    async def answer() -> bytes:
        received = bytearray()

        async def send(message: Message) -> None:
            received.extend(message.get("body", b""))

        async def receive() -> Message:
            return {"type": "http.request"}

        await line({"type": "http", "method": "GET", "headers": []}, receive, send)
        return bytes(received)

    async def both() -> list[bytes]:
        return list(await asyncio.gather(answer(), answer()))

    start = time.monotonic()
    assert asyncio.run(both()) == [body, body]
    assert time.monotonic() - start >= 0.2  # 204,800 bytes at 8 Mbit/s; a busy machine is slower
    assert line.size(until=time.time()) == 2 * len(body)
    assert line.size(until=0) == 0
