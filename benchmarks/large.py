"""How long does it take to index a channel of 5,000 packages, and one more?"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import zstandard

from conda_emscripten.bundle import bundle_channel
from conda_emscripten.channel import Channel

PACKAGES = 5000
SUBDIRS = ("emscripten-wasm32", "noarch")


def measure_index() -> dict[str, float]:
    """Seconds of a first index, of one with a package more, and of one with nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        channel = Channel(path=Path(folder), subdirs=SUBDIRS)
        write_package(channel.path, "python", "3.13.5")
        write_package(channel.path, "six", "1.17.0")
        for number in range(PACKAGES - 2):
            write_package(channel.path, f"package-{number // 5}", f"1.{number % 5}")
        result = {"first": _index(channel)}
        time.sleep(1.1)  # what was written within a second before it was read is read again
        _index(channel)
        write_package(channel.path, "one-more", "1.0")
        result["one_more"] = _index(channel)
        result["nothing"] = _index(channel)
        return result


def _index(channel: Channel) -> float:
    start = time.monotonic()
    channel.index()
    bundle_channel(channel.path, python=None)
    return time.monotonic() - start


def write_package(channel: Path, name: str, version: str) -> None:
    """A small package with two files."""
    stem = f"{name}-{version}-h_0"
    folder = channel / "noarch"
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"share/{name}/data": name.encode(), f"share/{name}/version": version.encode()}
    index: dict[str, Any] = {
        "name": name,
        "version": version,
        "build": "h_0",
        "build_number": 0,
        "depends": [] if name == "python" else ["python >=3.10"],
        "noarch": "generic",
        "subdir": "noarch",
        "timestamp": 1_750_000_000_000,
    }
    paths = {"paths": [{"_path": path, "path_type": "hardlink"} for path in files]}
    about = {"summary": f"The package {name}", "license": "MIT"}
    info = {"index": index, "paths": {**paths, "paths_version": 1}, "about": about}
    with zipfile.ZipFile(folder / f"{stem}.conda", "w") as container:
        container.writestr("metadata.json", '{"conda_pkg_format_version": 2}')
        container.writestr(f"pkg-{stem}.tar.zst", _tar(files))
        texts = {f"info/{file}.json": json.dumps(text).encode() for file, text in info.items()}
        container.writestr(f"info-{stem}.tar.zst", _tar(texts))


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return zstandard.compress(buffer.getvalue())


if __name__ == "__main__":
    print(measure_index())
