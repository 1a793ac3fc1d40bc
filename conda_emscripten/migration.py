"""How do a project's recipes and channel move to another value of a variant key?

This module changes ``conda_build_config.yaml`` in a copy of the project (``project_copy``), raises
the build numbers of the packages that a build replaces, and builds into a copy of the channel. The
project changes only when all packages are there. Conda-forge describes migrations in CFEP 9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from rich.console import Console

from conda_emscripten.channel import locked
from conda_emscripten.engine import BuildOptions, Engine
from conda_emscripten.errors import (
    BuildError,
    CondaEmscriptenError,
    RecipeError,
    UsageError,
)
from conda_emscripten.files import read_yaml
from conda_emscripten.package_store import PackageStore
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.project_copy import AS_THEY_WERE, ProjectCopy
from conda_emscripten.recipe import Output
from conda_emscripten.recipe_bump.bump import with_build_number
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.reuse import Reuse


@dataclass(frozen=True, kw_only=True)
class Change:
    """An output of the channel that the migration affects.

    Attributes:
        label: ``Output.label``.
        version: the version, after the change.
        reason: ``variant``: the output uses a changed key. ``dependency``: only its dependencies
            are affected; the output is built only if the build sees the change.
        number: the build number in the channel.
    """

    label: str
    version: str
    reason: Literal["variant", "dependency"]
    number: int


@dataclass(kw_only=True)
class Migration:
    """A change of variant keys.

    Attributes:
        project: the project.
        values: the new value of each key.
        options: how packages are built; ``everything`` and ``with_deps`` do not matter.
        console: where the builds are shown.
        tell: called with each line that the user sees.
    """

    project: Project
    values: Mapping[str, str]
    options: BuildOptions
    console: Console
    tell: Callable[[str], None]

    @contextmanager
    def prepared(self) -> Iterator[Sequence[Change]]:
        """A copy of the project with the new values, and what they affect, dependencies first.

        The block holds the lock of the build folder. An interrupted exchange of an earlier call is
        undone first.

        Raises:
            UsageError: a key or its value cannot be changed.
            RecipeError: a recipe cannot be read, with the old or the new values.
            ChannelError: another command works in the build folder, or a file cannot be written.
        """
        with locked(self.project.build_dir):
            self.copy.undo()
            config = self.project.root / "conda_build_config.yaml"
            text = with_values(config, self.values)
            self.copy.make()
            (self.copied.root / config.name).write_text(text)
            try:
                yield self._changes()
            except CondaEmscriptenError:
                raise  # the copy has the work trees that the error names
            except BaseException:
                self.copy.remove()
                raise
            self.copy.remove()

    def build(self) -> dict[str, tuple[int, int]]:
        """Raise build numbers and build, in order, in the copy.

        An output whose dependencies alone changed is built only if a build would make another
        package. This is known when its dependencies are there, so the build has several rounds.

        Returns:
            The old and the new build number of each package with a raised number, by label.

        Raises:
            CondaEmscriptenError: a recipe failed; the class is that of the failure. The project is
                as it was.
        """
        raised: dict[Path, int] = {}
        numbers: dict[str, tuple[int, int]] = {}
        done: set[str] = set()
        while pending := self._pending(recipes := self._recipes(self.copied)):
            store = PackageStore.of(self.copied)
            reuse = Reuse(project=self.copied, recipes=recipes, store=store)
            try:
                wave = self._wave(pending, recipes, raised)
                replaced = [
                    output
                    for output in wave
                    if output.folder not in raised
                    and not output.bootstrap
                    and self._published(output) is not None
                    and (self._uses_key(output, recipes) or reuse.find(output) is None)
                ]
            finally:
                reuse.close()
            if replaced:
                for folder in dict.fromkeys(output.folder for output in replaced):
                    raised[folder] = number = self._raise(folder, recipes)
                    numbers |= {
                        output.label: (old, number)
                        for output in self._in_channel
                        if output.folder.name == folder.name
                        and (old := self._published(output)) is not None
                    }
                continue
            labels = {output.label for output in wave}
            if labels <= done:
                names = ", ".join(sorted(labels))
                raise BuildError(
                    f"{names}: built with packages that are out of date. {AS_THEY_WERE}",
                    help="Run 'conda-emscripten build --with-deps' with these names first.",
                )
            done |= labels
            outcome = Engine(project=self.copied, console=self.console, options=self.options).run(
                [output.label for output in wave]
            )
            if error := outcome.error:
                raise type(error)(
                    f"{error.message}\n{AS_THEY_WERE} {len(pending) - len(outcome.results)} "
                    "packages are missing.\n",
                    help=f"Correct the recipe in {self.project.recipes_dir}, not in the copy, and "
                    "run the command again: finished packages are in the build cache.",
                )
        return numbers

    @cached_property
    def copy(self) -> ProjectCopy:
        """The copy of the project, which ``ProjectCopy.commit`` makes the project."""
        return ProjectCopy(project=self.project, tell=self.tell)

    @property
    def copied(self) -> Project:
        """The folders of the copy."""
        return self.copy.copied

    def _recipes(self, project: Project) -> RecipeSet:
        return RecipeSet(project, bootstrap=self.options.bootstrap_channel is None)

    @cached_property
    def _old(self) -> RecipeSet:
        return self._recipes(self.project)

    @cached_property
    def _old_outputs(self) -> dict[str, Output]:
        """The outputs of the project by label."""
        return {output.label: output for output in _outputs(self._old)}

    @cached_property
    def _old_store(self) -> PackageStore:
        return PackageStore.of(self.project)

    @cached_property
    def _in_channel(self) -> list[Output]:
        store = self._old_store
        return [output for output in _outputs(self._old) if store.package(output) is not None]

    def _affected(self, recipes: RecipeSet) -> list[Output]:
        """The outputs of the channel whose static key differs, dependencies first."""
        labels = {output.label for output in self._in_channel}
        names = {(output.platform, output.name) for output in self._in_channel}
        affected = []
        for output in _outputs(recipes):
            old = self._old_outputs.get(output.label)
            # A new value can give a variant another version, and so another label.
            renamed = old is None and (output.platform, output.name) in names
            if renamed or (
                old is not None
                and output.label in labels
                and self._old.static_key(old) != recipes.static_key(output)
            ):
                affected.append(output)
        found = set(affected)
        return [output for output in recipes.in_build_order(affected) if output in found]

    def _uses_key(self, output: Output, recipes: RecipeSet) -> bool:
        """Whether the output itself changed, not only its dependencies."""
        old = self._old_outputs.get(output.label)
        return (
            old is None
            or self._old.engine_and_variant(old) != recipes.engine_and_variant(output)
            or self._old.files(old) != recipes.files(output)
        )

    def _changes(self) -> list[Change]:
        recipes = self._recipes(self.copied)
        return [
            Change(
                label=output.label,
                version=output.version,
                reason="variant" if self._uses_key(output, recipes) else "dependency",
                number=int(output.content["build"].get("number", 0)),
            )
            for output in self._affected(recipes)
        ]

    def _pending(self, recipes: RecipeSet) -> list[Output]:
        """The affected outputs without a present package, dependencies first."""
        store = PackageStore.of(self.copied)
        return [
            output
            for output in self._affected(recipes)
            if not store.is_current(output, recipes.static_key(output))
        ]

    def _wave(
        self, pending: Sequence[Output], recipes: RecipeSet, raised: Mapping[Path, int]
    ) -> list[Output]:
        """The outputs of which it is known whether they are built, dependencies first."""
        rest, wave = set(pending), set[Output]()
        for output in pending:
            waiting = recipes.needs(output) & rest
            certain = output.folder in raised or self._uses_key(output, recipes)
            if not waiting or (certain and waiting <= wave):
                wave.add(output)
        return [output for output in pending if output in wave]

    def _published(self, output: Output) -> int | None:
        """The highest build number of the output's version in the channel; None without one."""
        numbers = [
            int(str(record["build_number"]))
            for subdir in self._old_store.channel.subdirs
            for record in self._old_records(subdir).values()
            if record["name"] == output.name and record["version"] == output.version
        ]
        number = int(output.content["build"].get("number", 0))
        return max(numbers) if numbers and max(numbers) >= number else None

    def _old_records(self, subdir: str) -> Mapping[str, Mapping[str, object]]:
        return self._old_store.channel.records(subdir)

    def _raise(self, folder: Path, recipes: RecipeSet) -> int:
        """Raise the build number of a recipe of the copy above those of the channel.

        Raises:
            RecipeError: the recipe has no build number that a program can change.
        """
        file = folder / "recipe.yaml"
        outputs = [output for output in recipes.outputs() if output.folder == folder]
        number = 1 + max(self._published(output) or 0 for output in outputs)
        file.write_text(with_build_number(file.read_text(), number))
        rendered = [each for each in self._recipes(self.copied).outputs() if each.folder == folder]
        if any(each.content["build"].get("number", 0) != number for each in rendered):
            own = self.project.recipes_dir / folder.name / "recipe.yaml"
            raise RecipeError(
                f"{own}: the build number is not a literal. {AS_THEY_WERE}",
                help=f"Set the build number to {number} in an editor, and run the command again.",
            )
        return number


def with_values(file: Path, values: Mapping[str, str]) -> str:
    """The text of a variant file with other values; comments and layout stay.

    Raises:
        UsageError: the file has no such key, or several values for it, or has this value already.
        OSError: the file cannot be read.
    """
    text = file.read_text()
    known = read_yaml(file)
    for key, value in values.items():
        old = known.get(key)
        if old is None:
            raise UsageError(
                f"{file} has no key {key!r}.", help=f"The keys are {', '.join(sorted(known))}."
            )
        pattern = rf"(?m)^({re.escape(key)}:[ ]*\n[ ]*-[ ]+)([\"']?)(.*?)\2([ ]*(?:#.*)?)$"
        if not isinstance(old, list) or len(old) != 1 or not re.search(pattern, text):
            raise UsageError(
                f"{file}: {key!r} does not have one value in a line of its own.",
                help="Change the file in an editor.",
            )
        if str(old[0]) == value:
            raise UsageError(
                f"{file}: the value of {key!r} is {value!r} already.", help="Give another value."
            )
        plain = isinstance(_parsed(value), str) == isinstance(old[0], str)

        def changed(match: re.Match[str], value: str = value, plain: bool = plain) -> str:
            quote = match[2] or ("" if plain else '"')
            return f"{match[1]}{quote}{value}{quote}{match[4]}"

        text = re.sub(pattern, changed, text)
        wanted = {**known, key: [value if isinstance(old[0], str) else _parsed(value)]}
        known = _parsed(text)
        if known != wanted:
            raise UsageError(
                f"{value!r} cannot be the value of {key!r}.", help="Change the file in an editor."
            )
    return text


def _parsed(text: str) -> Any:
    """The content of a YAML text; None if it is not YAML."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _outputs(recipes: RecipeSet) -> list[Output]:
    """The outputs of all recipes that can be read."""
    platforms = [TARGET_PLATFORM, *([BUILD_PLATFORM] if recipes.has_bootstrap else [])]
    return [output for platform in platforms for output in recipes.outputs(platform)]
