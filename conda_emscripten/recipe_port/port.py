"""How does a feedstock become a folder of ``recipes/``?

This module evaluates the feedstock's recipe for this platform, applies the mapping of
``docs/porting.md``, and writes the folder. The folder is complete or absent.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conda_emscripten.errors import RecipeError, UsageError
from conda_emscripten.files import os_errors
from conda_emscripten.project import Project
from conda_emscripten.recipe_new.new_recipes import KNOWN_FAILURES, KNOWN_FAILURES_TEXT
from conda_emscripten.recipe_port.evaluate import EDIT_COPY, Evaluator, Notice, Text, line_of
from conda_emscripten.recipe_port.feedstock import Feedstock, read_text
from conda_emscripten.recipe_port.outputs import Merged, flat, merge
from conda_emscripten.recipe_port.recipe_yaml import Quoted, dump, plain
from conda_emscripten.recipe_port.requirements import RequirementRules
from conda_emscripten.recipe_port.scripts import port_lines, port_script
from conda_emscripten.recipe_port.sources import SourceRules
from conda_emscripten.recipe_port.tests import Tests
from conda_emscripten.recipes import RecipeSet

#: Names of variant files and of conda-forge's pinning, with their values for a page.
_VARIANT = {
    "mpi": "nompi",
    "blas_impl": "openblas",
    "cuda_compiler": "None",
    "cuda_compiler_version": "None",
    "with_icu": "no",
    "qt_version": "",
    "c_compiler": "emscripten",
    "cxx_compiler": "emscripten",
    "python_impl": "cpython",
    "SHLIB_EXT": ".a",
}
_SKIP = 'host_platform != "emscripten-wasm32"'


@dataclass
class Port:
    """The port of one feedstock.

    Attributes:
        project: the project that gets the recipe.
        feedstock: the feedstock.
        notices: what a person must look at.
        name: the package; known after ``write`` or ``files``.
    """

    project: Project
    feedstock: Feedstock
    notices: list[Notice] = field(default_factory=list)
    name: str = ""
    _files: dict[str, bytes] = field(default_factory=dict)

    def write(self) -> Path:
        """Write the folder.

        Returns:
            The folder.

        Raises:
            UsageError: see ``files``; or the folder exists or cannot be written.
            RecipeError: see ``files``; or the result does not render.
        """
        files = self.files()
        folder = self.project.recipes_dir / self.name
        if folder.exists():
            raise UsageError(
                f"{folder} exists.",
                help="Merge the changes of the feedstock with --update, or remove the folder to "
                "port the feedstock anew.",
            )
        try:
            with os_errors(UsageError, f"{folder}: the recipe cannot be written"):
                for name, content in files.items():
                    file = folder / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
            check(self.project, self.name, self.feedstock.recipe_path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return folder

    def files(self) -> dict[str, bytes]:
        """The files of the folder, by path; none is written.

        Raises:
            UsageError: a file of the feedstock is not text.
            RecipeError: the recipe cannot be evaluated, or a patch does not fit.
        """
        text = self._recipe()
        return {**self._files, "recipe.yaml": text.encode()}

    def report(self) -> Iterator[str]:
        """The notices, ``file:line: message``."""
        for notice in sorted(set(self.notices)):
            yield f"{self.feedstock.recipe_path}:{notice.line}: {notice.message}"

    def _recipe(self) -> str:
        """The text of the recipe; the files beside it are collected."""
        path = self.feedstock.recipe_path
        python = self.project.abi.python
        variant = {**_VARIANT, "py": int(python.replace(".", "")), "python": python}
        evaluator = Evaluator(
            path=path, variant={**variant, "python_min": python}, notices=self.notices
        )
        evaluator.add_names(evaluator.variants(self.feedstock.variants))
        text = read_text(self.feedstock.recipe)
        tree = evaluator.v1(text) if self.feedstock.is_v1 else evaluator.v0(text)
        merged = merge(tree, path, self.feedstock.name, self.notices)
        self.name = str(merged.part.name)
        if not re.fullmatch(r"[a-z0-9_][a-z0-9_.-]*", self.name):
            raise RecipeError(
                f"{path}:{line_of(merged.part.name)}: {self.name!r} is not the name of a package.",
                help="Correct the recipe.",
            )
        sections = self._sections(merged, evaluator)
        if notice := self.feedstock.licence:
            self._files["LICENSE.feedstock"] = notice.encode()
        return self._head() + "\n".join(dump({key: each}) for key, each in sections.items() if each)

    def _sections(self, merged: Merged, evaluator: Evaluator) -> dict[str, Any]:
        part = merged.part
        noarch = part.build.get("noarch")
        rules = RequirementRules(
            project=self.project,
            name=self.name,
            siblings=merged.siblings,
            noarch=bool(noarch),
            notices=self.notices,
        )
        requirements = rules.mapped(part.requirements)
        library = not noarch and rules.is_library(requirements)
        tests = Tests(self.notices)
        for test in part.tests:
            tests.add(test)
        mapped_tests = tests.mapped(rules.specs, library=library)
        self._test_files(tests)
        about = {key: plain(each) for key, each in part.about.items()}
        extra = {"recipe-maintainers": merged.maintainers} if merged.maintainers else {}
        return {
            "context": {"version": Quoted(part.version)},
            "package": {"name": self.name, "version": "${{ version }}"},
            "source": self._sources(merged),
            "build": self._build(merged, evaluator, library=library),
            "requirements": requirements,
            "tests": mapped_tests,
            "about": about,
            "extra": extra,
        }

    def _head(self) -> str:
        origin = f"# Ported from {self.feedstock.origin}"
        lines = [origin + (f", commit {self.feedstock.commit}." if self.feedstock.commit else ".")]
        if self.feedstock.licence:
            lines.append(
                "# LICENSE.feedstock is the licence of the ported recipe, not of the package."
            )
        decisions = [each.message for each in sorted(set(self.notices)) if each.decide]
        return "\n".join([*lines, *(f"# TODO: {each}" for each in dict.fromkeys(decisions))]) + "\n"

    def _build(self, merged: Merged, evaluator: Evaluator, *, library: bool) -> dict[str, Any]:
        build = merged.part.build
        for key in ("skip", "string"):
            if build.get(key) and (key == "string" or not self._is_false(build[key], evaluator)):
                message = f"build/{key} is dropped: the feedstock says `{plain(build[key])}`"
                self.notices.append(Notice(line=line_of(build[key]), message=message))
        number = str(build.get("number") or 0)
        mapped: dict[str, Any] = {"number": int(number) if number.isdigit() else 0}
        if build.get("noarch"):
            mapped["noarch"] = str(build["noarch"])
        if library:
            mapped["skip"] = _SKIP
        if isinstance(build.get("python"), dict) and build["python"].get("entry_points"):
            mapped["python"] = {"entry_points": plain(build["python"]["entry_points"])}
        if script := self._script(merged, library=library):
            mapped["script"] = script
        return mapped

    @staticmethod
    def _is_false(condition: Any, evaluator: Evaluator) -> bool:
        """Whether a value of ``skip`` is false; v1 has expressions."""
        if isinstance(condition, bool):
            return not condition
        return not any(evaluator.condition(each, each.line) for each in flat(condition))

    def _script(self, merged: Merged, *, library: bool) -> Any:
        """The lines of ``build/script``; files are copied."""
        scripts = [*merged.scripts]
        if not scripts and self.feedstock.file("build.sh"):
            scripts = [Text("build.sh")]
        lines: list[str] = []
        names: list[str] = []
        env: dict[str, str] = {}
        for script in scripts:
            content = script
            if isinstance(script, dict):
                if script.get("secrets"):
                    message = "build/script/secrets is dropped"
                    notice = Notice(line=line_of(script), message=message, decide=True)
                    self.notices.append(notice)
                env |= {str(key): str(each) for key, each in (script.get("env") or {}).items()}
                content = script.get("content") or script.get("file")
            for line in (each for item in flat(content) for each in item.strip().splitlines()):
                if found := re.fullmatch(
                    r"(?:bash )?(?:\$\{?RECIPE_DIR\}?/)?(?P<name>[\w./-]+\.sh)", line.strip()
                ):
                    names.append(found["name"])
                elif re.search(r"\.bat\b", line):
                    continue
                elif line not in lines:
                    lines.append(line)
        names = list(dict.fromkeys(names))
        for name in names:
            self._copy_script(name, library=library)
        noarch = merged.part.build.get("noarch")
        lines = [_isolated(line) for line in port_lines(lines)]
        lines = [line if noarch else line.replace("${{ PYTHON }}", "$PYTHON") for line in lines]
        if names == ["build.sh"] and not lines and not env:
            return None  # the default
        calls = [f"bash $RECIPE_DIR/{name}" for name in names]
        if len(calls) > 1 or (calls and lines):
            message = f"the scripts {', '.join(names)} run in this order: check it"
            self.notices.append(Notice(line=1, message=message, decide=True))
        script = [*calls, *lines]
        content = script[0] if len(script) == 1 else script
        return {"env": env, "content": content} if env else content

    def _copy_script(self, name: str, *, library: bool) -> None:
        file = self.feedstock.file(name)
        if not file:
            raise RecipeError(
                f"{self.feedstock.recipe_path}:1: the feedstock has no file {name}.",
                help="Add the file beside the recipe.",
            )
        path = (Path(self.feedstock.recipe_path).parent / name).as_posix()
        text = port_script(read_text(file), path, self.notices, library=library)
        self._files[name] = text.encode()

    def _test_files(self, tests: Tests) -> None:
        if tests.has_suite:
            self._files[KNOWN_FAILURES] = KNOWN_FAILURES_TEXT.encode()
        for name in tests.recipe if tests.commands or tests.has_suite else ():
            if file := self.feedstock.file(name):
                self._files[name] = file.read_bytes()

    def _sources(self, merged: Merged) -> Any:
        rules = SourceRules(self.project, self.feedstock, self.notices)
        mapped = rules.mapped(merged.sources, merged.part.version)
        self._files |= rules.patches
        return mapped


def check(project: Project, name: str, feedstock: str) -> None:
    """Render a ported recipe.

    Args:
        project: the project of the recipe.
        name: the recipe.
        feedstock: the path of the recipe in the feedstock.

    Raises:
        RecipeError: the recipe does not render.
    """
    try:
        RecipeSet(project).select(name)
    except RecipeError as error:
        reason = error.message.removeprefix(f"{project.recipes_dir / name / 'recipe.yaml'}: ")
        raise RecipeError(
            f"{feedstock}: the ported recipe does not render: {reason}", help=EDIT_COPY
        ) from error


def _isolated(line: str) -> str:
    """A call of pip that neither fetches the requirements of the run nor those of the build."""
    if not re.search(r"-m pip install (?:\S+ )*\.(?: |$)", line):
        return line
    flags = ("--no-deps", "--no-build-isolation")
    return " ".join([line, *(each for each in flags if each not in line)])
