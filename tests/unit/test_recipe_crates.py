"""Does the list of crates in a recipe come from what cargo selects, and which errors are there?"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from conda_emscripten.errors import RecipeError
from conda_emscripten.recipe_crates.crate_list import with_list
from conda_emscripten.sources import Source
from tests.harness.built import ROOT

CRATES = ROOT / "recipes" / "rust_emscripten-wasm32" / "files" / "crates.py"
RECIPE = """\
source:
  - url: https://example.org/demo-1.0.tar.gz
    sha256: {digest}

build:
  number: 0
"""


def crate(name: str, version: str, dependencies: str = "") -> bytes:
    """The bytes of a crate file of the registry."""
    files = {
        "Cargo.toml": f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
        f'license = "MIT"\n[lib]\npath = "lib.rs"\n[dependencies]\n{dependencies}',
        "lib.rs": "",
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(f"{name}-{version}/{path}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The work tree of a build: a project that needs the crate `leaf`, which is there."""
    (tmp_path / "source" / "crate-sources").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    folder = tmp_path / "source"
    (folder / "Cargo.toml").write_text('[package]\nname = "demo"\n')
    leaf = crate("leaf", "1.2.0")
    (folder / "crate-sources" / "leaf-1.2.0.crate").write_bytes(leaf)
    lock(folder, hashlib.sha256(leaf).hexdigest())
    return folder


def lock(folder: Path, checksum: str) -> None:
    """Write a `Cargo.lock` that wants this checksum of `leaf`."""
    entry = f'[[package]]\nname = "leaf"\nversion = "1.2.0"\nchecksum = "{checksum}"\n'
    (folder / "Cargo.lock").write_text(f"version = 4\n{entry}")


def run(source: Path, cargo: str = "exit 0") -> subprocess.CompletedProcess[str]:
    """Run the compiler's program with a stand-in for cargo, which only the toolchain has."""
    program = source.parent / "bin" / "cargo"
    program.write_text(f'#!/bin/sh\necho "$@" >> "{source.parent}/calls"\n{cargo}\n')
    program.chmod(0o755)
    env = {
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "SRC_DIR": str(source),
        "CARGO_HOME": str(source.parent / "home"),
    }
    return subprocess.run(
        [sys.executable, CRATES], env=env, capture_output=True, text=True, check=False
    )


def test_crates_of_the_registry_become_a_directory_source(source: Path) -> None:
    done = run(source)
    assert done.returncode == 0, done.stderr
    vendored = source / "crate-sources" / "vendor" / "leaf-1.2.0"
    assert (vendored / "Cargo.toml").is_file()
    checksums = json.loads((vendored / ".cargo-checksum.json").read_text())
    assert checksums["package"] in (source / "Cargo.lock").read_text()
    assert f'directory = "{vendored.parent}"' in (source.parent / "home/config.toml").read_text()
    assert "--locked" in (source.parent / "calls").read_text()


def test_a_crate_with_another_hash_than_cargo_lock_s_is_named(source: Path) -> None:
    lock(source, "0" * 64)
    done = run(source)
    assert done.returncode == 1
    actual = hashlib.sha256(
        (source / "crate-sources" / "leaf-1.2.0.crate").read_bytes()
    ).hexdigest()
    assert f"crate-sources/leaf-1.2.0.crate has the sha256 {actual}" in done.stderr
    assert f"wants {'0' * 64}" in done.stderr
    assert "recipe crates NAME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lock_that_does_not_match_is_cargo_s_error_with_the_next_step(source: Path) -> None:
    done = run(source, cargo="echo 'error: cannot update the lock file' >&2; exit 101")
    assert done.returncode == 1
    assert done.stderr.startswith("error: error: cannot update the lock file")
    assert "recipe crates NAME" in done.stderr


def test_a_project_without_a_lock_is_named(source: Path) -> None:
    (source / "Cargo.lock").unlink()
    done = run(source)
    assert done.returncode == 1
    assert "has no Cargo.lock. Add it by a patch" in done.stderr


def test_a_damaged_crate_is_named(source: Path) -> None:
    (source / "crate-sources" / "leaf-1.2.0.crate").write_bytes(b"damaged")
    done = run(source)
    assert done.returncode == 1
    assert "leaf-1.2.0.crate cannot be unpacked" in done.stderr


def test_a_damaged_package_of_debian_is_named(source: Path) -> None:
    (source / "crate-sources" / "librust-leaf-dev_1.2.0-1_amd64.deb").write_bytes(b"damaged")
    done = run(source)
    assert done.returncode == 1
    assert "librust-leaf-dev_1.2.0-1_amd64.deb cannot be unpacked" in done.stderr


def test_a_list_of_crates_is_added_and_replaced(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(RECIPE.format(digest="0" * 64))
    for names in (["one", "two"], ["three"]):
        sources = [
            Source(urls=(f"apt://trixie/librust-{name}-dev_1-1_all.deb",), sha256="a" * 64)
            for name in names
        ]
        file.write_text(with_list(file, sources))
    assert file.read_text() == RECIPE.format(digest="0" * 64).replace(
        "\n\nbuild",
        "\n  - url: apt://trixie/librust-three-dev_1-1_all.deb\n"
        f"    sha256: {'a' * 64}\n    target_directory: crate-sources\n\nbuild",
    )


def test_a_recipe_with_one_source_is_named(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text("source:\n  url: https://example.org/demo-1.0.tar.gz\n\nbuild:\n")
    with pytest.raises(RecipeError, match=r"recipe.yaml: `source` is not a list"):
        with_list(file, [])
