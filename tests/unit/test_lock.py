"""Does ``conda-emscripten lock`` write a complete lock, and no file after an error?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from conda_emscripten.errors import BuildError, ChannelError, UsageError
from conda_emscripten.lock import write_lock
from tests.harness.server import running

SHA256 = "ab" * 32
PART = {"bundle": "app-1.0-h_0.2.lz4b", "size": 5, "sha256": "ba" * 32}
HEAD_AND_PARTS = {"head_size": 3, "head_sha256": "ef" * 32, "parts": [PART]}


def make_channel(folder: Path, *, bundles: bool = True, version: str = "1.0") -> str:
    def record(name: str, subdir: str, *depends: str) -> dict[str, Any]:
        known = {"name": name, "version": version, "build": "h_0", "build_number": 0}
        return {**known, "subdir": subdir, "depends": list(depends), "sha256": SHA256, "size": 5}

    records = {
        "emscripten-wasm32": [record("lib", "emscripten-wasm32", "__emscripten")],
        "noarch": [record("app", "noarch", "lib >=1")],
    }
    for subdir, found in records.items():
        (folder / subdir).mkdir(parents=True)
        files = {f"{one['name']}-{version}-h_0.conda": one for one in found}
        repodata = {"info": {"subdir": subdir}, "packages": {}, "packages.conda": files}
        (folder / subdir / "repodata.json").write_text(json.dumps(repodata))
        entries = {
            file: {
                "bundle": file.replace(".conda", ".lz4b"),
                "size": 7,
                "sha256": "cd" * 32,
                "package_sha256": SHA256,
                # An index of an old release has no heads.
                **(HEAD_AND_PARTS if file.startswith("app") else {}),
            }
            for file in files
        }
        if bundles:
            content = {"version": 3, "subdir": subdir, "bundles": entries}
            (folder / subdir / "bundles.json").write_text(json.dumps(content))
    return folder.as_uri()


def lock(tmp_path: Path, *specs: str, channels: list[str], output: str = "lock.json") -> Any:
    path = tmp_path / output
    write_lock(
        path, specs, channels=channels, platform="emscripten-wasm32", cache_dir=tmp_path / "cache"
    )
    return json.loads(path.read_text())


def test_a_lock_names_every_package_its_bundle_and_its_channel(tmp_path: Path) -> None:
    made = lock(tmp_path, "app", channels=[make_channel(tmp_path / "channel")])
    assert (made["version"], made["specs"]) == (2, ["app"])
    assert [package["name"] for package in made["packages"]] == ["app", "lib"]
    assert made["packages"][0] == {
        "name": "app",
        "version": "1.0",
        "build": "h_0",
        "build_number": 0,
        "subdir": "noarch",
        "file": "app-1.0-h_0.conda",
        "sha256": SHA256,
        "depends": ["lib >=1"],
        "constrains": [],
        "channel": "channel/",
        "bundle": "app-1.0-h_0.lz4b",
        "bundle_size": 7,
        "bundle_sha256": "cd" * 32,
        "bundle_head_size": 3,
        "bundle_head_sha256": "ef" * 32,
        "bundle_parts": [PART],
    }
    assert not {"bundle_head_size", "bundle_parts"} & made["packages"][1].keys()


def test_the_first_channel_has_priority_and_need_not_have_bundles(tmp_path: Path) -> None:
    old = make_channel(tmp_path / "old", bundles=False)
    new = make_channel(tmp_path / "new", version="2.0")
    made = lock(tmp_path, "app", channels=[old, new])
    assert {package["version"] for package in made["packages"]} == {"1.0"}
    assert all("bundle" not in package for package in made["packages"])


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("nothing", BuildError, "No solution for nothing on emscripten-wasm32"),
        ("app >=2", BuildError, "No solution for app >=2"),
        ("app >=>2", UsageError, "Cannot read the spec"),
    ],
)
def test_a_wrong_spec_is_one_error_and_writes_nothing(
    tmp_path: Path, spec: str, error: type[Exception], message: str
) -> None:
    channel = make_channel(tmp_path / "channel")
    with pytest.raises(error, match=message):
        lock(tmp_path, spec, channels=[channel])
    assert not (tmp_path / "lock.json").exists()


def test_bundles_of_another_build_and_of_another_version_are_refused(tmp_path: Path) -> None:
    channel = make_channel(tmp_path / "channel")
    index = tmp_path / "channel" / "noarch" / "bundles.json"
    right = index.read_text()
    index.write_text(right.replace(SHA256, "00" * 32))
    with pytest.raises(ChannelError, match=r"no bundle that fits app-1\.0-h_0\.conda"):
        lock(tmp_path, "app", channels=[channel])
    index.write_text(right.replace('"version": 3', '"version": 1'))
    with pytest.raises(ChannelError, match="has version 1, this program reads 2 and 3"):
        lock(tmp_path, "app", channels=[channel])
    index.write_text(right.replace('"version": 3', '"version": 2'))
    assert lock(tmp_path, "app", channels=[channel])["packages"][0]["bundle"]


def test_a_missing_channel_and_an_output_that_cannot_be_written_are_errors(tmp_path: Path) -> None:
    with pytest.raises((ChannelError, BuildError)):
        lock(tmp_path, "app", channels=["http://127.0.0.1:9/channel"])
    channel = make_channel(tmp_path / "channel")
    with pytest.raises(UsageError, match="cannot be written"):
        lock(tmp_path, "app", channels=[channel], output="none/lock.json")


def test_the_channel_of_a_package_does_not_depend_on_the_form_of_its_url(tmp_path: Path) -> None:
    make_channel(tmp_path / "channel")
    with running(Starlette(routes=[Mount("/", StaticFiles(directory=tmp_path))])) as address:
        written = address.replace("127.0.0.1", "LOCALHOST") + "/channel"
        made = lock(tmp_path, "app", channels=[written])
    assert {package["channel"].lower() for package in made["packages"]} == {f"{written.lower()}/"}
    assert all(package["bundle"] for package in made["packages"])
