"""Which recipes does a project have, what do they need, and in which order are they built?

This module computes the dependencies and static keys of the outputs of a project's recipes, which
are rendered with the variant of ``conda_build_config.yaml`` and their own ``variants.yaml``. The
folder ``recipes/`` has the recipes for emscripten-wasm32 (and noarch), ``channel/bootstrap/`` has
the tools of the build platform.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from rattler import Version
from rattler_build import VariantConfig, rattler_build_version

from conda_emscripten import recipe_names
from conda_emscripten.errors import RecipeError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output, hash_files, read_variant, render

#: The name of a recipe's folder: that of a package (CEP 26), or several in one.
_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,128}")

#: Part of every key; raise it when the engine builds the same recipe differently.
ENGINE_VERSION = 1


class RecipeSet:
    """All recipes of a project, rendered on first use.

    Args:
        project: the project.
        bootstrap: read ``channel/bootstrap/``, too; otherwise the tools of the build platform come
            from another channel.
        unique: two folders that make one package are an error.
    """

    def __init__(self, project: Project, *, bootstrap: bool = True, unique: bool = True) -> None:
        self._unique = unique
        self._roots = {TARGET_PLATFORM: project.recipes_dir}
        if bootstrap:
            self._roots[BUILD_PLATFORM] = project.bootstrap_recipes_dir
        self._project = project
        self._recipes: dict[tuple[str, str], tuple[Output, ...] | RecipeError] = {}
        self._providers: dict[str, dict[str, list[Output]]] = {}
        self._dependencies: dict[tuple[Output, bool, bool], frozenset[Output]] = {}
        self._needs: dict[Output, frozenset[Output]] = {}
        self._hashes: dict[tuple[Output, bool], str] = {}
        self._file_hashes: dict[Output, dict[str, str]] = {}

    @property
    def has_bootstrap(self) -> bool:
        """Whether the tools of the build platform are recipes of the project."""
        return BUILD_PLATFORM in self._roots

    def select(self, name: str, *, everything: bool = False) -> list[Output]:
        """The outputs that ``name`` means on the command line.

        Args:
            name: the folder of a recipe or the name of an output, with or without a version:
                ``numpy``, ``numpy=2.4``, ``numpy-tests``, ``bootstrap/zlib``.
            everything: with the folder of a recipe, also its further variants and test outputs.

        Returns:
            Without a version, the first variant, without test outputs.

        Raises:
            UsageError: there is no such recipe or variant.
            RecipeError: the recipe cannot be rendered.
        """
        platform = BUILD_PLATFORM if name.startswith("bootstrap/") else TARGET_PLATFORM
        bare, _, version = name.removeprefix("bootstrap/").partition("=")
        found = self._named(platform, bare)
        if not found and platform == TARGET_PLATFORM:
            found = self._named(BUILD_PLATFORM, bare)
        if not found:
            raise recipe_names.unknown_name(name, self.names())
        if version:
            return recipe_names.of_version(name, found)
        if everything:
            return found
        found = recipe_names.without_suites(bare, found)
        first = {output.name: output for output in reversed(found)}
        return [output for output in found if first[output.name] is output]

    def get(self, name: str) -> Output:
        """The output with the label ``name``, or else the first one of ``select``.

        Raises:
            UsageError: there is no such recipe or variant.
            RecipeError: the recipe cannot be rendered.
        """
        platform = BUILD_PLATFORM if name.startswith("bootstrap/") else TARGET_PLATFORM
        bare = name.removeprefix("bootstrap/").partition("=")[0]
        for outputs_of in (self._load, self._named_outputs):
            for output in outputs_of(platform, bare):
                if output.label == name:
                    return output
        outputs = self.select(name)
        return next((output for output in outputs if output.name == bare), outputs[0])

    def _named(self, platform: str, name: str) -> list[Output]:
        """The outputs of the folder ``name``, or else those that are called ``name``."""
        return list(self._load(platform, name) or self._named_outputs(platform, name))

    def _named_outputs(self, platform: str, name: str) -> Sequence[Output]:
        return self._providers_of(platform).get(name, ()) if platform in self._roots else ()

    def names(self, platform: str = TARGET_PLATFORM) -> list[str]:
        """Names of the recipe folders for ``platform``, sorted."""
        root = self._roots.get(platform)
        return sorted(p.parent.name for p in root.glob("*/recipe.yaml")) if root else []

    def dependencies(
        self, output: Output, *, tests: bool = True, build: bool = True
    ) -> frozenset[Output]:
        """Outputs whose packages are in one of ``output``'s environments, or in its run_exports.

        Args:
            output: the output.
            tests: include outputs that only the tests need.
            build: include outputs of the build environment, and those of a noarch output's host
                environment that are not run requirements, too.

        Raises:
            RecipeError: no recipe that can be rendered makes one of the packages.
        """
        key = (output, tests, build)
        if key not in self._dependencies:
            self._dependencies[key] = self._find_dependencies(output, tests=tests, build=build)
        return self._dependencies[key]

    def _find_dependencies(self, output: Output, *, tests: bool, build: bool) -> frozenset[Output]:
        found = self._required(output, tests=tests, build=build)
        specs = output.requirements("build").get(output.name) if build else None
        tool = self.provider(output, "build", output.name, specs) if specs else None
        # Earlier versions left out the tool with the package's own name. It is still left out where
        # another dependency needs it, so that the static keys of most recipes stay the same.
        if tool is None or tool is output or self._is_needed(tool, found):
            return found
        return found | {tool}

    def _required(self, output: Output, *, tests: bool, build: bool) -> frozenset[Output]:
        """``dependencies`` without the tool that has the package's own name."""
        providers: set[Output | None] = set()
        if build:
            required = _each(output, "build")
            providers |= {
                self.provider(output, "build", *r) for r in required if r[0] != output.name
            }
        tools = frozenset() if output.bootstrap else output.noarch_tools
        for name, specs in _each(output, "run", "run_exports", *(["test"] if tests else [])):
            providers.add(self.provider(output, "run", name, specs))
        for name, specs in _each(output, "host"):
            if name not in tools:
                providers.add(self.provider(output, "run", name, specs))
            elif build:
                providers.add(self.provider(output, "host", name, specs))
        return frozenset(each for each in providers if each is not None and each is not output)

    def _is_needed(self, output: Output, by: frozenset[Output]) -> bool:
        """Whether one of the outputs ``by`` needs ``output`` for its build, directly or not."""
        queue, seen = list(by), set(by)
        while queue:
            needed = self._required(queue.pop(), tests=False, build=True) - seen
            seen |= needed
            queue += needed
        return output in seen

    def needs(self, output: Output) -> frozenset[Output]:
        """Outputs that are built before ``output``.

        These are its dependencies, and what the packages of its build and host environment depend
        on. Without the latter, an environment would depend on the order of the builds: a solver
        prefers ``recipes/`` to ``channel/bootstrap/`` for a noarch package.

        Raises:
            RecipeError: see ``dependencies``.
        """
        if output not in self._needs:
            needs = set(self.dependencies(output))
            for section in ("build", "host"):
                installed: set[Output] = set()
                queue = list(_each(output, section))
                while queue:
                    found = self.provider(output, section, *queue.pop())
                    if found is not None and found not in installed:
                        installed.add(found)
                        queue += _each(found, "run")
                needs |= installed
            self._needs[output] = frozenset(needs - {output})
        return self._needs[output]

    def provider(
        self, output: Output, section: str, package: str, specs: Sequence[str] = ()
    ) -> Output | None:
        """The output that makes a package which another output requires.

        Args:
            output: the output with the requirement.
            section: the environment: ``build``, ``host`` or ``run``. The host environment of a
                noarch output is an environment of the build platform.
            package: the name of the required package.
            specs: the requirements. Of several variants that match, the highest version is taken,
                as the solver does.

        Returns:
            None if no recipe makes the package and the build platform's tools come from another
            channel.

        Raises:
            RecipeError: no recipe that can be rendered makes the package.
        """
        if output.bootstrap:
            return self._providing(package, specs, [BUILD_PLATFORM])
        if section == "build":
            return self._providing(package, specs, [BUILD_PLATFORM, TARGET_PLATFORM])
        noarch_only = section == "host" and output.noarch is not None
        order = [TARGET_PLATFORM, BUILD_PLATFORM]
        return self._providing(package, specs, order, noarch_only=noarch_only)

    def in_build_order(self, wanted: Iterable[Output]) -> list[Output]:
        """``wanted`` and all their dependencies, dependencies first.

        Raises:
            RecipeError: outputs need each other in a cycle, or two folders make one package; or
                see ``dependencies``.
        """
        sorter: TopologicalSorter[Output] = TopologicalSorter()
        queue, seen = list(wanted), set()
        while queue:
            output = queue.pop()
            if output in seen:
                continue
            seen.add(output)
            self._check_folder(output)
            needed = sorted(self.needs(output), key=lambda each: (each.platform, each.key))
            sorter.add(output, *needed)
            queue += needed
        try:
            return list(sorter.static_order())
        except CycleError as error:
            cycle = " -> ".join(output.key for output in reversed(error.args[1]))
            raise RecipeError(
                f"These recipes need each other: {cycle}.",
                help="Move one requirement to another section or split an output.",
            ) from error

    def static_key(self, output: Output) -> str:
        """Hash of all inputs of a build that the tree has: files, variant, engine, dependencies.

        The recipe names its sources by their sha256, so the hash covers the sources.

        Returns:
            64 hexadecimal digits.
        """
        return self._hash(output, tests=True)

    def _hash(self, output: Output, *, tests: bool) -> str:
        """``static_key``. Without ``tests``, it is the part that dependents include."""
        key = (output, tests)
        if key not in self._hashes:
            files = self.files(output)
            dependencies = self.dependencies(output, tests=tests)
            self._hashes[key] = digest(
                {
                    **self.engine_and_variant(output),
                    "files": output.with_tests(files) if tests else output.without_tests(files),
                    "dependencies": sorted(self._hash(each, tests=False) for each in dependencies),
                }
            )
        return self._hashes[key]

    def files(self, output: Output) -> dict[str, str]:
        """``hash_files``, at the time of the first call."""
        if output not in self._file_hashes:
            self._file_hashes[output] = hash_files(output)
        return self._file_hashes[output]

    @staticmethod
    def engine_and_variant(output: Output) -> dict[str, object]:
        """The part of the keys that is in no file of the recipe."""
        return {
            "engine": [ENGINE_VERSION, rattler_build_version()],
            "platform": output.platform,
            "variants": [dict(sorted(output.rendered.variant.items()))],
        }

    def has_changed(self, output: Output) -> bool:
        """Whether any file of the recipe changed since ``static_key`` was computed."""
        return self.files(output) != hash_files(output)

    def _providing(
        self,
        package: str,
        specs: Sequence[str],
        platforms: Sequence[str],
        *,
        noarch_only: bool = False,
    ) -> Output | None:
        """The output that makes ``package``, from the first of ``platforms`` with such an output.

        With ``noarch_only``, packages of the target's subdir do not count, since an environment for
        the build platform cannot have them.
        """

        def provides(output: Output) -> bool:
            usable = output.bootstrap or not noarch_only or output.noarch is not None
            return output.name == package and usable

        def best(outputs: Iterable[Output]) -> Output | None:
            found = [output for output in outputs if provides(output)]
            matching = [output for output in found if output.fits(specs)] or found[:1]
            return max(matching, key=lambda each: Version(each.version), default=None)

        for platform in platforms:
            # The recipe with the package's name is usually right; this avoids rendering the rest.
            if output := best(self._load(platform, package)):
                return output
        for platform in platforms:
            if output := best(self._providers_of(platform).get(package, ())):
                return output
        if not self.has_bootstrap:
            return None
        unreadable = [
            error.message
            for (platform, _), error in sorted(self._recipes.items())
            if platform in platforms and isinstance(error, RecipeError)
        ]
        raise recipe_names.unknown_package(package, unreadable)

    def outputs(self, platform: str = TARGET_PLATFORM) -> list[Output]:
        """The outputs of all recipes for ``platform`` that can be read, by folder."""
        outputs: list[Output] = []
        for name in self.names(platform):
            with suppress(RecipeError):  # cached in ``_recipes``
                outputs += self._load(platform, name)
        return outputs

    def _providers_of(self, platform: str) -> Mapping[str, Sequence[Output]]:
        """Each package of a platform's recipes, and the outputs that make it."""
        if platform not in self._providers:
            providers: dict[str, list[Output]] = {}
            for output in self.outputs(platform):
                providers.setdefault(output.name, []).append(output)
            self._providers[platform] = providers
        return self._providers[platform]

    def _check_folder(self, output: Output) -> None:
        """Raise a ``RecipeError`` if another folder makes the package, too."""
        for other in self._named_outputs(output.platform, output.name) if self._unique else ():
            if other.folder != output.folder:
                first, second = sorted((other.folder, output.folder))
                raise RecipeError(
                    f"{first} and {second} both make the package {output.name!r}.",
                    help="Make several versions in one folder: write them to variants.yaml.",
                )

    def _load(self, platform: str, name: str) -> tuple[Output, ...]:
        """The outputs of a folder; empty if there is no such recipe."""
        key = (platform, name)
        if key not in self._recipes:
            root = self._roots.get(platform)
            file = root / name / "recipe.yaml" if root else None
            outputs: tuple[Output, ...] | RecipeError = ()
            if file and _NAME.fullmatch(name) and file.is_file():
                try:
                    outputs = render(file, platform, self.variant(platform))
                except RecipeError as error:
                    outputs = error
            # Threads that render the same recipe must agree on its outputs.
            self._recipes.setdefault(key, outputs)
        recipe = self._recipes[key]
        if isinstance(recipe, RecipeError):
            raise recipe
        return recipe

    def variant(self, platform: str) -> VariantConfig:
        """The project's variant for the recipes of ``platform``."""
        variant = read_variant(self._project.root / "conda_build_config.yaml")
        if platform == TARGET_PLATFORM:
            return variant
        own = {key: [platform] for key in ("target_platform", "host_platform")}
        own |= {key: [value] for key, value in self._project.build_platform_variant.items()}
        return variant.merge(VariantConfig(own))


def digest(content: object) -> str:
    """The sha256 of a JSON value, as 64 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _each(output: Output, *sections: str) -> Iterable[tuple[str, list[str]]]:
    return output.requirements(*sections).items()
