"""Which package, version and build does a file name stand for?

This module splits the file names of packages.
"""

from __future__ import annotations

from typing import NamedTuple

from conda_emscripten.channel_layout import PACKAGE_SUFFIX


class ArchiveName(NamedTuple):
    """The file name ``<name>-<version>-<build>.conda`` in parts (CEP 26)."""

    name: str
    version: str
    build: str

    @classmethod
    def parse(cls, file: str) -> ArchiveName:
        """Split a file name. Version and build have no hyphens.

        Raises:
            ValueError: ``file`` is not the file name of a package.
        """
        name, version, build = file.removesuffix(PACKAGE_SUFFIX).rsplit("-", 2)
        return cls(name, version, build)
