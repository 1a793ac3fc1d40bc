"""How are new recipes written, built and completed?

This module writes folders of ``recipes/``. A folder is complete or absent: before the build, the
imports are those that the source seems to have; after the build, those of the built files.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from conda_emscripten.build_outcome import BuildOutcome
from conda_emscripten.engine import BuildOptions, Engine
from conda_emscripten.errors import CondaEmscriptenError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.built_files import read_built
from conda_emscripten.recipe_new.c_recipe import complete_library
from conda_emscripten.recipe_new.recipe_text import Recipe
from conda_emscripten.recipes import RecipeSet

KNOWN_FAILURES = "tests/known_failures.txt"

_KNOWN_FAILURES_TEXT = """\
# The tests that cannot pass on this platform, one a line, each below a comment with the reason.
"""


@dataclass(frozen=True, kw_only=True)
class NewRecipe:
    """A recipe, and the files beside it.

    Attributes:
        recipe: the content of ``recipe.yaml``.
        files: further files of the folder, by path.
    """

    recipe: Recipe
    files: dict[str, str]

    @classmethod
    def of(cls, recipe: Recipe, script: str = "") -> NewRecipe:
        """A recipe with the files that it names, and with its ``build.sh``."""
        files = {"build.sh": script} if script else {}
        if recipe.suite:
            files[KNOWN_FAILURES] = _KNOWN_FAILURES_TEXT
        return cls(recipe=recipe, files=files)


class NewRecipes:
    """New recipes of a project, in build order.

    Args:
        project: the project.
        recipes: the recipes.
        console: where builds show their progress.
        options: how to build.
    """

    def __init__(
        self,
        project: Project,
        recipes: Sequence[NewRecipe],
        *,
        console: Console,
        options: BuildOptions,
    ) -> None:
        self._project = project
        self._recipes = list(recipes)
        self._console = console
        self._options = options

    @property
    def names(self) -> list[str]:
        """The names of the folders."""
        return [each.recipe.name for each in self._recipes]

    def folder(self, name: str) -> Path:
        """The folder of a recipe."""
        return self._project.recipes_dir / name

    def write(self) -> None:
        """Write all folders, or none.

        Raises:
            UsageError: a folder exists, or cannot be written.
            RecipeError: a recipe does not render.
        """
        for name in self.names:
            if self.folder(name).exists():
                raise UsageError(
                    f"{self.folder(name)} exists.",
                    help="Remove the folder to write it anew, or edit its recipe.yaml.",
                )
        try:
            with os_errors(UsageError, f"{self._project.recipes_dir} cannot be written"):
                for each in self._recipes:
                    self._write_folder(each)
            recipes = RecipeSet(self._project)
            for name in self.names:
                recipes.select(name)
        except BaseException:
            for name in self.names:
                shutil.rmtree(self.folder(name), ignore_errors=True)
            raise

    def build(self) -> BuildOutcome:
        """Build all recipes and what they need, and complete them from the built files.

        The first build has no tests, so that wrong guesses of the imports do not end it. After a
        failure or an interruption, the folders are complete as well.
        """
        try:
            for each in self._recipes:
                self._write_text(replace(each.recipe, imports=(), suite=None))
            outcome = self._run(self.names)
            built = {result.output.name: result.package for result in outcome.results}
            for number, each in enumerate(self._recipes):
                if package := built.get(each.recipe.name):
                    self._recipes[number] = complete(each, package)
                    self._write_files(self._recipes[number])
        finally:
            for each in self._recipes:
                self._write_text(without_suite(each.recipe, "The suite was not run yet"))
        tested = self._run([name for name in self.names if name in built])
        return BuildOutcome(
            results=tested.results,
            failures={**outcome.failures, **tested.failures},
            unreadable=(*outcome.unreadable, *tested.unreadable),
            waiting=outcome.waiting,
        )

    def try_suite(self) -> str | None:
        """Run the own suite of the last recipe, and leave it out if tests fail.

        Returns:
            What the suite says; None if there is no suite, or it passes.
        """
        new = self._recipes[-1]
        if not new.recipe.suite:
            return None
        self._write_text(new.recipe)
        outcome = self._run([new.recipe.name])
        if not outcome.errors:
            return None
        error = outcome.errors[0]
        self._write_text(without_suite(new.recipe, "Tests of the suite fail"))
        self._run([new.recipe.name])
        return _counts(error)

    def _run(self, names: Sequence[str]) -> BuildOutcome:
        options = replace(self._options, with_deps=True)
        engine = Engine(project=self._project, console=self._console, options=options)
        return engine.run(names)

    def _write_folder(self, new: NewRecipe) -> None:
        folder = self.folder(new.recipe.name)
        folder.mkdir(parents=True)
        self._write_files(new)
        self._write_text(without_suite(new.recipe, "The suite was not run yet"))

    def _write_files(self, new: NewRecipe) -> None:
        for path, text in new.files.items():
            file = self.folder(new.recipe.name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def _write_text(self, recipe: Recipe) -> None:
        atomic_write(self.folder(recipe.name) / "recipe.yaml", recipe.to_yaml().encode())


def complete(new: NewRecipe, package: Path) -> NewRecipe:
    """A recipe with what its built package says: imports and entry points, or files.

    Raises:
        RecipeError: the package of a C library has no library.
        DamagedPackageError: the package is damaged.
    """
    recipe = new.recipe
    if recipe.run_exports:
        recipe, tests = complete_library(recipe, package)
        return replace(new, recipe=recipe, files={**new.files, **tests})
    built = read_built(package)
    points = built.entry_points if recipe.noarch else ()
    return replace(new, recipe=replace(recipe, imports=built.imports, entry_points=points))


def _counts(error: CondaEmscriptenError) -> str:
    """What pytest's last line says, or else the error."""
    lines = re.findall(r"\d+ (?:failed|passed|error|skipped)\b.* in [\d.:]+.*", error.message)
    return lines[-1] if lines else error.message


def without_suite(recipe: Recipe, reason: str) -> Recipe:
    """A recipe whose suite is a comment."""
    text = f"{reason}: list what cannot pass in {KNOWN_FAILURES}, and uncomment these lines."
    return replace(recipe, suite_problem=text) if recipe.suite else recipe
