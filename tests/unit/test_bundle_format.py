"""Does unpacking a bundle give the packed tree, and is every damage detected?"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import struct
from pathlib import Path
from typing import Any

import lz4.block
import pytest

from conda_emscripten.bundle_format import (
    CHUNK_SIZE,
    pack,
    part_name,
    parts_of,
    read_bundle,
    unpack,
)
from conda_emscripten.errors import BundleError
from conda_emscripten.file_tree import BundleFormatError, File, Tree

WASM = b"\0asm\1\0\0\0"


def digest(chunk: bytes) -> str:
    return base64.b64encode(hashlib.sha256(chunk).digest()).decode()


def random_tree(seed: int) -> Tree:
    rng = random.Random(seed)
    files: dict[str, File] = {}
    for number in range(rng.randrange(12)):
        folders = [rng.choice("abc") for _ in range(rng.randrange(3))]
        size = rng.choice([0, 1, 100, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE])
        pattern = rng.randbytes(rng.choice([1, 50, 100_000]))
        content = (pattern * (size // len(pattern) + 1))[:size]
        mode = rng.choice([0o644, 0o755])
        files["/".join([*folders, f"file{number}"])] = File(content=content, mode=mode)
    libraries = [path for path in files if rng.random() < 0.3]
    full = [path for path in files if path not in libraries and files[path].content]
    late = [part for part in (full[1::3], full[2::3]) if part]
    lates = [path for part in late for path in part]
    first = [path for path in files if path not in libraries and path not in lates]
    ordered = [*first, *libraries, *lates]
    links = {f"link{number}": "a/elsewhere" for number in range(rng.randrange(3))}
    return Tree(
        files={path: files[path] for path in ordered},
        symlinks=links,
        libraries=libraries,
        late=late,
    )


@pytest.mark.parametrize("seed", range(40))
def test_any_tree_is_the_same_after_packing_and_unpacking(seed: int) -> None:
    tree = random_tree(seed)
    data = pack(tree, package="pkg-1.0-h_0.conda", package_sha256="ab")
    parts = parts_of(data)
    assert b"".join(parts) == data
    assert len(parts) == 1 + len(tree.late)
    assert all(parts)
    read = unpack(data)
    assert read.tree.late == tree.late
    assert read.package == "pkg-1.0-h_0.conda"
    assert read.package_sha256 == "ab"
    assert dict(read.tree.files) == dict(tree.files)
    assert read.tree.symlinks == tree.symlinks
    assert read.tree.libraries == tree.libraries


def test_the_same_tree_gives_the_same_bytes() -> None:
    def once() -> bytes:
        return pack(random_tree(3), package="p", package_sha256="")

    assert once() == once()


def test_files_are_in_the_given_order_and_libraries_start_chunks() -> None:
    names = ["z", "b/hot", "a/cold", "x.so", "y.so"]
    files = {name: File(content=name.encode() * 10) for name in names}
    data = pack(Tree(files=files, libraries=["x.so", "y.so"]), package="p", package_sha256="")
    assert list(unpack(data).tree.files) == names
    stored, raw = struct.unpack_from("<II", data, 8)
    header = json.loads(lz4.block.decompress(data[16 : 16 + stored], uncompressed_size=raw))
    directories = header["directories"]
    assert directories["b"]["hot"] == [10, 50]
    assert directories[""]["x.so"][0] == CHUNK_SIZE
    assert directories[""]["y.so"][0] == 2 * CHUNK_SIZE


def test_every_truncation_and_every_flipped_bit_is_one_clear_error(tmp_path: Path) -> None:
    tree = Tree(
        files={"lib/a.py": File(content=b"print()\n" * 20), "x.so": File(content=WASM)},
        symlinks={"y.so": "x.so"},
        libraries=["x.so"],
    )
    data = pack(tree, package="p-1-0.conda", package_sha256="ab")
    for size in range(len(data)):
        with pytest.raises(BundleFormatError):
            unpack(data[:size])
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BundleFormatError):
            unpack(bytes(damaged))
    path = tmp_path / "p.lz4b"
    path.write_bytes(data[:-1])
    with pytest.raises(
        BundleError, match=r"p\.lz4b: its sha256 differs .* Delete the file and run"
    ):
        read_bundle(path)
    with pytest.raises(BundleError, match=r"none\.lz4b cannot be read"):
        read_bundle(tmp_path / "none.lz4b")


def test_a_part_has_its_files_and_no_others(tmp_path: Path) -> None:
    files = {name: File(content=name.encode() * 9) for name in ("first", "rest", "more", "source")}
    tree = Tree(files=files, late=[["rest", "more"], ["source"]])
    data = pack(tree, package="p-1-0.conda", package_sha256="ab")
    assert data[4] == 3
    assert len(parts_of(data)) == 3
    assert len(parts_of(pack(Tree(files=files), package="p", package_sha256=""))) == 1
    for number, part in enumerate(parts_of(data), 1):
        (tmp_path / part_name("p-1-0.lz4b", number)).write_bytes(part)
    assert read_bundle(tmp_path / "p-1-0.1.lz4b").tree.late == tree.late
    (tmp_path / "p-1-0.3.lz4b").unlink()
    with pytest.raises(BundleError, match=r"p-1-0\.1\.lz4b: its sha256 differs"):
        read_bundle(tmp_path / "p-1-0.1.lz4b")


@pytest.mark.parametrize("late", [[["x.so"]], [["a"], ["x.so"]]])
def test_a_side_module_is_in_the_first_part(late: list[list[str]]) -> None:
    files = {"a": File(content=b"a"), "b": File(content=b"b"), "x.so": File(content=WASM)}
    with pytest.raises(BundleFormatError, match=r"the library x\.so is not in the first part"):
        pack(Tree(files=files, libraries=["x.so"], late=late), package="p", package_sha256="")


def test_a_part_without_bytes_is_refused() -> None:
    with pytest.raises(BundleFormatError, match="a part has no bytes"):
        pack(Tree(files={"a": File(content=b"")}, late=[["a"]]), package="p", package_sha256="")


@pytest.mark.parametrize(
    ("version", "change", "message"),
    [
        (3, {}, ""),
        (2, {}, "its parts do not fit its format version 2"),
        (3, {"parts": None}, "malformed"),
        (3, {"parts": [2]}, "its parts do not have its chunks"),
        (3, {"parts": [1, 0, 1]}, "its parts do not have its chunks"),
        (3, {"parts": [1, 2]}, "its parts do not have its chunks"),
        (3, {"parts": [-1, 3]}, "its parts do not have its chunks"),
        (3, {"directories": {"lib": {"a": [CHUNK_SIZE - 4, 8]}}}, "lib/a is in two parts"),
        (3, {"libraries": ["lib/b"]}, "the library lib/b is not in the first part"),
    ],
)
def test_wrong_parts_are_refused(version: int, change: dict[str, Any], message: str) -> None:
    chunks = [bytes(CHUNK_SIZE), bytes(8)]
    digests = b"".join(hashlib.sha256(chunk).digest() for chunk in chunks)
    header = {
        "package": "p",
        "package_sha256": "",
        "chunk_size": CHUNK_SIZE,
        "chunks": [[CHUNK_SIZE, CHUNK_SIZE], [8, 8]],
        "digests": base64.b64encode(digests).decode(),
        "directories": {"lib": {"a": [0, 8], "b": [CHUNK_SIZE, 8]}},
        "symlinks": {},
        "libraries": [],
        "parts": [1, 1],
        **change,
    }
    raw = json.dumps(header).encode()
    packed = lz4.block.compress(raw, store_size=False)
    preamble = struct.pack("<4sIII", b"LZ4B", version, len(packed), len(raw))
    body = preamble + packed + b"".join(chunks)
    data = body + hashlib.sha256(body).digest()
    if not message:
        assert unpack(data).tree.late == [["lib/b"]]
        return
    with pytest.raises(BundleFormatError, match=message):
        unpack(data)


def test_another_version_is_refused_by_its_number() -> None:
    data = pack(Tree(), package="p", package_sha256="")
    with pytest.raises(BundleFormatError, match="format version is 9; this program reads 2 and 3"):
        unpack(data[:4] + struct.pack("<I", 9) + data[8:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"directories": {"lib": {"a": [0, 99]}}}, "lib/a is outside the chunks"),
        ({"directories": {"lib": {"a": [-4, 4]}}}, "lib/a is outside the chunks"),
        ({"directories": {"../lib": {"a": [0, 8]}}}, "'../lib/a' is not a plain relative path"),
        ({"directories": {"/lib": {"a": [0, 8]}}}, "'/lib/a' is not a plain relative path"),
        ({"directories": {"a": {"b": [0, 4]}, "": {"a": [4, 4]}}}, "'a' is used twice"),
        ({"symlinks": {"l": "../out"}}, "link l points outside"),
        ({"libraries": ["no.so"]}, "library no.so is not among its files"),
        ({"chunks": [[9, 8]]}, "chunk 0 has an impossible size"),
        (
            {"chunks": [[4, 4]], "digests": digest(bytes(4))},
            "its chunks have 8 bytes, its header says 4",
        ),
        ({"chunks": [[8, 9]]}, "malformed"),
        ({"chunks": [[8, 8], [1, 256]]}, "it does not have one digest for each chunk"),
        ({"chunk_size": 1 << 30}, "impossible size"),
        ({"digests": "A" * 43 + "="}, "chunk 0 differs from its digest"),
        ({"digests": "?"}, "malformed"),
        ({"directories": {"lib": {"a": [0, 8], "b": [7, 1]}}}, "lib/b shares bytes with another"),
        ({"chunks": None}, "malformed"),
    ],
)
def test_a_wrong_header_under_a_right_digest_is_refused(
    change: dict[str, Any], message: str
) -> None:
    header = {
        "package": "p",
        "package_sha256": "",
        "chunk_size": CHUNK_SIZE,
        "chunks": [[8, 8]],
        "digests": digest(bytes(8)),
        "directories": {"lib": {"a": [0, 8]}},
        "symlinks": {},
        "libraries": [],
    }

    def assemble(header: dict[str, Any]) -> bytes:
        raw = json.dumps(header).encode()
        packed = lz4.block.compress(raw, store_size=False)
        body: bytes = struct.pack("<4sIII", b"LZ4B", 2, len(packed), len(raw)) + packed + bytes(8)
        return body + hashlib.sha256(body).digest()

    assert unpack(assemble(header)).tree.files["lib/a"].content == bytes(8)
    with pytest.raises(BundleFormatError, match=re.escape(message)):
        unpack(assemble({**header, **change}))


def test_a_header_that_claims_gigabytes_allocates_nothing() -> None:
    body = struct.pack("<4sIII", b"LZ4B", 2, 4, 0xFFFFFFFF) + bytes(4)
    with pytest.raises(BundleFormatError, match="its header has an impossible size"):
        unpack(body + hashlib.sha256(body).digest())


def test_random_headers_end_in_a_bundle_or_a_bundle_error() -> None:
    """Fuzz: any JSON value at any place of a sound header, with right digests."""
    accepted = 0
    rng = random.Random(7)
    values: list[Any] = [None, -1, 0, 8, 1 << 40, 1.5, "", "..", "/a", [], [[]], [[8, 8]], {}, True]
    values += [{"a": 1}, {"a": [0, 8]}, {"a": {"b": [0, 8, 511]}}, {"": {"": [0, 0]}}, ["lib/a"]]
    chunk = bytes(8)
    for _ in range(3000):
        header: dict[str, Any] = {
            "package": "p",
            "package_sha256": "",
            "chunk_size": CHUNK_SIZE,
            "chunks": [[8, 8]],
            "digests": digest(chunk),
            "directories": {"lib": {"a": [0, 8]}},
            "symlinks": {},
            "libraries": [],
        }
        for key in rng.sample(sorted(header), rng.randint(1, 3)):
            header[key] = rng.choice(values)
        raw = json.dumps(header).encode()
        packed = lz4.block.compress(raw, store_size=False)
        body = struct.pack("<4sIII", b"LZ4B", 2, len(packed), len(raw)) + packed + chunk
        try:
            unpack(body + hashlib.sha256(body).digest())
        except BundleFormatError:
            continue
        accepted += 1
    assert 0 < accepted < 1500  # most headers are not sound
