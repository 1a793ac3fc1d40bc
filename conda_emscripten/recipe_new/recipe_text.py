"""How is a recipe written?

This module writes ``recipe.yaml`` in the order and the style of the recipes in this channel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: Texts that YAML 1.1 or 1.2 reads as something other than themselves.
_PLAIN = re.compile(r"[A-Za-z0-9_$./][^\n\"'\\]*")
_SPECIAL = re.compile(r": |:$| #|^[\d.]+$|^(true|false|yes|no|on|off|null|~)$", re.IGNORECASE)

WIDTH = 120


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A package's own tests.

    Attributes:
        source: paths in the source that the tests need.
        requirements: packages beside those of the package.
        script: the call of ``run-suite``.
    """

    source: Sequence[str]
    requirements: Sequence[str]
    script: str


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a ``recipe.yaml`` says.

    Attributes:
        name: the package.
        version: the version, as in the name of the source.
        url: the source's canonical URL, with ``${{ version }}``.
        sha256: of the source.
        crates: whether crates may follow the source, in a list.
        noarch: whether the package is ``noarch: python``.
        tool: whether the recipe is one of the build platform's, in ``channel/bootstrap/``.
        script: the lines of the build script; empty if there is a ``build.sh``.
        entry_points: scripts of a noarch package.
        skip: the condition of ``skip``.
        build: packages of the build environment; compilers as ``compiler('c')``.
        cross_python: whether Python of the build environment builds for the target.
        host: packages of the host environment.
        run: packages of the run environment.
        run_exports: weak run_exports.
        static: packages in ``host`` that are linked statically.
        todo: what a person has to decide, one sentence each.
        imports: modules that the test imports.
        contents: files of the package, by the keys of the test ``package_contents``.
        link_test: pkg-config's name and the program of the test ``link-and-run``, or None.
        suite: the package's own tests, or None.
        suite_problem: why the suite is not run; it is then written as a comment.
    """

    name: str
    version: str
    url: str
    sha256: str
    crates: bool = False
    noarch: bool = False
    tool: bool = False
    script: Sequence[str] = ()
    entry_points: Sequence[str] = ()
    skip: str = ""
    build: Sequence[str] = ()
    cross_python: bool = False
    host: Sequence[str] = ()
    run: Sequence[str] = ()
    run_exports: Sequence[str] = ()
    static: Sequence[str] = ()
    todo: Sequence[str] = ()
    imports: Sequence[str] = ()
    contents: dict[str, Sequence[str]] = field(default_factory=dict)
    link_test: tuple[str, str] | None = None
    suite: Suite | None = None
    suite_problem: str = ""
    homepage: str = ""
    licence: str = ""
    licence_files: Sequence[str] = ()
    summary: str = ""
    maintainers: Sequence[str] = ()

    @property
    def label(self) -> str:
        """The name on the command line."""
        return f"bootstrap/{self.name}" if self.tool else self.name

    @property
    def folder(self) -> str:
        """The folder in the checkout."""
        return f"channel/{self.label}" if self.tool else f"recipes/{self.name}"

    def to_yaml(self) -> str:
        """The text of ``recipe.yaml``."""
        lines = [
            "context:",
            f"  version: {json.dumps(self.version)}",
            "",
            "package:",
            f"  name: {scalar(self.name)}",
            "  version: ${{ version }}",
            "",
            *self._source(),
            "",
            "build:",
            "  number: 0",
            *self._build(),
            "",
            *self._requirements(),
            *self._tests(),
            "",
            "about:",
            *self._about(),
        ]
        if self.maintainers:
            lines += ["", "extra:", *_list("recipe-maintainers", self.maintainers, indent=2)]
        return "\n".join(lines) + "\n"

    def _source(self) -> list[str]:
        if not self.crates:
            return ["source:", f"  url: {self.url}", f"  sha256: {self.sha256}"]
        return [
            f"# The crates that are not in the sdist: conda-emscripten recipe crates {self.name}",
            "source:",
            f"  - url: {self.url}",
            f"    sha256: {self.sha256}",
        ]

    def _build(self) -> list[str]:
        lines = []
        if self.noarch:
            lines.append("  noarch: python")
        elif self.tool:
            lines += ["  dynamic_linking:", "    binary_relocation: false"]
        if self.skip:
            lines.append(f"  skip: {self.skip}")
        if self.entry_points:
            lines += ["  python:", *_list("entry_points", self.entry_points, indent=4)]
        if len(self.script) == 1:
            lines.append(f"  script: {self.script[0]}")
        elif self.script:
            lines += ["  script:", *(f"    - {line}" for line in self.script)]
        return lines

    def _requirements(self) -> list[str]:
        lines = []
        cross = [
            "    - if: build_platform != host_platform",
            "      then:",
            "        - python",
            "        - cross-python_${{ host_platform }}",
        ]
        if self.build or self.cross_python:
            lines += _list("build", [_expression(each) for each in self.build], indent=2)
            lines += cross if self.cross_python else []
        if self.host or self.todo:
            lines += _list("host", self.host, indent=2) if self.host else ["  host:"]
            lines += [f"    # TODO: {each}" for each in self.todo]
        if self.run:
            lines += _list("run", self.run, indent=2)
        if self.run_exports:
            lines += ["  run_exports:", *_list("weak", self.run_exports, indent=4)]
        if self.static:
            lines += ["  # Linked statically.", "  ignore_run_exports:"]
            lines += _list("from_package", self.static, indent=4)
        return ["requirements:", *lines, ""] if lines else []

    def _tests(self) -> list[str]:
        lines = []
        if self.imports:
            lines += ["  - python:", *_list("imports", self.imports, indent=6)]
        if self.contents:
            lines.append("  - package_contents:")
            for key, files in self.contents.items():
                lines += _list(key, files, indent=6)
        if self.link_test:
            library, program = self.link_test
            lines += [
                f"  - files: {{recipe: [{program}]}}",
                "    requirements:",
                "      build:",
                "        - ${{ compiler('c') }}",
                "        - pkg-config",
                "        - recipe-tests",
                f"    script: link-and-run {library} {program}",
            ]
        head = "tests:" if lines or (self.suite and not self.suite_problem) else "tests: []"
        return [head, *lines, *self._suite()]

    def _suite(self) -> list[str]:
        if not self.suite:
            return []
        known = "recipe: [tests/known_failures.txt]"
        lines = [
            f"- files: {{source: {_flow(self.suite.source)}, {known}}}",
            f"  requirements: {{run: {_flow(self.suite.requirements)}}}",
            f"  script: {self.suite.script}",
        ]
        if self.suite_problem:
            return [f"  # TODO: {self.suite_problem}", *(f"  # {line}" for line in lines)]
        return [f"  {line}" for line in lines]

    def _about(self) -> list[str]:
        lines = []
        if self.homepage:
            lines.append(f"  homepage: {self.homepage}")
        lines.append(f"  license: {scalar(self.licence)}")
        if len(self.licence_files) == 1:
            lines.append(f"  license_file: {scalar(self.licence_files[0])}")
        elif self.licence_files:
            lines.append(f"  license_file: {_flow(self.licence_files)}")
        lines.append(f"  summary: {scalar(self.summary)}" if self.summary else "  # TODO: summary")
        return lines


def scalar(text: str) -> str:
    """``text`` as a scalar of YAML, with quotes only where they are needed."""
    if _PLAIN.fullmatch(text) and not _SPECIAL.search(text):
        return text
    return json.dumps(text, ensure_ascii=False)


def _expression(package: str) -> str:
    return f"${{{{ {package} }}}}" if "(" in package else package


def _list(key: str, items: Iterable[str], *, indent: int) -> list[str]:
    space = " " * indent
    return [f"{space}{key}:", *(f"{space}  - {_item(item)}" for item in items)]


def _item(text: str) -> str:
    return text if text.startswith("${{") else scalar(text)


def _flow(items: Iterable[str]) -> str:
    quoted = (json.dumps(each) if re.search(r"[,\[\]{}]", each) else scalar(each) for each in items)
    return f"[{', '.join(quoted)}]"
