"""How are the recipes of a project checked and fixed?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from conda_emscripten.errors import RecipeError
from conda_emscripten.files import atomic_write
from conda_emscripten.lint.findings import Finding, check
from conda_emscripten.lint.recipe_document import RecipeDocument
from conda_emscripten.lint.recipe_rules import RULES
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipes import RecipeSet

#: The code of a recipe that cannot be read or rendered.
UNREADABLE = "R100"


@dataclass(frozen=True)
class RecipeLinter:
    """Checks recipes of a project."""

    project: Project

    def lint(self, names: Collection[str] = ()) -> Iterator[Finding]:
        """Yield the findings of the named recipes, by file and line.

        Args:
            names: as in ``RecipeSet.select``. Without names, all recipes of both platforms.

        Raises:
            UsageError: there is no such recipe.
        """
        for name in names or self._all:
            try:
                outputs = self._recipes.select(name, everything=True)
            except RecipeError as error:
                yield self._unreadable(name, error)
                continue
            file = outputs[0].folder / "recipe.yaml"
            own = tuple(output for output in outputs if output.folder == file.parent)
            document = RecipeDocument(file=file, outputs=own, known=self._known)
            path = file.relative_to(self.project.root).as_posix()
            for finding in sorted(check(path, document, RULES)):
                if finding.code not in document.excepted(finding.line):
                    yield finding

    def fix(self, findings: Iterable[Finding]) -> list[Finding]:
        """Write the fixes into the recipes; returns the findings that have none.

        Of several findings of one line only the first is fixed, as the others see its old text.
        """
        fixes: dict[str, dict[int, str]] = defaultdict(dict)
        left = []
        for finding in findings:
            if finding.fix is None or finding.line in fixes[finding.path]:
                left.append(finding)
            else:
                fixes[finding.path][finding.line] = finding.fix
        for path, lines in fixes.items():
            if lines:
                file = self.project.root / path
                text = file.read_text().splitlines()
                text = [lines.get(number, line) for number, line in enumerate(text, 1)]
                atomic_write(file, ("\n".join(text) + "\n").encode())
        return left

    @cached_property
    def _recipes(self) -> RecipeSet:
        return RecipeSet(self.project)

    @property
    def _all(self) -> list[str]:
        bootstrap = [f"bootstrap/{name}" for name in self._recipes.names(BUILD_PLATFORM)]
        return [*self._recipes.names(TARGET_PLATFORM), *bootstrap]

    @cached_property
    def _known(self) -> frozenset[str]:
        """The names of all packages, and of the folders, as some may not render."""
        platforms = (TARGET_PLATFORM, BUILD_PLATFORM)
        folders = {name for each in platforms for name in self._recipes.names(each)}
        outputs = [output for each in platforms for output in self._recipes.outputs(each)]
        return frozenset(folders | {output.name for output in outputs})

    def _unreadable(self, name: str, error: RecipeError) -> Finding:
        bare = name.removeprefix("bootstrap/")
        root = self.project.bootstrap_recipes_dir if bare != name else self.project.recipes_dir
        file = root / bare / "recipe.yaml"
        message = " ".join(str(error).removeprefix(f"{file}: ").split())
        path = file.relative_to(self.project.root).as_posix()
        return Finding(path=path, line=1, code=UNREADABLE, message=message)
