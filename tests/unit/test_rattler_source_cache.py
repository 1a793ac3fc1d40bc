"""Does a primed source cache have the form that py-rattler-build expects?

tests/build checks that py-rattler-build uses the cache.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from conda_emscripten.errors import SourceError
from conda_emscripten.rattler_source_cache import cache_key, prime
from conda_emscripten.sources import Source

SHA256 = "ff70335d468e7eb6ec65b95b99d3a2836546063f63acc5171de367e834932a81"


def test_the_key_is_the_one_that_rattler_build_writes() -> None:
    # From a cache that py-rattler-build 0.73.0 wrote.
    url = "https://pypi.io/packages/source/s/six/six-1.17.0.tar.gz"
    assert cache_key(url, SHA256) == "7f5349d841af6101"


def _tar(path: Path, names: list[str]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.mode = 2, 0o755
            tar.addfile(info, io.BytesIO(b"hi"))
    return path


def _primed(output: Path, source: Source, file: Path) -> Path:
    prime(output, source, file)
    key = cache_key(source.urls[0], source.sha256)
    entry = json.loads((output / "src_cache" / ".metadata" / f"{key}.json").read_text())
    return output / "src_cache" / str(entry["extracted_path"] or entry["cache_path"])


def test_the_single_top_folder_is_dropped(tmp_path: Path) -> None:
    file = _tar(tmp_path / "lib-1.0.tar.gz", ["lib-1.0/configure", "lib-1.0/src/a.c"])
    source = Source(urls=("https://example.org/lib-1.0.tar.gz",), sha256=SHA256)
    tree = _primed(tmp_path / "out", source, file)
    assert sorted(p.name for p in tree.iterdir()) == ["configure", "src"]
    assert (tree / "configure").stat().st_mode & 0o100


def test_several_top_entries_are_kept(tmp_path: Path) -> None:
    file = _tar(tmp_path / "lib-1.0.tar.gz", ["a", "b"])
    source = Source(urls=("https://example.org/lib-1.0.tar.gz",), sha256=SHA256)
    assert sorted(p.name for p in _primed(tmp_path / "out", source, file).iterdir()) == ["a", "b"]


def test_a_zip_file_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "lib-1.0.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("lib-1.0/a.c", "hi")
    source = Source(urls=("https://example.org/lib-1.0.zip",), sha256=SHA256)
    assert [p.name for p in _primed(tmp_path / "out", source, file).iterdir()] == ["a.c"]


def test_a_named_file_is_not_unpacked(tmp_path: Path) -> None:
    file = _tar(tmp_path / "lib-1.0.tar.gz", ["a"])
    source = Source(
        urls=("https://example.org/lib-1.0.tar.gz",), sha256=SHA256, file_name="lib.tar.gz"
    )
    assert _primed(tmp_path / "out", source, file).read_bytes() == file.read_bytes()


def test_a_truncated_archive_is_named(tmp_path: Path) -> None:
    file = _tar(tmp_path / "lib-1.0.tar.gz", ["a", "b"])
    file.write_bytes(file.read_bytes()[:40])
    source = Source(urls=("https://example.org/lib-1.0.tar.gz",), sha256=SHA256)
    with pytest.raises(SourceError, match=r"lib-1\.0\.tar\.gz"):
        prime(tmp_path / "out", source, file)
    assert not list((tmp_path / "out" / "src_cache").glob("*_extracted"))
