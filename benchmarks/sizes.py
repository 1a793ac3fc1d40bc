"""How large is what a page loads, and the compiler?"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import zstandard

from benchmarks.measure import BUILD_DIR
from benchmarks.report import megabytes, table


def measure() -> str:
    """All packages that are built, as a Markdown table."""
    packages = [
        *(BUILD_DIR / "channel" / "emscripten-wasm32").glob("*.conda"),
        *(BUILD_DIR / "channel" / "noarch").glob("*.conda"),
        *(BUILD_DIR / "bootstrap" / "linux-64").glob("emscripten-*.conda"),
    ]
    rows = []
    for package in sorted(packages, key=lambda path: path.name):
        installed = installed_size(package)
        if installed > 0:
            bundle = package.with_suffix(".lz4b")
            size = megabytes(bundle.stat().st_size) if bundle.is_file() else ""
            rows.append(
                [package.stem, megabytes(installed), megabytes(package.stat().st_size), size]
            )
    return table(["package", "installed", ".conda", "bundle"], rows)


def installed_size(package: Path) -> int:
    """Bytes of all files of a `.conda` package, as its own paths.json lists them (CEP 34)."""
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.startswith("info-"))
        data = zstandard.ZstdDecompressor().stream_reader(archive.read(name)).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        paths = tar.extractfile("info/paths.json")
        assert paths is not None
        return sum(entry.get("size_in_bytes", 0) for entry in json.load(paths)["paths"])
