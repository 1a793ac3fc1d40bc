"""Build time, size and import time of every package of the channel."""

from __future__ import annotations

import json
from pathlib import Path

import rattler

from benchmarks.channel import CHANNEL
from benchmarks.measure import BUILD_DIR, Sample, in_chromium, in_node, served
from benchmarks.report import megabytes, milliseconds, table
from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.channel_layout import BUNDLE_SUFFIX, bundle_files

REPEATS = "one run per package and platform"
HEAD = ["package", "build", "installed", ".conda", "bundle", ".so", "Chromium", "Node"]
_SCRIPT = "await window.prepare(); return await window.measure();"

#: Package -> packages that its import needs but its metadata cannot name: they depend on it.
_ALSO = {"soupsieve": ["beautifulsoup4"]}


def measure() -> str:
    """All packages and the compiler, as a Markdown table.

    The times of Chromium and Node are of one run, from the call of `loadPackage` to the end of the
    import.
    """
    seconds = _build_seconds()
    packages = [
        *(CHANNEL / "emscripten-wasm32").glob("*.conda"),
        *(CHANNEL / "noarch").glob("*.conda"),
        *(BUILD_DIR / "bootstrap" / "linux-64").glob("emscripten-*.conda"),
    ]
    rows = []
    with served() as address:
        for package in sorted(packages, key=lambda path: path.name):
            paths = rattler.PathsJson.from_package_archive(package).paths
            installed = sum(entry.size_in_bytes or 0 for entry in paths)
            if installed == 0:
                continue
            bundles = [file for file in bundle_files(package) if file.suffix == BUNDLE_SUFFIX]
            libraries = sum(Path(entry.relative_path).suffix == ".so" for entry in paths)
            times = _imported(package, address) if bundles else []
            rows.append(
                [
                    "-".join(package.stem.split("-")[:-1]),
                    f"{seconds[package.name]:.0f} s" if package.name in seconds else "",
                    megabytes(installed),
                    megabytes(package.stat().st_size),
                    megabytes(sum(file.stat().st_size for file in bundles)) if bundles else "",
                    str(libraries or ""),
                    *(milliseconds(time["total"]) for time in times),
                ]
            )
    return table(HEAD, [[*row, "", ""][: len(HEAD)] for row in rows])


def _imported(package: Path, address: str) -> list[Sample]:
    """Samples of Chromium and Node; none for packages without a module and for the interpreter."""
    name, version, _ = ArchiveName.parse(package.name)
    module = _module(name)
    if module is None or name == "python":
        return []
    spec = ",".join([f"{name}=={version}", *_ALSO.get(name, [])])
    query = {"index": "/", "packages": spec, "modules": module}
    return [
        in_chromium(address, "load", _SCRIPT, **query),
        in_node("load", BUILD_DIR / "dist", CHANNEL, spec, module),
    ]


def _module(name: str) -> str | None:
    """The main module of a package, from the channel's index of imports."""
    imports: dict[str, str] = json.loads((CHANNEL / "imports.json").read_text())["imports"]
    modules = [module for module, package in imports.items() if package == name]
    if name.replace("-", "_") in modules:
        return name.replace("-", "_")
    return next((module for module in sorted(modules) if not module.startswith("_")), None)


def _build_seconds() -> dict[str, float]:
    """Seconds of the build of each package file, tests included."""
    records = [json.loads(path.read_text()) for path in (BUILD_DIR / "records").glob("*.json")]
    return {file: record["seconds"] for record in records for _, file in record["packages"]}
