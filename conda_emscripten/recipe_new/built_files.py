"""What does a built package contain that its recipe should say?

This module reads the modules that can be imported, and the metadata that the build backend wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.metadata import parse_email

from conda_emscripten.conda_package import read_package
from conda_emscripten.recipe_new.import_time import modules_of_pages, parts_needed
from conda_emscripten.recipe_new.python_project import entry_points_of
from conda_emscripten.recipe_new.python_recipe import importable
from conda_emscripten.recipe_new.source_tree import is_beside_the_point


@dataclass(frozen=True, kw_only=True)
class BuiltFiles:
    """The facts of a built Python package.

    Attributes:
        imports: the top modules, and all extension modules, but for ``of_pages``.
        of_pages: the modules that only a page can import.
        requires_dist: the run requirements in METADATA, or None if the package has no METADATA.
        entry_points: the scripts.
        parts: the packages with parts of the standard library that the imports need.
    """

    imports: Sequence[str]
    of_pages: Sequence[str]
    requires_dist: Sequence[str] | None
    entry_points: Sequence[str]
    parts: Sequence[str]


def read_built(package: Path) -> BuiltFiles:
    """The facts of the ``.conda`` file ``package``.

    Raises:
        DamagedPackageError: the package is damaged.
    """
    files = {
        path.rpartition("site-packages/")[2]: file.content
        for path, file in read_package(package).files.items()
        if "site-packages/" in path
    }
    info = [path for path in files if ".dist-info/" in path]
    metadata = next((files[path] for path in info if path.endswith("/METADATA")), None)
    points = next((files[path] for path in info if path.endswith("/entry_points.txt")), b"")
    raw = parse_email(metadata)[0] if metadata is not None else None
    modules = modules_of(files)
    of_pages = modules_of_pages(files, modules)
    imports = [module for module in modules if module not in of_pages]
    return BuiltFiles(
        imports=imports,
        of_pages=of_pages,
        requires_dist=None if raw is None else raw.get("requires_dist", []),
        entry_points=entry_points_of(points.decode()),
        parts=parts_needed(files, imports),
    )


def modules_of(paths: Iterable[str]) -> list[str]:
    """The modules of files in site-packages that a test should import.

    These are the top modules; in a namespace package (PEP 420), the packages below; and all
    extension modules.
    """
    files = {path for path in paths if not path.partition("/")[0].endswith((".dist-info", ".data"))}
    found = {*_extensions(files)}
    for path in files:
        parts = PurePosixPath(path).parts
        if len(parts) == 1 and path.endswith(".py"):
            found.add(path.removesuffix(".py"))
        for depth in range(1, len(parts)):
            if "/".join((*parts[:depth], "__init__.py")) in files:
                found.add(".".join(parts[:depth]))
                break
    return importable(found)


def _extensions(files: Iterable[str]) -> Iterable[str]:
    for path in files:
        folder, _, file = path.rpartition("/")
        if file.endswith(".so") and not is_beside_the_point(path):
            name = file.partition(".")[0]
            if not name.startswith("lib") or ".cpython-" in file:
                yield ".".join((*folder.split("/"), name)) if folder else name


def library_files(package: Path) -> Mapping[str, Sequence[str]]:
    """The test ``package_contents`` of a built C library: its headers, archives and build files.

    Raises:
        DamagedPackageError: the package is damaged.
    """
    paths = sorted(read_package(package).files)
    headers = [path.removeprefix("include/") for path in paths if path.startswith("include/")]
    top = [header for header in headers if "/" not in header] or headers
    files = [
        path
        for path in paths
        if path.startswith(("lib/", "share/"))
        and path.endswith((".a", ".so", ".pc", "onfig.cmake"))
    ]
    contents = {"include": top[:10], "files": files}
    return {key: value for key, value in contents.items() if value}
