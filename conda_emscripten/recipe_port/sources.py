"""Which sources and patches does a ported recipe have?

This module maps the sources of a feedstock: the index's addresses become canonical, patches of
other systems are dropped, and the others are applied to the source, if it can be fetched.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conda_emscripten.errors import RecipeError, SourceError
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.source_tree import SourceTree
from conda_emscripten.recipe_port.evaluate import Notice, Text
from conda_emscripten.recipe_port.feedstock import Feedstock, git_environment
from conda_emscripten.recipe_port.outputs import flat
from conda_emscripten.recipe_port.recipe_yaml import plain
from conda_emscripten.sources import Source, SourceFetcher

_INDEX_URL = re.compile(r"https?://[^/]*(?:pypi|pythonhosted)[^/]*/packages/(?P<path>.+)")
_OTHER_SYSTEM = re.compile(
    r"(?:^|[-_/.])(?:win(?:dows|32)?|msvc|mingw|osx|macos|apple|darwin|cuda)(?:[-_/.]|$)",
    re.IGNORECASE,
)


@dataclass
class SourceRules:
    """The rules for the sources of one recipe.

    Attributes:
        project: the project that gets the recipe.
        feedstock: the feedstock.
        notices: what a person must look at; the methods add to it.
        patches: the patches that apply, by path.
    """

    project: Project
    feedstock: Feedstock
    notices: list[Notice]
    patches: dict[str, bytes] = field(default_factory=dict)

    def mapped(self, sources: list[dict[str, Any]], version: str) -> Any:
        """The section ``source``: a mapping, or a list of several."""
        mapped = []
        for source in sources:
            urls = [self._url(str(each), version) for each in flat(source.get("url"))]
            own = {
                key: plain(each) for key, each in source.items() if key not in ("url", "patches")
            }
            patches = [each for each in flat(source.get("patches")) if self._is_for_us(each)]
            entry = {"url": urls[0] if len(urls) == 1 else urls} if urls else {}
            mapped.append({**entry, **own, **({"patches": plain(patches)} if patches else {})})
            if patches:
                self._try_patches(urls, version, own, patches)
        return mapped[0] if len(mapped) == 1 else mapped

    def _url(self, url: str, version: str) -> str:
        """The URL in its canonical form, with the version as an expression."""
        if found := _INDEX_URL.fullmatch(url):
            file = found["path"].rpartition("/")[2]
            project = re.sub(r"[-_.]+", "-", re.split(r"-\d", file)[0]).lower()
            parts = found["path"].split("/")
            if parts[0] == "source" and len(parts) == 4:
                project = re.sub(r"[-_.]+", "-", parts[2]).lower()
            url = f"https://pypi.io/packages/source/{project[0]}/{project}/{file}"
        return url.replace(version, "${{ version }}") if len(version) > 2 else url

    def _is_for_us(self, name: Text) -> bool:
        if _OTHER_SYSTEM.search(name):
            self.notices.append(
                Notice(line=name.line, message=f"{name} is dropped: its name says another system")
            )
            return False
        return True

    def _try_patches(
        self, urls: list[str], version: str, source: dict[str, Any], patches: list[Text]
    ) -> None:
        """Copy the patches, and apply them to the source if it can be fetched."""
        files = []
        for name in patches:
            if not (file := self.feedstock.file(name)):
                raise RecipeError(
                    f"{self.feedstock.recipe_path}:{name.line}: the feedstock has no patch {name}.",
                    help="Add the file beside the recipe.",
                )
            self.patches[str(name)] = file.read_bytes()
            files.append(file.resolve())
        real = tuple(url.replace("${{ version }}", version) for url in urls)
        fetcher = SourceFetcher(
            cache_dir=self.project.cache_dir, mirrors_file=self.project.mirrors_file
        )
        try:
            archive = fetcher.fetch(
                Source(urls=real, sha256=str(source.get("sha256", "")) or "none")
            )
            tree = SourceTree.read(archive)
        except SourceError as error:
            message = f"patches were not tried: {error.message.splitlines()[0]}"
            self.notices.append(Notice(line=patches[0].line, message=message))
            return
        with TemporaryDirectory(prefix="patches-") as scratch:
            _unpack(tree, files, Path(scratch))
            for name, file in zip(patches, files, strict=True):
                _apply(name, file, Path(scratch), self.feedstock.recipe_path)


def _unpack(tree: SourceTree, patches: list[Path], folder: Path) -> None:
    """Write the files of an archive whose names are in the patches."""
    text = "\n".join(each.read_text(errors="replace") for each in patches)
    headers = re.findall(r"^(?:---|\+\+\+|rename from) (\S+)", text, re.MULTILINE)
    names = {each.rpartition("/")[2] for each in headers}
    for path in tree.paths:
        if path.rpartition("/")[2] in names and ".." not in path.split("/"):
            file = folder / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tree.bytes(path))


def _apply(name: Text, patch: Path, folder: Path, recipe: str) -> None:
    """Apply a patch; as in conda's builds, its paths may lack a folder, or have more than one."""
    command = ["git", "-c", "core.hooksPath=/dev/null", "apply", "-C1", "--ignore-whitespace"]
    environment = {**git_environment(), "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    reasons = []
    for level in (1, 0, 2, 3):
        done = subprocess.run(
            [*command, f"-p{level}", str(patch)],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
        )
        if not done.returncode:
            return
        reasons += done.stderr.strip().splitlines()[:1]
    raise RecipeError(
        f"{recipe}:{name.line}: the patch {name} does not fit the source: "
        f"{reasons[0].removeprefix('error: ')}.",
        help="Correct the patch or remove it from the recipe, and port the folder.",
    )
