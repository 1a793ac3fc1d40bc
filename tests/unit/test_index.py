"""Does a channel get its bundles and all files that describe its packages?"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import lz4
import msgpack
import pytest
import zstandard

from conda_emscripten import bundle_store
from conda_emscripten.bundle import Bundle, make_bundle
from conda_emscripten.default_lock import read_start_packages
from conda_emscripten.errors import BundleError, ChannelError, UsageError
from conda_emscripten.project import Project
from tests.harness.built import ROOT
from tests.harness.channels import ABI, START, index
from tests.harness.packages import make_package

SITE = ABI.site_packages


def make_channel(folder: Path) -> Path:
    """python (with a dependency that has no files), numpy and six, not indexed."""
    native, noarch = folder / "emscripten-wasm32", folder / "noarch"
    make_package(noarch, {}, name="emscripten-abi", subdir="noarch", noarch="generic")
    make_package(native, {"lib/python3.13/os.py": b""}, name="python", depends=["emscripten-abi"])
    make_package(native, {f"{SITE}/numpy/__init__.py": b""}, name="numpy", depends=["python"])
    six = {
        "site-packages/six.py": b"",
        "site-packages/six-1.0.dist-info/METADATA": b"Name: six\nVersion: 1.0\n",
    }
    make_package(noarch, six, name="six", subdir="noarch", noarch="python", depends=["python"])
    return folder


def load_json(path: Path) -> Any:
    return json.loads(path.read_text())


def bundle_entry(bundle: Bundle) -> dict[str, Any]:
    return {
        "bundle": bundle.file,
        "size": bundle.size,
        "sha256": bundle.sha256,
        "head_size": bundle.head_size,
        "head_sha256": bundle.head_sha256,
        **({"parts": [part.to_json() for part in bundle.parts]} if bundle.parts else {}),
        "package_sha256": bundle.package_sha256,
        "imports": list(bundle.imports),
        "distributions": {
            name: {"version": found.version, "extras": list(found.extras)}
            for name, found in bundle.distributions.items()
        },
    }


def test_a_channel_gets_its_bundles_and_their_json_files(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundles = index(channel)
    assert {name: bundle.file for name, bundle in bundles.items()} == {
        "numpy-1.0-h_0.conda": "numpy-1.0-h_0.lz4b",
        "python-1.0-h_0.conda": "python-1.0-h_0.lz4b",
        "emscripten-abi-1.0-h_0.conda": None,
        "six-1.0-h_0.conda": "six-1.0-h_0.lz4b",
    }
    six = bundles["six-1.0-h_0.conda"]
    data = (channel / "noarch" / "six-1.0-h_0.lz4b").read_bytes()
    assert (six.size, six.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    listed = load_json(channel / "noarch" / "bundles.json")
    assert (listed["version"], listed["subdir"]) == (3, "noarch")
    assert listed["bundles"] == {
        name: bundle_entry(bundles[name])
        for name in ("emscripten-abi-1.0-h_0.conda", "six-1.0-h_0.conda")
    }
    assert load_json(channel / "imports.json") == {
        "version": 1,
        "imports": {"numpy": "numpy", "six": "six"},
    }
    lock = load_json(channel / "lock.json")
    assert [package["name"] for package in lock["packages"]] == ["emscripten-abi", "python", "six"]
    python = lock["packages"][1]
    assert python["file"] == "python-1.0-h_0.conda"
    assert python["bundle_sha256"] == bundles["python-1.0-h_0.conda"].sha256
    assert python["depends"] == ["emscripten-abi"]


def test_the_default_lock_has_all_packages_that_fit_together(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    native = channel / "emscripten-wasm32"
    for name, depends in {
        "old": ["numpy 0.*"],
        "new": ["numpy 1.*"],
        "missing": ["nothing-of-this-name"],
    }.items():
        make_package(native, {f"{SITE}/{name}.py": b""}, name=name, depends=depends)
    index(channel)
    lock = load_json(channel / "default-lock.json")
    names = [package["name"] for package in lock["packages"]]
    assert names == ["emscripten-abi", "new", "numpy", "python", "six"]
    assert lock["specs"] == ["python", "six", "new", "numpy"]
    start = load_json(channel / "lock.json")["packages"]
    assert all(package in lock["packages"] for package in start)


def record_bundles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that gets the name of each package whose bundle is made from now on."""
    made: list[str] = []

    def recorded(package: Path, **arguments: Any) -> tuple[Bundle, dict[str, bytes]]:
        made.append(package.name)
        return make_bundle(package, **arguments)

    monkeypatch.setattr(bundle_store, "make_bundle", recorded)
    return made


def test_only_changed_packages_get_new_bundles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make_channel(tmp_path)
    index(channel)
    made = record_bundles(monkeypatch)
    index(channel)
    assert made == []
    make_package(channel / "emscripten-wasm32", {f"{SITE}/numpy.py": b"new"}, name="numpy")
    (channel / "noarch" / "six-1.0-h_0.lz4b").unlink()
    index(channel)
    assert made == ["numpy-1.0-h_0.conda", "six-1.0-h_0.conda"]


def test_a_file_is_read_again_only_if_it_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make_channel(tmp_path)
    packages = list(channel.glob("*/*.conda"))
    read: list[str] = []

    def recorded(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(bundle_store, "sha256_file", recorded)
    late = time.time() + 600
    for path in packages:
        os.utime(path, (late, late))
    index(channel)
    assert len(read) == len(packages)
    read.clear()
    index(channel)
    assert len(read) == len(packages)  # no mtime is a second older than its read
    old = time.time() - 10
    for path in packages:
        os.utime(path, (old, old))
    index(channel)
    read.clear()
    index(channel)
    assert read == []
    # Other bytes with the same size and mtime, within a second of the read.
    six = channel / "noarch" / "six-1.0-h_0.conda"
    os.utime(six, (late, late))
    index(channel)
    stat = six.stat()
    data = bytearray(six.read_bytes())
    changed = data.replace(b"metadata.json", b"metadatA.json")
    assert changed != data
    six.write_bytes(changed)
    os.utime(six, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    bundles = index(channel)
    assert bundles[six.name].package_sha256 == hashlib.sha256(changed).hexdigest()


def test_shards_say_where_the_bundles_are(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    bundles = index(channel)
    folder = channel / "noarch"
    shards = read_shards(folder)
    assert sorted(shards) == ["(current)", "emscripten-abi", "six"]
    six = bundles["six-1.0-h_0.conda"]
    assert six.sha256 is not None and six.head_sha256 is not None and six.file is not None
    assert shards["six"]["bundles"] == {
        six.package: {
            "bundle": six.file,
            "size": six.size,
            "sha256": bytes.fromhex(six.sha256),
            "head_size": six.head_size,
            "head_sha256": bytes.fromhex(six.head_sha256),
        }
    }
    head = (folder / six.file).read_bytes()[: six.head_size]
    assert hashlib.sha256(head).hexdigest() == six.head_sha256
    record = shards["six"]["packages.conda"][six.package]
    assert record["sha256"] == bytes.fromhex(six.package_sha256)
    assert shards["emscripten-abi"]["bundles"]["emscripten-abi-1.0-h_0.conda"] == {
        "bundle": None,
        "size": 0,
        "sha256": None,
    }
    current = shards["(current)"]
    assert current["bundles"] == {**shards["six"]["bundles"], **shards["emscripten-abi"]["bundles"]}
    assert current["packages.conda"][six.package].items() < record.items()
    before = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").iterdir()}
    make_package(folder, {"share/new": b""}, name="new", subdir="noarch", noarch="generic")
    index(channel)
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").iterdir()}
    assert len(before.items() - after.items()) == 1  # the shard of the current packages
    (folder / "new-1.0-h_0.conda").unlink()
    index(channel)
    assert {path.name for path in (folder / "shards").iterdir()} == set(before)


def read_shards(folder: Path) -> dict[str, Any]:
    """The shards of a subdir by name, as CEP 16 describes, and that of the current packages."""

    def read(path: Path) -> Any:
        return msgpack.unpackb(zstandard.ZstdDecompressor().decompress(path.read_bytes()))

    index = read(folder / "repodata_shards.msgpack.zst")
    found = {}
    for name, digest in {**index["shards"], "(current)": index["current"]}.items():
        path = folder / index["info"]["shards_base_url"] / f"{digest.hex()}.msgpack.zst"
        assert hashlib.sha256(path.read_bytes()).digest() == digest
        found[name] = read(path)
    return found


def test_bundles_of_removed_packages_are_removed(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    index(channel)
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    numpy = channel / "emscripten-wasm32" / "numpy-1.0-h_0.lz4b.br"
    for path in (
        numpy,
        channel / "noarch" / "six-1.0-h_0.lz4b.br",
        channel / "noarch" / "other-1.0-h_0.lz4b",
        channel / "noarch" / ".other-1.0-h_0.lz4b.leftover",
    ):
        path.write_bytes(b"")
    index(channel)
    assert not list((channel / "noarch").glob("*.lz4b*"))
    assert numpy.is_file()
    assert list(load_json(channel / "noarch" / "bundles.json")["bundles"]) == [
        "emscripten-abi-1.0-h_0.conda"
    ]
    assert load_json(channel / "imports.json")["imports"] == {"numpy": "numpy"}


def test_a_module_of_several_packages_leads_to_the_package_with_its_name(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    for name in ("b-fork", "a-fork", "yaml"):
        make_package(
            channel / "emscripten-wasm32",
            {
                f"{SITE}/yaml/__init__.py": b"",
                f"{SITE}/_yaml{name[0]}.py": b"",
                f"{SITE}/x.py": b"",
            },
            name=name,
        )
    index(channel)
    imports = load_json(channel / "imports.json")["imports"]
    assert (imports["yaml"], imports["x"], imports["_yamlb"]) == ("yaml", "a-fork", "b-fork")


def test_after_an_error_the_json_files_describe_the_existing_bundles(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    index(channel)
    native = channel / "emscripten-wasm32"
    make_package(native, {f"{SITE}/numpy.py": b"new"}, name="numpy")
    make_package(native, {"../evil": b""}, name="zzz")
    with pytest.raises(BundleError, match="evil"):
        index(channel)
    for entry in load_json(native / "bundles.json")["bundles"].values():
        data = (native / entry["bundle"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert [path.name for path in native.iterdir() if path.name.startswith(".")] == [
        ".bundles.json"
    ]


def test_repodata_of_an_older_package_of_the_same_name_is_refused(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    index(channel)
    make_package(channel / "emscripten-wasm32", {"lib/python3.13/a.py": b""}, name="python")
    with pytest.raises(ChannelError, match=r"does not match python-1\.0-h_0\.conda"):
        index(channel, force=False)


def test_start_packages_without_a_solution_are_an_error(tmp_path: Path) -> None:
    channel = make_channel(tmp_path)
    make_package(channel / "noarch", {}, name="six", subdir="noarch", depends=["python >=9"])
    with pytest.raises(ChannelError, match="python six cannot be installed") as caught:
        index(channel)
    assert "Build the missing packages" in caught.value.help


def test_a_channel_without_python_has_empty_locks(tmp_path: Path) -> None:
    make_package(tmp_path / "noarch", {"share/a": b""}, name="a", subdir="noarch")
    index(tmp_path)
    for file in ("lock.json", "default-lock.json"):
        lock = load_json(tmp_path / file)
        assert (lock["specs"], lock["packages"]) == ([], [])


@pytest.mark.parametrize("obstacle", ["imports.json", "noarch/bundles.json", "packages.json"])
def test_a_file_that_cannot_be_written_is_one_error_with_its_name(
    tmp_path: Path, obstacle: str
) -> None:
    channel = make_channel(tmp_path)
    (channel / obstacle).mkdir()
    with pytest.raises(ChannelError) as caught:
        index(channel)
    assert f"{channel} cannot be indexed" in caught.value.message
    assert str(channel / obstacle) in caught.value.message


def test_a_full_disk_is_one_error_and_no_file_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make_channel(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ChannelError, match=r"the disk is full .*lz4b|the disk is full .*json"):
        index(channel)
    assert not list(channel.rglob(".*lz4b*"))
    assert not list(channel.rglob("*.lz4b"))


@pytest.mark.parametrize("name", ["bundler", "format", "lz4", "abi", "python"])
def test_bundles_are_made_again_when_an_input_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    channel = make_channel(tmp_path)
    index(channel)
    made = record_bundles(monkeypatch)
    inputs = bundle_store.bundle_inputs(ABI, None)
    changed = {**inputs, name: "another"}
    monkeypatch.setattr(bundle_store, "bundle_inputs", lambda *_, **__: changed)
    index(channel)
    assert len(made) == 4
    assert changed != inputs


def test_the_inputs_of_bundles_are_versions_not_sources(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho Python 3.13.9\n")
    python.chmod(0o755)
    assert bundle_store.bundle_inputs(ABI, python) == {
        "bundler": bundle_store.BUNDLER_VERSION,
        "format": 3,
        "lz4": lz4.library_version_string(),
        "abi": "3.13",
        "python": "Python 3.13.9",
    }


def test_the_project_s_start_packages_are_those_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "start.yaml"
    assert read_start_packages(path) == ["python"]
    path.write_text("# first\n- python\n- six\n")
    assert read_start_packages(path) == ["python", "six"]
    assert read_start_packages(Project.find(ROOT).start_packages) == list(START)


@pytest.mark.parametrize(
    "text", ["", "python", "- six\n- python", "- [python", "a: b", "- python\n- [six]", "\x00"]
)
def test_a_malformed_list_of_start_packages_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "start.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a list of packages that begins with python"):
        read_start_packages(path)
