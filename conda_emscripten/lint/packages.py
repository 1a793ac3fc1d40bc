"""How are the packages of a channel checked?"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from conda_emscripten.channel import read_records, require_channel
from conda_emscripten.conda_package import DamagedPackageError, Package, read_package
from conda_emscripten.errors import UsageError
from conda_emscripten.lint.findings import Finding, check
from conda_emscripten.lint.package_rules import RULES, BuiltPackage
from conda_emscripten.project import BUILD_PLATFORM, TARGET_PLATFORM
from conda_emscripten.wasm_module import MAGIC, WasmError, read_module

#: The code of a package that cannot be read.
UNREADABLE = "P100"

#: The package with the interpreter of pages.
_INTERPRETER = "pyodide-core"
_SUBDIRS = (TARGET_PLATFORM, "noarch")
#: Emscripten's glue: the object of the functions in JavaScript that modules can import.
_JAVASCRIPT_FUNCTIONS = re.compile(r"\bwasmImports\s*=\s*\{([^}]*)\}")


@dataclass(frozen=True)
class ChannelLinter:
    """Checks packages of a channel on this machine.

    Attributes:
        folder: the channel.
        tools: a channel with the build platform's tools, which packages may depend on, or None.
    """

    folder: Path
    tools: Path | None = None

    def lint(self, names: Collection[str] = ()) -> Iterator[Finding]:
        """Yield the findings of the packages with the names; without names, of all.

        Raises:
            ChannelError: there is no channel in the folder.
            UsageError: the channel has no package of a name.
        """
        require_channel(self.folder)
        if missing := sorted(set(names) - set(self._files)):
            raise UsageError(
                f"{self.folder} has no package {missing[0]}.",
                help="Build it: conda-emscripten build NAME.",
            )
        for name in sorted(names or self._files):
            for file in self._files[name]:
                path = file.relative_to(self.folder).as_posix()
                try:
                    package = read_package(file)
                except DamagedPackageError as error:
                    yield Finding(path=path, line=1, code=UNREADABLE, message=str(error))
                    continue
                built = BuiltPackage(
                    package=package,
                    names=self._names,
                    functions=self._functions_for(package),
                )
                yield from sorted(check(path, built, RULES))

    @cached_property
    def _names(self) -> frozenset[str]:
        names = set(self._files)
        if self.tools:
            for subdir in (BUILD_PLATFORM, "noarch"):
                names |= {str(each["name"]) for each in read_records(self.tools / subdir).values()}
        return frozenset(names)

    @cached_property
    def _files(self) -> Mapping[str, Sequence[Path]]:
        """Name -> the packages of that name."""
        files: dict[str, list[Path]] = defaultdict(list)
        for subdir in _SUBDIRS:
            if (self.folder / subdir).is_dir():
                for file, record in read_records(self.folder / subdir).items():
                    files[str(record["name"])].append(self.folder / subdir / file)
        return dict(files)

    def _functions_for(self, package: Package) -> Mapping[str, frozenset[str]]:
        """``BuiltPackage.functions`` of a package: those of all its dependencies together."""
        if not self._interpreter or not any(".so" in path for path in package.files):
            return {}
        functions = {name: set(types) for name, types in self._interpreter.items()}
        seen = {str(package.index["name"])}
        queue = [str(spec).split()[0] for spec in package.index.get("depends", [])]
        while queue:
            name = queue.pop()
            if name in seen:
                continue
            seen.add(name)
            depends, exports = self._exports(name)
            queue += depends
            for function, type_ in exports:
                functions.setdefault(function, set()).add(type_)
        return {name: frozenset(types) for name, types in functions.items()}

    @cached_property
    def _interpreter(self) -> Mapping[str, frozenset[str]]:
        """The functions of pages' interpreter; empty if the channel does not have it."""
        functions: dict[str, set[str]] = defaultdict(set)
        for file in self._files.get(_INTERPRETER, ()):
            for path, content in read_package(file).files.items():
                if path.endswith(".wasm"):
                    for name, type_ in read_module(content.content).exports.items():
                        functions[name].add(type_)
                elif path.endswith("asm.mjs"):
                    found = _JAVASCRIPT_FUNCTIONS.search(content.content.decode())
                    for name in re.findall(r"([\w$]+)\s*:", found[1] if found else ""):
                        functions[name].add("")
        return {name: frozenset(types) for name, types in functions.items()}

    def _exports(self, name: str) -> tuple[list[str], list[tuple[str, str]]]:
        """The dependencies of a package by name, and the functions of its shared libraries."""
        if name not in self._exported:
            depends: list[str] = []
            functions: list[tuple[str, str]] = []
            for file in self._files.get(name, ()):
                try:
                    package = read_package(file)
                except DamagedPackageError:
                    continue  # has a finding of its own
                depends += [str(spec).split()[0] for spec in package.index.get("depends", [])]
                for path, content in package.files.items():
                    if ".so" in path and content.content.startswith(MAGIC):
                        try:
                            functions += read_module(content.content).exports.items()
                        except WasmError:
                            continue
            self._exported[name] = depends, functions
        return self._exported[name]

    @cached_property
    def _exported(self) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
        return {}
