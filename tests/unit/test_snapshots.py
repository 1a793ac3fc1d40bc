"""Are snapshots read, compressed, listed in a channel and published?"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from conda_emscripten import snapshot_file, snapshot_store
from conda_emscripten.errors import PublishError
from conda_emscripten.publish import channel_files
from conda_emscripten.snapshot_file import BLOCK, compressed, read_snapshot
from conda_emscripten.snapshot_store import add_snapshot, read_snapshots
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.snapshots import PAGE, snapshot

RAW = b"python " * (BLOCK // 7 * 2) + hashlib.shake_128(b"noise").digest(2 * BLOCK)
RAW = RAW[: len(RAW) // PAGE * PAGE]


def test_a_compressed_snapshot_has_the_same_memory() -> None:
    data = compressed(read_snapshot(snapshot(RAW)))
    assert len(data) < len(snapshot(RAW))
    packed = read_snapshot(data)
    assert b"".join(snapshot_file._raw_blocks(packed)) == RAW
    assert max(packed.head["pages"]["blocks"]) == BLOCK  # noise stays as it is
    assert compressed(packed) == data


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[1:], "does not begin with CESNAP1"),
        (lambda data: data[:20], "does not begin with CESNAP1"),
        (lambda data: data[:60] + b"!" + data[61:], "its head is damaged"),
        (lambda data: data[:-1], "its pages are damaged"),
        (lambda _: snapshot(RAW, {"version": 1}), r"its head: \$.lock"),
    ],
)
def test_a_damaged_snapshot_is_refused(damage: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_snapshot(damage(snapshot(RAW)))


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    write_package(tmp_path, "python", "1.0", subdir="emscripten-wasm32")
    write_package(tmp_path, "six", "1.0", {"site-packages/six.py": b""})
    index(tmp_path)
    return tmp_path


def locked(channel: Path) -> Any:
    return json.loads((channel / "default-lock.json").read_text())


def test_a_channel_keeps_a_snapshot_until_its_packages_change(channel: Path) -> None:
    entry = add_snapshot(channel, "six", snapshot(RAW, locked(channel)), ["six"])
    path = snapshot_store.snapshot_path(channel, entry)
    assert path.name == f"{hashlib.sha256(path.read_bytes()).hexdigest()}.snap"
    assert entry["imports"] == ["six"]
    assert "six-1.0-h_0.conda" in entry["packages"]
    index(channel)
    assert read_snapshots(channel) == {"six": entry}
    assert path.is_file()

    write_package(channel, "six", "1.0", {"site-packages/six.py": b"changed = True"})
    index(channel)
    assert read_snapshots(channel) == {}
    assert not path.exists()


def test_a_channel_keeps_a_snapshot_until_the_parts_of_a_bundle_change(channel: Path) -> None:
    lock = {**locked(channel), "version": 1}
    whole = add_snapshot(channel, "whole", snapshot(RAW, lock), ["six"])
    stub = hashlib.shake_128(b"noise").digest(600_000)
    files = {"lib/python3.13/data.txt": b"data", "lib/python3.13/stub.pyi": stub}
    write_package(channel, "python", "1.0", files, subdir="emscripten-wasm32")
    index(channel)
    assert not snapshot_store.snapshot_path(channel, whole).exists()
    in_parts = {
        package["name"] for package in locked(channel)["packages"] if "bundle_parts" in package
    }
    assert in_parts == {"python"}

    entry = add_snapshot(channel, "parts", snapshot(RAW, locked(channel)), ["six"])
    index(channel)
    assert read_snapshots(channel) == {"parts": entry}
    names = [file.name for file in channel_files(channel)]
    assert "emscripten-wasm32/python-1.0-h_0.2.lz4b" in names

    # Only the last part has other files.
    files["lib/python3.13/stub.pyi"] = stub[::-1]
    write_package(channel, "python", "1.0", files, subdir="emscripten-wasm32")
    index(channel)
    assert read_snapshots(channel) == {}


def test_a_new_snapshot_replaces_that_of_its_name(channel: Path) -> None:
    old = add_snapshot(channel, "six", snapshot(RAW, locked(channel)), ["six"])
    other = add_snapshot(channel, "old", snapshot(RAW, locked(channel), today=False), ["six"])
    new = add_snapshot(channel, "six", snapshot(RAW[PAGE:], locked(channel)), ["six"])
    assert read_snapshots(channel) == {"old": other, "six": new}
    assert other["api"] == "0.16"
    assert not snapshot_store.snapshot_path(channel, old).exists()


def test_snapshots_are_published_before_their_list(channel: Path) -> None:
    entry = add_snapshot(channel, "six", snapshot(RAW, locked(channel)), ["six"])
    names = [file.name for file in channel_files(channel)]
    assert names.index(f"snapshots/{entry['sha256']}.snap") < names.index("snapshots.json")

    snapshot_store.snapshot_path(channel, entry).write_bytes(b"damaged")
    with pytest.raises(PublishError, match=r"differs from its entry in snapshots\.json"):
        channel_files(channel)


def test_a_damaged_list_is_an_empty_one(channel: Path) -> None:
    (channel / "snapshots.json").write_text("{")
    assert read_snapshots(channel) == {}
    index(channel)
    assert json.loads((channel / "snapshots.json").read_text())["snapshots"] == {}
