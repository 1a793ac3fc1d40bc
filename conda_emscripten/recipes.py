"""Which recipes are there, what do they need, and in which order are they built?

Recipes are conda's v1 recipes (CEP 13, CEP 14), rendered by py-rattler-build with the variant of
``conda_build_config.yaml``. Two folders hold them: ``recipes/`` for emscripten-wasm32 (and noarch),
``channel/bootstrap/`` for the tools of the build platform.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from rattler_build import (
    PlatformConfig,
    RattlerBuildError,
    RenderConfig,
    RenderedVariant,
    Stage0Recipe,
    VariantConfig,
    rattler_build_version,
)

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.sources import Source

#: Part of every input hash; raise it when the engine builds the same recipe differently.
ENGINE_VERSION = 1

#: What the tests of a recipe's last build counted; written by the engine, read by people.
_RESULTS = "tests/results.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """A rendered recipe folder.

    Attributes:
        name: the folder's name.
        folder: the folder with ``recipe.yaml``.
        platform: what the recipe is built for, ``emscripten-wasm32`` or ``linux-64``.
        outputs: rendered, one for each output and variant, in the order in which to build them.
    """

    name: str
    folder: Path
    platform: str
    outputs: tuple[RenderedVariant, ...]

    @property
    def bootstrap(self) -> bool:
        """Is it a tool of the build platform?"""
        return self.platform == BUILD_PLATFORM

    @cached_property
    def _rendered(self) -> list[dict[str, Any]]:
        return [output.recipe.to_dict() for output in self.outputs]

    @property
    def output_names(self) -> frozenset[str]:
        """Names of the packages that it makes."""
        return frozenset(rendered["package"]["name"] for rendered in self._rendered)

    @property
    def version(self) -> str:
        """Version of its first output, "" without one."""
        return next((str(rendered["package"]["version"]) for rendered in self._rendered), "")

    def requirements(self, *sections: str) -> frozenset[str]:
        """Names of the packages in ``build``, ``host``, ``run``, ``run_exports`` or ``test``.

        Its own are left out.
        """
        found: set[str] = set()
        for rendered in self._rendered:
            for section in sections:
                if section == "test":
                    groups = [test.get("requirements", {}) for test in rendered.get("tests", [])]
                    entries = [e for group in groups for part in group.values() for e in part]
                else:
                    entries = rendered.get("requirements", {}).get(section, [])
                if isinstance(entries, dict):  # run_exports, by strength
                    entries = [entry for part in entries.values() for entry in part]
                found.update(name for entry in entries if (name := _spec_name(entry)))
        return frozenset(found - self.output_names)

    @property
    def noarch_names(self) -> frozenset[str]:
        """Names of its packages that are noarch: every platform can install them."""
        return frozenset(r["package"]["name"] for r in self._rendered if r["build"].get("noarch"))

    @property
    def noarch_tools(self) -> frozenset[str]:
        """Names of the packages that a noarch output needs in ``host`` and not in ``run``.

        The host environment of a noarch output is solved for the build platform
        (docs/conda-build.md), so these packages run there.
        """
        found: set[str] = set()
        for rendered in self._rendered:
            if rendered["build"].get("noarch"):
                sections = rendered.get("requirements", {})
                host, run = (map(_spec_name, sections.get(part, [])) for part in ("host", "run"))
                found.update(name for name in set(host) - set(run) if name)
        return frozenset(found - self.output_names)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The files that it downloads.

        Raises:
            RecipeError: a source has no sha256.
        """
        found = []
        for source in self._source_entries():
            if "url" not in source:
                continue
            urls = source["url"] if isinstance(source["url"], list) else [source["url"]]
            if "sha256" not in source:
                raise RecipeError(f"{self.folder}/recipe.yaml: the source {urls[0]} has no sha256.")
            found.append(
                Source(urls=tuple(urls), sha256=source["sha256"], file_name=source.get("file_name"))
            )
        return tuple(dict.fromkeys(found))

    def input_files(self) -> Iterator[tuple[str, Path]]:
        """The recipe's own files and those of its ``path:`` sources, with the name of each."""
        folders = [self.folder]
        folders += [
            (self.folder / source["path"]).resolve()
            for source in self._source_entries()
            if "path" in source
        ]
        for number, folder in enumerate(folders):
            for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
                parts = path.relative_to(folder).parts
                if (
                    path.is_file()
                    and path != self.folder / _RESULTS
                    and not any(
                        part in ("__pycache__", "node_modules") or part.startswith(".")
                        for part in parts
                    )
                ):
                    yield f"{number}/{'/'.join(parts)}", path

    def write_test_counts(self, counts: Mapping[str, int]) -> None:
        """Keep what its test suite counted in ``tests/results.json``, where git shows changes."""
        file = self.folder / _RESULTS
        text = json.dumps({"version": self.version, **counts}, indent=2) + "\n"
        if counts and not (file.is_file() and file.read_text() == text):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    def without_tests(self, files: dict[str, str]) -> dict[str, Any]:
        """Of the hashes of its files, those of what a build reads; the recipe without its tests.

        ``files`` is by the names of `input_files`; what only tests read is in ``tests/``.
        """
        kept = {
            name: digest
            for name, digest in files.items()
            if name != "0/recipe.yaml" and not name.startswith("0/tests/")
        }
        parts = [
            {k: v for k, v in r.items() if k not in ("tests", "about")} for r in self._rendered
        ]
        return {**kept, "recipe": parts}

    def _source_entries(self) -> Iterator[dict[str, Any]]:
        for rendered in self._rendered:
            entries = rendered.get("source", [])
            yield from entries if isinstance(entries, list) else [entries]


class RecipeSet:
    """All recipes of a project, rendered when first asked for.

    With ``bootstrap=False`` the tools of the build platform come from another channel, and only
    ``recipes/`` is looked at.
    """

    def __init__(self, project: Project, *, bootstrap: bool = True) -> None:
        self._roots = {TARGET_PLATFORM: project.recipes_dir}
        if bootstrap:
            self._roots[BUILD_PLATFORM] = project.bootstrap_recipes_dir
        self._variant_file = project.root / "conda_build_config.yaml"
        self._recipes: dict[tuple[str, str], Recipe | RecipeError | None] = {}
        self._dependencies: dict[tuple[Recipe, bool, bool], frozenset[Recipe]] = {}
        self._hashes: dict[tuple[str, str, bool], str] = {}
        self._file_hashes: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, name: str) -> Recipe:
        """The recipe called ``name``, or ``bootstrap/<name>`` for a tool of the build platform.

        Raises:
            UsageError: there is none.
            RecipeError: it cannot be rendered.
        """
        platform = BUILD_PLATFORM if name.startswith("bootstrap/") else TARGET_PLATFORM
        bare = name.removeprefix("bootstrap/")
        if recipe := self._load(platform, bare) or (
            self._load(BUILD_PLATFORM, bare) if platform == TARGET_PLATFORM else None
        ):
            return recipe
        close = difflib.get_close_matches(bare, self.names(), n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else "See the folder recipes/."
        raise UsageError(f"There is no recipe {name!r}. {hint}")

    def names(self, platform: str = TARGET_PLATFORM) -> list[str]:
        """Names of the recipe folders for ``platform``, sorted."""
        root = self._roots.get(platform)
        return sorted(p.parent.name for p in root.glob("*/recipe.yaml")) if root else []

    def dependencies(
        self, recipe: Recipe, *, tests: bool = True, build: bool = True
    ) -> frozenset[Recipe]:
        """Recipes whose packages are in one of ``recipe``'s environments.

        Also those that it brings into the environments of others (run_exports). Without ``tests``
        not those that only its tests need, without ``build`` not those of its build environment.

        Raises:
            RecipeError: no recipe that can be rendered makes one of the packages.
        """
        key = (recipe, tests, build)
        if key not in self._dependencies:
            self._dependencies[key] = self._find_dependencies(recipe, tests=tests, build=build)
        return self._dependencies[key]

    def _find_dependencies(self, recipe: Recipe, *, tests: bool, build: bool) -> frozenset[Recipe]:
        order = [BUILD_PLATFORM] if recipe.bootstrap else [BUILD_PLATFORM, TARGET_PLATFORM]
        found = {self._providing(n, order) for n in recipe.requirements("build") if build}
        order = [BUILD_PLATFORM] if recipe.bootstrap else [TARGET_PLATFORM, BUILD_PLATFORM]
        sections = ["run", "run_exports", *(["test"] if tests else [])]
        tools = frozenset() if recipe.bootstrap else recipe.noarch_tools
        needed = recipe.requirements(*sections) | (recipe.requirements("host") - tools)
        found |= {self._providing(n, order) for n in needed}
        found |= {self._providing(n, order, on_build_platform=True) for n in tools}
        return frozenset(r for r in found if r is not None and r is not recipe)

    def in_build_order(self, wanted: Iterable[Recipe]) -> list[Recipe]:
        """``wanted`` and all that they need, dependencies first.

        Raises:
            RecipeError: recipes need each other in a cycle, or as `dependencies` raises it.
        """
        sorter: TopologicalSorter[Recipe] = TopologicalSorter()
        queue, seen = list(wanted), set()
        while queue:
            recipe = queue.pop()
            if recipe in seen:
                continue
            seen.add(recipe)
            needed = sorted(self.dependencies(recipe), key=lambda r: (r.platform, r.name))
            sorter.add(recipe, *needed)
            queue += needed
        try:
            return list(sorter.static_order())
        except CycleError as error:
            cycle = " -> ".join(recipe.name for recipe in reversed(error.args[1]))
            raise RecipeError(
                f"These recipes need each other: {cycle}. Move one requirement to another section "
                "or split an output."
            ) from error

    def input_hash(self, recipe: Recipe) -> str:
        """Hash of all that a build depends on: files, variant, engine, what it is built against.

        64 hexadecimal digits. Sources are named in the recipe by their sha256, so they count.
        """
        return self._hash(recipe, tests=True)

    def _hash(self, recipe: Recipe, *, tests: bool) -> str:
        """`input_hash`; without its tests it is what counts for those built against it."""
        key = (recipe.platform, recipe.name, tests)
        if key not in self._hashes:
            files = self._file_hashes.setdefault(key[:2], _hash_files(recipe))
            content = {
                "engine": [ENGINE_VERSION, rattler_build_version()],
                "platform": recipe.platform,
                "files": files if tests else recipe.without_tests(files),
                "variants": [dict(sorted(output.variant.items())) for output in recipe.outputs],
                "dependencies": sorted(
                    self._hash(r, tests=False) for r in self.dependencies(recipe, tests=tests)
                ),
            }
            text = json.dumps(content, sort_keys=True, default=str)
            self._hashes[key] = hashlib.sha256(text.encode()).hexdigest()
        return self._hashes[key]

    def has_changed(self, recipe: Recipe) -> bool:
        """Whether a file of the recipe is another one than when `input_hash` read it."""
        self.input_hash(recipe)
        return self._file_hashes[recipe.platform, recipe.name] != _hash_files(recipe)

    def _providing(
        self, package: str, platforms: list[str], *, on_build_platform: bool = False
    ) -> Recipe | None:
        """The recipe that makes ``package``, from the first of ``platforms`` that has one.

        With ``on_build_platform`` a package for the target only does not count: the solver of an
        environment for the build platform never sees its subdir.
        """

        def fits(recipe: Recipe) -> bool:
            return recipe.bootstrap or not on_build_platform or package in recipe.noarch_names

        for platform in platforms:
            if (recipe := self._load(platform, package)) and fits(recipe):
                return recipe
        unreadable: list[str] = []
        for platform in platforms:
            for name in self.names(platform):
                try:
                    recipe = self._load(platform, name)
                except RecipeError as error:
                    unreadable.append(f"\n{error}")
                    continue
                if recipe and package in recipe.output_names and fits(recipe):
                    return recipe
        if BUILD_PLATFORM not in self._roots:
            return None
        if unreadable:
            raise RecipeError(
                f"No recipe that can be read makes the package {package!r}; correct what may:"
                + "".join(unreadable)
            )
        raise RecipeError(
            f"No recipe makes the package {package!r}. Add recipes/{package}/recipe.yaml "
            f"('conda-emscripten build' looks in recipes/ and channel/bootstrap/)."
        )

    def _load(self, platform: str, name: str) -> Recipe | None:
        key = (platform, name)
        if key not in self._recipes:
            root = self._roots.get(platform)
            file = root / name / "recipe.yaml" if root else None
            try:
                self._recipes[key] = (
                    _render(file, platform, self._variant_file) if file and file.is_file() else None
                )
            except RecipeError as error:
                self._recipes[key] = error
        found = self._recipes[key]
        if isinstance(found, RecipeError):
            raise found
        return found


def _render(file: Path, platform: str, variant_file: Path) -> Recipe:
    config = PlatformConfig(
        target_platform=platform, build_platform=BUILD_PLATFORM, host_platform=platform
    )
    try:
        variants = VariantConfig.from_file(variant_file)
        if platform == BUILD_PLATFORM:
            own = {key: [platform] for key in ("target_platform", "host_platform")}
            # The recipe emscripten then links to that emsdk instead of packing its own.
            if emsdk := os.environ.get("EMSDK"):
                own["emsdk"] = [emsdk]
            variants = variants.merge(VariantConfig(own))
        outputs = Stage0Recipe.from_file(file).render(variants, RenderConfig(platform=config))
    except (RattlerBuildError, ValueError, RuntimeError) as error:
        raise RecipeError(f"{file}: {error}") from error
    if not outputs:
        raise RecipeError(f"{file} makes nothing for {platform}: every output is skipped.")
    return Recipe(
        name=file.parent.name, folder=file.parent, platform=platform, outputs=tuple(outputs)
    )


def _hash_files(recipe: Recipe) -> dict[str, str]:
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in recipe.input_files()
    }


def _spec_name(entry: Any) -> str | None:
    """Name of the package in a rendered requirement; None for a virtual package."""
    if isinstance(entry, dict):
        pin = next(iter(entry.values()))
        entry = pin["name"] if isinstance(pin, dict) else pin
    name = str(entry).split("::")[-1].split()[0]
    for separator in "=<>!~[":
        name = name.split(separator)[0]
    return None if name.startswith("__") else name
