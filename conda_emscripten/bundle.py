"""How does a conda package become a bundle?

This module makes the bundle of one package. docs/reference/bundle-format.md describes the format
and the files that a bundle contains.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conda_emscripten.abi import Abi
from conda_emscripten.bundle_format import head_of, pack, part_name, parts_of, unpack
from conda_emscripten.conda_package import DamagedPackageError, read_package
from conda_emscripten.errors import BundleError
from conda_emscripten.file_tree import BundleFormatError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.json_formats import BundleEntry, BundlePart, ShardBundle
from conda_emscripten.page_files import Distribution, distributions, modules, page_tree


@dataclass(frozen=True, kw_only=True)
class Part:
    """A further part of a bundle.

    Attributes:
        file: file name of the part.
        size: in bytes.
        sha256: in hexadecimal.
    """

    file: str
    size: int
    sha256: str

    def to_json(self) -> BundlePart:
        """The part in ``bundles.json``, locks and shards."""
        return {"bundle": self.file, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The bundle of one conda package, and the package's entries in the channel's files.

    Attributes:
        file: file name of the bundle, or of its first part; None if the package has no files for a
            page.
        size: of this file, in bytes.
        sha256: of this file, in hexadecimal.
        parts: the further parts, in order.
        head_size: of the part before the first chunk, in bytes.
        head_sha256: of that part, in hexadecimal; a reader needs it to verify single chunks.
        package: file name of the conda package.
        package_sha256: of the conda package, in hexadecimal.
        imports: the names of the package's modules; empty for the interpreter.
        distributions: the Python projects of the package, by normalized name.
        about: ``info/about.json`` of the package.
        run_exports: ``info/run_exports.json`` of the package.
    """

    file: str | None = None
    size: int = 0
    sha256: str | None = None
    parts: tuple[Part, ...] = ()
    head_size: int = 0
    head_sha256: str | None = None
    package: str
    package_sha256: str
    imports: tuple[str, ...]
    distributions: Mapping[str, Distribution]
    about: Mapping[str, Any]
    run_exports: Mapping[str, Any]

    @property
    def files(self) -> dict[str, int]:
        """File name -> size in bytes, of each file of the bundle."""
        first = {} if self.file is None else {self.file: self.size}
        return first | {part.file: part.size for part in self.parts}

    @property
    def total_size(self) -> int | None:
        """The size of all files in bytes; None without a bundle."""
        return sum(self.files.values()) if self.file else None

    def to_json(self) -> BundleEntry:
        """The entry in ``bundles.json``, where the package's file name is the key."""
        entry: BundleEntry = {
            "bundle": self.file,
            "size": self.size,
            "sha256": self.sha256,
            "head_size": self.head_size,
            "head_sha256": self.head_sha256,
            "package_sha256": self.package_sha256,
            "imports": list(self.imports),
            "distributions": {
                name: {"version": project.version, "extras": list(project.extras)}
                for name, project in self.distributions.items()
            },
        }
        if self.parts:
            entry["parts"] = [part.to_json() for part in self.parts]
        return entry

    def to_shard(self) -> ShardBundle:
        """The entry in a shard of the repodata, with digests in hexadecimal."""
        entry: ShardBundle = {"bundle": self.file, "size": self.size, "sha256": self.sha256}
        if self.file is not None:
            entry["head_size"] = self.head_size
            entry["head_sha256"] = self.head_sha256
        if self.parts:
            entry["parts"] = [part.to_json() for part in self.parts]
        return entry


def make_bundle(
    package: Path, *, file: str, abi: Abi, python: Path | None, in_parts: bool = True
) -> tuple[Bundle, dict[str, bytes]]:
    """Make the bundle of a conda package in memory.

    Args:
        package: a ``.conda`` file.
        file: file name of the bundle if it is one file; see ``bundle_format.part_name``.
        abi: the ABI of the target.
        python: a native CPython of version ``abi.python`` that compiles the byte code; None: no
            byte code.
        in_parts: whether the bundle may have several parts.

    Returns:
        The bundle and its files by name; no files for a package without files for a page.

    Raises:
        BundleError: the package is damaged or unsafe, or ``python`` fails.
        OSError: the package cannot be read, or there is no room for temporary files.
    """
    try:
        source = read_package(package)
    except DamagedPackageError as error:
        raise BundleError(
            str(error), help="Build the package again: conda-emscripten build --force NAME."
        ) from error
    tree = page_tree(source, abi, python=python)
    is_interpreter = source.index.get("name") == "python"
    bundle = Bundle(
        package=package.name,
        package_sha256=source.sha256,
        imports=() if is_interpreter else tuple(modules(tree.files, abi)),
        distributions=distributions(tree.files, abi),
        about=source.about,
        run_exports=source.run_exports,
    )
    if not tree.files and not tree.symlinks:
        return bundle, {}
    if not in_parts:
        tree = replace(tree, late=())
    try:
        data = pack(tree, package=package.name, package_sha256=source.sha256)
        unpack(data)  # proves that a reader accepts these bytes
    except BundleFormatError as error:
        raise BundleError(
            f"{package}: cannot become a bundle: {error}",
            help="Correct the files that the recipe of the package installs.",
        ) from error
    head = head_of(data)
    contents = parts_of(data)
    names = [part_name(file, number) for number in range(1, len(contents) + 1)]
    files = dict(zip(names, contents, strict=True)) if tree.late else {file: data}
    first, *others = [
        Part(file=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    ]
    bundle = replace(
        bundle,
        file=first.file,
        size=first.size,
        sha256=first.sha256,
        parts=tuple(others),
        head_size=len(head),
        head_sha256=hashlib.sha256(head).hexdigest(),
    )
    return bundle, files


def write_bundle(package: Path, output: Path, *, abi: Abi, python: Path | None) -> Bundle:
    """Write the bundle of a conda package as one file; see ``make_bundle`` for the arguments.

    An existing ``output`` is replaced as a whole. Nothing is written for a package without files
    for a page.

    Raises:
        BundleError: the package is damaged or unsafe, ``python`` fails, or a file cannot be read
            or written.
    """
    help = "Remove the cause, then run the command again."
    with os_errors(BundleError, f"{package}: its bundle cannot be made", help=help):
        bundle, files = make_bundle(
            package, file=output.name, abi=abi, python=python, in_parts=False
        )
    with os_errors(BundleError, f"{output}: cannot be written", help="Choose another --output."):
        for data in files.values():
            atomic_write(output, data)
    return bundle
