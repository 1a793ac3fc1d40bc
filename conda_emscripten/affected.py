"""Which outputs does a change of the project's files affect?

This module compares the static keys of all outputs with those at an earlier commit. A key also has
the keys of the dependencies, so the outputs that depend on a changed one differ as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conda_emscripten.errors import CondaEmscriptenError, RecipeError
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM, Project
from conda_emscripten.recipe import Output
from conda_emscripten.recipes import RecipeSet, digest
from conda_emscripten.revision import Revision

Reason = Literal["new", "changed", "dependency", "engine"]

#: What the keys have of the project's own sources, in a checkout of this repository.
_ENGINE = {
    "conda_emscripten/recipes.py": re.compile(r"^ENGINE_VERSION = .*$", re.MULTILINE),
    "pyproject.toml": re.compile(r'"py-rattler-build==[^"]*"'),
}


@dataclass(frozen=True, kw_only=True)
class AffectedOutput:
    """An output whose static key differs.

    Attributes:
        output: the output, with the present files.
        static_key: its present key.
        reason: ``new``: the commit has no such output that can be read. ``changed``: a file or the
            variant differs. ``dependency``: only dependencies differ. ``engine``: the builds of
            all recipes differ.
        because: the affected direct dependencies, in build order.
        level: the length of the longest chain of affected outputs that must be done before.
    """

    output: Output
    static_key: str
    reason: Reason
    because: tuple[Output, ...]
    level: int


@dataclass(frozen=True, kw_only=True)
class Share:
    """Outputs of one level that one machine builds.

    Attributes:
        outputs: the outputs.
        key: a hash of their static keys, 64 hexadecimal digits.
    """

    outputs: tuple[AffectedOutput, ...]
    key: str


@dataclass(frozen=True, kw_only=True)
class Affected:
    """The difference between a commit and the present files.

    Attributes:
        since: the commit, 40 hexadecimal digits.
        outputs: the affected outputs, dependencies first.
        removed: the labels of the outputs that only the commit has.
        errors: the errors of present recipes that cannot be read, by label.
    """

    since: str
    outputs: tuple[AffectedOutput, ...]
    removed: tuple[str, ...]
    errors: Mapping[str, CondaEmscriptenError]

    def levels(self) -> list[list[AffectedOutput]]:
        """The affected outputs by level. The outputs of one level do not need each other."""
        levels: list[list[AffectedOutput]] = []
        for each in sorted(self.outputs, key=lambda each: each.level):
            if each.level == len(levels):
                levels.append([])
            levels[each.level].append(each)
        return levels

    def shares(self, machines: int) -> list[list[Share]]:
        """Each level, divided among at most ``machines`` machines.

        Compiled outputs take the longest, so each machine gets the same number of them.
        """
        shares = []
        for level in self.levels():
            order = sorted(level, key=lambda each: not each.output.requirements("build"))
            parts = [order[number::machines] for number in range(min(machines, len(order)))]
            shares.append(
                [
                    Share(outputs=tuple(part), key=digest([each.static_key for each in part]))
                    for part in parts
                ]
            )
        return shares


@dataclass(frozen=True, kw_only=True)
class _Keys:
    """The outputs of a project, with what is compared.

    Attributes:
        recipes: the recipes.
        outputs: the outputs by label, dependencies first.
        errors: the errors of recipes that cannot be read, by label.
    """

    recipes: RecipeSet
    outputs: Mapping[str, Output]
    errors: Mapping[str, CondaEmscriptenError]

    @classmethod
    def of(cls, project: Project, *, bootstrap: bool) -> _Keys:
        recipes = RecipeSet(project, bootstrap=bootstrap)
        errors: dict[str, CondaEmscriptenError] = {}
        found: dict[str, Output] = {}
        for name in _names(recipes):
            try:
                outputs = recipes.select(name, everything=True)
            except RecipeError as error:
                errors[name] = error
                continue
            for output in outputs:
                try:
                    order = recipes.in_build_order([output])
                except RecipeError as error:
                    errors[output.label] = error
                else:
                    found |= {each.label: each for each in order if each.label not in found}
        return cls(recipes=recipes, outputs=found, errors=errors)

    def own(self, label: str) -> str:
        """A hash of the output's own inputs, without those of its dependencies."""
        output = self.outputs[label]
        files = output.with_tests(self.recipes.files(output))
        return digest({**self.recipes.engine_and_variant(output), "files": files})


def affected(revision: Revision, *, bootstrap: bool = True) -> Affected:
    """Compare the present files of a project with those of a commit.

    Args:
        revision: the commit.
        bootstrap: as for ``RecipeSet``.

    Raises:
        UsageError: git cannot read the commit.
    """
    now = _Keys.of(revision.project, bootstrap=bootstrap)
    with revision.checked_out() as project:
        if project is None:
            return _compare(now, {}, {}, revision.commit, engine=False)
        then = _Keys.of(project, bootstrap=bootstrap)
        keys = {label: then.recipes.static_key(each) for label, each in then.outputs.items()}
        own = {label: then.own(label) for label in then.outputs}
        engine = _engine(project.root) != _engine(revision.project.root)
    return _compare(now, keys, own, revision.commit, engine=engine)


def everything(project: Project, *, bootstrap: bool = True) -> Affected:
    """All outputs of a project as new ones, by levels; ``since`` is empty.

    Args:
        project: the project.
        bootstrap: as for ``RecipeSet``.
    """
    return _compare(_Keys.of(project, bootstrap=bootstrap), {}, {}, "", engine=False)


def _compare(
    now: _Keys, keys: Mapping[str, str], own: Mapping[str, str], since: str, *, engine: bool
) -> Affected:
    """The difference between ``now`` and earlier keys; both mappings are by label."""
    found: dict[Output, AffectedOutput] = {}
    before: dict[Output, int] = {}
    for label, output in now.outputs.items():
        needed = now.recipes.needs(output)
        level = max((before[each] + (each in found) for each in needed), default=0)
        before[output] = level
        key = now.recipes.static_key(output)
        reason: Reason
        if label not in keys:
            reason = "new"
        elif own[label] != now.own(label):
            reason = "changed"
        elif key != keys[label]:
            reason = "dependency"
        elif engine:
            reason = "engine"
        else:
            continue
        direct = now.recipes.dependencies(output)
        found[output] = AffectedOutput(
            output=output,
            static_key=key,
            reason=reason,
            because=tuple(each for each in found if each in direct),
            level=level,
        )
    return Affected(
        since=since,
        outputs=tuple(found.values()),
        removed=tuple(sorted(keys.keys() - now.outputs.keys() - now.errors.keys())),
        errors=now.errors,
    )


def _names(recipes: RecipeSet) -> Sequence[str]:
    tools = [f"bootstrap/{name}" for name in recipes.names(BUILD_PLATFORM)]
    return [*recipes.names(TARGET_PLATFORM), *tools]


def _engine(root: Path) -> list[str]:
    """What the sources of this repository say about the engine; empty in other projects."""
    files = {root / name: pattern for name, pattern in _ENGINE.items()}
    return [
        text
        for file, pattern in files.items()
        if file.is_file()
        for text in pattern.findall(file.read_text())
    ]
