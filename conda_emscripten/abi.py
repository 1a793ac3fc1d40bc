"""Which Emscripten and which CPython are the target's packages built for?

This module reads both versions from the variant file ``conda_build_config.yaml``, the one place
where they are written. Code that needs one of them gets an ``Abi``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conda_emscripten.errors import UsageError
from conda_emscripten.files import os_errors, read_yaml


@dataclass(frozen=True, kw_only=True)
class Abi:
    """The versions of Emscripten and CPython that all packages of the target share.

    Attributes:
        emscripten: for example ``3.1.69``.
        python: minor version of CPython, for example ``3.13``.
    """

    emscripten: str
    python: str

    @classmethod
    def read(cls, variants: Path) -> Abi:
        """The ABI of a ``conda_build_config.yaml``.

        Raises:
            UsageError: the file cannot be read, or does not name the versions.
        """
        help = "List c_compiler_version and python in the file."
        with os_errors(UsageError, f"{variants} cannot be read", help=help):
            try:
                content: Any = read_yaml(variants)
            except ValueError as error:
                raise UsageError(f"{variants} cannot be read: {error}.", help=help) from error
        try:
            emscripten, python = (str(content[key][0]) for key in ("c_compiler_version", "python"))
        except (LookupError, TypeError) as error:
            raise UsageError(
                f"{variants} cannot be read: it does not list the versions.", help=help
            ) from error
        version = re.match(r"\d+\.\d+(?=\.\*)", python)
        if version is None:
            raise UsageError(
                f"{variants}: the python {python!r} is not of the form '3.13.* *_cp313'.",
                help="Name the minor version and the build of CPython.",
            )
        return cls(emscripten=emscripten, python=version[0])

    @property
    def stdlib(self) -> str:
        """Folder of the standard library in a prefix."""
        return f"lib/python{self.python}"

    @property
    def site_packages(self) -> str:
        """Folder of Python packages in a prefix."""
        return f"{self.stdlib}/site-packages"

    @property
    def cache_tag(self) -> str:
        """The tag in the names of byte code files (PEP 3147)."""
        return f"cpython-{self.python.replace('.', '')}"
