"""How do a channel's packages become bundles, and what do the channel's files say of them?

Besides the bundles a channel gets JSON files for the loader, all described in
docs/reference/bundle-format.md: ``<subdir>/bundles.json``, ``imports.json``, ``lock.json`` and
``default-lock.json``.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
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
    pack,
    read_bundle,
    unpack,
    validate_bundle,
    write_atomically,
)
from conda_emscripten.environment import virtual_packages
from conda_emscripten.errors import BundleError
from conda_emscripten.lock import entry_of, lock_of
from conda_emscripten.payload import (
    Distribution,
    distributions,
    modules,
    read_package,
    run_time_tree,
)
from conda_emscripten.project import TARGET_PLATFORM

__all__ = [
    "Bundle",
    "BundleFile",
    "bundle_channel",
    "read_bundle",
    "validate_bundle",
    "write_bundle",
]

SUFFIX = ".lz4b"
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
        package: file name of the conda package.
        package_sha256: of the conda package, in hexadecimal.
        imports: the modules that the package adds; empty for the interpreter's own.
        distributions: the Python projects that it installs, by normalized name.
    """

    file: str | None
    size: int
    sha256: str | None
    package: str
    package_sha256: str
    imports: tuple[str, ...]
    distributions: Mapping[str, Distribution]

    def to_json(self) -> dict[str, Any]:
        """The entry in ``bundles.json``, where the package's file name is the key."""
        return {
            "bundle": self.file,
            "size": self.size,
            "sha256": self.sha256,
            "package_sha256": self.package_sha256,
            "imports": list(self.imports),
            "distributions": {name: asdict(d) for name, d in self.distributions.items()},
        }

    @classmethod
    def from_json(cls, package: str, entry: Mapping[str, Any]) -> Bundle:
        """The inverse of ``to_json``. Raises KeyError or TypeError for anything else."""
        return cls(
            file=entry["bundle"],
            size=entry["size"],
            sha256=entry["sha256"],
            package=package,
            package_sha256=entry["package_sha256"],
            imports=tuple(entry["imports"]),
            distributions={
                name: Distribution(version=d["version"], extras=tuple(d["extras"]))
                for name, d in entry["distributions"].items()
            },
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
            package=package.name,
            package_sha256=source.sha256,
            imports=imports,
            distributions={},
        )
    data = pack(tree, package=package.name, package_sha256=source.sha256)
    unpack(data)  # what is about to be published can be read
    write_atomically(output, data)
    return Bundle(
        file=output.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        package=package.name,
        package_sha256=source.sha256,
        imports=imports,
        distributions=distributions(tree.files),
    )


def bundle_channel(channel: Path, *, python: Path | None) -> list[Bundle]:
    """Bring a channel's bundles and their JSON files up to date with its packages.

    A bundle is made again only if its package, the bundler or ``python`` changed. The channel
    must be indexed first, and not be written to by anybody else meanwhile.

    Args:
        channel: the folder with ``emscripten-wasm32/`` and ``noarch/``.
        python: see ``write_bundle``.

    Returns:
        The bundles of all packages of the two subdirs, sorted by subdir and file name.

    Raises:
        BundleError: naming the package; what was complete before stays as it was.
    """
    inputs = _inputs(python)
    bundles: dict[str, list[Bundle]] = {}
    for subdir in SUBDIRS:
        folder = channel / subdir
        if folder.is_dir():
            bundles[subdir] = _bundle_subdir(folder, python, inputs)
    found = [bundle for subdir in bundles.values() for bundle in subdir]
    _write_json(channel / "imports.json", {"version": 1, "imports": _imports(found)})
    start, whole = asyncio.run(_locks(channel, bundles))
    _write_json(channel / "lock.json", start)
    _write_json(channel / "default-lock.json", whole)
    for subdir, current in bundles.items():
        used = {bundle.file for bundle in current}
        # With compressed variants for a web server (.lz4b.br) and leftovers of a killed run.
        for path in (channel / subdir).glob(f"*{SUFFIX}*"):
            if path.name.partition(SUFFIX)[0] + SUFFIX not in used:
                path.unlink()
    return found


def _bundle_subdir(folder: Path, python: Path | None, inputs: str) -> list[Bundle]:
    """Write the bundles of one subdir, then its ``bundles.json``."""
    index = folder / "bundles.json"
    packages = sorted(folder.glob("*.conda"))
    known = _known(index, inputs)
    current = {
        path.name: known[path.name]
        for path in packages
        if path.name in known and _is_current(known[path.name], path)
    }
    try:
        for path in packages:
            if path.name not in current:
                output = path.with_suffix(SUFFIX)
                current[path.name] = write_bundle(path, output, python=python)
    finally:  # also after an error the file describes the bundles that are there
        _write_json(
            index,
            {
                "version": FORMAT_VERSION,
                "subdir": folder.name,
                "inputs": inputs,
                "bundles": {name: b.to_json() for name, b in sorted(current.items())},
            },
        )
    return [current[path.name] for path in packages]


def _known(index: Path, inputs: str) -> dict[str, Bundle]:
    """What ``bundles.json`` says, if it was made from the same inputs; else all is made anew."""
    try:
        content = json.loads(index.read_text())
        if content["version"] != FORMAT_VERSION or content["inputs"] != inputs:
            return {}
        return {name: Bundle.from_json(name, e) for name, e in content["bundles"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_current(bundle: Bundle, package: Path) -> bool:
    if bundle.package_sha256 != _sha256(package):
        return False
    if bundle.file is None:
        return True
    path = package.with_name(bundle.file)
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
        path = channel / subdir / "repodata.json"
        if not path.is_file():
            raise BundleError(f"{path} is missing. Run `conda-emscripten index` first.")
        repodata.append(SparseRepoData(url, subdir, path))
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


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    data = (json.dumps(content, indent=1) + "\n").encode()
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
