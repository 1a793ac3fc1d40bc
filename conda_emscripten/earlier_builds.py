"""Which recipe was a build of the cache made from, if it was stored without a content key?

Earlier versions of the engine stored the packages of a recipe folder together, by one static key
that changes with each file of the folder. py-rattler-build embeds the folder in the packages, as
``info/recipe/``. This module puts the embedded folders in place of the project's own. If the static
key of a folder (``folder_keys``) is the one of the stored build, the build was made from exactly
this folder, variant and engine, with dependencies from exactly these folders (their tests aside).
"""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import yaml

from conda_emscripten.archive_name import ArchiveName
from conda_emscripten.build_cache import BuildCache, CacheEntry
from conda_emscripten.conda_package import DamagedPackageError, read_info
from conda_emscripten.errors import CondaEmscriptenError
from conda_emscripten.file_tree import Tree, is_inside
from conda_emscripten.folder_keys import FolderKeys
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet

_FOLDER = "info/recipe/"

#: Files that py-rattler-build writes beside those of the recipe's folder, and the test counts that
#: earlier versions wrote there, which were in no key.
_WRITTEN = ("rendered_recipe.yaml", "variant_config.yaml", "tests/results.json")

#: So many builds of a recipe are looked at; each may take a tenth of a second.
_TRIED = 3


@dataclass(frozen=True, kw_only=True)
class EarlierBuild:
    """A cached package without a content key, and the recipe that it was made from.

    Attributes:
        entry_hash: the name of the build's folder in the cache, which may have further packages.
        output: the output of the embedded folder that makes the package.
        keys: the keys of the recipes that the package was built with, and these recipes. Their
            folders are temporary, and exist as long as this object.
    """

    entry_hash: str
    output: Output
    keys: FolderKeys

    @property
    def recipes(self) -> RecipeSet:
        """The recipes that the package was built with."""
        return self.keys.recipes

    def entry_of(self, output: Output) -> str:
        """The name of the folder in the cache, if there is one, of an output of ``recipes``.

        For ``self.output``, it is ``entry_hash``.

        Raises:
            RecipeError: see ``RecipeSet.dependencies``.
        """
        return self.keys.static_key(output)


def earlier_builds(project: Project, cache: BuildCache, *, bootstrap: bool = True) -> EarlierBuilds:
    """The cached packages without a content key, by the package's name, the last used first.

    Packages of both platforms are below one name.

    Nothing is read before the first look-up; it reads the ``info`` archive of one package of each
    cached build. Of a recipe, the three builds that were used last are looked at. A build is left
    out if its static key does not follow from the embedded folders:

    - a dependency is neither in the cache nor the same, tests aside, in the project;
    - a ``path:`` source outside the recipe's folder has changed, since packages do not embed it;
    - ``conda_build_config.yaml`` has other values of the recipe's variant keys, or the engine or
      py-rattler-build has another version;
    - of several builds of a dependency, it was made with none of these: the one that is as old in
      the order of builds, and the last one before it. Branches can be such a case.

    Args:
        project: the project, whose recipes stand for all that no cached build embeds.
        cache: the build cache.
        bootstrap: see ``RecipeSet``.

    Raises:
        OSError: at a look-up, a temporary file cannot be written.
    """
    return EarlierBuilds(project, cache, bootstrap=bootstrap)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Embedded:
    """A cached build and its embedded recipe folder.

    Attributes:
        entry_hash: the static key.
        label: the name of the folder, in the form of ``RecipeSet.select``.
        packages: the names of the packages.
        started: the start of the build, in milliseconds since 1970.
        used: see ``CacheEntry``.
        keyed: whether the cache has the content key.
        folder: the files of the folder.
    """

    entry_hash: str
    label: str
    packages: frozenset[str]
    started: int
    used: float
    keyed: bool
    folder: Tree


class EarlierBuilds(Mapping[str, tuple[EarlierBuild, ...]]):
    """The result of ``earlier_builds``."""

    def __init__(self, project: Project, cache: BuildCache, *, bootstrap: bool) -> None:
        self._project = project
        self._cache = cache
        self._bootstrap = bootstrap
        self._worlds: dict[tuple[_Embedded, ...], FolderKeys] = {}
        self._proven: dict[_Embedded, FolderKeys | None] = {}
        self._removals: list[weakref.finalize[[Path], RecipeSet]] = []

    def close(self) -> None:
        """Remove the temporary folders, and thereby the recipes, of all builds."""
        for remove in self._removals:
            remove()

    def __getitem__(self, name: str) -> tuple[EarlierBuild, ...]:
        found = []
        for embedded in self._earlier[name]:
            if embedded not in self._proven:
                self._proven[embedded] = self._prove(embedded)
            if keys := self._proven[embedded]:
                outputs = [each for each in keys.outputs(embedded.label) if each.name == name]
                if len(outputs) == 1:
                    build = EarlierBuild(
                        entry_hash=embedded.entry_hash, output=outputs[0], keys=keys
                    )
                    found.append(build)
        return tuple(found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._earlier)

    def __len__(self) -> int:
        return len(self._earlier)

    @cached_property
    def _embedded(self) -> dict[str, list[_Embedded]]:
        """The embedded folders by label, the last built first."""
        found: dict[str, dict[str, _Embedded]] = {}
        for entry in self._cache.entries():
            if embedded := _read(entry, self._project):
                found.setdefault(embedded.label, {}).setdefault(embedded.entry_hash, embedded)
        return {
            label: sorted(builds.values(), key=lambda build: -build.started)
            for label, builds in found.items()
        }

    @cached_property
    def _earlier(self) -> dict[str, list[_Embedded]]:
        """The builds without a content key by package, the last used first."""
        found: dict[str, list[_Embedded]] = {}
        for builds in self._embedded.values():
            earlier = [build for build in builds if not build.keyed]
            for build in sorted(earlier, key=lambda build: -build.used)[:_TRIED]:
                for name in build.packages:
                    found.setdefault(name, []).append(build)
        return found

    def _prove(self, embedded: _Embedded) -> FolderKeys | None:
        """The recipes that a build was made with; None if its static key does not follow."""
        for chosen in (self._of_rank(embedded), self._of_time(embedded)):
            keys = self._world(chosen)
            try:
                if keys.static_key(keys.outputs(embedded.label)[0]) == embedded.entry_hash:
                    return keys
            except CondaEmscriptenError:  # such as a dependency that the project no longer has
                continue
        return None

    def _of_rank(self, embedded: _Embedded) -> tuple[_Embedded, ...]:
        """With the last but one build of a recipe, the last but one of all others, and so on.

        Of most recipes all builds are the same to dependents, so few sets of recipes do for all.
        """
        rank = self._embedded[embedded.label].index(embedded)
        return tuple(builds[min(rank, len(builds) - 1)] for builds in self._embedded.values())

    def _of_time(self, embedded: _Embedded) -> tuple[_Embedded, ...]:
        """With a build, of each other recipe the last one that was built before it.

        A recipe whose builds are all younger cannot be a dependency in any of their forms.
        """
        return tuple(
            embedded
            if label == embedded.label
            else next((build for build in builds if build.started <= embedded.started), builds[-1])
            for label, builds in self._embedded.items()
        )

    def _world(self, chosen: tuple[_Embedded, ...]) -> FolderKeys:
        """The keys of the chosen recipes; those of the project stand for all others."""
        if chosen not in self._worlds:
            recipes, root = _overlay(self._project, chosen, bootstrap=self._bootstrap)
            remove = weakref.finalize(recipes, shutil.rmtree, root, ignore_errors=True)
            self._removals.append(remove)
            self._worlds[chosen] = FolderKeys(recipes)
        return self._worlds[chosen]


def _read(entry: CacheEntry, project: Project) -> _Embedded | None:
    """The recipe folder that a build's packages embed.

    Returns:
        None if there is none, if it is damaged, or if its name is not known: this version names a
        build by its output.
    """
    if not is_inside(entry.name) or "/" in entry.name:
        return None
    keyed = bool(entry.built.content)
    try:
        info = read_info(entry.folder / entry.packages[0])
        index = json.loads(info.files["info/index.json"].content)
        subdir, started = str(index["subdir"]), int(index.get("timestamp", 0))
        tool = _is_tool(entry.name, subdir, info, project)
        packages = frozenset(ArchiveName.parse(file).name for file in entry.packages)
    except (OSError, DamagedPackageError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return None
    root = project.bootstrap_recipes_dir if tool else project.recipes_dir
    folder = _recipe_folder(info)
    if "recipe.yaml" not in folder.files or (keyed and not (root / entry.name).is_dir()):
        return None
    return _Embedded(
        entry_hash=entry.static_key,
        label=f"bootstrap/{entry.name}" if tool else entry.name,
        packages=packages,
        started=started,
        used=entry.used,
        keyed=keyed,
        folder=folder,
    )


def _recipe_folder(info: Tree) -> Tree:
    """The recipe's folder in an ``info`` archive."""
    written = {f"{_FOLDER}{name}" for name in _WRITTEN}
    return Tree(
        files={
            path.removeprefix(_FOLDER): file
            for path, file in info.files.items()
            if path.startswith(_FOLDER) and path not in written
        },
        symlinks={
            path.removeprefix(_FOLDER): target
            for path, target in info.symlinks.items()
            if path.startswith(_FOLDER)
        },
    )


def _is_tool(name: str, subdir: str, info: Tree, project: Project) -> bool:
    """Whether a package's recipe is one of ``channel/bootstrap/``."""
    if subdir != "noarch":
        return subdir == BUILD_PLATFORM
    tool, own = (
        (root / name / "recipe.yaml").is_file()
        for root in (project.bootstrap_recipes_dir, project.recipes_dir)
    )
    if tool != own:
        return tool
    # The engine builds tools with the channel of tools alone, and all else with two channels.
    text = info.files[f"{_FOLDER}rendered_recipe.yaml"].content
    channels = yaml.safe_load(text)["build_configuration"]["channels"]
    return len(channels) == 1


def _overlay(
    project: Project, chosen: tuple[_Embedded, ...], *, bootstrap: bool
) -> tuple[RecipeSet, Path]:
    """The project's recipes in a temporary root, with embedded folders in place of their own."""
    root = Path(tempfile.mkdtemp(prefix="conda-emscripten-"))
    overlay = replace(project, root=root)
    recipes = RecipeSet(overlay, bootstrap=bootstrap, unique=False)
    overlay.bootstrap_recipes_dir.mkdir(parents=True)
    overlay.recipes_dir.mkdir()
    for embedded in chosen:
        name = embedded.label.removeprefix("bootstrap/")
        tool = embedded.label != name
        parent = overlay.bootstrap_recipes_dir if tool else overlay.recipes_dir
        _write(embedded.folder, parent / name)
    for folder in ("recipes", "channel/bootstrap", "channel", "."):
        if (project.root / folder).is_dir():
            for path in (project.root / folder).iterdir():
                if not (root / folder / path.name).exists():
                    (root / folder / path.name).symlink_to(path)
    return recipes, root


def _write(tree: Tree, folder: Path) -> None:
    for path, file in tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(file.content)
    for path, target in tree.symlinks.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(target)
