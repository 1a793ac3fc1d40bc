"""How is a ``.conda`` file read?

This module reads and copies packages; no other module depends on the container (CEP 35): a zip of
``info-*.tar.zst``, the metadata, and ``pkg-*.tar.zst``, the files (CEP 34).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, NotRequired, TypedDict

import zstandard

from conda_emscripten.file_tree import File, Tree, check_tree
from conda_emscripten.json_check import checked

#: The exceptions that damaged bytes cause.
_DAMAGE = (
    *(zipfile.BadZipFile, zstandard.ZstdError, tarfile.TarError, zlib.error, struct.error),
    # zipfile, tarfile and json also raise these.
    *(ValueError, EOFError, RuntimeError, OverflowError),
)

#: The archives of a package.
_COMPONENTS: tuple[Literal["info", "pkg"], ...] = ("info", "pkg")
_PATHS = "info/paths.json"
_LINK = "info/link.json"


class _PathEntry(TypedDict):
    _path: str
    path_type: NotRequired[str | None]
    sha256: NotRequired[str | None]
    prefix_placeholder: NotRequired[str | None]
    file_mode: NotRequired[str | None]


class _Paths(TypedDict):
    paths: list[_PathEntry]


class _Noarch(TypedDict):
    entry_points: NotRequired[list[str] | None]


class _Link(TypedDict):
    noarch: NotRequired[_Noarch | None]


class DamagedPackageError(Exception):
    """A file is not a sound ``.conda`` package; the message names the file and the fault."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A conda package in memory, unmodified.

    Attributes:
        file: name of the package file.
        sha256: of the package file, in hexadecimal.
        index: ``info/index.json``.
        paths: ``info/paths.json``: path -> its entry.
        about: ``info/about.json``, empty if there is none.
        run_exports: ``info/run_exports.json``, empty if there is none.
        link: ``info/link.json``, empty if there is none.
        files: path in the package -> regular file.
        symlinks: path in the package -> target.
    """

    file: str
    sha256: str
    index: Mapping[str, Any]
    paths: Mapping[str, Mapping[str, Any]]
    about: Mapping[str, Any]
    run_exports: Mapping[str, Any]
    link: Mapping[str, Any]
    files: Mapping[str, File]
    symlinks: Mapping[str, str]


def read_package(path: Path) -> Package:
    """Read a ``.conda`` package into memory; no file is written.

    Raises:
        DamagedPackageError: a path or link leaves the prefix, a path occurs twice, or a file has
            another sha256 than in ``info/paths.json``.
        OSError: the file cannot be read.
    """
    data = path.read_bytes()
    with _one_error(path), zipfile.ZipFile(io.BytesIO(data)) as container:
        info, _ = _read_component(container, "info")
        files, symlinks = _read_component(container, "pkg")
        index = _metadata(info, "info/index.json")
        paths = checked(_metadata(info, _PATHS), _Paths, _PATHS)
        link = _metadata(info, _LINK, optional=True)
        checked(link, _Link, _LINK)
        package = Package(
            file=path.name,
            sha256=hashlib.sha256(data).hexdigest(),
            index=index,
            paths={entry["_path"]: entry for entry in paths["paths"]},
            about=_metadata(info, "info/about.json", optional=True),
            run_exports=_metadata(info, "info/run_exports.json", optional=True),
            link=link,
            files=files,
            symlinks=symlinks,
        )
        check_tree(Tree(files=files, symlinks=symlinks))
        for name, file in files.items():
            expected = package.paths.get(name, {}).get("sha256")
            if expected and expected != hashlib.sha256(file.content).hexdigest():
                raise ValueError(f"{name} is not the file that info/paths.json describes")
    return package


def read_info(path: Path) -> Tree:
    """The files of a package's ``info`` archive; the package's own files are not read.

    Raises:
        DamagedPackageError: the archive is damaged, or a path or link of it leaves its folder.
        OSError: the file cannot be read.
    """
    with _one_error(path), zipfile.ZipFile(path) as container:
        files, symlinks = _read_component(container, "info")
        tree = Tree(files=files, symlinks=symlinks)
        check_tree(tree)
        return tree


def verify_package(path: Path) -> None:
    """Verify a package by reading all of its archives.

    Raises:
        DamagedPackageError: the package is truncated or damaged.
        OSError: the file cannot be read.
    """
    # From memory: in a file, a wrong offset of a damaged zip would raise an OSError.
    data = path.read_bytes()
    with _one_error(path), zipfile.ZipFile(io.BytesIO(data)) as container:
        for component in ("info", "pkg"):
            _member(container, component)
        for member in container.infolist():
            with container.open(member) as file:
                stream = _decompressed(file) if member.filename.endswith(".tar.zst") else file
                while stream.read(1 << 20):
                    pass


def copy_with_index(package: Path, target: Path, changes: Mapping[str, Any]) -> None:
    """Copy a package to ``target``, with ``changes`` in its ``info/index.json`` (CEP 34)."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        info = _member(old, "info")
        for member in old.infolist():
            data = old.read(member)
            if member.filename == info:
                tar = _decompressed(io.BytesIO(data)).read()
                data = zstandard.compress(_with_index(tar, changes))
            new.writestr(member, data)


def copy_with_folders(package: Path, target: Path, *, folders: Sequence[str], donor: Path) -> None:
    """Copy a package to ``target``; the files in ``folders`` are those of the package ``donor``.

    ``info/paths.json`` is amended (CEP 34). The other files stay, with their modes and times.

    Args:
        package: the package to copy.
        target: the file to write.
        folders: paths that end with ``/``; the folders of metadata begin with ``info/``.
        donor: the package with the new files.

    Raises:
        DamagedPackageError: one of the packages is damaged.
        OSError: a file cannot be read or written.
    """
    inside = tuple(folders)
    with _one_error(donor), zipfile.ZipFile(io.BytesIO(donor.read_bytes())) as container:
        given = {part: _members(container, part) for part in _COMPONENTS}
    with (
        _one_error(package),
        zipfile.ZipFile(io.BytesIO(package.read_bytes())) as old,
        zipfile.ZipFile(target, "w") as new,
    ):
        archives = {_member(old, part): part for part in _COMPONENTS}
        for entry in old.infolist():
            data = old.read(entry)
            if part := archives.get(entry.filename):
                members = _members(old, part)
                merged = {k: v for k, v in members.items() if not k.startswith(inside)}
                merged |= {k: v for k, v in given[part].items() if k.startswith(inside)}
                if part == "info":
                    member, content = members[_PATHS]
                    paths = json.loads(content)
                    donated = json.loads(given[part][_PATHS][1])
                    paths["paths"] = [
                        *(e for e in paths["paths"] if not e["_path"].startswith(inside)),
                        *(e for e in donated["paths"] if e["_path"].startswith(inside)),
                    ]
                    merged[_PATHS] = (member, json.dumps(paths, indent=2).encode())
                data = zstandard.compress(_tar(merged.values()), 1)
            new.writestr(entry, data)


@contextlib.contextmanager
def _one_error(path: Path) -> Iterator[None]:
    """Raise every exception of damaged bytes as a ``DamagedPackageError`` that names the file."""
    try:
        yield
    except _DAMAGE as error:
        reason = str(error).rstrip(".")
        raise DamagedPackageError(f"{path} is not a sound conda package: {reason}.") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # zipfile seeks to where the directory says.
        message = f"{path} is not a sound conda package: an offset in its zip is wrong."
        raise DamagedPackageError(message) from error
    except (AttributeError, KeyError, TypeError) as error:
        raise DamagedPackageError(f"{path}: its metadata is malformed ({error!r}).") from error


def _member(container: zipfile.ZipFile, component: Literal["info", "pkg"]) -> str:
    """The name of an archive in the container."""
    for name in container.namelist():
        if name.startswith(f"{component}-") and name.endswith(".tar.zst"):
            return name
    raise ValueError(f"it has no {component} archive")


def _decompressed(file: IO[bytes]) -> zstandard.ZstdDecompressionReader:
    return zstandard.ZstdDecompressor().stream_reader(file)


def _read_component(
    container: zipfile.ZipFile, component: Literal["info", "pkg"]
) -> tuple[dict[str, File], dict[str, str]]:
    """The files and symbolic links of an archive in the container, by path."""
    files: dict[str, File] = {}
    symlinks: dict[str, str] = {}
    packed = container.read(_member(container, component))  # with its CRC
    with tarfile.open(fileobj=_decompressed(io.BytesIO(packed)), mode="r|") as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if member.isdir():
                continue
            if name in files or name in symlinks:
                raise ValueError(f"the path {name!r} occurs twice")
            if member.issym():
                symlinks[name] = member.linkname
            elif member.islnk():
                target = member.linkname.removeprefix("./")
                if target not in files:
                    raise ValueError(f"the hard link {name!r} points outside, to {target!r}")
                files[name] = files[target]
            elif member.issparse():
                # Its holes have any size, without bytes in the archive.
                raise ValueError(f"{name!r} is a sparse file")
            elif member.isfile():
                content = tar.extractfile(member)
                assert content is not None  # a regular file always has content
                executable = member.mode & 0o100
                files[name] = File(content=content.read(), mode=0o755 if executable else 0o644)
            else:
                raise ValueError(f"{name!r} is neither a file nor a link")
    return files, symlinks


def _members(
    container: zipfile.ZipFile, component: Literal["info", "pkg"]
) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    """The members of an archive in the container, by path: the header and, of a file, its bytes."""
    members: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    packed = container.read(_member(container, component))
    with tarfile.open(fileobj=_decompressed(io.BytesIO(packed)), mode="r|") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            members[member.name.removeprefix("./")] = (member, file.read() if file else b"")
    return members


def _tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A tar of these headers and contents."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def _metadata(info: Mapping[str, File], path: str, *, optional: bool = False) -> Mapping[str, Any]:
    """A JSON object of the info archive; a malformed optional object counts as empty."""
    if path in info:
        content = json.loads(info[path].content)
        if isinstance(content, dict):
            return content
    if optional:
        return {}
    raise ValueError(f"its {path} is missing or malformed")


def _with_index(tar: bytes, changes: Mapping[str, Any]) -> bytes:
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(tar)) as old,
        tarfile.open(fileobj=written, mode="w") as new,
    ):
        for member in old:
            data = old.extractfile(member) if member.isfile() else None
            if member.name == "info/index.json" and data:
                text = json.dumps({**json.load(data), **changes}).encode()
                member.size, data = len(text), io.BytesIO(text)
            new.addfile(member, data)
    return written.getvalue()
