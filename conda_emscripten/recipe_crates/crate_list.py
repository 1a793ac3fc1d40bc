"""Which crates must be among the sources of a recipe?

This module writes the list to ``recipe.yaml``. cargo itself resolves: the compiler package's own
program (``recipes/rust_emscripten-wasm32/files/crates.py``) offers cargo the crates found so far,
as in a build, and cargo names the next missing one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.environment import create_environment
from conda_emscripten.errors import BuildError, RecipeError, SourceError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.mirrors import AptPackage, MirrorError
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipe_bump.bump import located_sources, patched_tree
from conda_emscripten.recipe_crates.debian_crates import DebianCrates
from conda_emscripten.sources import Source, SourceFetcher

#: The folder of the crates in the work tree, which the compiler's activation looks for.
FOLDER = "crate-sources"
_MISSING = re.compile(r"no matching package named `([\w-]+)` found")
_RELAX = (
    "Let a numbered patch of the recipe remove the dependency, or accept a version that is there, "
    "in Cargo.toml; or list the crates of Cargo.lock with --registry."
)
#: A source of the list, as this module writes it.
_ENTRY = re.compile(
    rf"^  - url: \S+\n    sha256: [0-9a-f]{{64}}\n    target_directory: {FOLDER}\n", re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class CrateList:
    """Finds the crates of one recipe.

    Attributes:
        project: the project.
        output: the recipe's package.
        fetcher: downloads the sources and the crates into the cache.
        suite: the suite of Debian whose crates are used.
    """

    project: Project
    output: Output
    fetcher: SourceFetcher
    suite: str

    def from_debian(self) -> list[Source]:
        """Debian's packages of the crates that cargo selects.

        Raises:
            SourceError: Debian has no version of a crate, or a source cannot be fetched.
            RecipeError: the versions do not fit, or a patch does not apply.
            BuildError: the package ``rust`` is not built.
        """
        debian = DebianCrates(suite=self.suite, state=self.fetcher.cache_dir / "apt" / self.suite)
        with self._tree() as tree, _debian_errors(), tempfile.TemporaryDirectory() as cargo:
            names = {package["name"] for package in _locked(tree)} | _wanted(tree)
            packages = {each.file: each for name in names for each in debian.packages(name)}
            prefix = Path(cargo, "rust")
            try:
                create_environment(
                    prefix,
                    ["rust"],
                    channels=[self.project.bootstrap_dir.as_uri()],
                    platform=BUILD_PLATFORM,
                    cache_dir=self.project.cache_dir,
                )
            except BuildError as error:
                raise BuildError(
                    "There is no package 'rust' in the channel of the tools.",
                    help="Build it: conda-emscripten build --with-deps rust.",
                ) from error
            env = {
                **os.environ,
                "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "SRC_DIR": str(tree),
                "CARGO_HOME": str(Path(cargo, "home")),
            }
            crates = tree / FOLDER
            shutil.rmtree(crates, ignore_errors=True)
            while missing := self._resolve(crates, debian, packages, env):
                found = debian.packages(missing)
                if not found or all(each.file in packages for each in found):
                    raise SourceError(
                        f"{self.output.folder}: the crate {missing} is in no source: {self.suite} "
                        f"has no package librust-{missing.lower().replace('_', '-')}-dev.",
                        help=_RELAX,
                    )
                packages |= {each.file: each for each in found}
            selected = {
                package
                for entry in _locked(tree)
                if "source" in entry
                and (package := debian.package(entry["name"], entry["version"]))
            }
        return [
            Source(urls=(debian.url(each),), sha256=each.sha256)
            for each in sorted(selected, key=lambda each: each.name)
        ]

    def from_registry(self) -> list[Source]:
        """The crates of ``Cargo.lock``, with its checksums.

        Raises:
            RecipeError: the project has no ``Cargo.lock``, or a patch does not apply.
            SourceError: the source cannot be fetched.
        """
        with self._tree() as tree:
            crates = {
                (each["name"], each["version"], each["checksum"])
                for each in _locked(tree)
                if "checksum" in each
            }
        if not crates:
            raise RecipeError(
                f"{self.output.folder}: no Cargo.lock of the source names a crate.",
                help="Leave --registry out, for Debian's packages.",
            )
        return [
            Source(
                urls=(f"https://static.crates.io/crates/{name}/{name}-{version}.crate",),
                sha256=checksum,
            )
            for name, version, checksum in sorted(crates)
        ]

    def write(self, sources: list[Source]) -> Path:
        """Replace the list in ``recipe.yaml``, or add it at the end of the sources.

        Raises:
            RecipeError: ``source`` is not a list, or the file cannot be changed.
        """
        file = self.output.folder / "recipe.yaml"
        with os_errors(RecipeError, f"{file} cannot be changed"):
            atomic_write(file, with_list(file, sources).encode())
        return file

    @contextmanager
    def _tree(self) -> Iterator[Path]:
        """The source of the project, patched."""
        sources = [
            (source, patches)
            for source, patches in located_sources(self.output)
            if not source.name.endswith((".deb", ".crate"))
        ]
        if not sources:
            raise RecipeError(
                f"{self.output.folder} has no source with a Cargo.toml.",
                help="Write the project's own source first.",
            )
        source, patches = sources[0]
        with patched_tree(self.output.folder, self.fetcher.fetch(source), patches) as tree:
            yield tree

    def _resolve(
        self,
        crates: Path,
        debian: DebianCrates,
        packages: Mapping[str, AptPackage],
        env: Mapping[str, str],
    ) -> str | None:
        """Run the compiler's program; returns the name of a missing crate, or None."""
        crates.mkdir(exist_ok=True)
        for package in packages.values():
            if not (crates / package.file).exists():
                source = Source(urls=(debian.url(package),), sha256=package.sha256)
                (crates / package.file).symlink_to(self.fetcher.fetch(source))
        program = self.project.recipes_dir / "rust_emscripten-wasm32" / "files" / "crates.py"
        done = subprocess.run(
            [sys.executable, program], env=env, capture_output=True, text=True, check=False
        )
        if not done.returncode:
            return None
        if missing := _MISSING.search(done.stderr):
            return missing[1]
        text = done.stderr.partition("\nWrite the list")[0].removeprefix("error: ")
        raise RecipeError(f"{self.output.folder}: {text.strip()}\n", help=_RELAX)


def with_list(file: Path, sources: list[Source]) -> str:
    """The text of a recipe with another list of crates.

    Raises:
        RecipeError: ``source`` is not a list.
        OSError: the file cannot be read.
    """
    text = _ENTRY.sub("", file.read_text())
    entries = "".join(
        f"  - url: {each.urls[0]}\n    sha256: {each.sha256}\n    target_directory: {FOLDER}\n"
        for each in sources
    )
    section = re.search(r"^source:\n(?:  .*\n|\n(?=  ))+", text, re.MULTILINE)
    if section is None or "\n  - " not in section[0]:
        raise RecipeError(
            f"{file}: `source` is not a list.", help="Write the project's source as `- url: …`."
        )
    return text[: section.end()] + entries + text[section.end() :]


def _locked(tree: Path) -> list[dict[str, str]]:
    """The packages of all ``Cargo.lock`` files of a source."""
    return [
        package
        for lock in sorted(tree.rglob("Cargo.lock"))
        if FOLDER not in lock.relative_to(tree).parts[:1]
        for package in tomllib.loads(lock.read_text()).get("package", ())
    ]


def _wanted(tree: Path) -> set[str]:
    """The crates that the manifests at most three folders deep name."""
    names: set[str] = set()
    for depth in range(4):
        for manifest in tree.glob("*/" * depth + "Cargo.toml"):
            content = tomllib.loads(manifest.read_text())
            for section in ("dependencies", "build-dependencies"):
                names |= content.get(section, {}).keys()
    return names


@contextmanager
def _debian_errors() -> Iterator[None]:
    try:
        yield
    except MirrorError as error:
        raise SourceError(
            f"Debian's crates are not known: {error}", help="Correct apt's configuration."
        ) from error
