"""Do nginx's configuration and the documentation follow the table of a channel's files?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conda_emscripten.channel_layout import (
    CACHE_ONE_YEAR,
    FILES,
    MIME_TYPES,
    REVALIDATE,
    VARIANT_SUFFIXES,
    FileType,
    Kind,
    bundle_files,
    file_type,
    headers,
)
from tests.harness.built import ROOT

NGINX = (ROOT / "channel" / "hosting" / "nginx.conf").read_text()
SHA256 = "0123456789abcdef" * 4


def example(row: FileType) -> str:
    """The name of a file of this type."""
    name = row.name.replace("<subdir>", "emscripten-wasm32").replace("<sha256>", SHA256)
    return name.replace("<package>", "scikit-learn-1.7.2-py313h1234abc_0")


@pytest.mark.parametrize("row", FILES, ids=lambda row: row.name)
def test_each_file_belongs_to_its_own_row(row: FileType) -> None:
    assert file_type(example(row)) == row


@pytest.mark.parametrize(
    "name",
    [
        "dev/noarch/other-1-0.conda",
        "dev/other-1-0.conda",
        "noarch/mine.conda",
        "noarch/../other-1-0.conda",
        "../noarch/other-1-0.conda",
        "noarch/.six-1.0-0.conda.a1b2c3",
        "noarch/six-1.0-0.lz4b.gz",
        f"shards/{SHA256}.msgpack.zst",
        f"noarch/shards/{SHA256[:-1]}.msgpack.zst",
        "noarch/shards/bundles.json",
        "backups/noarch/repodata.json",
        "noarch",
        "",
    ],
)
def test_a_file_that_no_channel_has_belongs_to_no_row(name: str) -> None:
    assert file_type(name) is None


def test_only_immutable_files_are_cached_without_revalidation() -> None:
    for row in FILES:
        cached = CACHE_ONE_YEAR if row.kind == Kind.IMMUTABLE else REVALIDATE
        assert headers(example(row))["Cache-Control"] == cached


def test_nginx_sends_the_types_of_the_table() -> None:
    (block,) = re.findall(r"^types \{(.*?)\}", NGINX, re.MULTILINE | re.DOTALL)
    found = {
        f".{suffix}": mime_type
        for mime_type, suffixes in re.findall(r"(\S+)\s+([\w ]+);", block)
        for suffix in suffixes.split()
    }
    assert found == MIME_TYPES
    assert {row.name.rpartition(".")[2] for row in FILES} <= {name[1:] for name in found}


def test_a_variant_has_the_type_of_its_bundle() -> None:
    """nginx and ``serve`` send the variant instead of the bundle."""
    for suffix in VARIANT_SUFFIXES:
        assert headers(f"noarch/six-1.0-0.lz4b{suffix}") == {
            "Content-Type": headers("noarch/six-1.0-0.lz4b")["Content-Type"],
            "Cache-Control": REVALIDATE,
        }


def test_the_files_of_a_bundle_are_its_parts_and_variants(tmp_path: Path) -> None:
    of_package = ["p-1-0.lz4b", "p-1-0.1.lz4b", "p-1-0.12.lz4b.br", "p-1-0.lz4b.zst"]
    for name in [*of_package, "p-1-0.conda", "p-1-0.x.lz4b", "p-1-01.lz4b", "p-1-0.lz4b.gz"]:
        (tmp_path / name).touch()
    found = [path.name for path in bundle_files(tmp_path / "p-1-0.conda")]
    assert found == sorted(of_package)


def test_nginx_caches_what_the_table_calls_immutable() -> None:
    (condition, cached) = re.findall(
        r'if \(\$uri ~ "(.+)"\) \{\s*set \$conda_emscripten_cache "(.+)";', NGINX
    )[0]
    (default,) = re.findall(r'^set \$conda_emscripten_cache "(.+)";', NGINX, re.MULTILINE)
    for row in FILES:
        sent = cached if re.search(condition, f"/channel/{example(row)}") else default
        assert sent == headers(example(row))["Cache-Control"], row.name


def documented() -> Iterator[tuple[str, str, str]]:
    """The rows of the table of files in docs/channel.md."""
    text = (ROOT / "docs" / "channel.md").read_text()
    for line in text[text.index("| file |") :].split("\n\n")[0].splitlines()[2:]:
        name, kind, content = (cell.strip() for cell in line.strip("|").split("|"))
        yield name.strip("`"), kind, content


def test_the_documentation_lists_the_files_of_the_table() -> None:
    expected = [(row.name, str(row.kind), row.content) for row in FILES]
    assert list(documented()) == expected


def test_publishing_to_a_folder_imports_no_web_server() -> None:
    script = "import sys, conda_emscripten.publish; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "conda_emscripten.channel_layout" in loaded
    assert not {"starlette", "uvicorn", "boto3", "rattler_build"} & set(loaded)
