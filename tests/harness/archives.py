"""How does a test make the older format of a conda package, and unpack a package as conda does?

This module uses Python's ``tarfile`` and ``bz2``, and none of the code under test.
"""

from __future__ import annotations

import bz2
import io
import tarfile
import zipfile
from pathlib import Path

import zstandard


def as_tar_bz2(package: Path, *, level: int = 9) -> Path:
    """Write a ``.conda`` package as ``.tar.bz2`` beside it.

    Args:
        package: the ``.conda`` file.
        level: of bzip2; its blocks have 100,000 bytes times this.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(package) as container, tarfile.open(fileobj=whole, mode="w") as target:
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
        with _tar(container.read(name)) as tar:
            tar.extractall(prefix, filter="fully_trusted")


def _tar(packed: bytes) -> tarfile.TarFile:
    raw = zstandard.ZstdDecompressor().stream_reader(packed).read()
    return tarfile.open(fileobj=io.BytesIO(raw))


def _copy(packed: bytes, target: tarfile.TarFile) -> None:
    with _tar(packed) as tar:
        for member in tar:
            target.addfile(member, tar.extractfile(member) if member.isfile() else None)
