"""What does a rendered recipe contain?

This module reads one recipe folder: its outputs, requirements, sources and files. Recipes are
conda's v1 recipes (CEP 13, CEP 14), rendered by py-rattler-build.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rattler import MatchSpec, Version, VersionSpec
from rattler_build import (
    PlatformConfig,
    RattlerBuildError,
    RenderConfig,
    RenderedVariant,
    Stage0Recipe,
    VariantConfig,
)

from conda_emscripten.errors import RecipeError
from conda_emscripten.project import BUILD_PLATFORM
from conda_emscripten.recipe_files import TEST_FILES, RecipeFiles, sources_of
from conda_emscripten.sources import Source

#: The variant file of one recipe; conda-build and rattler-build read a file of this name, too.
VARIANTS_FILE = "variants.yaml"

#: Files that are rendered, so that ``Output.without_tests`` has their content in another form.
_RENDERED_FILES = ("0/recipe.yaml", f"0/{VARIANTS_FILE}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Output:
    """One output of a recipe folder, with one variant. It makes one package.

    Attributes:
        folder: the folder with ``recipe.yaml``.
        platform: the platform of the recipe's packages, ``emscripten-wasm32`` or ``linux-64``.
        rendered: the rendered output.
        has_variants: whether the folder makes this output with several variants.
        siblings: the rendered recipes of the folder's other outputs and variants.
    """

    folder: Path
    platform: str
    rendered: RenderedVariant
    has_variants: bool
    siblings: tuple[Mapping[str, Any], ...]

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The rendered recipe of this output."""
        content: dict[str, Any] = self.rendered.recipe.to_dict()
        return content

    @property
    def name(self) -> str:
        """The name of the package."""
        return str(self.content["package"]["name"])

    @property
    def version(self) -> str:
        """The version of the package."""
        return str(self.content["package"]["version"])

    @property
    def bootstrap(self) -> bool:
        """Whether the output is a tool of the build platform."""
        return self.platform == BUILD_PLATFORM

    @property
    def key(self) -> str:
        """The name among the outputs of the platform: ``numpy-tests``, or ``numpy=2.4.6``."""
        return f"{self.name}={self.version}" if self.has_variants else self.name

    @property
    def file_name(self) -> str:
        """The name of the output's work tree, log and record.

        Build systems take ``=`` in a path for an assignment.
        """
        return f"{self.platform}-{self.key.replace('=', '-')}"

    @property
    def label(self) -> str:
        """The name on the command line, in the form of ``RecipeSet.get``."""
        return f"bootstrap/{self.key}" if self.bootstrap else self.key

    @property
    def is_suite(self) -> bool:
        """Whether the output only tests another output of the folder."""
        return self.name.endswith("-tests") and any(
            f"{sibling['package']['name']}-tests" == self.name for sibling in self.siblings
        )

    @property
    def noarch(self) -> str | None:
        """The noarch kind of the package, ``python`` or ``generic``."""
        kind: str | None = self.content["build"].get("noarch")
        return kind

    def fits(self, specs: Iterable[str]) -> bool:
        """Whether the version is one that all ``specs`` allow."""
        return allows(specs, self.version)

    def requirements(self, *sections: str) -> dict[str, list[str]]:
        """Specs in ``build``, ``host``, ``run``, ``run_exports`` or ``test``, by package name.

        Virtual packages and the output's own package are left out. In ``build``, the own name of a
        package for the target is that of the build platform's tool.
        """
        specs: dict[str, list[str]] = {}
        for section in sections:
            if section == "test":
                entries = list(_test_requirements(self.content))
            else:
                entries = self.content.get("requirements", {}).get(section, [])
            if isinstance(entries, dict):  # run_exports, by strength
                entries = [entry for part in entries.values() for entry in part]
            for entry in entries:
                name, spec = _parse(entry)
                own = name == self.name and (self.bootstrap or section != "build")
                if not own and not name.startswith("__"):
                    specs.setdefault(name, []).append(spec)
        return specs

    @property
    def strong_run_exports(self) -> dict[str, list[str]]:
        """Specs that a build with this output in its build environment gets in ``host``, by name.

        Source: https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html
        """
        exports = self.content.get("requirements", {}).get("run_exports", {})
        specs: dict[str, list[str]] = {}
        for entry in exports.get("strong", ()) if isinstance(exports, dict) else ():
            name, spec = _parse(entry)
            specs.setdefault(name, []).append(spec)
        return specs

    @property
    def noarch_tools(self) -> frozenset[str]:
        """Names of the packages that a noarch output needs in ``host`` and not in ``run``.

        The host environment of a noarch output is solved for the build platform
        (docs/conda-build.md), so these packages run there.
        """
        if not self.noarch:
            return frozenset()
        return frozenset(self.requirements("host").keys() - self.requirements("run").keys())

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The files that the output downloads.

        Raises:
            RecipeError: a source has no sha256.
        """
        sources = []
        for source in sources_of(self.content):
            if "url" not in source:
                continue
            urls = source["url"] if isinstance(source["url"], list) else [source["url"]]
            if "sha256" not in source:
                raise RecipeError(
                    f"{self.folder}/recipe.yaml: the source {urls[0]} has no sha256.",
                    help="Add the sha256 of the file.",
                )
            sources.append(
                Source(urls=tuple(urls), sha256=source["sha256"], file_name=source.get("file_name"))
            )
        return tuple(dict.fromkeys(sources))

    @cached_property
    def _files(self) -> RecipeFiles:
        return RecipeFiles(folder=self.folder, content=self.content, siblings=self.siblings)

    def input_files(self) -> Iterator[tuple[str, Path]]:
        """See ``RecipeFiles.inputs``."""
        return self._files.inputs()

    @property
    def runs_host_programs(self) -> bool:
        """See ``RecipeFiles.runs_host_programs``."""
        return self._files.runs_host_programs

    def with_tests(self, files: Mapping[str, str]) -> dict[str, Any]:
        """The inputs of the output's builds and tests, for the static key.

        Args:
            files: the sha256 of each file, by the names of ``input_files``.
        """
        if not self.siblings:
            return {**files}
        hashes = {name: digest for name, digest in files.items() if name not in _RENDERED_FILES}
        return {**hashes, "recipe": {k: v for k, v in self.content.items() if k != "about"}}

    def without_tests(self, files: Mapping[str, str]) -> dict[str, Any]:
        """The inputs of the output's builds without the inputs of its tests.

        Args:
            files: the sha256 of each file, by the names of ``input_files``. Files of tests are
                left out, and ``recipe.yaml`` is replaced by its rendered form without tests.
        """
        hashes = {
            name: digest
            for name, digest in files.items()
            if name not in _RENDERED_FILES and not self._files.is_for_tests(name)
        }
        built = {k: v for k, v in self.content.items() if k not in ("tests", "about")}
        return {**hashes, "recipe": [built]}

    def only_tests(self, files: Mapping[str, str]) -> dict[str, Any]:
        """The inputs of the output's tests alone, with the arguments of ``without_tests``."""
        hashes = {name: digest for name, digest in files.items() if name.startswith(TEST_FILES)}
        return {**hashes, "tests": self.content.get("tests", [])}


def render(file: Path, platform: str, variant: VariantConfig) -> tuple[Output, ...]:
    """Render the ``recipe.yaml`` called ``file`` for ``platform``.

    Args:
        file: the recipe.
        platform: the platform of its packages.
        variant: the project's variant. The recipe's own ``variants.yaml`` has precedence.

    Returns:
        The outputs in build order; of an output with several variants, the first variant first.

    Raises:
        RecipeError: the recipe cannot be read, or has no output for ``platform``.
    """
    variant = variant.merge(read_variant(own)) if (own := _variants_of(file)).is_file() else variant
    config = PlatformConfig(
        target_platform=platform, build_platform=BUILD_PLATFORM, host_platform=platform
    )
    try:
        rendered = Stage0Recipe.from_file(file).render(variant, RenderConfig(platform=config))
    except (RattlerBuildError, ValueError, RuntimeError) as error:
        raise RecipeError(
            f"{file}: {rattler_reason(error)}.", help="Correct the recipe."
        ) from error
    if not rendered:
        raise RecipeError(
            f"{file} makes nothing for {platform}: every output is skipped.",
            help="Correct the recipe's 'skip' conditions.",
        )
    # py-rattler-build sorts variants by value; the order of the file says which is the default.
    rendered = sorted(rendered, key=lambda each: _position(each, variant))
    contents = [each.recipe.to_dict() for each in rendered]
    names = [content["package"]["name"] for content in contents]
    outputs = tuple(
        Output(
            folder=file.parent,
            platform=platform,
            rendered=each,
            has_variants=names.count(names[number]) > 1,
            siblings=tuple(contents[:number] + contents[number + 1 :]),
        )
        for number, each in enumerate(rendered)
    )
    _check_keys(file, outputs)
    return outputs


def _variants_of(file: Path) -> Path:
    return file.parent / VARIANTS_FILE


def read_variant(file: Path) -> VariantConfig:
    """The variant of a ``conda_build_config.yaml`` or ``variants.yaml``.

    Raises:
        RecipeError: the file cannot be read.
    """
    try:
        return VariantConfig.from_file(file)
    except (RattlerBuildError, ValueError, RuntimeError) as error:
        raise RecipeError(f"{file}: {rattler_reason(error)}.", help="Correct the file.") from error


def _position(rendered: RenderedVariant, variant: VariantConfig) -> tuple[int, ...]:
    """The position of an output's variant in the order of the variant files."""
    positions = []
    for key in sorted(variant.keys()):
        values = [str(value) for value in variant.get_values(key) or ()]
        own = str(rendered.variant.get(key))
        positions.append(values.index(own) if own in values else 0)
    return tuple(positions)


def _check_keys(file: Path, outputs: tuple[Output, ...]) -> None:
    keys = [output.key for output in outputs]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise RecipeError(
            f"{file} makes two packages that are called {twice}.",
            help="Give each output a name of its own, and each variant a version of its own.",
        )


def rattler_reason(error: Exception) -> str:
    """What py-rattler-build says of a wrong file, without its full stop.

    py-rattler-build 0.73 prints some errors as Rust's debug text, in which two fields are for
    people: ``message`` or ``reason``, and the line.
    """
    text = str(error).strip().rstrip(".")
    if found := re.search(r'(?:message|reason): "((?:[^"\\]|\\.)*)"', text):
        line = re.search(r"\bline: (\d+)", text)
        reason = re.sub(r"\\(.)", r"\1", found[1])
        return f"line {line[1]}: {reason}" if line else reason
    return text


def hash_files(output: Output) -> dict[str, str]:
    """The sha256 of each file of ``Output.input_files``, by name."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in output.input_files()
    }


def allows(specs: Iterable[str], version: str) -> bool:
    """Whether all ``specs`` allow a version."""
    parsed = (MatchSpec(spec).version for spec in specs)
    wanted = Version(version)
    return all(VersionSpec(str(each)).matches(wanted) for each in parsed if each is not None)


def _parse(entry: Any) -> tuple[str, str]:
    """The name of the package in a rendered requirement, and the requirement as a spec.

    A pin of another output has no version before the build; its spec is the name.
    """
    if isinstance(entry, dict):
        pin = next(iter(entry.values()))
        if isinstance(pin, dict):
            return str(pin["name"]), str(pin["name"])
        entry = entry.get("spec", pin)
    return str(MatchSpec(str(entry)).name.normalized), str(entry)


def _test_requirements(content: Mapping[str, Any]) -> Iterator[Any]:
    """The requirements of all tests; ``pip check``, the default of a ``python`` test, needs pip."""
    for test in content.get("tests", ()):
        if test.get("python", {}).get("pip_check", "python" in test):
            yield "pip"
        for section in test.get("requirements", {}).values():
            yield from section
