"""Which static keys did earlier versions of the engine give to recipes?

Earlier versions built all outputs of a recipe folder together, and had one static key for a folder.
Build caches have entries with these keys (``earlier_builds``). The keys of ``RecipeSet.static_key``
are by output, and differ for all that needs a folder with several outputs.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from conda_emscripten.errors import RecipeError
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet, digest


class FolderKeys:
    """The static keys of earlier versions, which had one key for all outputs of a folder.

    The keys are not those of earlier versions for a folder with ``path:`` sources and several
    outputs, which numbered the sources of all outputs.

    Attributes:
        recipes: the recipes.
    """

    def __init__(self, recipes: RecipeSet) -> None:
        self.recipes = recipes
        self._outputs: dict[str, Sequence[Output]] = {}
        self._keys: dict[tuple[str, bool], str] = {}
        self._open: set[tuple[str, bool]] = set()
        self._lock = threading.Lock()

    def static_key(self, output: Output) -> str:
        """The static key of the folder that makes ``output``.

        Raises:
            RecipeError: see ``RecipeSet.dependencies``; or folders need each other, which was
                an error when all outputs of a folder were built together.
        """
        with self._lock:  # what one thread computes is no cycle for another
            return self._key(_label(output), tests=True)

    def outputs(self, label: str) -> Sequence[Output]:
        """The outputs of the folder ``label``, such as ``zlib`` or ``bootstrap/zlib``.

        Raises:
            RecipeError: the recipe cannot be rendered.
        """
        if label not in self._outputs:
            self._outputs[label] = self.recipes.select(label, everything=True)
        return self._outputs[label]

    def _key(self, label: str, *, tests: bool) -> str:
        """``static_key``. Without ``tests``, it is the part that dependents include."""
        if (label, tests) not in self._keys:
            if (label, tests) in self._open:
                raise RecipeError(
                    f"The outputs of {label} need each other through other recipes.",
                    help="A folder like this has no key of an earlier version.",
                )
            self._open.add((label, tests))
            outputs = self.outputs(label)
            dependencies = self._dependencies(label, tests=tests)
            self._keys[label, tests] = digest(
                {
                    **self.recipes.engine_and_variant(outputs[0]),
                    "files": self._files(outputs, tests=tests),
                    "variants": [dict(sorted(each.rendered.variant.items())) for each in outputs],
                    "dependencies": sorted(self._key(each, tests=False) for each in dependencies),
                }
            )
        return self._keys[label, tests]

    def _files(self, outputs: Sequence[Output], *, tests: bool) -> dict[str, object]:
        files: dict[str, object] = {}
        for output in outputs:
            files |= self.recipes.files(output)
        if tests:
            return files
        built = {
            name: files[name]
            for name in files
            if name != "0/recipe.yaml" and not name.startswith("0/tests/")
        }
        recipe = [
            {key: value for key, value in output.content.items() if key not in ("tests", "about")}
            for output in outputs
        ]
        return {**built, "recipe": recipe}

    def _dependencies(self, label: str, *, tests: bool) -> set[str]:
        outputs = self.outputs(label)
        own = {output.name for output in outputs}
        makers: set[Output | None] = set()
        tools: set[str] = set()
        for output in outputs:
            if not output.bootstrap:
                tools |= output.noarch_tools - own
        for output in outputs:
            for name in output.requirements("build").keys() - own:
                makers.add(self.recipes.provider(output, "build", name))
            for name in output.requirements("host").keys() - own:
                if name not in tools:
                    makers.add(self.recipes.provider(output, "run", name))
                elif output.noarch:
                    makers.add(self.recipes.provider(output, "host", name))
            sections = ["run", "run_exports", *(["test"] if tests else [])]
            for name in output.requirements(*sections).keys() - own:
                makers.add(self.recipes.provider(output, "run", name))
        return {_label(maker) for maker in makers if maker} - {label}


def _label(output: Output) -> str:
    """The name of an output's folder, in the form of ``RecipeSet.select``."""
    return f"bootstrap/{output.folder.name}" if output.bootstrap else output.folder.name
