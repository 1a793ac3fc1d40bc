"""What does a rendered recipe contain?

This module reads one recipe folder: its outputs, requirements, sources and files. Recipes are
conda's v1 recipes (CEP 13, CEP 14), rendered by py-rattler-build.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rattler import MatchSpec
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
from conda_emscripten.sources import Source

#: The test counts of a recipe's last build. The engine writes the file, for people to read.
_RESULTS = "tests/results.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """A rendered recipe folder.

    Attributes:
        name: the folder's name.
        folder: the folder with ``recipe.yaml``.
        platform: the platform of the packages, ``emscripten-wasm32`` or ``linux-64``.
        outputs: the rendered outputs, one for each output and variant, in build order.
    """

    name: str
    folder: Path
    platform: str
    outputs: tuple[RenderedVariant, ...]

    @property
    def bootstrap(self) -> bool:
        """Whether the recipe makes a tool of the build platform."""
        return self.platform == BUILD_PLATFORM

    @property
    def label(self) -> str:
        """The recipe's name on the command line, in the form of ``RecipeSet.get``."""
        return f"bootstrap/{self.name}" if self.bootstrap else self.name

    @cached_property
    def _rendered(self) -> list[dict[str, Any]]:
        return [output.recipe.to_dict() for output in self.outputs]

    @property
    def output_names(self) -> frozenset[str]:
        """Names of the recipe's packages."""
        return frozenset(rendered["package"]["name"] for rendered in self._rendered)

    @property
    def version(self) -> str:
        """Version of the first output; "" without outputs."""
        return next((str(rendered["package"]["version"]) for rendered in self._rendered), "")

    def requirements(self, *sections: str) -> frozenset[str]:
        """Names of the packages in ``build``, ``host``, ``run``, ``run_exports`` or ``test``.

        The recipe's own packages are left out.
        """
        names: set[str] = set()
        for rendered in self._rendered:
            for section in sections:
                if section == "test":
                    groups = [test.get("requirements", {}) for test in rendered.get("tests", [])]
                    entries = [e for group in groups for part in group.values() for e in part]
                else:
                    entries = rendered.get("requirements", {}).get(section, [])
                if isinstance(entries, dict):  # run_exports, by strength
                    entries = [entry for part in entries.values() for entry in part]
                names.update(name for entry in entries if (name := _spec_name(entry)))
        return frozenset(names - self.output_names)

    @property
    def noarch_names(self) -> frozenset[str]:
        """Names of the recipe's noarch packages, which every platform can install."""
        return frozenset(r["package"]["name"] for r in self._rendered if r["build"].get("noarch"))

    @property
    def noarch_tools(self) -> frozenset[str]:
        """Names of the packages that a noarch output needs in ``host`` and not in ``run``.

        The host environment of a noarch output is solved for the build platform
        (docs/conda-build.md), so these packages run there.
        """
        names: set[str] = set()
        for rendered in self._rendered:
            if rendered["build"].get("noarch"):
                sections = rendered.get("requirements", {})
                host, run = (map(_spec_name, sections.get(part, [])) for part in ("host", "run"))
                names.update(name for name in set(host) - set(run) if name)
        return frozenset(names - self.output_names)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The files that the recipe downloads.

        Raises:
            RecipeError: a source has no sha256.
        """
        sources = []
        for source in self._source_entries():
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

    def input_files(self) -> Iterator[tuple[str, Path]]:
        """The files of the recipe's folder and of its ``path:`` sources, each with a name."""
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
        """Write test counts to ``tests/results.json``, where git shows changes."""
        file = self.folder / _RESULTS
        text = json.dumps({"version": self.version, **counts}, indent=2) + "\n"
        if counts and not (file.is_file() and file.read_text() == text):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    def without_tests(self, files: dict[str, str]) -> dict[str, Any]:
        """The inputs of the recipe's builds without the inputs of its tests.

        Args:
            files: the sha256 of each file, by the names of ``input_files``. Files in ``tests/``
                are left out, and ``recipe.yaml`` is replaced by its rendered form without tests.
        """
        hashes = {
            name: digest
            for name, digest in files.items()
            if name != "0/recipe.yaml" and not name.startswith("0/tests/")
        }
        parts = [
            {k: v for k, v in r.items() if k not in ("tests", "about")} for r in self._rendered
        ]
        return {**hashes, "recipe": parts}

    def _source_entries(self) -> Iterator[dict[str, Any]]:
        for rendered in self._rendered:
            entries = rendered.get("source", [])
            yield from entries if isinstance(entries, list) else [entries]


def render(file: Path, platform: str, variant: VariantConfig) -> Recipe:
    """Render the ``recipe.yaml`` called ``file`` for ``platform``.

    Raises:
        RecipeError: the recipe cannot be read, or has no output for ``platform``.
    """
    config = PlatformConfig(
        target_platform=platform, build_platform=BUILD_PLATFORM, host_platform=platform
    )
    try:
        outputs = Stage0Recipe.from_file(file).render(variant, RenderConfig(platform=config))
    except (RattlerBuildError, ValueError, RuntimeError) as error:
        raise RecipeError(
            f"{file}: {rattler_reason(error)}.", help="Correct the recipe."
        ) from error
    if not outputs:
        raise RecipeError(
            f"{file} makes nothing for {platform}: every output is skipped.",
            help="Correct the recipe's 'skip' conditions.",
        )
    return Recipe(
        name=file.parent.name, folder=file.parent, platform=platform, outputs=tuple(outputs)
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


def hash_files(recipe: Recipe) -> dict[str, str]:
    """The sha256 of each file of ``Recipe.input_files``, by name."""
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in recipe.input_files()
    }


def _spec_name(entry: Any) -> str | None:
    """Name of the package in a rendered requirement; None for a virtual package."""
    if isinstance(entry, dict):
        pin = next(iter(entry.values()))
        entry = pin["name"] if isinstance(pin, dict) else pin
    name = str(MatchSpec(str(entry)).name.normalized)
    return None if name.startswith("__") else name
