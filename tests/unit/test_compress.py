"""Does each bundle have a compressed variant, and is a stale variant never used?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard

from conda_emscripten.compress import compress_bundles, compress_site, compress_start
from conda_emscripten.publish import publish
from conda_emscripten.serve import create_app
from tests.harness.channels import index
from tests.harness.packages import write_package
from tests.harness.server import running


@pytest.fixture
def channel(tmp_path: Path) -> Path:
    path = tmp_path / "channel"
    (path / "emscripten-wasm32").mkdir(parents=True)
    (tmp_path / "dist").mkdir()
    write_package(path, "python", "1.0")
    write_package(path, "six", "1.0", {"share/six": bytes(range(256)) * 4096})
    return indexed(path)


def indexed(path: Path) -> Path:
    index(path)
    return path


def test_a_variant_decompresses_to_its_bundle(channel: Path) -> None:
    written = compress_bundles(channel)
    assert channel / "noarch" / "six-1.0-h_0.lz4b.zst" in written
    for variant in written:
        assert zstandard.decompress(variant.read_bytes()) == variant.with_suffix("").read_bytes()
    assert compress_bundles(channel) == []


def test_the_start_packages_have_brotli(channel: Path) -> None:
    written = compress_start(channel)
    assert [path.name for path in written] == ["python-1.0-h_0.lz4b.br", "six-1.0-h_0.lz4b.br"]
    assert compress_start(channel) == []


def test_a_site_is_compressed_and_unchanged_files_keep_their_variants(tmp_path: Path) -> None:
    before, site = tmp_path / "before", tmp_path / "site"
    for folder, content in ((before, b"old" * 999), (site, b"new" * 999)):
        (folder / "docs").mkdir(parents=True)
        (folder / "same.wasm").write_bytes(b"same" * 999)
        (folder / "docs" / "changed.html").write_bytes(content)
        (folder / "small.js").write_bytes(b"1")
        (folder / "image.png").write_bytes(bytes(9999))
    first = compress_site(before)
    assert [path.name for path in first] == ["changed.html.br", "same.wasm.br"]
    marked = brotli.compress(b"same" * 999, quality=1)
    (before / "same.wasm.br").write_bytes(marked)
    (second,) = compress_site(site, before)
    assert brotli.decompress(second.read_bytes()) == b"new" * 999
    assert (site / "same.wasm.br").read_bytes() == marked


def test_a_new_bundle_removes_the_variant_of_the_old_bundle(channel: Path) -> None:
    compress_bundles(channel)
    write_package(channel, "six", "1.0", {"share/six": b"other" * 100_000})
    indexed(channel)
    assert not (channel / "noarch" / "six-1.0-h_0.lz4b.zst").exists()
    os.utime(channel / "noarch" / "python-1.0-h_0.lz4b")
    compress_bundles(channel)
    six = channel / "noarch" / "six-1.0-h_0.lz4b"
    assert zstandard.decompress(six.with_suffix(".lz4b.zst").read_bytes()) == six.read_bytes()


def test_the_variant_of_a_removed_package_is_removed(channel: Path) -> None:
    compress_bundles(channel)
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    indexed(channel)
    assert not list((channel / "noarch").glob("six*"))


@pytest.mark.parametrize(
    ("accepted", "sent", "decompress"),
    [
        ("zstd", "zstd", zstandard.decompress),
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
    ],
)
def test_the_server_sends_whole_variants_and_ranges_of_the_bundle(
    channel: Path, accepted: str, sent: str, decompress: Callable[[bytes], bytes]
) -> None:
    compress_start(channel)
    compress_bundles(channel)
    bundle = (channel / "noarch" / "six-1.0-h_0.lz4b").read_bytes()
    with running(create_app(channel.parent)) as address:
        url = f"{address}/channel/noarch/six-1.0-h_0.lz4b"
        headers = {"accept-encoding": accepted}
        with httpx.stream("GET", url, headers=headers) as answer:
            assert answer.headers["content-encoding"] == sent
            assert decompress(b"".join(answer.iter_raw())) == bundle
        part = httpx.get(url, headers={**headers, "range": "bytes=16-99"})
        assert part.status_code == 206
        assert part.content == bundle[16:100]


def test_a_variant_is_published_and_pruned_with_its_bundle(channel: Path, tmp_path: Path) -> None:
    compress_bundles(channel)
    target = tmp_path / "published"
    sent = [file.name for file in publish(channel, str(target)).send]
    assert "noarch/six-1.0-h_0.lz4b.zst" in sent
    variant = target / "noarch" / "six-1.0-h_0.lz4b.zst"
    assert variant.read_bytes() == (channel / "noarch" / variant.name).read_bytes()
    (channel / "noarch" / "six-1.0-h_0.conda").unlink()
    publish(indexed(channel), str(target), prune=True)
    assert not variant.exists()
