"""How do a channel's packages become bundles, and what do the channel's files say of them?

Besides the bundles a channel gets files for the loader, all described in
docs/reference/bundle-format.md: ``<subdir>/bundles.json``, the shards of its repodata,
``imports.json``, ``lock.json`` and ``default-lock.json``; and those of catalogue.py.

What was read of a package is kept in ``<subdir>/.bundles.json``, so that a second run reads only
what is new.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rattler import Channel, RepoDataRecord, SparseRepoData
from rattler import solve_with_sparse_repodata as solve
from rattler.exceptions import SolverError

from conda_emscripten import bundle_format, payload
from conda_emscripten.bundle_format import (
    FORMAT_VERSION,
    BundleFile,
    head_of,
    pack,
    read_bundle,
    unpack,
    validate_bundle,
)
from conda_emscripten.catalogue import Entry, write_catalogue
from conda_emscripten.environment import virtual_packages
from conda_emscripten.errors import BundleError
from conda_emscripten.files import atomic_write, os_errors, sha256_file, write_json
from conda_emscripten.lock import entry_of, lock_of
from conda_emscripten.payload import (
    Distribution,
    distributions,
    modules,
    read_package,
    run_time_tree,
)
from conda_emscripten.project import TARGET_PLATFORM
from conda_emscripten.shards import remove_stale, write_shards

__all__ = [
    "Bundle",
    "BundleFile",
    "bundle_channel",
    "read_bundle",
    "validate_bundle",
    "write_bundle",
]

SUFFIX = ".lz4b"
COMPRESSED = f"{SUFFIX}.zst"  # see compress.py
_KEPT = ".bundles.json"
SUBDIRS = (TARGET_PLATFORM, "noarch")
LOCKED = ("python", "six")
"""What every page has from the start, as in Pyodide; the solution is ``lock.json``."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The bundle of one conda package.

    Attributes:
        file: file name of the bundle; None when nothing of the package is of use in a page.
        size: of the bundle file, in bytes.
        sha256: of the bundle file, in hexadecimal.
        head_size: of the part before the first chunk, in bytes.
        head_sha256: of that part, in hexadecimal: with it the chunks can be verified one by one.
        package: file name of the conda package.
        package_sha256: of the conda package, in hexadecimal.
        imports: the modules that the package adds; empty for the interpreter's own.
        distributions: the Python projects that it installs, by normalized name.
        about: what ``info/about.json`` says of it.
        run_exports: what ``info/run_exports.json`` says of it.
    """

    file: str | None
    size: int
    sha256: str | None
    head_size: int
    head_sha256: str | None
    package: str
    package_sha256: str
    imports: tuple[str, ...]
    distributions: Mapping[str, Distribution]
    about: Mapping[str, Any]
    run_exports: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The entry in ``bundles.json``, where the package's file name is the key."""
        return {
            "bundle": self.file,
            "size": self.size,
            "sha256": self.sha256,
            "head_size": self.head_size,
            "head_sha256": self.head_sha256,
            "package_sha256": self.package_sha256,
            "imports": list(self.imports),
            "distributions": {name: asdict(d) for name, d in self.distributions.items()},
        }

    def to_kept(self) -> dict[str, Any]:
        """The entry in the file of what was read of the packages."""
        return {**self.to_json(), "about": self.about, "run_exports": self.run_exports}

    @classmethod
    def from_kept(cls, package: str, entry: Mapping[str, Any]) -> Bundle:
        """The inverse of ``to_kept``. Raises KeyError or TypeError for anything else."""
        return cls(
            file=entry["bundle"],
            size=entry["size"],
            sha256=entry["sha256"],
            head_size=entry["head_size"],
            head_sha256=entry["head_sha256"],
            package=package,
            package_sha256=entry["package_sha256"],
            imports=tuple(entry["imports"]),
            distributions={
                name: Distribution(version=d["version"], extras=tuple(d["extras"]))
                for name, d in entry["distributions"].items()
            },
            about=entry["about"],
            run_exports=entry["run_exports"],
        )


def write_bundle(package: Path, output: Path, *, python: Path | None) -> Bundle:
    """Make the bundle of a conda package.

    Args:
        package: a ``.conda`` file.
        output: where the bundle goes; an existing file is replaced as a whole. Nothing is
            written for a package without a file that a page could want.
        python: a native CPython 3.13 that compiles the byte code, run once; None: no byte code.

    Raises:
        BundleError: the package is damaged or unsafe, ``python`` fails, or ``output`` cannot
            be written.
    """
    source = read_package(package)
    tree = run_time_tree(source, python=python)
    imports: tuple[str, ...] = ()
    if source.index.get("name") != "python":
        imports = tuple(modules(tree.files))
    if not tree.files and not tree.symlinks:
        return Bundle(
            file=None,
            size=0,
            sha256=None,
            head_size=0,
            head_sha256=None,
            package=package.name,
            package_sha256=source.sha256,
            imports=imports,
            distributions={},
            about=source.about,
            run_exports=source.run_exports,
        )
    data = pack(tree, package=package.name, package_sha256=source.sha256)
    unpack(data)  # what is about to be published can be read
    with os_errors(BundleError, f"{output}: cannot be written"):
        atomic_write(output, data)
    head = head_of(data)
    return Bundle(
        file=output.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        head_size=len(head),
        head_sha256=hashlib.sha256(head).hexdigest(),
        package=package.name,
        package_sha256=source.sha256,
        imports=imports,
        distributions=distributions(tree.files),
        about=source.about,
        run_exports=source.run_exports,
    )


def bundle_channel(channel: Path, *, python: Path | None) -> list[Bundle]:
    """Bring a channel's bundles and their JSON files up to date with its packages.

    A bundle is made again only if its package, the bundler or ``python`` changed. The channel
    must be indexed first, and not be written to by anybody else meanwhile. What is no longer named
    is removed last, so that a reader of the old files finds what they name for as long as he can.

    Args:
        channel: the folder with ``emscripten-wasm32/`` and ``noarch/``.
        python: see ``write_bundle``.

    Returns:
        The bundles of all packages of the two subdirs, sorted by subdir and file name.

    Raises:
        BundleError: naming the package; what was complete before stays as it was.
    """
    inputs = _inputs(python)
    repodata = {
        subdir: _repodata(channel / subdir) for subdir in SUBDIRS if (channel / subdir).is_dir()
    }
    bundles = {subdir: _bundle_subdir(channel / subdir, python, inputs) for subdir in repodata}
    found = [bundle for subdir in bundles.values() for bundle in subdir]
    shards = {}
    for path in channel.glob("*/repodata.json"):
        places = {b.package: _place(b) for b in bundles.get(path.parent.name, [])}
        shards[path.parent] = write_shards(path.parent, _repodata(path.parent), places)
    write_json(channel / "imports.json", {"version": 1, "imports": _imports(found)})
    start, whole = asyncio.run(_locks(channel, bundles))
    write_json(channel / "lock.json", start)
    write_json(channel / "default-lock.json", whole)
    write_catalogue(
        channel,
        {subdir: _entries(repodata[subdir], current) for subdir, current in bundles.items()},
    )
    for folder, names in shards.items():
        remove_stale(folder, names)
    for subdir, current in bundles.items():
        used = {bundle.file for bundle in current}
        # With compressed variants for a web server (.lz4b.br) and leftovers of a killed run.
        for path in (channel / subdir).glob(f"*{SUFFIX}*"):
            if path.name.partition(SUFFIX)[0] + SUFFIX not in used:
                path.unlink()
    return found


def _repodata(folder: Path) -> dict[str, Any]:
    path = folder / "repodata.json"
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise BundleError(f"{path} is missing. Run `conda-emscripten index` first.") from error
    return content


def _place(bundle: Bundle) -> dict[str, Any]:
    """What a shard says of a bundle."""
    place = {"bundle": bundle.file, "size": bundle.size, "sha256": bundle.sha256}
    if bundle.file is None:
        return place
    return {**place, "head_size": bundle.head_size, "head_sha256": bundle.head_sha256}


def _entries(repodata: Mapping[str, Any], bundles: Iterable[Bundle]) -> list[Entry]:
    """What the catalogue says of a subdir's packages."""
    records = repodata["packages.conda"]
    return [
        Entry(
            file=bundle.package,
            record=records[bundle.package],
            about=bundle.about,
            run_exports=bundle.run_exports,
            bundle_size=bundle.size if bundle.file else None,
        )
        for bundle in bundles
        if bundle.package in records
    ]


def _bundle_subdir(folder: Path, python: Path | None, inputs: str) -> list[Bundle]:
    """Write the bundles of one subdir, then its ``bundles.json``."""
    packages = sorted(folder.glob("*.conda"))
    kept = _kept(folder, inputs)
    current: dict[str, Bundle] = {}
    stats: dict[str, Stat] = {}
    try:
        for path in packages:
            known = kept.get(path.name)
            stat = Stat.of(path, None if known is None else known[0])
            bundle = known[1] if known and known[1].package_sha256 == stat.sha256 else None
            if bundle is None or not _is_there(bundle, folder):
                path.with_suffix(COMPRESSED).unlink(missing_ok=True)  # of the one before
                bundle = write_bundle(path, path.with_suffix(SUFFIX), python=python)
            current[path.name], stats[path.name] = bundle, stat
    finally:  # also after an error the files describe the bundles that are there
        for path in packages:
            known = kept.get(path.name)
            if path.name not in current and known and _is_there(known[1], folder):
                stats[path.name], current[path.name] = known
        _write_bundles(folder, inputs, stats, dict(sorted(current.items())))
    return [current[path.name] for path in packages]


@dataclass(frozen=True, kw_only=True)
class Stat:
    """What tells a changed package file from the one that was read.

    Attributes:
        size: in bytes.
        changed: its mtime in nanoseconds.
        read: when it was read, in nanoseconds since 1970.
        sha256: in hexadecimal.
    """

    size: int
    changed: int
    read: int
    sha256: str

    @classmethod
    def of(cls, path: Path, known: Stat | None) -> Stat:
        """Of a file, which is read again only if it is not certainly the known one.

        A file that was written within a second before it was read may have been written again at
        the same time of a coarse clock, as git has it in its index.
        """
        found = path.stat()
        if (
            known is not None
            and (found.st_size, found.st_mtime_ns) == (known.size, known.changed)
            and known.read - known.changed > 1_000_000_000
        ):
            return known
        read = time.time_ns()
        return cls(
            size=found.st_size, changed=found.st_mtime_ns, read=read, sha256=sha256_file(path)
        )


def _write_bundles(
    folder: Path, inputs: str, stats: Mapping[str, Stat], bundles: Mapping[str, Bundle]
) -> None:
    content = {name: bundle.to_json() for name, bundle in bundles.items()}
    head = {"version": FORMAT_VERSION, "subdir": folder.name}
    write_json(folder / "bundles.json", {**head, "bundles": content})
    kept = {
        name: {"stat": asdict(stats[name]), "bundle": bundle.to_kept()}
        for name, bundle in bundles.items()
    }
    write_json(folder / _KEPT, {"inputs": inputs, "packages": kept}, indent=None)


def _kept(folder: Path, inputs: str) -> dict[str, tuple[Stat, Bundle]]:
    """What was read before, if it was with the same inputs; else all is made anew."""
    try:
        content = json.loads((folder / _KEPT).read_bytes())
        if content["inputs"] != inputs:
            return {}
        return {
            name: (Stat(**entry["stat"]), Bundle.from_kept(name, entry["bundle"]))
            for name, entry in content["packages"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_there(bundle: Bundle, folder: Path) -> bool:
    if bundle.file is None:
        return True
    path = folder / bundle.file
    return path.is_file() and path.stat().st_size == bundle.size


def _inputs(python: Path | None) -> str:
    """A digest of all that a bundle depends on besides its package."""
    digest = hashlib.sha256()
    for module in (bundle_format, payload):
        digest.update(Path(str(module.__file__)).read_bytes())
    if python is not None:
        command = [str(python), "-VV"]
        try:
            version = subprocess.run(command, capture_output=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise BundleError(f"{python}: cannot be run to compile byte code ({error}).") from error
        digest.update(version)
    return digest.hexdigest()


def _imports(bundles: Iterable[Bundle]) -> dict[str, str]:
    """Module -> conda package. Of several packages, one named like the module comes first."""
    providers: dict[str, set[str]] = {}
    for bundle in bundles:
        name = bundle.package.rsplit("-", 2)[0]
        for module in bundle.imports:
            providers.setdefault(module, set()).add(name)
    return {
        module: module if module in names else min(names)
        for module, names in sorted(providers.items())
    }


async def _locks(
    channel: Path, bundles: Mapping[str, list[Bundle]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The solutions of ``LOCKED``, and of it and all other packages with files for a page.

    Both hold all that is needed to fetch them without a solver, and are empty as long as the
    channel has no python. A package that does not go with those before it is not in the second.
    """
    files = {(subdir, b.package): b for subdir, current in bundles.items() for b in current}
    usable = {b.package.rsplit("-", 2)[0] for b in files.values() if b.file is not None}
    names = {b.package.rsplit("-", 2)[0] for b in files.values()}
    if "python" not in names:
        return lock_of([], []), lock_of([], [])
    url = Channel(channel.resolve().as_uri())
    repodata = []
    for subdir in bundles:
        repodata.append(SparseRepoData(url, subdir, channel / subdir / "repodata.json"))
    virtual = virtual_packages(TARGET_PLATFORM)  # as in loader/src/solver.ts

    async def solution(specs: list[str]) -> list[RepoDataRecord]:
        return await solve(specs, repodata, virtual_packages=virtual)

    base = [name for name in LOCKED if name in names]
    try:
        start = await solution(base)
    except SolverError as error:
        raise BundleError(f"{channel}: {' '.join(base)} cannot be installed: {error}") from error
    pins = [f"{r.name.normalized} =={r.version} {r.build}" for r in start]
    others = sorted(usable - {record.name.normalized for record in start})
    together, whole = pins, start
    groups = [others]
    while groups:
        group = groups.pop()
        try:
            whole = await solution([*together, *group])
            together = [*together, *group]
        except SolverError:
            half = len(group) // 2
            if half:
                groups += [group[half:], group[:half]]
    accepted = [spec for spec in together if spec not in pins]
    return (
        lock_of(base, [_locked(channel, record, files) for record in start]),
        lock_of([*base, *accepted], [_locked(channel, record, files) for record in whole]),
    )


def _locked(
    channel: Path, record: RepoDataRecord, files: Mapping[tuple[str, str], Bundle]
) -> dict[str, Any]:
    """What a lock says of a package."""
    bundle = files.get((record.subdir, record.file_name))
    if bundle is None or bundle.package_sha256 != (record.sha256 or b"").hex():
        raise BundleError(
            f"{channel}/{record.subdir}/repodata.json does not describe {record.file_name} as "
            "it is. Delete it and run `conda-emscripten index`."
        )
    return entry_of(record, bundle.to_json())
