"""How does a project on the index become a draft of a recipe?

This module downloads the source into the cache of sources, by sha256, where the build finds it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from conda_emscripten.errors import SourceError
from conda_emscripten.files import os_errors, sha256_file
from conda_emscripten.package_index import IndexFile, PackageIndex, PackageIndexError
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.c_libraries import LibraryTable
from conda_emscripten.recipe_new.conda_names import CondaNames
from conda_emscripten.recipe_new.python_project import PythonProject
from conda_emscripten.recipe_new.python_recipe import Draft, Drafter
from conda_emscripten.recipe_new.releases import Release, choose_release
from conda_emscripten.recipe_new.requirements import Needed, parse_requirements, target_markers
from conda_emscripten.recipe_new.source_tree import SourceTree


@contextmanager
def open_index() -> Iterator[PackageIndex]:
    """The package index that pip is configured with, until the end of the block.

    Raises:
        SourceError: the index cannot be reached, or pip does not accept its configuration.
    """
    try:
        with PackageIndex.open() as index:
            yield index
    except PackageIndexError as error:
        raise SourceError(
            f"The package index cannot be read: {error}.",
            help="Check the network and 'python -m pip config list'. Nothing was written.",
        ) from error


@dataclass(frozen=True, kw_only=True)
class FoundProject:
    """A release with its source.

    Attributes:
        release: the release.
        file: the name of the source.
        source: what the source says.
        sha256: the digest of the source.
    """

    release: Release
    file: str
    source: PythonProject
    sha256: str

    @property
    def is_pure(self) -> bool:
        """Whether the package is the same for every platform.

        The wheels of the release decide, the source only if there are none, or both kinds. With
        both kinds, a project that compiles its Python code with mypyc has no compiled sources.
        """
        if not self.release.wheels:
            return not self.source.is_compiled_here
        if self.release.has_platform_wheel and self.release.pure_wheel:
            return not self.source.has_compiled_sources
        return not self.release.has_platform_wheel


@dataclass(kw_only=True)
class IndexReader:
    """Drafts recipes of projects on the index; made with ``IndexReader.open``."""

    project: Project
    index: PackageIndex
    names: CondaNames
    drafter: Drafter
    _files: dict[str, list[IndexFile]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def open(cls, project: Project) -> Iterator[IndexReader]:
        """A reader, until the end of the block.

        Raises:
            SourceError: the index cannot be reached, or pip does not accept its configuration.
        """
        names = CondaNames(project)
        drafter = Drafter(
            abi=project.abi,
            names=names,
            libraries=LibraryTable(project.recipes_dir),
            rust=(project.recipes_dir / "rust_emscripten-wasm32").is_dir(),
        )
        with open_index() as index:
            yield cls(project=project, index=index, names=names, drafter=drafter)

    def find(self, project: str, specifier: SpecifierSet, *, tool: bool = False) -> FoundProject:
        """The newest release of a project that ``specifier`` allows, and its source.

        The source of a ``tool`` is a wheel that runs on the build platform.

        Raises:
            UsageError: there is no such project or version.
            SourceError: the release has no usable source, or its sha256 is not the index's.
        """
        name = canonicalize_name(project)
        if name not in self._files:
            self._files[name] = self.index.files(name)
        release = choose_release(project, self._files[name], specifier, self.project.abi.python)
        file = release.tool_wheel(self.project.abi.python) if tool else release.source
        path, sha256 = self._fetch(file)
        source = PythonProject(tree=SourceTree.read(path))
        return FoundProject(release=release, file=file.name, source=source, sha256=sha256)

    def draft(
        self,
        found: FoundProject,
        *,
        extras: Iterable[str] = (),
        licence: str | None = None,
        maintainers: Sequence[str] = (),
    ) -> Draft:
        """The draft of a found release; see ``Drafter.draft``."""
        draft = self.drafter.draft(
            found.source,
            file=found.file,
            sha256=found.sha256,
            pure=found.is_pure,
            extras=extras,
            licence=licence,
            maintainers=maintainers,
        )
        return self.drafter.with_needs(draft, self.with_extras(draft.needs), found.source)

    def draft_tool(
        self, found: FoundProject, *, licence: str | None = None, maintainers: Sequence[str] = ()
    ) -> Draft:
        """The draft of a tool; see ``Drafter.draft_tool``."""
        return self.drafter.draft_tool(
            found.source,
            file=found.file,
            sha256=found.sha256,
            licence=licence,
            maintainers=maintainers,
        )

    def with_extras(self, needs: Sequence[Needed]) -> list[Needed]:
        """``needs`` with what their extras need: conda packages have no extras."""
        all_needs: dict[str, Needed] = {}
        queue = list(needs)
        while queue:
            need = queue.pop(0)
            known = all_needs.get(need.project)
            extras = need.extras - (known.extras if known else frozenset())
            if extras:
                found = self.find(need.project, need.specifier)
                queue += parse_requirements(
                    found.source.requires_dist,
                    target_markers(self.project.abi),
                    extras=extras,
                    source=found.file,
                    only_extras=True,
                )
            all_needs[need.project] = need.merged(known) if known else need
        return sorted(all_needs.values(), key=lambda each: each.project)

    def _fetch(self, file: IndexFile) -> tuple[Path, str]:
        folder = self.project.cache_dir / "sources"
        help = "Check the folder's permissions, or choose another with XDG_CACHE_HOME."
        with os_errors(SourceError, f"{file.name}: the cache cannot be written", help=help):
            if file.sha256 and (cached := folder / file.sha256 / file.name).is_file():
                return cached, file.sha256
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as temporary:
                part = Path(temporary) / file.name
                self.index.download(file, part)
                sha256 = sha256_file(part)
                if file.sha256 not in (None, sha256):
                    raise SourceError(
                        f"{file.name} has the sha256 {sha256}, and not {file.sha256}, which the "
                        "index names.",
                        help="Try again; if the error stays, the index or a cache is damaged.",
                    )
                final = folder / sha256 / file.name
                final.parent.mkdir(exist_ok=True)
                part.replace(final)
        return final, sha256
