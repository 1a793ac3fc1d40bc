"""Are the members of a static library read in all variants of the format?"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from conda_emscripten.static_archive import ArchiveError, read_members
from tests.harness.wasm_files import archive

LONG = "a_member_with_a_long_name.o"


def test_members_have_names_and_contents_in_order() -> None:
    members = {"b.o": b"odd", LONG: b"even", "a.o": b""}
    assert read_members(archive(members)) == list(members.items())


def test_times_and_owners_are_left_out() -> None:
    members = {"a.o": b"content"}
    assert read_members(archive(members)) == read_members(
        archive(members, time=1_700_000_000, owner=1000)
    )


def test_bsd_names_stand_before_the_content() -> None:
    name = LONG.encode() + b"\0\0\0"
    size = len(name) + 4
    header = f"{f'#1/{len(name)}':<16}{0:<12}{0:<6}{0:<6}{'644':<8}{size:<10}`\n".encode()
    assert read_members(b"!<arch>\n" + header + name + b"data") == [(LONG, b"data")]


def test_an_archive_of_the_systems_ar_is_read(tmp_path: Path) -> None:
    ar = shutil.which("ar")
    if ar is None:
        pytest.skip(reason="there is no ar in PATH (Debian's package binutils)")
    files = {"b.o": b"odd", LONG: b"even"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run([ar, "rcs", "lib.a", *files], cwd=tmp_path, check=True)
    assert read_members((tmp_path / "lib.a").read_bytes()) == list(files.items())


def test_damaged_bytes_cause_no_other_exception_than_archive_errors() -> None:
    sound = archive({"a.o": b"a" * 20, LONG: b"b" * 21})
    rng = random.Random(1)
    damaged = [sound[:size] for size in range(len(sound))]
    for _ in range(3000):
        changed = bytearray(sound)
        changed[rng.randrange(len(changed))] = rng.randrange(256)
        damaged.append(bytes(changed))
    refused = 0
    for data in damaged:
        try:
            read_members(data)
        except ArchiveError:
            refused += 1
    assert refused > 500


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"!<thin>\n", "it does not start as an archive"),
        (archive({"a.o": b"aaaa"})[:-1], "it is cut short"),
        (archive({"a.o": b"aaaa"})[:80], "the member at byte 72 has no sound header"),
        (
            archive({"a.o": b"aaaa"}).replace(b"4         `", b"-4        `"),
            "it has b'-4        ' in place of a number",
        ),
        (
            archive({LONG: b"aaaa"}).replace(b"/0  ", b"/99 "),
            "the name of a member is missing",
        ),
    ],
)
def test_an_error_says_what_is_wrong(data: bytes, message: str) -> None:
    with pytest.raises(ArchiveError) as error:
        read_members(data)
    assert str(error.value) == message
