"""Which damaged files once ended in a raw exception, or in a large allocation?"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conda_emscripten.abi import Abi
from conda_emscripten.bundle import make_bundle
from conda_emscripten.bundle_format import unpack
from conda_emscripten.channel import read_records
from conda_emscripten.conda_package import DamagedPackageError, read_info, read_package
from conda_emscripten.default_lock import solve_locks
from conda_emscripten.errors import BundleError, ChannelError
from conda_emscripten.file_tree import BundleFormatError
from conda_emscripten.interface import read_interface
from conda_emscripten.lock import read_bundles
from tests.harness.mutations import limited
from tests.harness.packages import make_package, tar_zst
from tests.harness.two_packages import LISTED

ABI = Abi(emscripten="3.1.69", python="3.13")
ENTRY = LISTED["noarch"][0].to_json()


def test_a_bundle_whose_header_is_longer_than_the_file_allocates_nothing() -> None:
    body = struct.pack("<4sIII", b"LZ4B", 2, 0xFF000000, 0xFFFFFFFF) + bytes(100)
    with limited(), pytest.raises(BundleFormatError, match="impossible size"):
        unpack(body + hashlib.sha256(body).digest())


def test_a_sparse_file_in_a_package_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("lib/huge")
    member.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"77777777777\0"  # the real size: 8 GB
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = tmp_path / "p-1-0.conda"
    with zipfile.ZipFile(path, "w") as container:
        info = {"info/index.json": b"{}", "info/paths.json": b'{"paths": []}'}
        container.writestr("info-p.tar.zst", tar_zst(info))
        container.writestr("pkg-p.tar.zst", zstandard.compress(bytes(header) + bytes(1024)))
    with limited(), pytest.raises(DamagedPackageError, match="'lib/huge' is a sparse file"):
        read_package(path)


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ({"noarch": 5}, r"info/link\.json: \$\.noarch is not an object"),
        ({"noarch": {"entry_points": [["a"]]}}, r"entry_points\[0\] is not a string"),
    ],
)
def test_a_package_with_wrong_entry_points_becomes_no_bundle(
    tmp_path: Path, link: Any, message: str
) -> None:
    path = tmp_path / "p-1-0.conda"
    with zipfile.ZipFile(path, "w") as container:
        info = {
            "info/index.json": b"{}",
            "info/paths.json": b'{"paths": []}',
            "info/link.json": json.dumps(link).encode(),
        }
        container.writestr("info-p.tar.zst", tar_zst(info))
        container.writestr("pkg-p.tar.zst", tar_zst({}))
    with pytest.raises(BundleError, match=message):
        make_bundle(path, file="p.lz4b", abi=ABI, python=None)


def test_a_zip_with_a_wrong_offset_is_a_damaged_package(tmp_path: Path) -> None:
    path = make_package(tmp_path, {"a": b"a"})
    data = bytearray(path.read_bytes())
    data[-6:-2] = struct.pack("<I", len(data) + 1000)  # where the directory starts
    path.write_bytes(data)
    with pytest.raises(DamagedPackageError, match="is not a sound conda package"):
        read_info(path)


def test_a_timestamp_that_is_no_date_has_an_interface(tmp_path: Path) -> None:
    path = make_package(tmp_path, {"lib/a": b"a"})
    sound = read_interface(path)
    with zipfile.ZipFile(path) as container:
        files = {name: container.read(name) for name in container.namelist()}
    (info,) = [name for name in files if name.startswith("info-")]
    raw = zstandard.ZstdDecompressor().stream_reader(files[info]).read()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        members = {m.name: json.load(tar.extractfile(m) or io.BytesIO()) for m in tar}
    members["info/index.json"]["timestamp"] = 10**400
    files[info] = tar_zst({name: json.dumps(text).encode() for name, text in members.items()})
    with zipfile.ZipFile(path, "w") as container:
        for name, content in files.items():
            container.writestr(name, content)
    assert read_interface(path) == sound


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"packages": {"a-1-0.conda": 5}}', r"\$\.packages\['a-1-0\.conda'\] is not an object"),
        ('{"packages": {"a-1-0.conda": {}}}', r"name is missing"),
        ('{"packages": {}, "info": "\\ud800"}', "surrogates"),
        ('{"packages": {}, "info": "\ud800"}', "can't decode"),
        ("[" * 100_000, "damaged"),
    ],
)
def test_damaged_repodata_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "repodata.json").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ChannelError, match=message):
        read_records(tmp_path)


def test_no_lock_is_made_of_damaged_repodata(tmp_path: Path) -> None:
    for subdir in LISTED:
        (tmp_path / subdir).mkdir()
        (tmp_path / subdir / "repodata.json").write_text("[]")
    with pytest.raises(ChannelError, match="its repodata cannot be read"):
        solve_locks(tmp_path, LISTED, ["python"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "3"}, r"\$\.version is not a whole number"),
        ({"bundles": []}, r"\$\.bundles is not an object"),
        ({"bundles": {"a.conda": {**ENTRY, "size": "7"}}}, r"\.size is not a whole number"),
    ],
)
def test_a_damaged_index_of_bundles_is_one_error(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "bundles.json"
    path.write_text(json.dumps({"version": 2, "subdir": "noarch", "bundles": {}} | change))
    with pytest.raises(ChannelError, match=message):
        read_bundles(path.as_uri())
