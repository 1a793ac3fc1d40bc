"""Which files does a source archive have?

This module reads sdists, wheels and tarballs of C libraries without unpacking them to a disk, so no
name in an archive can reach a file outside, and without running any of their code.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from conda_emscripten.errors import SourceError

#: Larger files are data, or generated.
_MAX_TEXT = 4_000_000

_DAMAGED = (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, LZMAError, zlib.error)

#: Folders whose files are not part of the package.
_BESIDE = re.compile(r"_?(tests?|testing|examples?|docs?|benchmarks?|bench|fuzz\w*)", re.IGNORECASE)

#: Folders with the sources of other projects.
_BUNDLED = re.compile(r"(.*/)?(third[-_]?party|extern(al|s)?|vendor(ed)?|deps|subprojects)/")


class SourceTree:
    """The files of an archive, by path below its one top folder.

    Attributes:
        name: the name of the archive.
        paths: the paths of the regular files, in the order of the archive.
    """

    def __init__(self, name: str, contents: dict[str, bytes | None]) -> None:
        self.name = name
        self.paths = list(contents)
        self._contents = contents

    @classmethod
    def read(cls, archive: Path) -> SourceTree:
        """Read a ``.tar.*``, ``.zip`` or ``.whl`` file.

        Raises:
            SourceError: the file is damaged, or of another kind.
        """
        try:
            contents = _read_zip(archive) if zipfile.is_zipfile(archive) else _read_tar(archive)
        except _DAMAGED as error:
            raise SourceError(
                f"{archive.name} cannot be read as an archive: {str(error).splitlines()[0]}.",
                help="Download the file again, or name another release.",
            ) from error
        if archive.suffix != ".whl":
            contents = _without_top_folder(contents)
        return cls(archive.name, contents)

    def text(self, path: str) -> str:
        """The text of a file; empty if there is no such file, or it is large."""
        return (self._contents.get(path) or b"").decode("utf-8", "replace")

    def bytes(self, path: str) -> bytes:
        """The content of a file; empty if there is no such file, or it is large."""
        return self._contents.get(path) or b""

    def __contains__(self, path: str) -> bool:
        return path in self._contents

    def find(self, pattern: str) -> list[str]:
        """The paths that the regular expression ``pattern`` matches from their start to end."""
        compiled = re.compile(pattern)
        return [path for path in self.paths if compiled.fullmatch(path)]

    def has_suffix(self, *suffixes: str, below: str = "", bundled: bool = True) -> bool:
        """Whether a file's name has one of the suffixes; files of tests and examples do not count.

        ``below`` is a folder, with a slash at the end. Without ``bundled``, files of other projects
        do not count either.
        """
        return any(
            path.lower().endswith(suffixes)
            for path in self.paths
            if path.startswith(below)
            and not is_beside_the_point(path)
            and (bundled or not is_bundled(path))
        )


def is_bundled(path: str) -> bool:
    """Whether a file belongs to another project whose source the project bundles."""
    return bool(_BUNDLED.match(path))


def is_beside_the_point(path: str) -> bool:
    """Whether a file belongs to tests, examples, documentation or benchmarks."""
    folders = PurePosixPath(path).parent.parts
    return any(_BESIDE.fullmatch(folder) for folder in folders)


def _read_tar(archive: Path) -> dict[str, bytes | None]:
    contents: dict[str, bytes | None] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile():
                file = tar.extractfile(member)
                assert file is not None
                content = file.read() if member.size <= _MAX_TEXT else None
                contents[_normal(member.name)] = content
    return contents


def _read_zip(archive: Path) -> dict[str, bytes | None]:
    contents: dict[str, bytes | None] = {}
    with zipfile.ZipFile(archive) as file:
        for member in file.infolist():
            if not member.is_dir():
                content = file.read(member) if member.file_size <= _MAX_TEXT else None
                contents[_normal(member.filename)] = content
    return contents


def _normal(name: str) -> str:
    return str(PurePosixPath(name))


def _without_top_folder(contents: dict[str, bytes | None]) -> dict[str, bytes | None]:
    tops = {path.partition("/")[0] for path in contents}
    if len(tops) != 1 or any("/" not in path for path in contents):
        return contents
    return {path.partition("/")[2]: content for path, content in contents.items()}


def lines_of(text: str) -> Iterator[str]:
    """The lines of ``text`` that are neither empty nor comments of ``#``, stripped."""
    for line in text.splitlines():
        if (stripped := line.strip()) and not stripped.startswith("#"):
            yield stripped
