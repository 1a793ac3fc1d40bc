"""What keeps a recipe from the newest version of its source?

Three things are known without a build: a requirement of another recipe, a patch that does not apply
to the new source, and a source that cannot be downloaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from conda_emscripten.errors import CondaEmscriptenError, RecipeError
from conda_emscripten.files import os_errors
from conda_emscripten.project import BUILD_PLATFORM, Project
from conda_emscripten.recipe import Output, allows
from conda_emscripten.recipe_bump.bump import Bump
from conda_emscripten.recipe_bump.newest import State, Status
from conda_emscripten.recipes import RecipeSet
from conda_emscripten.sources import SourceFetcher


@dataclass(frozen=True, kw_only=True)
class Obstacles:
    """The obstacles of the recipes of one project.

    Attributes:
        project: the project.
        recipes: its recipes.
        fetcher: downloads new sources into the cache.
    """

    project: Project
    recipes: RecipeSet
    fetcher: SourceFetcher

    def explain(self, status: Status, outputs: Sequence[Output]) -> Status:
        """A status whose note says what keeps an outdated recipe; other states as they are."""
        newest = status.newest
        if newest.state is not State.OUTDATED or newest.version is None:
            return status
        bump = Bump(
            project=self.project,
            recipes=self.recipes,
            fetcher=self.fetcher,
            outputs=outputs,
            version=newest.version,
            sha256=newest.sha256,
        )
        note = self.of(bump) or "not tried; no known obstacle"
        return replace(status, newest=replace(newest, note=note))

    def of(self, bump: Bump) -> str:
        """The first obstacle of a bump, in one line; "" if none is known."""
        for user, section, name, spec in self._bounds:
            if not allows([spec], bump.version):
                try:
                    provider = self.recipes.provider(user, section, name, [spec])
                except RecipeError:
                    continue
                if provider in bump.outputs:
                    return f"{user.label} requires {spec}"
        folder = bump.outputs[0].folder
        try:
            with os_errors(RecipeError, f"{folder} cannot be read"):
                bump.changed()
        except CondaEmscriptenError as error:
            return error.message.splitlines()[0].replace(f"{folder}: ", "").rstrip(".")
        return ""

    @cached_property
    def _bounds(self) -> list[tuple[Output, str, str, str]]:
        """Output, section, name and spec of each requirement with a version."""
        found = []
        names = self.recipes.names()
        names += [f"bootstrap/{name}" for name in self.recipes.names(BUILD_PLATFORM)]
        for folder in names:
            try:
                outputs = self.recipes.select(folder, everything=True)
            except RecipeError:
                continue  # `recipe lint` says why
            for output in outputs:
                for section in ("build", "host", "run"):
                    for name, specs in output.requirements(section).items():
                        found += [(output, section, name, spec) for spec in specs if " " in spec]
        return found
