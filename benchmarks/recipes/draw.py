"""Draws the 40 projects of ``python -m benchmarks recipes``; writes ``drawn.tsv`` beside itself.

The population is ``names.tsv``: the 2,000 projects with the most downloads from the package index
in a list of November 2026. The column ``mark`` is ``channel`` for a project that the channel had on
the day of the draw, and ``extension`` for a project with compiled modules. The marks ``extension``
were set by hand from three public lists (the migrations of conda-forge, the projects of
cibuildwheel, the recipes of Pyodide), so that the draw asks the index about 60 projects and not
about 2,000. A project with an extension that all three lists lack cannot be drawn.

The names are shuffled with SEED. From the marked names, the first 20 are taken whose newest sdist
has C, C++ or Cython sources; Rust and Fortran are out. From the unmarked names, the first 20 are
taken whose newest release has only wheels for every platform. A name that is passed over is in
``drawn.tsv`` with the reason.

    python -m benchmarks.recipes.draw
"""

from __future__ import annotations

import random
import tarfile
import tempfile
from pathlib import Path

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.utils import parse_sdist_filename as parse_sdist
from packaging.utils import parse_wheel_filename as parse_wheel
from packaging.version import Version

from conda_emscripten.package_index import IndexFile, PackageIndex

SEED = 20261201
WANTED = 20
FOLDER = Path(__file__).parent
COMPILED = (".c", ".cc", ".cpp", ".cxx", ".pyx")
FORTRAN = (".f", ".f77", ".f90")


def main() -> None:
    """Draw, and write ``drawn.tsv``."""
    rows = [line.split("\t") for line in (FOLDER / "names.tsv").read_text().splitlines()[1:]]
    lines = ["kind\tname\tversion\tpassed over because"]
    with PackageIndex.open() as index:
        for kind, mark in ("pure", "-"), ("compiled", "extension"):
            names = [name for _, name, of in rows if of == mark]
            random.Random(SEED).shuffle(names)
            taken = 0
            for name in names:
                version, reason = look(index, name, compiled=kind == "compiled")
                taken += not reason
                lines.append(f"{kind}\t{name}\t{version}\t{reason or '-'}")
                print(lines[-1], flush=True)
                if taken == WANTED:
                    break
    (FOLDER / "drawn.tsv").write_text("\n".join(lines) + "\n")


def look(index: PackageIndex, name: str, *, compiled: bool) -> tuple[str, str]:
    """The newest release of a project, and why the draw passes the project over."""
    releases: dict[Version, list[IndexFile]] = {}
    for file in index.files(name):
        try:
            parse = parse_wheel if file.name.endswith(".whl") else parse_sdist
            version = parse(file.name)[1]
        except (InvalidSdistFilename, InvalidWheelFilename):
            continue
        if not file.yanked and not version.is_prerelease:
            releases.setdefault(version, []).append(file)
    if not releases:
        return "-", "no release"
    newest = max(releases)
    wheels = [file.name for file in releases[newest] if file.name.endswith(".whl")]
    sdists = [file for file in releases[newest] if file.name.endswith(".tar.gz")]
    if not compiled:
        reason = "" if all(wheel.endswith("-any.whl") for wheel in wheels) else "compiled"
    elif not sdists:
        reason = "no sdist"
    else:
        reason = _language(index, sdists[0])
    return str(newest), reason


def _language(index: PackageIndex, sdist: IndexFile) -> str:
    """Why an sdist is not one with C, C++ or Cython; empty if it is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sdist.name
        index.download(sdist, path)
        with tarfile.open(path) as archive:
            names = [name.lower() for name in archive.getnames()]
    if any(name.endswith("/cargo.toml") for name in names):
        return "Rust"
    if any(name.endswith(FORTRAN) for name in names):
        return "Fortran"
    return "" if any(name.endswith(COMPILED) for name in names) else "no compiled source"


if __name__ == "__main__":
    main()
