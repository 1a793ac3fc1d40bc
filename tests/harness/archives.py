"""How does a test make the older format of a conda package, and unpack a package as conda does?

This module also writes a ``repodata.json``, all that channels of other programs have. It uses
Python's ``tarfile`` and ``bz2``, and none of the code under test.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import zstandard


def as_tar_bz2(package: Path, *, level: int = 9) -> Path:
    """Write a ``.conda`` package as ``.tar.bz2`` beside it.

    Args:
        package: the ``.conda`` file.
        level: of bzip2; its blocks have 100,000 bytes times this.
    """
    whole = io.BytesIO()
    with (
        zipfile.ZipFile(package) as container,
        # conda-build wrote this format of tar then.
        tarfile.open(fileobj=whole, mode="w", format=tarfile.GNU_FORMAT) as target,
    ):
        for name in container.namelist():
            if name.endswith(".tar.zst"):
                _copy(container.read(name), target)
    output = package.with_suffix(".tar.bz2")
    output.write_bytes(bz2.compress(whole.getvalue(), level))
    return output


def unpack(package: Path, prefix: Path) -> None:
    """Unpack the files of a ``.conda`` package, without its metadata, into a folder."""
    with zipfile.ZipFile(package) as container:
        (name,) = [name for name in container.namelist() if name.startswith("pkg-")]
        with tarfile.open(fileobj=io.BytesIO(_unzstd(container.read(name)))) as tar:
            tar.extractall(prefix, filter="fully_trusted")


def write_repodata(subdir: Path) -> None:
    """Write the ``repodata.json`` of a folder with packages of both formats (CEP 16)."""
    repodata: dict[str, Any] = {"packages": {}, "packages.conda": {}}
    for package in subdir.glob("*-*-*.*"):
        content = package.read_bytes()
        if package.suffix == ".conda":
            with zipfile.ZipFile(package) as container:
                (name,) = [name for name in container.namelist() if name.startswith("info-")]
                raw = _unzstd(container.read(name))
        else:
            raw = bz2.decompress(content)
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            index = tar.extractfile("info/index.json")
            assert index is not None
            record = json.load(index)
        record |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        listed = "packages.conda" if package.suffix == ".conda" else "packages"
        repodata[listed][package.name] = record
    (subdir / "repodata.json").write_text(json.dumps(repodata))


def _unzstd(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().stream_reader(packed).read()


def _copy(packed: bytes, target: tarfile.TarFile) -> None:
    with tarfile.open(fileobj=io.BytesIO(_unzstd(packed))) as tar:
        for member in tar:
            target.addfile(member, tar.extractfile(member) if member.isfile() else None)
