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
from conda_emscripten.errors import CondaEmscriptenError, PackageTestError, UsageError
from conda_emscripten.files import atomic_write, os_errors
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.built_files import read_built
from conda_emscripten.recipe_new.c_recipe import complete_library
from conda_emscripten.recipe_new.conda_names import CondaNames
from conda_emscripten.recipe_new.recipe_text import Recipe
from conda_emscripten.recipes import RecipeSet

#: Where a recipe lists the tests of its suite that fail, and the list of a new recipe, which is
#: empty. pytest-known-failures reads the format.
KNOWN_FAILURES = "tests/known_failures.txt"
KNOWN_FAILURES_TEXT = """\
# The tests that cannot pass on this platform, each with its reason:
# tests/test_demo.py::test_pool  # there are no threads
"""


#: What the log of a failed import test says of a module that its environment lacks.
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


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
            files[KNOWN_FAILURES] = KNOWN_FAILURES_TEXT
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
    def labels(self) -> list[str]:
        """The names on the command line."""
        return [each.recipe.label for each in self._recipes]

    @property
    def folders(self) -> list[str]:
        """The folders in the checkout."""
        return [each.recipe.folder for each in self._recipes]

    def _path(self, recipe: Recipe) -> Path:
        return self._project.root / recipe.folder

    def write(self) -> None:
        """Write all folders, or none.

        Raises:
            UsageError: a folder exists, or cannot be written.
            RecipeError: a recipe does not render.
        """
        paths = [self._path(each.recipe) for each in self._recipes]
        if existing := next((path for path in paths if path.exists()), None):
            raise UsageError(
                f"{existing} exists.",
                help="Remove the folder to write it anew, or edit its recipe.yaml.",
            )
        try:
            with os_errors(UsageError, f"{self._project.root}: the recipes cannot be written"):
                for each in self._recipes:
                    self._write_folder(each)
            recipes = RecipeSet(self._project)
            for label in self.labels:
                recipes.select(label)
        except BaseException:
            for path in paths:
                shutil.rmtree(path, ignore_errors=True)
            raise

    def build(self) -> BuildOutcome:
        """Build all recipes and what they need, and complete them from the built files.

        The first build has no tests, so that wrong guesses of the imports do not end it. After a
        failure or an interruption, the folders are complete as well.
        """
        try:
            for each in self._recipes:
                if not each.recipe.tool:
                    self._write_text(replace(each.recipe, imports=(), suite=None))
            outcome = self._run(self.labels)
            built = {result.output.label: result.package for result in outcome.results}
            for number, each in enumerate(self._recipes):
                package = built.get(each.recipe.label)
                if package and not each.recipe.tool:
                    self._recipes[number] = complete(each, package)
                    self._write_files(self._recipes[number])
        finally:
            for each in self._recipes:
                self._write_text(without_suite(each.recipe, "The suite was not run yet"))
        tested = self._run([label for label in self.labels if label in built])
        while self._add_undeclared(tested):
            tested = self._run([label for label in self.labels if label in built])
        return BuildOutcome(
            results=tested.results,
            failures={**outcome.failures, **tested.failures},
            unreadable=(*outcome.unreadable, *tested.unreadable),
            waiting=outcome.waiting,
        )

    def _add_undeclared(self, outcome: BuildOutcome) -> bool:
        """Add to ``run`` what imports lacked and recipes of the channel have; whether there is any.

        A project's metadata can leave out a project that it extends, as pillow-avif-plugin does.
        """
        names, added = CondaNames(self._project), False
        for output, error in outcome.failures.items():
            lacked = (
                _NO_MODULE.search(error.message) if isinstance(error, PackageTestError) else None
            )
            package = names.having(lacked[1]) if lacked else None
            if lacked is None or package is None or output.label not in self.labels:
                continue
            number = self.labels.index(output.label)
            new = self._recipes[number]
            if package in new.recipe.run:
                continue
            recipe = replace(new.recipe, run=sorted({*new.recipe.run, package}))
            self._recipes[number] = replace(new, recipe=recipe)
            self._write_text(without_suite(recipe, "The suite was not run yet"))
            self._console.print(
                f"{output.label} imports {lacked[1]} and does not declare it: {package} is in run."
            )
            added = True
        return added

    def try_suite(self) -> str | None:
        """Run the own suite of the last recipe, and leave it out if tests fail.

        Returns:
            What the suite says; None if there is no suite, or it passes.
        """
        new = self._recipes[-1]
        if not new.recipe.suite:
            return None
        self._write_text(new.recipe)
        outcome = self._run([new.recipe.label])
        if not outcome.errors:
            return None
        error = outcome.errors[0]
        self._write_text(without_suite(new.recipe, "Tests of the suite fail"))
        self._run([new.recipe.label])
        return _counts(error)

    def _run(self, labels: Sequence[str]) -> BuildOutcome:
        options = replace(self._options, with_deps=True)
        engine = Engine(project=self._project, console=self._console, options=options)
        return engine.run(labels)

    def _write_folder(self, new: NewRecipe) -> None:
        self._path(new.recipe).mkdir(parents=True)
        self._write_files(new)
        self._write_text(without_suite(new.recipe, "The suite was not run yet"))

    def _write_files(self, new: NewRecipe) -> None:
        for path, text in new.files.items():
            file = self._path(new.recipe) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def _write_text(self, recipe: Recipe) -> None:
        atomic_write(self._path(recipe) / "recipe.yaml", recipe.to_yaml().encode())


def complete(new: NewRecipe, package: Path) -> NewRecipe:
    """A recipe with what its built package says: imports, entry points, parts of the standard
    library that the imports need; or files.

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
    run = sorted({*recipe.run, *built.parts})
    contents = {"site_packages": built.of_pages} if built.of_pages else {}
    recipe = replace(recipe, imports=built.imports, contents=contents, entry_points=points, run=run)
    return replace(new, recipe=recipe)


def _counts(error: CondaEmscriptenError) -> str:
    """What pytest's last line says, or else the error."""
    lines = re.findall(r"\d+ (?:failed|passed|error|skipped)\b.* in [\d.:]+.*", error.message)
    return lines[-1] if lines else error.message


def without_suite(recipe: Recipe, reason: str) -> Recipe:
    """A recipe whose suite is a comment."""
    text = f"{reason}: list what cannot pass in {KNOWN_FAILURES}, and uncomment these lines."
    return replace(recipe, suite_problem=text) if recipe.suite else recipe
