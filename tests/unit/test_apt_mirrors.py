"""Does apt read the right archive and suite, and which error does a package that is gone get?"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from conda_emscripten import mirrors
from conda_emscripten.errors import SourceError
from conda_emscripten.mirrors import AptFile, MirrorError, fetch_with_apt
from conda_emscripten.sources import Source, SourceFetcher

GET = """#!/bin/sh
# An apt-get whose archive is the folder `archive`: the file `lists` is what its last update read.
here=$(dirname "$0")
case "$1" in
    indextargets) cat "$here/targets" ;;
    update) cp "$here/archive/versions" "$here/lists"; echo update >> "$here/calls"
            cp "${APT_CONFIG%/*}/sources.list" "$here/sources" ;;
    download) file="${2%%=*}_${2#*=}_amd64.deb"
              cp "$here/archive/$file" . 2> /dev/null || { echo "404  Not Found" >&2; exit 100; } ;;
esac
"""
SHOW = """#!/bin/sh
sed 's/^/Version: /' "$(dirname "$0")/lists"
"""
TARGETS = "Debian http://debian.invalid/debian/\nDebian-Security http://debian.invalid/security/\n"


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fake programs of apt, because packages disappear from a real archive only once."""
    folder = tmp_path / "apt"
    (folder / "archive").mkdir(parents=True)
    for name, script in (("apt-get", GET), ("apt-cache", SHOW)):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    (folder / "targets").write_text(TARGETS)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    publish(folder, "1.0")
    return folder


def publish(apt: Path, *versions: str) -> None:
    """Let the archive have these versions of `demo`."""
    for file in (apt / "archive").iterdir():
        file.unlink()
    (apt / "archive" / "versions").write_text("".join(f"{each}\n" for each in versions))
    for version in versions:
        (apt / "archive" / f"demo_{version}_amd64.deb").write_text(version)


def demo(version: str, suite: str = "trixie") -> AptFile:
    return AptFile(suite=suite, package="demo", file=f"demo_{version}_amd64.deb", source=False)


@pytest.mark.parametrize(
    ("suite", "line"),
    [
        ("trixie", "http://debian.invalid/debian/ trixie main"),
        ("trixie-updates", "http://debian.invalid/debian/ trixie-updates main"),
        ("trixie-security", "http://debian.invalid/security/ trixie-security main"),
    ],
)
def test_a_security_suite_is_read_from_the_archive_of_security_updates(
    apt: Path, tmp_path: Path, suite: str, line: str
) -> None:
    fetch_with_apt(demo("1.0", suite), tmp_path / "file", tmp_path / "state")
    assert (tmp_path / "file").read_text() == "1.0"
    assert (apt / "sources").read_text().splitlines()[0].endswith(line)


def test_an_archive_that_apt_does_not_know_is_named(apt: Path, tmp_path: Path) -> None:
    (apt / "targets").write_text(TARGETS.splitlines(keepends=True)[0])
    with pytest.raises(MirrorError, match="no archive 'Debian-Security' configured"):
        fetch_with_apt(demo("1.0", "trixie-security"), tmp_path / "file", tmp_path / "state")


def test_a_package_that_is_gone_is_named_with_the_version_that_is_there(
    apt: Path, tmp_path: Path
) -> None:
    publish(apt, "2.0")
    with pytest.raises(MirrorError, match=r"no longer has demo_1.0_amd64.deb; it has demo 2.0"):
        fetch_with_apt(demo("1.0"), tmp_path / "file", tmp_path / "state")


def test_a_package_that_is_gone_since_the_lists_were_read_is_named(
    apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirrors, "_SECONDS_OF_A_RETRY", 0)
    fetch_with_apt(demo("1.0"), tmp_path / "file", tmp_path / "state")
    publish(apt, "2.0")
    with pytest.raises(MirrorError, match=r"it has demo 2.0. Update the recipe"):
        fetch_with_apt(demo("1.0"), tmp_path / "other", tmp_path / "state")
    fetch_with_apt(demo("2.0"), tmp_path / "other", tmp_path / "state")
    assert (tmp_path / "other").read_text() == "2.0"


def test_lists_that_were_just_read_are_not_read_again(apt: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(MirrorError, match="no longer has"):
            fetch_with_apt(demo("0.9"), tmp_path / "file", tmp_path / "state")
    assert (apt / "calls").read_text() == "update\n"


def test_a_source_in_two_suites_comes_from_the_one_that_has_it(apt: Path, tmp_path: Path) -> None:
    (apt / "targets").write_text(TARGETS.splitlines(keepends=True)[0])
    fetcher = SourceFetcher(cache_dir=tmp_path / "cache", mirrors_file=tmp_path / "mirrors.yaml")
    urls = ("apt://trixie-security/demo_1.0_amd64.deb", "apt://trixie/demo_1.0_amd64.deb")
    sha256 = hashlib.sha256(b"1.0").hexdigest()
    assert fetcher.fetch(Source(urls=urls, sha256=sha256)).read_text() == "1.0"
    with pytest.raises(SourceError, match=r"Debian-Security(?s:.*)from trixie: .*it has demo 1.0"):
        fetcher.fetch(
            Source(urls=tuple(url.replace("1.0", "0.9") for url in urls), sha256="0" * 64)
        )
