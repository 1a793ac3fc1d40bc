"""How does py-rattler-build get sources that it cannot download itself?

This module adds verified files to py-rattler-build's cache, ``<output folder>/src_cache``, before a
build. ``conda build`` and ``conda-emscripten build`` then need no access to the canonical URLs,
which stay in the package's metadata. The layout and the key are those of py-rattler-build 0.73
(crate ``rattler_build_source_cache``, prefix-dev/rattler-build#1860), which the project pins.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from conda_emscripten.errors import SourceError
from conda_emscripten.files import os_errors, write_json
from conda_emscripten.sources import Source

_MASK = (1 << 64) - 1


def prime(output_dir: Path, source: Source, file: Path) -> None:
    """Add ``file``, the verified bytes of ``source``, to the source cache of ``output_dir``.

    Raises:
        SourceError: the archive cannot be unpacked, or the cache cannot be written.
    """
    cache = output_dir / "src_cache"
    with os_errors(SourceError, f"{cache}: {source.name} cannot be added"):
        _prime(cache, source, file)


def _prime(cache: Path, source: Source, file: Path) -> None:
    key = cache_key(source.urls[0], source.sha256)
    entry_file = cache / ".metadata" / f"{key}.json"
    archive = cache / f"{key}_{source.name}"
    unpacked = cache / f"{key}_extracted" if _is_archive(source) else None
    if entry_file.is_file() and (unpacked or archive).exists():
        return
    entry_file.parent.mkdir(parents=True, exist_ok=True)
    if unpacked:
        _unpack(file, unpacked)
    _link_or_copy(file, archive)
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    entry = {
        "source_type": "url",
        "url": source.urls[0],
        "checksum": source.sha256,
        "checksum_type": "sha256",
        "actual_filename": source.name,
        "git_commit": None,
        "git_rev": None,
        "cache_path": archive.name,
        "extracted_path": unpacked.name if unpacked else None,
        "last_accessed": now,
        "created": now,
        "lock_file": None,
        "attestation_verified": False,
    }
    write_json(entry_file, entry, indent=None)


def cache_key(url: str, sha256: str) -> str:
    """The key of an entry: SipHash-1-3 of URL and digest with key 0, as Rust hashes strings."""
    strings = b"".join(text.encode() + b"\xff" for text in (url, sha256))
    return f"{_siphash13(strings):x}"


def _is_archive(source: Source) -> bool:
    suffixes = (".tar", ".tgz", ".tbz", ".txz", ".zip")
    return source.file_name is None and (
        source.name.endswith(suffixes) or ".tar." in source.name[-10:]
    )


def _unpack(file: Path, target: Path) -> None:
    """Unpack beside ``target`` and rename; a single top folder is dropped, as rattler does."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        try:
            if file.name.endswith(".zip"):
                with zipfile.ZipFile(file) as archive:
                    for info in archive.infolist():
                        path = Path(archive.extract(info, folder))
                        if mode := info.external_attr >> 16 & 0o777:
                            path.chmod(mode)
            else:
                with tarfile.open(file) as tar:
                    tar.extractall(folder, filter="tar")
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            raise SourceError(
                f"{file}: cannot be unpacked: {error}.",
                help="Remove the file, check the source's url and sha256, and run the command "
                "again.",
            ) from error
        top = list(Path(folder).iterdir())
        root = top[0] if len(top) == 1 and top[0].is_dir() else Path(folder)
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(root, target)
        Path(folder).mkdir(exist_ok=True)


def _link_or_copy(file: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


def _siphash13(data: bytes) -> int:
    """SipHash-1-3 with the key 0 (Aumasson and Bernstein, 2012), Rust's DefaultHasher."""
    v0, v1, v2, v3 = 0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573

    def mix() -> None:
        nonlocal v0, v1, v2, v3
        v0 = (v0 + v1) & _MASK
        v1 = _rotate(v1, 13) ^ v0
        v0 = _rotate(v0, 32)
        v2 = (v2 + v3) & _MASK
        v3 = _rotate(v3, 16) ^ v2
        v0 = (v0 + v3) & _MASK
        v3 = _rotate(v3, 21) ^ v0
        v2 = (v2 + v1) & _MASK
        v1 = _rotate(v1, 17) ^ v2
        v2 = _rotate(v2, 32)

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v3 ^= word
        mix()
        v0 ^= word
    v2 ^= 0xFF
    for _ in range(3):
        mix()
    return v0 ^ v1 ^ v2 ^ v3
