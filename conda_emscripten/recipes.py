"""Which recipes does a project have, what do they need, and in which order are they built?

This module computes the dependencies and input hashes of a project's recipes, which are rendered
with the variant of ``conda_build_config.yaml``. The folder ``recipes/`` has the recipes for
emscripten-wasm32 (and noarch), ``channel/bootstrap/`` has the tools of the build platform.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from rattler_build import RattlerBuildError, VariantConfig, rattler_build_version

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Recipe, hash_files, rattler_reason, render

#: The name of a recipe's folder: that of a package (CEP 26), or several in one.
_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,128}")

#: Part of every input hash; raise it when the engine builds the same recipe differently.
ENGINE_VERSION = 1


class RecipeSet:
    """All recipes of a project, rendered on first use.

    With ``bootstrap=False`` the tools of the build platform come from another channel, and only
    ``recipes/`` is read.
    """

    def __init__(self, project: Project, *, bootstrap: bool = True) -> None:
        self._roots = {TARGET_PLATFORM: project.recipes_dir}
        if bootstrap:
            self._roots[BUILD_PLATFORM] = project.bootstrap_recipes_dir
        self._project = project
        self._recipes: dict[tuple[str, str], Recipe | RecipeError | None] = {}
        self._providers: dict[str, dict[str, list[Recipe]]] = {}
        self._dependencies: dict[tuple[Recipe, bool, bool], frozenset[Recipe]] = {}
        self._hashes: dict[tuple[str, str, bool], str] = {}
        self._file_hashes: dict[tuple[str, str], dict[str, str]] = {}

    def get(self, name: str) -> Recipe:
        """The recipe called ``name``, or ``bootstrap/<name>`` for a tool of the build platform.

        Raises:
            UsageError: there is no such recipe.
            RecipeError: the recipe cannot be rendered.
        """
        platform = BUILD_PLATFORM if name.startswith("bootstrap/") else TARGET_PLATFORM
        bare = name.removeprefix("bootstrap/")
        if recipe := self._load(platform, bare) or (
            self._load(BUILD_PLATFORM, bare) if platform == TARGET_PLATFORM else None
        ):
            return recipe
        # Of a path, the folder's name counts.
        folder = bare.rstrip("/").removesuffix("/recipe.yaml").rpartition("/")[2]
        close = difflib.get_close_matches(folder, self.names(), n=3)
        raise UsageError(
            f"There is no recipe {name!r}.",
            help=f"Did you mean {' or '.join(close)}?" if close else "See the folder recipes/.",
        )

    def names(self, platform: str = TARGET_PLATFORM) -> list[str]:
        """Names of the recipe folders for ``platform``, sorted."""
        root = self._roots.get(platform)
        return sorted(p.parent.name for p in root.glob("*/recipe.yaml")) if root else []

    def dependencies(
        self, recipe: Recipe, *, tests: bool = True, build: bool = True
    ) -> frozenset[Recipe]:
        """Recipes whose packages are in one of ``recipe``'s environments, or in its run_exports.

        Args:
            recipe: the recipe.
            tests: include recipes that only the tests need.
            build: include recipes of the build environment, and those of a noarch recipe's host
                environment that are not run requirements, too.

        Raises:
            RecipeError: no recipe that can be rendered makes one of the packages.
        """
        key = (recipe, tests, build)
        if key not in self._dependencies:
            self._dependencies[key] = self._find_dependencies(recipe, tests=tests, build=build)
        return self._dependencies[key]

    def _find_dependencies(self, recipe: Recipe, *, tests: bool, build: bool) -> frozenset[Recipe]:
        order = [BUILD_PLATFORM] if recipe.bootstrap else [BUILD_PLATFORM, TARGET_PLATFORM]
        providers = {self._providing(n, order) for n in recipe.requirements("build") if build}
        order = [BUILD_PLATFORM] if recipe.bootstrap else [TARGET_PLATFORM, BUILD_PLATFORM]
        sections = ["run", "run_exports", *(["test"] if tests else [])]
        tools = frozenset() if recipe.bootstrap else recipe.noarch_tools
        needed = recipe.requirements(*sections) | (recipe.requirements("host") - tools)
        providers |= {self._providing(n, order) for n in needed}
        if build:
            providers |= {self._providing(n, order, on_build_platform=True) for n in tools}
        return frozenset(r for r in providers if r is not None and r is not recipe)

    def in_build_order(self, wanted: Iterable[Recipe]) -> list[Recipe]:
        """``wanted`` and all their dependencies, dependencies first.

        Raises:
            RecipeError: recipes need each other in a cycle; or see ``dependencies``.
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
                f"These recipes need each other: {cycle}.",
                help="Move one requirement to another section or split an output.",
            ) from error

    def input_hash(self, recipe: Recipe) -> str:
        """Hash of all inputs of a build: files, variant, engine and dependencies.

        The recipe names its sources by their sha256, so the hash covers the sources.

        Returns:
            64 hexadecimal digits.
        """
        return self._hash(recipe, tests=True)

    def _hash(self, recipe: Recipe, *, tests: bool) -> str:
        """``input_hash``. Without ``tests``, it is the part that dependents include."""
        key = (recipe.platform, recipe.name, tests)
        if key not in self._hashes:
            files = self._file_hashes.setdefault(key[:2], hash_files(recipe))
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
        """Whether any file of the recipe changed since ``input_hash`` was computed."""
        self.input_hash(recipe)
        return self._file_hashes[recipe.platform, recipe.name] != hash_files(recipe)

    def _providing(
        self, package: str, platforms: list[str], *, on_build_platform: bool = False
    ) -> Recipe | None:
        """The recipe that makes ``package``, from the first of ``platforms`` with such a recipe.

        With ``on_build_platform``, packages of the target's subdir do not count, since an
        environment for the build platform cannot have them. None if no recipe makes the package
        and the build platform's packages come from another channel.
        """

        def provides(recipe: Recipe) -> bool:
            noarch_only = on_build_platform and not recipe.bootstrap
            return package in (recipe.noarch_names if noarch_only else recipe.output_names)

        for platform in platforms:
            # The recipe with the package's name is usually right; this avoids rendering the rest.
            if (recipe := self._load(platform, package)) and provides(recipe):
                return recipe
        for platform in platforms:
            for recipe in self._providers_of(platform).get(package, ()):
                if provides(recipe):
                    return recipe
        if BUILD_PLATFORM not in self._roots:
            return None
        unreadable = [
            f"\n{error.message}"
            for (platform, _), error in sorted(self._recipes.items())
            if platform in platforms and isinstance(error, RecipeError)
        ]
        if unreadable:
            raise RecipeError(
                f"No recipe that can be read makes the package {package!r}. These cannot be read:"
                f"{''.join(unreadable)}\n",
                help=f"Correct the recipe that makes {package}.",
            )
        raise RecipeError(
            f"No recipe makes the package {package!r}.",
            help=f"Add recipes/{package}/recipe.yaml ('conda-emscripten build' looks in recipes/ "
            "and channel/bootstrap/).",
        )

    def _providers_of(self, platform: str) -> Mapping[str, Sequence[Recipe]]:
        """Each package of a platform's recipes, and the recipes that make it."""
        if platform not in self._providers:
            providers: dict[str, list[Recipe]] = {}
            for name in self.names(platform):
                with suppress(RecipeError):  # cached in ``_recipes``
                    if recipe := self._load(platform, name):
                        for package in recipe.output_names:
                            providers.setdefault(package, []).append(recipe)
            self._providers[platform] = providers
        return self._providers[platform]

    def _load(self, platform: str, name: str) -> Recipe | None:
        key = (platform, name)
        if key not in self._recipes:
            root = self._roots.get(platform)
            file = root / name / "recipe.yaml" if root else None
            self._recipes[key] = None
            if file and _NAME.fullmatch(name) and file.is_file():
                try:
                    self._recipes[key] = render(file, platform, self._variant(platform))
                except RecipeError as error:
                    self._recipes[key] = error
        recipe = self._recipes[key]
        if isinstance(recipe, RecipeError):
            raise recipe
        return recipe

    def _variant(self, platform: str) -> VariantConfig:
        file = self._project.root / "conda_build_config.yaml"
        try:
            variant = VariantConfig.from_file(file)
        except (RattlerBuildError, ValueError, RuntimeError) as error:
            raise RecipeError(
                f"{file}: {rattler_reason(error)}.", help="Correct the file."
            ) from error
        if platform == TARGET_PLATFORM:
            return variant
        own = {key: [platform] for key in ("target_platform", "host_platform")}
        own |= {key: [value] for key, value in self._project.build_platform_variant.items()}
        return variant.merge(VariantConfig(own))
