"""Is every unsound package refused with one error that names its file?"""

from __future__ import annotations

import json
import random
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.channel import verify_package as verify_for_channel
from conda_emscripten.conda_package import (
    DamagedPackageError,
    copy_with_index,
    read_package,
    verify_package,
)
from conda_emscripten.errors import ChannelError
from tests.harness.packages import make_package, tar_zst


def write(path: Path, **members: bytes) -> Path:
    """A container with these members; the name ``info`` stands for ``info-p-1-0.tar.zst``."""
    with zipfile.ZipFile(path, "w") as container:
        for name, data in members.items():
            container.writestr(f"{name}-p-1-0.tar.zst", data)
    return path


def test_a_package_is_read_as_it_is(tmp_path: Path) -> None:
    path = make_package(
        tmp_path,
        {"lib/a": b"a", "lib/b": (tarfile.SYMTYPE, "a"), "lib/c": (tarfile.LNKTYPE, "lib/a")},
        about={"summary": "A package"},
    )
    package = read_package(path)
    assert package.file == "pkg-1.0-h_0.conda"
    assert package.index["name"] == "pkg"
    assert package.about == {"summary": "A package"}
    assert (package.run_exports, package.link) == ({}, {})
    assert {name: file.content for name, file in package.files.items()} == {
        "lib/a": b"a",
        "lib/c": b"a",
    }
    assert package.symlinks == {"lib/b": "a"}


@pytest.mark.parametrize("operation", [read_package, verify_package])
def test_every_damage_is_one_error_with_the_name_of_the_file(
    tmp_path: Path, operation: Callable[[Path], object]
) -> None:
    sound = make_package(tmp_path, {"lib/a.py": b"print()\n" * 20}).read_bytes()
    path = tmp_path / "damaged-1-0.conda"
    rng = random.Random(1)
    damaged = [sound[:size] for size in range(0, len(sound), 7)]
    for _ in range(1500):
        changed = bytearray(sound)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        damaged.append(bytes(changed))
    messages = []
    for data in damaged:
        path.write_bytes(data)
        try:
            operation(path)
        except DamagedPackageError as error:
            messages.append(str(error))
    assert len(messages) > len(damaged) // 2  # changed time stamps of the zip are not damage
    assert all(str(path) in message for message in messages)


INFO = {"info/index.json": b"{}", "info/paths.json": b'{"paths": []}'}


@pytest.mark.parametrize(
    ("info", "pkg", "message"),
    [
        (INFO, [("a", b"1"), ("a", b"2")], "the path 'a' occurs twice"),
        (INFO, [("a", b"1"), ("./a", b"2")], "the path 'a' occurs twice"),
        (INFO, [("l", (tarfile.LNKTYPE, "a")), ("a", b"")], "hard link 'l' points outside, to 'a'"),
        ({"info/paths.json": b"{}"}, [], r"info/index\.json is missing or malformed"),
        ({**INFO, "info/index.json": b"[]"}, [], r"info/index\.json is missing or malformed"),
        ({**INFO, "info/index.json": b"{"}, [], "is not a sound conda package"),
        ({**INFO, "info/paths.json": b"{}"}, [], r"info/paths\.json: \$\.paths is missing"),
    ],
)
def test_wrong_contents_are_refused(
    tmp_path: Path,
    info: dict[str, bytes],
    pkg: list[tuple[str, bytes]],
    message: str,
) -> None:
    path = write(tmp_path / "p-1-0.conda", info=tar_zst(info), pkg=tar_zst(pkg))
    with pytest.raises(DamagedPackageError, match=message):
        read_package(path)


@pytest.mark.parametrize("missing", ["info", "pkg"])
def test_both_archives_must_be_there(tmp_path: Path, missing: str) -> None:
    archives = {"info": tar_zst(INFO), "pkg": tar_zst({})}
    del archives[missing]
    path = write(tmp_path / "p-1-0.conda", **archives)
    for operation in (read_package, verify_package):
        with pytest.raises(DamagedPackageError, match=f"it has no {missing} archive"):
            operation(path)


def test_the_channel_refuses_a_damaged_package_as_a_channel_error(tmp_path: Path) -> None:
    path = make_package(tmp_path, {"a": b"a"})
    verify_for_channel(path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ChannelError, match="is not a sound conda package") as caught:
        verify_for_channel(path)
    assert "--force" in caught.value.help
    with pytest.raises(ChannelError, match=r"no-1-0\.conda cannot be read: No such file"):
        verify_for_channel(tmp_path / "no-1-0.conda")


def test_a_copy_differs_only_in_its_index(tmp_path: Path) -> None:
    path = make_package(tmp_path, {"site-packages/a.py": b"x"}, noarch="python", subdir="noarch")
    target = tmp_path / "copy" / path.name
    target.parent.mkdir()
    copy_with_index(path, target, {"subdir": "emscripten-wasm32"})
    old, new = read_package(path), read_package(target)
    assert new.index == {**old.index, "subdir": "emscripten-wasm32"}
    assert (new.files, new.paths) == (old.files, old.paths)
    assert json.dumps(new.about) == json.dumps(old.about)


@pytest.mark.parametrize(
    ("file", "parts"),
    [
        ("numpy-2.5.5-py313h0_0.conda", ("numpy", "2.5.5", "py313h0_0")),
        ("python-tzdata-2026.6-pyh0_0.conda", ("python-tzdata", "2026.6", "pyh0_0")),
        ("six-1.17.0-0", ("six", "1.17.0", "0")),
    ],
)
def test_a_file_name_has_a_name_a_version_and_a_build(file: str, parts: tuple[str, ...]) -> None:
    assert ArchiveName.parse(file) == parts


def test_other_file_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        ArchiveName.parse("repodata.json")
