"""Does the check of the C code report warnings and moved fields of CPython's structs?"""

from __future__ import annotations

from pathlib import Path

import pytest

from ci import check_c
from conda_emscripten.project import Project
from tests.harness.built import ROOT, require

CORE = ROOT / "runtime" / "core"


@pytest.fixture(scope="module")
def project() -> Project:
    project = Project.find(ROOT)
    subdir = project.channel_dir / "emscripten-wasm32"
    built = any(subdir.glob("python-3*.conda")) and any(subdir.glob("libsolv-*.conda"))
    require(built, "no CPython or libsolv: run make quickstart")
    return project


def test_the_runtime_compiles_without_warnings(project: Project) -> None:
    assert check_c.main(project, sorted(CORE.glob("*.c"))) == 0


def test_a_warning_fails_the_check(
    project: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "unused.c"
    source.write_text("int zero(int unused) { return 0; }\n")
    assert check_c.main(project, [source]) == 1
    assert "unused parameter" in capfd.readouterr().err


def test_a_field_that_has_moved_fails_the_check(
    project: Project, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (CORE / "layout.c").read_text().replace('"core.h"', f'"{CORE / "core.h"}"')
    moved = text.replace(
        "offsetof(PyListObject, ob_item), 12)", "offsetof(PyListObject, ob_item), 16)"
    )
    assert moved != text
    source = tmp_path / "layout.c"
    source.write_text(moved)
    assert check_c.main(project, [source]) == 1
    assert "pyListItems differs from layout.js" in capfd.readouterr().err
