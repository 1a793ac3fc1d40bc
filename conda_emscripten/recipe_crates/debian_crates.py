"""Which packages of Debian contain a crate?

Debian has the sources of crates as packages ``librust-<crate>-dev`` (Debian's Rust policy), with
``_`` in names as ``-``. An older version beside the newest one has the version in its name, too:
``librust-<crate>-<version>-dev``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from conda_emscripten.mirrors import AptPackage, apt_packages

_NAME = re.compile(r"librust-(.+?)(?:-\d[\d.]*)?-dev")
#: The version of the crate in that of the package, without Debian's revision and additions.
_UPSTREAM = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True, kw_only=True)
class DebianCrates:
    """The crates of one suite.

    Attributes:
        suite: for example ``trixie``.
        state: the folder of apt's lists, see ``fetch_with_apt``.
    """

    suite: str
    state: Path
    _packages: dict[str, list[AptPackage]] = field(default_factory=lambda: defaultdict(list))

    def packages(self, crate: str) -> list[AptPackage]:
        """The packages of a crate, one for each version; an empty list if there is none.

        Raises:
            MirrorError: apt is missing, or has no Debian archive configured.
        """
        if not self._packages:
            for package in apt_packages(self.suite, "librust-", self.state):
                if name := _NAME.fullmatch(package.name):
                    self._packages[name[1]].append(package)
        return self._packages.get(crate.lower().replace("_", "-"), [])

    def package(self, crate: str, version: str) -> AptPackage | None:
        """The package of one version of a crate.

        Raises:
            MirrorError: see ``packages``.
        """
        wanted = _UPSTREAM.match(version)
        for package in self.packages(crate):
            found = _UPSTREAM.match(package.version)
            if found and wanted and found[0] == wanted[0]:
                return package
        return None

    def url(self, package: AptPackage) -> str:
        """The URL of a package for a recipe."""
        return f"apt://{self.suite}/{package.file}"
