"""How does a recipe become a feedstock that conda-smithy renders for emscripten-wasm32?

conda-smithy and its schema know the platform ``emscripten_wasm32``, but none of its tables of
providers does, so the configuration says how the platform is built. Source:
https://conda-forge.org/docs/maintainer/conda_forge_yml
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.files import os_errors, read_yaml
from conda_emscripten.project import Project
from conda_emscripten.recipe import VARIANTS_FILE, Output
from conda_emscripten.recipe_files import PAGE_TESTS, sources_of
from conda_emscripten.recipes import RecipeSet

_COMPILER = re.compile(r"\$\{\{\s*compiler\(")
_STDLIB = "${{ stdlib('c') }}"
_BOUND = "python >=${{ python_min }}"
_CHANNEL = re.compile(r"https?://[^\s,]+|[\w.-]+(/[\w.-]+)*")
_MAINTAINER = re.compile(r"[\w-]+(/[\w-]+)?")

#: conda-forge's image for the build platform; without the key, conda-smithy takes one of CentOS 6.
_DOCKER_IMAGE = "quay.io/condaforge/linux-anvil-x86_64:alma9"


def forge_config() -> dict[str, Any]:
    """The content of ``conda-forge.yml``."""
    return {
        "conda_build_tool": "rattler-build",
        "conda_install_tool": "conda",
        # conda-smithy always has a job for linux_64 itself. The provider is that of the build
        # platform, so a build platform without a provider switches this job off.
        "build_platform": {"emscripten_wasm32": "linux_64", "linux_64": "osx_64"},
        "provider": {"linux_64": "github_actions", "osx_64": None, "win_64": None},
        "noarch_platforms": ["emscripten_wasm32"],
        # Node runs the tests on the build machine; conda-smithy knows no emulator for them.
        "test": "all",
        # conda-smithy 2026.8 has no default for this platform: ci/upstream/.
        "workflow_settings": {"build_workspace_dir": "build_artifacts"},
        # Packages go to the channel with `conda-emscripten publish`, not to conda-forge.
        "github_actions": {"upload_packages": False},
    }


@dataclass(frozen=True, kw_only=True)
class FeedstockExport:
    """A feedstock of one recipe.

    Attributes:
        project: the project with the recipe.
        name: the folder of ``recipes/``, or an output.
        channel: the address of a channel with the compiler and the recipe's requirements.
        maintainers: names of users or teams on GitHub.
    """

    project: Project
    name: str
    channel: str
    maintainers: Sequence[str] = ()

    def write(self, folder: Path) -> None:
        """Write the feedstock to ``folder``, which must not exist or must be empty.

        Raises:
            UsageError: there is no such recipe, an argument is wrong, or ``folder`` has files.
            RecipeError: the recipe cannot be read, or reads files outside its folder.
        """
        output = self._output()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(
                f"{folder} exists and is not an empty folder.",
                help="Name a new folder, for example ../NAME-feedstock.",
            )
        variants = self._variants(output)
        text = with_conda_forge_rules((output.folder / "recipe.yaml").read_text())
        text = self._with_maintainers(output, text)
        with os_errors(UsageError, f"{folder} cannot be written"):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=".feedstock-", dir=folder.parent) as scratch:
                made = Path(scratch, "feedstock")
                self._copy(output.folder, made / "recipe")
                (made / "recipe" / "recipe.yaml").write_text(text)
                (made / "recipe" / VARIANTS_FILE).write_text(_dump(variants))
                (made / "conda-forge.yml").write_text(_dump(forge_config()))
                made.chmod(0o755)
                made.rename(folder)

    def _output(self) -> Output:
        """An output of the recipe, after all arguments are checked."""
        if not _CHANNEL.fullmatch(self.channel):
            raise UsageError(
                f"{self.channel!r} is not the address of a channel.",
                help="Name the address of the published channel, https://….",
            )
        for maintainer in self.maintainers:
            if not _MAINTAINER.fullmatch(maintainer):
                raise UsageError(
                    f"{maintainer!r} is not a name on GitHub.", help="Name a user or ORG/TEAM."
                )
        output = RecipeSet(self.project).select(self.name)[0]
        if output.bootstrap:
            raise UsageError(
                f"{output.label} is a tool of the build platform.",
                help="conda-forge has its feedstock; name a folder of recipes/.",
            )
        for content in (output.content, *output.siblings):
            for source in sources_of(content):
                if (
                    not (output.folder / source.get("path", "."))
                    .resolve()
                    .is_relative_to(output.folder.resolve())
                ):
                    raise RecipeError(
                        f"{output.folder}/recipe.yaml reads {source['path']}, which is outside "
                        "its folder.",
                        help="A feedstock has the recipe's folder alone: move the files into it.",
                    )
        return output

    def _variants(self, output: Output) -> dict[str, Any]:
        """The project's variant, and the recipe's own, with what a feedstock needs besides."""
        variants: dict[str, Any] = dict(read_yaml(self.project.root / "conda_build_config.yaml"))
        own = output.folder / VARIANTS_FILE
        variants |= read_yaml(own) if own.is_file() else {}
        channels = dict.fromkeys([self.channel, "conda-forge"])
        return variants | {
            "channel_sources": [",".join(channels)],
            "docker_image": [_DOCKER_IMAGE],
        }

    def _copy(self, recipe: Path, target: Path) -> None:
        """Copy the recipe's files, without page tests, which need this repository."""
        shutil.copytree(
            recipe,
            target,
            ignore=lambda folder, names: {
                name
                for name in names
                if name in ("__pycache__", "node_modules")
                or (name == PAGE_TESTS and Path(folder) == recipe)
            },
        )
        licence = self.project.root / "LICENSE"
        if licence.is_file() and not (target / "LICENSE").exists():
            shutil.copy(licence, target)

    def _with_maintainers(self, output: Output, text: str) -> str:
        extra = yaml.safe_load(text).get("extra") or {}
        known = extra.get("recipe-maintainers") or []
        if not (names := list(dict.fromkeys([*known, *self.maintainers]))):
            raise UsageError(
                f"{output.folder}/recipe.yaml names no maintainers.",
                help="Pass --maintainer with your name on GitHub.",
            )
        if known == names:
            return text
        items = "".join(f"    - {name}\n" for name in names)
        if not extra:
            return f"{text.rstrip()}\n\nextra:\n  recipe-maintainers:\n{items}"
        if known:
            raise UsageError(
                f"{output.folder}/recipe.yaml names its maintainers: {', '.join(known)}.",
                help="Add the names there, or leave --maintainer out.",
            )
        return re.sub(r"(?m)^extra:.*\n", rf"\g<0>  recipe-maintainers:\n{items}", text, count=1)


def with_conda_forge_rules(text: str) -> str:
    """A recipe's text, with the requirements that conda-smithy's linter asks for.

    A recipe with a compiler also requires the C library, which is the compiler's package on this
    platform. A noarch Python package has the lowest Python in its run requirements.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for start, end, new in sorted(_changes(root), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _changes(root: yaml.Node | None) -> Iterator[tuple[int, int, str]]:
    """What replaces which part of the text, from the top and from each output."""
    top = _mapping(root)
    outputs = top.get("outputs")
    nodes = [top, *map(_mapping, _items(outputs))]
    for node in nodes:
        requirements = _mapping(node.get("requirements"))
        build = list(_items(requirements.get("build")))
        compilers = [each for each in build if _COMPILER.search(_text(each))]
        if compilers and not any("stdlib(" in _text(each) for each in build):
            end = compilers[0].end_mark.index
            indent = " " * (compilers[0].start_mark.column - len("- "))
            yield end, end, f"\n{indent}- {_STDLIB}"
        if _text(_mapping(node.get("build")).get("noarch")) == "python":
            run = requirements.get("run")
            for each in _items(run):
                if _text(each) == "python" and run is not None:
                    new = f'"{_BOUND}"' if getattr(run, "flow_style", False) else _BOUND
                    yield each.start_mark.index, each.end_mark.index, new


def _mapping(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return (
        {key.value: value for key, value in node.value}
        if isinstance(node, yaml.MappingNode)
        else {}
    )


def _items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _text(node: yaml.Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _dump(content: Any) -> str:
    text: str = yaml.safe_dump(dict(content), sort_keys=False)
    return text
