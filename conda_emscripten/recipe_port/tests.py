"""How does a ported package test itself?

This module maps the tests of a feedstock: imports stay, files are listed, calls of pytest become
the test of a suite with known failures. Programs are not tested, as static libraries have none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conda_emscripten.recipe_new.new_recipes import KNOWN_FAILURES
from conda_emscripten.recipe_port.evaluate import Notice, Text, line_of
from conda_emscripten.recipe_port.outputs import flat

_FILE_TEST = re.compile(r"""^(?:test|\[+) +-[efds] +["']?\$\{?PREFIX\}?/(?P<path>[^"'\s\]]+)""")
_DROPPED = re.compile(
    r"pip check\b|conda (?:list|inspect)\b|pip list\b|echo\b|test !|set\b|export\b|exit\b"
)
_PYTEST = re.compile(
    r"^(?:(?:\$\{?PYTHON\}?|\$\{\{ PYTHON \}\}|python) -m )?(?:pytest|py\.test)\b(?P<rest>.*)"
)
_PYTHON = re.compile(r"^(?:\$\{?PYTHON\}?|\$\{\{ PYTHON \}\}|python) (?P<rest>.+)")
_WITH_VALUE = frozenset(["-k", "-m", "--ignore", "--deselect", "--ignore-glob"])
_WITH_DROPPED_VALUE = frozenset(
    ["-n", "--cov", "-p", "-r", "-c", "--timeout", "--maxfail", "--durations", "-o"]
)
#: Plugins of pytest that report, distribute or limit time.
_PLUGINS = re.compile(
    r"(pip|pytest|python|pytest-(cov|xdist|timeout|rerunfailures|forked|randomly))( .*)?"
)


@dataclass
class Tests:
    """The tests of a package.

    Attributes:
        notices: what a person must look at; the methods add to it.
        imports: modules.
        contents: files of the package, by the keys of the test ``package_contents``.
        commands: commands that run Python.
        pytest: the arguments of each call of pytest, with its line.
        requires: requirements of the tests, unmapped.
        source: files of the source that the tests need.
        recipe: files of the recipe that the tests need.
    """

    notices: list[Notice]
    imports: list[str] = field(default_factory=list)
    contents: dict[str, list[str]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    pytest: list[Text] = field(default_factory=list)
    requires: list[Text] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)

    def add(self, test: dict[str, Any]) -> None:
        """Add a test of either format."""
        python = test.get("python")
        for each in (test, python) if isinstance(python, dict) else (test,):
            self._once(self.imports, (str(item) for item in flat(each.get("imports"))))
        self._once(self.requires, flat(test.get("requires")))
        requirements = test.get("requirements") or {}
        for section in ("run", "build"):
            self._once(self.requires, flat(requirements.get(section)))
        files = test.get("files")
        own = files if not isinstance(files, dict) else files.get("recipe")
        source = files.get("source") if isinstance(files, dict) else test.get("source_files")
        self._once(self.recipe, (str(item) for item in flat(own)))
        self._once(self.source, (str(item).rstrip("/") for item in flat(source)))
        script = test.get("script")
        if isinstance(script, dict):
            if script.get("interpreter") not in (None, "bash", "sh"):
                self._notice(script, f"the test in {script['interpreter']} is dropped")
                return
            script = script.get("content")
        for command in (*flat(test.get("commands")), *flat(script)):
            for number, line in enumerate(command.splitlines()):
                self._command(Text(line.strip(), command.line + number))
        self._contents(test.get("package_contents"))
        for key in ("downstream", "downstreams", "r", "perl", "ruby"):
            if key in test:
                self._notice(test[key], f"the test {key} is dropped")

    def mapped(self, specs: Callable[[list[Text]], list[str]], *, library: bool) -> list[Any]:
        """The ``tests`` of the recipe.

        Args:
            specs: maps requirements of tests.
            library: whether the package is a static library.
        """
        mapped: list[Any] = []
        if self.imports and not library:
            mapped.append({"python": {"imports": sorted(self.imports)}})
        if self.contents:
            mapped.append({"package_contents": self.contents})
        requires = specs([each for each in self.requires if not _PLUGINS.fullmatch(each)])
        if self.commands and not library:
            test: dict[str, Any] = {}
            if files := self._files(self.source if not self.pytest else [], self.recipe):
                test["files"] = files
            if requires:
                test["requirements"] = {"run": requires}
            script = self.commands[0] if len(self.commands) == 1 else self.commands
            mapped.append({**test, "script": script})
        mapped += [suite for each in self.pytest if (suite := self._suite(each, requires))][:1]
        if library:
            self.notices.append(
                Notice(
                    line=1,
                    message="no test uses the library: add tests/use.c and `link-and-run` "
                    "(docs/recipes.md)",
                    decide=True,
                )
            )
        return mapped

    @property
    def has_suite(self) -> bool:
        """Whether the package runs a suite with known failures."""
        return any(self._suite(each, []) for each in self.pytest)

    def _suite(self, call: Text, requires: list[str]) -> dict[str, Any] | None:
        folders, options = _arguments(call)
        if not self.source:
            self._notice(
                call,
                "the test `pytest` is dropped: list the suite's files of the source",
                decide=True,
            )
            return None
        folders = folders or sorted({each.partition("/")[0] for each in self.source})
        script = " ".join(["run-suite", *folders, *(["--", *options] if options else [])])
        return {
            "files": self._files(self.source, [*self.recipe, KNOWN_FAILURES]),
            "requirements": {"run": sorted([*requires, "pytest-known-failures", "recipe-tests"])},
            "script": script,
        }

    def _command(self, command: Text) -> None:
        if not command or command.startswith("#") or _DROPPED.match(command):
            return
        if "pip check" in command or command.startswith("! "):
            return
        if found := _FILE_TEST.match(command):
            self._file(found["path"])
        elif found := _PYTEST.match(command):
            self._once(self.pytest, [Text(found["rest"].strip(), command.line)])
        elif found := _PYTHON.match(command):
            self._once(self.commands, [f"python {found['rest']}"])
        else:
            self._notice(command, f"the test `{command}` is dropped")

    def _file(self, path: str) -> None:
        """List a file; a shared library is a static one here, which has no version."""
        if path.startswith(("bin/", "share/", "etc/")):
            return
        path = re.sub(r"^(lib/lib[\w+-]+)\.(?:so|dylib)\b.*", r"\1.a", path)
        path = re.sub(r"\$\{?SHLIB_EXT\}?$", ".a", path)
        key, name = ("include", path[8:]) if path.startswith("include/") else ("files", path)
        if "$" not in name:
            self._once(self.contents.setdefault(key, []), [name])

    def _contents(self, contents: Any) -> None:
        for key, items in (contents or {}).items():
            for item in flat(items) if not isinstance(items, dict) else ():
                if key == "lib":
                    stem = item.partition(".")[0]
                    stem = stem if stem.startswith("lib") else f"lib{stem}"
                    self._once(self.contents.setdefault("files", []), [f"lib/{stem}.a"])
                elif key == "files":
                    self._file(item)
                elif key in ("include", "site_packages"):
                    self._once(self.contents.setdefault(key, []), [str(item)])

    @staticmethod
    def _files(source: list[str], recipe: list[str]) -> dict[str, list[str]]:
        files = {"source": source, "recipe": recipe}
        return {key: each for key, each in files.items() if each}

    @staticmethod
    def _once(items: list[Any], new: Any) -> None:
        items += [each for each in dict.fromkeys(new) if each not in items]

    def _notice(self, place: Any, message: str, *, decide: bool = False) -> None:
        notice = Notice(line=line_of(place), message=message, decide=decide)
        if notice not in self.notices:
            self.notices.append(notice)


def _arguments(call: str) -> tuple[list[str], list[str]]:
    """The folders and the kept options of a call of pytest."""
    try:
        words = iter(shlex.split(call))
    except ValueError:
        return [], []
    folders, options = [], []
    for word in words:
        name, equals, _ = word.partition("=")
        if name in _WITH_VALUE:
            options += [word if equals else f"{word} {shlex.quote(next(words, ''))}"]
        elif word in _WITH_DROPPED_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            folders.append(word)
    return folders, options
