"""Does the doctor find missing tools, and name a command that repairs the machine?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from conda_emscripten import doctor
from conda_emscripten.doctor import check_machine


def executable(folder: Path, name: str, script: str) -> None:
    """Write a command into ``folder``, the only folder in PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.mark.usefixtures("empty_path")
def test_on_a_machine_without_tools_every_failed_check_names_a_repair(tmp_path: Path) -> None:
    failed = {check.name: check for check in check_machine(tmp_path) if not check.ok}
    assert {"node", "npm", "compiler", "build platform packages", "chromium"} <= failed.keys()
    for check in failed.values():
        assert check.detail
        assert check.fix
    assert failed["compiler"].fix == "apt-get install build-essential bison gawk"
    assert failed["chromium"].fix == "apt-get install chromium chromium-driver"


def test_an_old_node_is_refused_with_its_version(empty_path: Path) -> None:
    executable(empty_path, "node", "echo v18.20.4")
    check = doctor.check_node()
    assert not check.ok
    assert "v18.20.4" in check.detail


def test_a_new_node_is_accepted(empty_path: Path) -> None:
    executable(empty_path, "node", "echo v24.1.0")
    assert doctor.check_node().ok


def test_a_command_that_hangs_is_ended_after_seconds(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(empty_path, "npm", "exec /bin/sleep 60")
    monkeypatch.setattr(doctor, "QUICK", 0.2)
    assert not doctor.check_npm().ok


def test_missing_headers_are_named_with_their_packages(empty_path: Path) -> None:
    for tool in ("g++", "make", "bison", "gawk"):
        executable(empty_path, tool, "true")
    executable(empty_path, "gcc", 'case "$*" in *ffi.h*|*lzma.h*) exit 1 ;; esac')
    check = doctor.check_compiler()
    assert (check.ok, check.detail) == (False, "missing: ffi.h, lzma.h")
    assert check.fix == "apt-get install libffi-dev liblzma-dev"


def test_a_driver_of_another_chromium_is_found(empty_path: Path) -> None:
    executable(empty_path, "chromium", "echo Chromium 156.0.1.2 built on Debian")
    executable(empty_path, "chromedriver", "echo ChromeDriver 150.0.9.9 '(abc)'")
    check = doctor.check_chromium()
    assert not check.ok
    assert check.detail == "156.0.1.2, driver 150.0.9.9"
    assert "chromium-driver" in check.fix


def test_conda_suffices_without_apt(empty_path: Path) -> None:
    executable(empty_path, "micromamba", "exit 0")
    check = doctor.check_package_source()
    assert check.ok
    assert "--bootstrap-channel conda-forge" in check.detail


def test_an_unreachable_index_is_a_failed_check_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nothing listens on the discard port of this machine.
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    check = doctor.check_pip_index()
    assert not check.ok
    assert "pip index versions six" in check.fix


def test_a_cache_folder_that_cannot_be_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check = doctor.check_cache(tmp_path / "file" / "cache")
    assert not check.ok
    assert "Not a directory" in check.detail
    assert "XDG_CACHE_HOME" in check.fix


def test_a_full_disk_is_found_by_its_free_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "MINIMUM_DISK", 2**62)
    check = doctor.check_disk(tmp_path / "not" / "made" / "yet")
    assert not check.ok
    assert str(tmp_path) in check.detail


def test_a_python_too_old_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))
    check = doctor.check_python()
    assert not check.ok
    assert check.detail == "3.10.2 (wanted: 3.11 or newer)"


def test_an_exception_in_a_check_is_a_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> doctor.Check:
        raise RuntimeError("no such counter")

    monkeypatch.setattr(doctor, "check_memory", broken)
    memory = next(check for check in check_machine(tmp_path) if check.name == "memory")
    assert not memory.ok
    assert "no such counter" in memory.detail
