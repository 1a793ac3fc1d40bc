"""How does a test make small conda packages without the code under test?"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import zstandard

Content = bytes | tuple[bytes, str]
"""Of a member of a tar: the bytes of a file, or the type and link target of anything else."""


def write_package(
    channel: Path,
    name: str,
    version: str,
    files: Mapping[str, bytes] | None = None,
    *,
    subdir: str = "noarch",
    depends: Sequence[str] = ("python",),
    entry_points: Sequence[str] | None = None,
) -> Path:
    """A package with these files, or with two small ones; with ``entry_points``, for any Python."""
    if files is None:
        files = {f"share/{name}/data": name.encode(), f"share/{name}/version": version.encode()}
    noarch = None
    if subdir == "noarch":
        noarch = "generic" if entry_points is None else "python"
    return make_package(
        channel / subdir,
        files,
        name=name,
        version=version,
        subdir=subdir,
        noarch=noarch,
        depends=[] if name == "python" else depends,
        entry_points=entry_points,
        about={"summary": f"The package {name}", "license": "MIT"},
    )


def make_package(
    folder: Path,
    files: Mapping[str, Content],
    *,
    name: str = "pkg",
    version: str = "1.0",
    subdir: str = "emscripten-wasm32",
    noarch: str | None = None,
    depends: Sequence[str] = (),
    paths: Mapping[str, Mapping[str, Any]] | None = None,
    entry_points: Sequence[str] | None = None,
    about: Mapping[str, Any] | None = None,
    run_exports: Mapping[str, Any] | None = None,
    programs: Collection[str] = (),
) -> Path:
    """Any package, sound or damaged.

    Args:
        paths: further fields of entries of ``info/paths.json``.
        programs: the paths of the executable files.
    """
    stem = f"{name}-{version}-h_0"
    index: dict[str, Any] = {
        "name": name,
        "version": version,
        "build": "h_0",
        "build_number": 0,
        "depends": list(depends),
        "subdir": subdir,
        "timestamp": 1_750_000_000_000,
    }
    if noarch:
        index["noarch"] = noarch
    entries = [
        {"_path": path, "path_type": "hardlink", **(paths or {}).get(path, {})} for path in files
    ]
    info: dict[str, Any] = {"index": index, "paths": {"paths": entries, "paths_version": 1}}
    if about is not None:
        info["about"] = about
    if run_exports is not None:
        info["run_exports"] = run_exports
    if entry_points is not None:
        link = {"type": "python", "entry_points": list(entry_points)}
        info["link"] = {"noarch": link, "package_metadata_version": 1}
    texts = {f"info/{file}.json": json.dumps(text).encode() for file, text in info.items()}
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / f"{stem}.conda", "w") as container:
        container.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        container.writestr(f"pkg-{stem}.tar.zst", tar_zst(files, programs))
        container.writestr(f"info-{stem}.tar.zst", tar_zst(texts))
    return folder / f"{stem}.conda"


def tar_zst(
    files: Mapping[str, Content] | Sequence[tuple[str, Content]], programs: Collection[str] = ()
) -> bytes:
    """A .tar.zst; a sequence of members can have a path twice. ``programs`` are executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items() if isinstance(files, Mapping) else files:
            member = tarfile.TarInfo(name)
            member.mode = 0o755 if name in programs else 0o644
            if isinstance(content, tuple):
                member.type, member.linkname = content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return zstandard.compress(buffer.getvalue())
