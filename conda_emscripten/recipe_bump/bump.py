"""How is a recipe changed to another version of its source?

This module edits lines of ``recipe.yaml``, so comments and layout stay: the version in ``context``,
the sha256 of each source whose URL has the version, and the build number. The file is written only
if all sources were downloaded and all patches apply.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conda_emscripten.errors import RecipeError, SourceError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.mirrors import load_mirrors
from conda_emscripten.project import Project
from conda_emscripten.recipe import VARIANTS_FILE, Output, render
from conda_emscripten.recipe_bump.newest import packages_of
from conda_emscripten.recipe_files import sources_of
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import Source, SourceFetcher

_BY_HAND = "Change the version and each sha256 in an editor: docs/recipes.md#new-versions."


@dataclass(frozen=True, kw_only=True)
class BumpedSource:
    """A source of the recipe, before and after the bump.

    Attributes:
        old: with the old version.
        new: with the new version; the sha256 is still the old one.
        patches: the recipe's files to apply, in order.
    """

    old: Source
    new: Source
    patches: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True)
class Bump:
    """Changes one recipe.

    Attributes:
        project: the project.
        recipes: its recipes.
        fetcher: downloads the new sources into the cache.
        outputs: all outputs of the recipe.
        version: the new version.
        sha256: known digests of new sources, by file name.
    """

    project: Project
    recipes: RecipeSet
    fetcher: SourceFetcher
    outputs: Sequence[Output]
    version: str
    sha256: Mapping[str, str]

    def write(self) -> list[str]:
        """Change the recipe.

        Returns:
            What a person must look at, a line each.

        Raises:
            RecipeError: the recipe cannot be changed by a program, or a patch does not apply.
            SourceError: a new source cannot be fetched or unpacked, or has not the index's sha256.
        """
        with os_errors(RecipeError, f"{self._file} cannot be changed"):
            text, changed = self.changed()
            atomic_write(self._file, text.encode())
        return list(self._notes(changed))

    def changed(self) -> tuple[str, list[BumpedSource]]:
        """The new text of the recipe, and the sources that differ.

        Raises:
            RecipeError, SourceError: see ``write``.
            OSError: the recipe cannot be read.
        """
        file = self._file
        text = with_version(file, self._old_version, self.version)
        changed = self._sources(text)
        for source in changed:
            path, sha256 = self._fetch(source.new)
            check_patches(file.parent, path, source.patches)
            if source.old.sha256 not in text:
                raise RecipeError(
                    f"{file}: the sha256 of {source.old.name} is not written in one piece.",
                    help=_BY_HAND,
                )
            text = text.replace(source.old.sha256, sha256)
        return text, changed

    @property
    def _file(self) -> Path:
        return self.outputs[0].folder / "recipe.yaml"

    @property
    def _old_version(self) -> str:
        """The version that the recipe builds.

        Raises:
            RecipeError: it builds several.
        """
        packages = packages_of(self.outputs)
        if len(packages) > 1:
            versions = ", ".join(output.version for output in packages)
            raise RecipeError(
                f"{self._file} builds the versions {versions} of {VARIANTS_FILE}, each with a "
                "sha256 of its own.",
                help=_BY_HAND,
            )
        return packages[0].version

    def _sources(self, text: str) -> list[BumpedSource]:
        """The sources that the new version changes."""
        old = [located_sources(output) for output in self.outputs]
        new = [located_sources(output) for output in self._render(text)]
        pairs: dict[Source, BumpedSource] = {}
        for before, after in zip(old, new, strict=True):
            for (source, patches), (changed, _) in zip(before, after, strict=True):
                if source.urls != changed.urls:
                    # Outputs of a folder share its sources and their patches.
                    pairs[source] = BumpedSource(old=source, new=changed, patches=patches)
        if not pairs:
            raise RecipeError(f"{self._file}: no URL contains the version.", help=_BY_HAND)
        return list(pairs.values())

    def _render(self, text: str) -> Sequence[Output]:
        """The outputs of the changed recipe.

        Raises:
            RecipeError: it cannot be rendered, or a build number is not 0.
        """
        platform = self.outputs[0].platform
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / self._file.parent.name / "recipe.yaml"
            changed.parent.mkdir()
            changed.write_text(text)
            if (variants := self._file.parent / VARIANTS_FILE).is_file():
                shutil.copy(variants, changed.parent)
            outputs = render(changed, platform, self.recipes.variant(platform))
        names = [output.name for output in outputs]
        if names != [output.name for output in self.outputs]:
            raise RecipeError(
                f"{self._file} has other outputs with version {self.version}: {', '.join(names)}.",
                help=_BY_HAND,
            )
        if any(output.content["build"].get("number", 0) for output in outputs):
            raise RecipeError(
                f"{self._file}: a build number is not a literal, and was not reset to 0.",
                help=_BY_HAND,
            )
        return outputs

    def _fetch(self, source: Source) -> tuple[Path, str]:
        """The file of a source of the new version, and its sha256."""
        if sha256 := self.sha256.get(source.name):
            path = self.fetcher.fetch(Source(urls=source.urls, sha256=sha256))
        else:
            path = self.fetcher.fetch_new(source.urls[0])
        sha256 = path.parent.name  # the cache is by sha256
        mirrors = load_mirrors(self.project.mirrors_file)
        if any(mirrors[url].sha256 == sha256 for url in source.urls if url in mirrors):
            raise SourceError(
                f"{source.name} comes from Debian's archive, with other bytes than upstream's.",
                help=f"Write upstream's sha256 to {self._file} in an editor; channel/mirrors.yaml "
                "has the entry already.",
            )
        return path, sha256

    def _notes(self, changed: Iterable[BumpedSource]) -> Iterator[str]:
        mirrors = load_mirrors(self.project.mirrors_file)
        olds = {source.old for source in changed}
        for source in dict.fromkeys(source for output in self.outputs for source in output.sources):
            if source not in olds:
                yield f"{source.name} is as before: its URL does not contain the version"
            elif any(url in mirrors for url in source.urls):
                yield f"channel/mirrors.yaml has an entry for {source.name} of the old version"


def with_version(file: Path, old: str, new: str) -> str:
    """The text of a recipe with another version in ``context``, and with the build number 0.

    Raises:
        RecipeError: ``context`` does not have the old version as a literal.
        OSError: the file cannot be read.
    """
    context, start, rest = file.read_text().partition("\npackage:")
    if not start:
        context, start, rest = (context + start + rest).partition("\nrecipe:")
    pattern = rf"^(  version:[ ]*)([\"']?){re.escape(old)}\2([ ]*(?:#.*)?)$"

    def replaced(match: re.Match[str]) -> str:
        quote = match[2] or '"'  # without quotes, 3.10 is a number
        return f"{match[1]}{quote}{new}{quote}{match[3]}"

    context, found = re.subn(pattern, replaced, context, flags=re.MULTILINE)
    if not (found == 1 and re.match(r"(?:.*\n)*?context:", context)):
        raise RecipeError(
            f"{file}: 'context' has no line 'version: \"{old}\"' that could be changed.",
            help=_BY_HAND,
        )
    return with_build_number(context + start + rest, 0)


def with_build_number(text: str, number: int) -> str:
    """The text of a recipe with another build number, in all outputs.

    The caller renders the recipe to see whether its number is a literal.
    """
    begin = re.search(r"^(?:package|recipe):", text, re.MULTILINE)
    context, rest = (text[: begin.start()], text[begin.start() :]) if begin else ("", text)
    name = r"^(  (?:build|build_number|number):[ ]*)\d+\b"
    context = re.sub(name, rf"\g<1>{number}", context, flags=re.MULTILINE)
    rest = re.sub(r"^([ ]+number:[ ]*)\d+\b", rf"\g<1>{number}", rest, flags=re.MULTILINE)
    return context + rest


def check_patches(folder: Path, archive: Path, patches: Sequence[Path]) -> None:
    """Apply patches, in order, to the files of an archive, in a temporary folder.

    Args:
        folder: the recipe's folder, for messages.
        archive: the new source.
        patches: the files of the patches.

    Raises:
        RecipeError: a patch does not apply.
        SourceError: the archive cannot be unpacked.
    """
    if patches:
        with patched_tree(folder, archive, patches):
            pass


@contextmanager
def patched_tree(folder: Path, archive: Path, patches: Sequence[Path]) -> Iterator[Path]:
    """The files of an archive, with patches applied in order, in a temporary folder.

    Args:
        folder: the recipe's folder, for messages.
        archive: the source.
        patches: the files of the patches.

    Raises:
        RecipeError: a patch does not apply.
        SourceError: the archive cannot be unpacked.
    """
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary)
        try:
            shutil.unpack_archive(
                archive, tree, filter="data" if tarfile.is_tarfile(archive) else None
            )
        except (shutil.ReadError, tarfile.TarError, EOFError, ValueError) as error:
            raise SourceError(
                f"{archive.name} cannot be unpacked: {error}.",
                help="Download the file again, or name another version.",
            ) from error
        tops = list(tree.iterdir())
        if len(tops) == 1 and tops[0].is_dir():
            (tree,) = tops
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": temporary, "LC_ALL": "C"}
        for patch in patches:
            done = subprocess.run(
                ["git", "apply", "--whitespace=nowarn", patch.resolve()],
                cwd=tree,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["?"])[0].removeprefix("error: ")
                raise RecipeError(
                    f"{folder}: {patch.relative_to(folder)} does not apply to {archive.name}: "
                    f"{reason}.",
                    help="The recipe is as it was. Make the patch again for the new version, or "
                    "remove the patch if upstream has the change.",
                )
        yield tree


def located_sources(output: Output) -> list[tuple[Source, tuple[Path, ...]]]:
    """The sources that an output downloads, with the files of their patches."""
    found: dict[Source, tuple[Path, ...]] = dict.fromkeys(output.sources, ())
    for entry in sources_of(output.content):
        files = tuple(output.folder / name for name in entry.get("patches", ()))
        for source in found:
            if source.sha256 == entry.get("sha256"):
                found[source] += files
    return list(found.items())
