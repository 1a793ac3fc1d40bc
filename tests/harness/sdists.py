"""How does a test get a package index with projects of its own?

This module writes sdists, and a folder with the simple API (PEP 503) that pip reads without a
server.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from conda_emscripten.recipe_new.source_tree import SourceTree
from tests.harness.wheels import Wheel

#: A setup.py that leaves a trace when it runs: the file ``touched``.
SETUP_PY = """
import os, sys
from setuptools import Extension, setup
open({touched!r}, "w").close()
libraries = ["z"]
if sys.platform == "win32":
    libraries = ["zlibwapi"]
LIBS = libraries + ["unheard-of"]
setup(
    name="demo",
    ext_modules=[Extension("demo._c", ["demo/c.c"], libraries=LIBS)],
    setup_requires=["cython"],
)
"""


class FolderIndex:
    """A package index in a folder.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def env(self) -> dict[str, str]:
        """Environment variables with which pip knows this index, and no other."""
        return {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": self._folder.as_uri(),
            "PIP_EXTRA_INDEX_URL": "",
            "PIP_FIND_LINKS": "",
        }

    def add(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        version: str = "1.0",
        metadata: str = "License-Expression: MIT\n",
        wheels: tuple[str, ...] = (),
    ) -> Path:
        """Add a release: an sdist with ``files`` and a PKG-INFO, and the names of wheels.

        Without ``metadata``, the sdist has no PKG-INFO. The wheels are names without content.

        Returns:
            The sdist.
        """
        folder = self._folder / canonicalize_name(name)
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{name.replace('-', '_')}-{version}"
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
        info = {"PKG-INFO": head + metadata} if metadata else {}
        sdist = folder / f"{stem}.tar.gz"
        write_sdist(sdist, {**info, **files})
        digest = hashlib.sha256(sdist.read_bytes()).hexdigest()
        _link(folder, f"{sdist.name}#sha256={digest}", *(f"{stem}-{tags}.whl" for tags in wheels))
        return sdist

    def add_wheel(self, wheel: Wheel) -> None:
        """Add a wheel with its content."""
        folder = self._folder / wheel.project
        folder.mkdir(parents=True, exist_ok=True)
        (folder / wheel.file).write_bytes(wheel.content)
        _link(folder, f"{wheel.file}#sha256={wheel.sha256}")


def _link(folder: Path, *targets: str) -> None:
    """Add links to a project's page."""
    page = folder / "index.html"
    before = page.read_text() if page.exists() else "<!DOCTYPE html>\n"
    links = (f'<a href="{target}">{target.partition("#")[0]}</a>\n' for target in targets)
    page.write_text(before + "".join(links))


def write_sdist(path: Path, files: Mapping[str, str]) -> None:
    """Write a ``.tar.gz`` with one top folder; the same files make the same bytes."""
    top = path.name.removesuffix(".tar.gz")
    with (
        gzip.GzipFile(path, "wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for name, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def sdist_tree(folder: Path, files: dict[str, str]) -> SourceTree:
    """The tree of an sdist with ``files``."""
    sdist = folder / "demo-1.0.tar.gz"
    write_sdist(sdist, {"PKG-INFO": "Name: demo\nVersion: 1.0\n", **files})
    return SourceTree.read(sdist)
