"""Which packages have been built from the same inputs before?

A folder for each input hash (``RecipeSet.input_hash``) holds the packages and ``build.json``. It is
there whole or not at all, and shared by checkouts.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.errors import BuildError
from conda_emscripten.files import atomic_copy, sha256_file


@dataclass(frozen=True, kw_only=True)
class CachedBuild:
    """One build.

    Attributes:
        packages: subdir and path of each.
        seconds: how long the build took, tests included.
        tests: what its test suites counted, by outcome.
    """

    packages: tuple[tuple[str, Path], ...]
    seconds: float
    tests: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class BuildCache:
    """The folders in which builds are looked for; the first one is written to."""

    folders: tuple[Path, ...]

    def has(self, input_hash: str) -> bool:
        """Whether there is a build from these inputs."""
        return self._find(input_hash) is not None

    def load(self, input_hash: str) -> CachedBuild:
        """The build that `has` found.

        Raises:
            BuildError: it was damaged, and has been removed.
        """
        folder = self._find(input_hash)
        assert folder is not None, "`has` says whether it may be loaded"
        build = json.loads((folder / "build.json").read_text())
        for _, file, sha256 in build["packages"]:
            if sha256_file(folder / file) != sha256:
                shutil.rmtree(folder, ignore_errors=True)
                raise BuildError(
                    f"{file} in the build cache was damaged and has been removed. Run again."
                )
        return CachedBuild(
            packages=tuple((subdir, folder / file) for subdir, file, _ in build["packages"]),
            seconds=build["seconds"],
            tests=build.get("tests", {}),
        )

    def store(
        self,
        input_hash: str,
        *,
        name: str,
        packages: Sequence[Path],
        seconds: float,
        tests: Mapping[str, int],
    ) -> None:
        """Copy built packages, each in the folder of its subdir, whole or not at all."""
        target = self.folders[0] / input_hash
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as folder:
            entries = []
            for package in packages:
                atomic_copy(package, Path(folder) / package.name)
                entries.append([package.parent.name, package.name, sha256_file(package)])
            build = {
                "name": name,
                "seconds": round(seconds, 1),
                "packages": entries,
                "tests": dict(tests),
            }
            (Path(folder) / "build.json").write_text(json.dumps(build, indent=1))
            shutil.rmtree(target, ignore_errors=True)
            Path(folder).rename(target)
            Path(folder).mkdir()
        target.chmod(0o755)

    def _find(self, input_hash: str) -> Path | None:
        for folder in self.folders:
            if (folder / input_hash / "build.json").is_file():
                return folder / input_hash
        return None
