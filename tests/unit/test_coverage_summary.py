"""Does the summary name the code that the tests did not run?"""

from __future__ import annotations

import json
from pathlib import Path

from ci.coverage_summary import FileCoverage, read_python, read_typescript, summary


def test_the_summary_has_the_total_and_the_least_covered_files() -> None:
    files = [FileCoverage(f"{n}.py", n, 10) for n in range(10, 0, -1)]
    assert summary("Python", files, shown=2).splitlines() == [
        "Python: 55 % of 100 statements in 10 files",
        "   10 %     9 not run  1.py",
        "   20 %     8 not run  2.py",
    ]


def test_a_file_without_a_gap_is_not_listed() -> None:
    files = [FileCoverage("empty.py", 0, 0), FileCoverage("full.py", 3, 3)]
    assert summary("Python", files) == "Python: 100 % of 3 statements in 2 files"


def test_reports_of_both_tools_are_read(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(
        json.dumps({"files": {"a.py": {"summary": {"covered_lines": 1, "num_statements": 4}}}})
    )
    assert read_python(report) == [FileCoverage("a.py", 1, 4)]
    statements = {"statements": {"covered": 2, "total": 5}}
    report.write_text(json.dumps({"total": statements, str(tmp_path / "src/a.ts"): statements}))
    assert read_typescript(report, tmp_path) == [FileCoverage("src/a.ts", 2, 5)]
