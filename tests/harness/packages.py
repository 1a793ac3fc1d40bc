"""How does a test get small conda packages, made without any of the code under test?"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import zstandard


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
    """A package with these files, or with two small ones; with `entry_points`, for any Python."""
    stem = f"{name}-{version}-h_0"
    folder = channel / subdir
    folder.mkdir(parents=True, exist_ok=True)
    if files is None:
        files = {f"share/{name}/data": name.encode(), f"share/{name}/version": version.encode()}
    index: dict[str, Any] = {
        "name": name,
        "version": version,
        "build": "h_0",
        "build_number": 0,
        "depends": [] if name == "python" else list(depends),
        "subdir": subdir,
        "timestamp": 1_750_000_000_000,
    }
    if subdir == "noarch":
        index["noarch"] = "generic" if entry_points is None else "python"
    paths = {"paths": [{"_path": path, "path_type": "hardlink"} for path in files]}
    about = {"summary": f"The package {name}", "license": "MIT"}
    info = {"index": index, "paths": {**paths, "paths_version": 1}, "about": about}
    if entry_points is not None:
        noarch = {"type": "python", "entry_points": list(entry_points)}
        info["link"] = {"noarch": noarch, "package_metadata_version": 1}
    with zipfile.ZipFile(folder / f"{stem}.conda", "w") as container:
        container.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        container.writestr(f"pkg-{stem}.tar.zst", _tar(files))
        texts = {f"info/{file}.json": json.dumps(text).encode() for file, text in info.items()}
        container.writestr(f"info-{stem}.tar.zst", _tar(texts))
    return folder / f"{stem}.conda"


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return zstandard.compress(buffer.getvalue())
