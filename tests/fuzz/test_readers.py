"""Does each reader refuse damaged files with its documented error, or read something sound?

CONTRIBUTING.md says how to run these tests with more inputs.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, get_type_hints

import lz4.block
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conda_emscripten import library_symbols, static_archive, wasm_module
from conda_emscripten.abi import Abi
from conda_emscripten.bundle import Bundle, make_bundle
from conda_emscripten.bundle_format import BundleFile, pack, read_bundle, unpack
from conda_emscripten.bundle_store import update_bundles
from conda_emscripten.channel import read_records, read_repodata
from conda_emscripten.conda_package import (
    DamagedPackageError,
    Package,
    read_info,
    read_package,
    verify_package,
)
from conda_emscripten.default_lock import solve_locks
from conda_emscripten.errors import BuildError, BundleError, ChannelError
from conda_emscripten.file_tree import BundleFormatError, File, Tree
from conda_emscripten.interface import read_interface
from conda_emscripten.json_check import checked
from conda_emscripten.json_formats import BundleEntry, Lock
from conda_emscripten.library_symbols import DamagedFileError
from conda_emscripten.lock import read_bundles
from conda_emscripten.shards import write_shards
from tests.harness.built import ROOT
from tests.harness.mutations import (
    JsonMutation,
    Mutation,
    inputs,
    json_mutations,
    limited,
    mutated,
    mutated_json,
    mutations,
    refused,
)
from tests.harness.packages import make_package
from tests.harness.two_packages import LISTED, REPODATA, record
from tests.harness.wasm_files import WEAK, archive, object_file, side_module

ABI = Abi(emscripten="3.1.69", python="3.13")
SIDE_MODULE = side_module(
    [("env", "malloc"), ("GOT.mem", "x")],
    {"f": b"\x60\0\0"},
    needed=["libz.so"],
    weak_imports=[("env", "malloc")],
    variables=["v"],
)
OBJECT = object_file({"f": 0, "g": WEAK}, {"d": 0}, ["malloc"], features=["simd128"])
LIBRARY = archive({"a.o": OBJECT, "a_member_with_a_long_name.o": OBJECT})


def schema(name: str) -> Draft202012Validator:
    path = ROOT / "docs" / "reference" / "schema" / f"{name}.schema.json"
    return Draft202012Validator(json.loads(path.read_text()))


TREE = Tree(
    files={
        "lib/a.py": File(content=b"print('a')\n" * 30),
        "bin/tool": File(content=b"#!/bin/python\n", mode=0o755),
        "lib/\xfc/b": File(content=bytes(at * at % 251 for at in range(700))),
        "lib/x.so": File(content=SIDE_MODULE),
    },
    symlinks={"lib/y.so": "x.so", "lib/up": "../bin"},
    libraries=["lib/x.so"],
)
BUNDLE = pack(TREE, package="test-1-0.conda", package_sha256="ab" * 32)


def check_bundle(bundle: BundleFile) -> None:
    assert isinstance(bundle.package, str)
    for path, file in bundle.tree.files.items():
        assert ".." not in path.split("/")
        assert type(file.mode) is int
        assert 0 <= file.mode <= 0o7777
        assert isinstance(file.content, bytes)
    for path, target in bundle.tree.symlinks.items():
        assert ".." not in path.split("/")
        assert isinstance(target, str)
    assert set(bundle.tree.libraries) <= set(bundle.tree.files)


@inputs(200)
@given(mutations())
def test_bundles_with_damaged_bytes(changes: list[Mutation]) -> None:
    data = mutated(BUNDLE, changes)
    refused(lambda: check_bundle(unpack(data)), BundleFormatError)


@inputs(300)
@given(mutations())
def test_bundles_with_damaged_bytes_and_a_right_sha256(changes: list[Mutation]) -> None:
    body = mutated(BUNDLE[:-32], changes)
    data = body + hashlib.sha256(body).digest()
    refused(lambda: check_bundle(unpack(data)), BundleFormatError)


@inputs(400)
@given(json_mutations())
def test_bundles_with_a_damaged_header_of_the_right_size(changes: list[JsonMutation]) -> None:
    stored, raw = (int.from_bytes(BUNDLE[at : at + 4], "little") for at in (8, 12))
    header = json.loads(lz4.block.decompress(BUNDLE[16 : 16 + stored], uncompressed_size=raw))
    text = json.dumps(mutated_json(header, changes)).encode()
    packed = lz4.block.compress(text, store_size=False)
    sizes = len(packed).to_bytes(4, "little") + len(text).to_bytes(4, "little")
    body = BUNDLE[:8] + sizes + packed + BUNDLE[16 + stored : -32]
    data = body + hashlib.sha256(body).digest()
    refused(lambda: check_bundle(unpack(data)), BundleFormatError)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@inputs(100)
@given(changes=mutations())
def test_bundle_files_with_damaged_bytes(folder: Path, changes: list[Mutation]) -> None:
    path = folder / "test-1-0.lz4b"
    path.write_bytes(mutated(BUNDLE, changes))
    refused(lambda: read_bundle(path), BundleError)


def parts_of(package: Path) -> dict[str, bytes]:
    """The uncompressed archives of a ``.conda`` file by name, and its metadata.json."""
    with zipfile.ZipFile(package) as container:
        files = {name: container.read(name) for name in container.namelist()}
    return {
        name: zstandard.ZstdDecompressor().decompress(data) if name.endswith(".zst") else data
        for name, data in files.items()
    }


def conda(parts: dict[str, bytes]) -> bytes:
    """A ``.conda`` file of archives: the checksums of zip and zstd are right."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        for name, data in parts.items():
            packed = zstandard.compress(data, 1) if name.endswith(".zst") else data
            container.writestr(name, packed)
    return written.getvalue()


def with_checksums(tar: bytes) -> bytes:
    """The tar file with right checksums in all blocks that look like a header (POSIX: pax)."""
    changed = bytearray(tar)
    for start in range(0, len(changed) - 511, 512):
        if changed[start + 257 : start + 262] == b"ustar":
            changed[start + 148 : start + 156] = b" " * 8
            total = sum(changed[start : start + 512])
            changed[start + 148 : start + 156] = b"%06o\0 " % total
    return bytes(changed)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    placeholder = f"/{'p' * 60}"
    return make_package(
        tmp_path_factory.mktemp("package"),
        {
            "site-packages/pure.py": b"import pure\n" * 20,
            "site-packages/pure-1.0.dist-info/METADATA": b"Name: pure\nVersion: 1.0\n",
            "site-packages/pure-1.0.dist-info/RECORD": b"pure.py,sha256=a,12\n",
            "bin/script": f"#!{placeholder}/bin/python\n".encode(),
            "lib/data": f"\0{placeholder}/share\0".encode(),
            "lib/x.so": SIDE_MODULE,
            "lib/libx.a": LIBRARY,
            "lib/y.so": (tarfile.SYMTYPE, "x.so"),
            "lib/z.so": (tarfile.LNKTYPE, "lib/x.so"),
        },
        subdir="noarch",
        noarch="python",
        depends=["python >=3.13"],
        paths={
            "bin/script": {"prefix_placeholder": placeholder, "file_mode": "text"},
            "lib/data": {"prefix_placeholder": placeholder, "file_mode": "binary"},
        },
        entry_points=["tool = pure:main"],
        about={"summary": "A package", "license": "MIT"},
        run_exports={"weak": ["pure >=1"]},
    )


@pytest.fixture(scope="module")
def parts(package: Path) -> dict[str, bytes]:
    return parts_of(package)


def check_package(folder: Path, data: bytes) -> None:
    """All readers of packages, on one file."""
    path = folder / "pure-1.0-h_0.conda"
    path.write_bytes(data)
    found: list[Package] = []
    is_damaged = refused(lambda: found.append(read_package(path)), DamagedPackageError)
    refused(lambda: verify_package(path), DamagedPackageError)
    refused(lambda: read_info(path), DamagedPackageError)
    bundles: list[tuple[Bundle, dict[str, bytes]]] = []
    has_no_bundle = refused(
        lambda: bundles.append(make_bundle(path, file="b.lz4b", abi=ABI, python=None)), BundleError
    )
    has_no_interface = refused(lambda: read_interface(path), BuildError)
    if is_damaged:
        assert has_no_bundle
        assert has_no_interface
    for bundle, contents in bundles:
        bundle_files = {bundle.package: bundle.to_json()}
        BUNDLES.validate({"version": 3, "subdir": "noarch", "bundles": bundle_files})
        if contents:
            check_bundle(unpack(b"".join(contents.values())))


BUNDLES = schema("bundles")
BUNDLES_KEYS = set(get_type_hints(BundleEntry))


def test_the_sound_package_is_read_by_all(folder: Path, package: Path) -> None:
    check_package(folder, package.read_bytes())
    assert read_package(package).link["noarch"]["entry_points"] == ["tool = pure:main"]
    assert read_interface(package).libraries
    assert make_bundle(package, file="b.lz4b", abi=ABI, python=None)[1]


@inputs(350)
@given(changes=mutations())
def test_packages_with_damaged_bytes(folder: Path, package: Path, changes: list[Mutation]) -> None:
    check_package(folder, mutated(package.read_bytes(), changes))


@inputs(350)
@given(changes=mutations(), is_info=st.booleans())
def test_packages_with_damaged_tar_files(
    folder: Path, parts: dict[str, bytes], changes: list[Mutation], is_info: bool
) -> None:
    name = next(name for name in parts if name.startswith("info-" if is_info else "pkg-"))
    check_package(folder, conda(parts | {name: with_checksums(mutated(parts[name], changes))}))


@inputs(300)
@given(changes=json_mutations())
def test_packages_with_damaged_metadata(
    folder: Path, parts: dict[str, bytes], changes: list[JsonMutation]
) -> None:
    name = next(name for name in parts if name.startswith("info-"))
    with tarfile.open(fileobj=io.BytesIO(parts[name])) as tar:
        members = {member.name: tar.extractfile(member) for member in tar}
        metadata = {path: json.load(file) for path, file in members.items() if file}
    changed = mutated_json(metadata, changes)
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for path, content in changed.items() if isinstance(changed, dict) else ():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(path.encode("utf-8", "replace").decode())
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    check_package(folder, conda(parts | {name: written.getvalue()}))


@inputs(300)
@given(mutations())
def test_damaged_webassembly_files(changes: list[Mutation]) -> None:
    for data in (SIDE_MODULE, OBJECT):
        damaged = mutated(data, changes)
        refused(partial(wasm_module.read_module, damaged), wasm_module.WasmError)


@inputs(300)
@given(mutations())
def test_damaged_static_libraries(changes: list[Mutation]) -> None:
    damaged = mutated(LIBRARY, changes)
    refused(lambda: static_archive.read_members(damaged), static_archive.ArchiveError)

    def read_library() -> None:
        with library_symbols.damage_in("lib/libx.a"):
            if library_symbols.is_library("lib/libx.a", damaged):
                library_symbols.read_library(damaged)

    refused(read_library, DamagedFileError)


LOCKS = schema("lock")


def write_channel(folder: Path, repodata: Any, text: bytes | None = None) -> None:
    for subdir in ("emscripten-wasm32", "noarch"):
        (folder / subdir).mkdir(exist_ok=True)
        content = repodata.get(subdir) if isinstance(repodata, dict) else repodata
        data = json.dumps(content).encode() if text is None else text
        (folder / subdir / "repodata.json").write_bytes(data)


def check_repodata(folder: Path) -> None:
    for subdir in ("emscripten-wasm32", "noarch"):

        def read(subdir: str = subdir) -> None:
            for name, found in read_records(folder / subdir).items():
                assert isinstance(name, str)
                assert isinstance(found, dict)
                assert isinstance(found["name"], str)

        refused(read, ChannelError)


@inputs(300)
@given(changes=mutations())
def test_repodata_with_damaged_bytes(folder: Path, changes: list[Mutation]) -> None:
    text = json.dumps(REPODATA["noarch"]).encode()
    write_channel(folder, None, mutated(text, changes))
    check_repodata(folder)


@inputs(300)
@given(changes=json_mutations())
def test_repodata_with_damaged_values(folder: Path, changes: list[JsonMutation]) -> None:
    write_channel(folder, mutated_json(REPODATA, changes))
    check_repodata(folder)


@inputs(100)
@given(changes=json_mutations())
def test_shards_of_damaged_repodata(folder: Path, changes: list[JsonMutation]) -> None:
    write_channel(folder, mutated_json(REPODATA, changes))
    subdir = folder / "noarch"
    shards = {"six-1.0-h_0.conda": LISTED["noarch"][0].to_shard()}
    refused(
        lambda: write_shards(subdir, read_repodata(subdir / "repodata.json"), shards), ChannelError
    )


def test_sound_repodata_has_a_solution(folder: Path) -> None:
    # Without a limit of memory: rattler's threads start here, and each reserves some.
    write_channel(folder, REPODATA)
    locks = solve_locks(folder, LISTED, ["python"])
    assert [package["name"] for package in locks.start["packages"]] == ["python"]
    for lock in (locks.start, locks.default):
        LOCKS.validate(lock)


@inputs(300)
@given(changes=json_mutations())
def test_locks_of_damaged_repodata(folder: Path, changes: list[JsonMutation]) -> None:
    write_channel(folder, mutated_json(REPODATA, changes))
    found: list[Lock] = []

    def solve() -> None:
        locks = solve_locks(folder, LISTED, ["python"])
        found.extend([locks.start, locks.default])

    refused(solve, ChannelError)
    for lock in found:
        LOCKS.validate(lock)


@inputs(600)
@given(changes=json_mutations())
def test_damaged_indexes_of_bundles(folder: Path, changes: list[JsonMutation]) -> None:
    entries = {bundle.package: bundle.to_json() for bundle in LISTED["noarch"]}
    for entry in entries.values():
        entry["parts"] = [{"bundle": "b.2.lz4b", "size": 3, "sha256": "ab" * 32}]
    content = mutated_json({"version": 3, "subdir": "noarch", "bundles": entries}, changes)
    path = folder / "bundles.json"
    path.write_text(json.dumps(content))

    def read() -> None:
        for entry in (read_bundles(path.as_uri()) or {}).values():
            known = {"imports": [], "distributions": {}} | {
                key: value
                for key, value in entry.items()
                if key in BUNDLES_KEYS - {"imports", "distributions"}
            }
            BUNDLES.validate({"version": 3, "subdir": "", "bundles": {"a.conda": known}})

    refused(read, ChannelError)


@inputs(100)
@given(changes=json_mutations())
def test_damaged_caches_of_bundles(
    tmp_path_factory: pytest.TempPathFactory, package: Path, changes: list[JsonMutation]
) -> None:
    subdir = tmp_path_factory.getbasetemp() / "cached" / "noarch"
    subdir.mkdir(parents=True, exist_ok=True)
    cache = subdir / ".bundles.json"
    copy = subdir / package.name
    if not copy.exists():
        copy.write_bytes(package.read_bytes())
        cache.unlink(missing_ok=True)
    update_bundles(subdir, abi=ABI, python=None)
    cache.write_text(json.dumps(mutated_json(json.loads(cache.read_text()), changes)))
    with limited():
        update_bundles(subdir, abi=ABI, python=None)
    BUNDLES.validate(json.loads((subdir / "bundles.json").read_text()))
    cache.unlink()


@inputs(100)
@given(changes=json_mutations())
def test_checked_json_is_valid_by_its_schema(changes: list[JsonMutation]) -> None:
    entry = {
        key: value
        for key, value in record("six", "noarch", "python").items()
        if key not in {"size", "timestamp", "license", "md5"}
    }
    lock = {"version": 2, "platform": "p", "specs": [], "packages": [{**entry, "file": "f"}]}
    content = mutated_json(lock, changes)
    if not refused(lambda: checked(content, Lock, "a lock"), ValueError):
        for package in content["packages"]:
            assert all(isinstance(spec, str) for spec in package["depends"])
