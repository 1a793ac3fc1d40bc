"""Which rules do built packages keep?

No build system of the field checks built packages for WebAssembly. ``docs/reference/lint.md`` lists
the rules. A finding has no line: it is always 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from conda_emscripten.conda_package import Package
from conda_emscripten.lint.findings import Breach, Rule
from conda_emscripten.wasm_module import MAGIC, WasmError, WasmModule, read_module

_ABI = "emscripten-abi"
_SIDE_MODULE = re.compile(r"\.so(?:\.[\d.]+)?$")
#: Names that the dynamic linker or the C++ runtime of Emscripten makes when it loads a module.
_MADE_BY_LINKER = re.compile(
    r"invoke_\w+|__(?:memory|table)_base(?:32)?|__stack_pointer|__dso_handle"
)
#: Where packages keep the files of their tests.
_TEST_FILES = "etc/conda/test-files/"
#: Python takes a compiled file's path from where the file is; pip notes where it installed from.
_HARMLESS = (".pyc", ".dist-info/direct_url.json")
#: Folders of the build machine: rattler-build's work folders and placeholders of its prefixes.
_BUILD_FOLDER = re.compile(rb"[\w./-]*/(?:rattler-build_|conda-bld/)[\w./-]*")


@dataclass(frozen=True, kw_only=True)
class BuiltPackage:
    """A package of a channel, with what its modules can use.

    Attributes:
        package: the package.
        names: of all packages in the channel and in the channels beside it.
        functions: name -> types of the functions that the interpreter and the dependencies have, as
            in ``WasmModule.exports``; the type is "" for functions in JavaScript. Empty if the
            channel has no interpreter: then imports are not checked.
    """

    package: Package
    names: frozenset[str]
    functions: Mapping[str, frozenset[str]]

    @cached_property
    def side_modules(self) -> dict[str, WasmModule | WasmError]:
        """Path -> the module of each shared library and extension, or why it cannot be read."""
        modules: dict[str, WasmModule | WasmError] = {}
        for path, file in self.package.files.items():
            if _SIDE_MODULE.search(path) and not path.startswith(_TEST_FILES):
                try:
                    modules[path] = read_module(file.content)
                except WasmError as error:
                    modules[path] = error
        return modules

    @cached_property
    def sound_modules(self) -> dict[str, WasmModule]:
        """The side modules that can be read."""
        found = self.side_modules.items()
        return {path: module for path, module in found if isinstance(module, WasmModule)}

    @property
    def depends(self) -> list[str]:
        """The names of the dependencies."""
        return [str(spec).split()[0] for spec in self.package.index.get("depends", [])]


def _side_modules_are_wasm(built: BuiltPackage) -> Iterator[Breach]:
    for path, module in built.side_modules.items():
        if isinstance(module, WasmError):
            yield Breach(1, f"{path} is no WebAssembly module: {module}")
        elif not module.dynamic:
            yield Breach(1, f"{path} has no section dylink.0: link it with -sSIDE_MODULE")


def _wasm_depends_on_the_abi(built: BuiltPackage) -> Iterator[Breach]:
    if (
        built.package.index.get("subdir") != "emscripten-wasm32"
        or built.package.index["name"] == _ABI
    ):
        return
    files = built.package.files.items()
    wasm = [path for path, file in files if file.content.startswith(MAGIC)]
    if wasm and _ABI not in built.depends:
        yield Breach(1, f"{wasm[0]} is WebAssembly, but the package does not depend on {_ABI}")
    if not wasm and not _has_archives(built) and _ABI in built.depends:
        yield Breach(1, f"the package depends on {_ABI} and has no WebAssembly")


def _has_archives(built: BuiltPackage) -> bool:
    return any(path.endswith(".a") for path in built.package.files)


def _imports_resolve(built: BuiltPackage) -> Iterator[Breach]:
    if not built.functions:
        return
    own = {name for module in built.sound_modules.values() for name in module.exports}
    for path, module in built.sound_modules.items():
        for entry in module.imports:
            wanted = entry.module == "GOT.func" or (
                entry.module == "env" and entry.kind == "function"
            )
            weak = (entry.module, entry.name) in module.weak_imports
            if not wanted or weak or entry.name in own or _MADE_BY_LINKER.fullmatch(entry.name):
                continue
            types = built.functions.get(entry.name)
            if types is None:
                yield Breach(1, f"{path} imports {entry.name}, which nothing exports")
            elif entry.module == "env" and not types & {"", f"function {entry.type}"}:
                yield Breach(1, f"{path} imports {entry.name} with another type than it has")


def _no_threads(built: BuiltPackage) -> Iterator[Breach]:
    for path, module in built.sound_modules.items():
        if any(entry.shared for entry in module.imports):
            yield Breach(1, f"{path} imports a shared memory: build it without -pthread")


def _no_build_folders(built: BuiltPackage) -> Iterator[Breach]:
    for path, file in built.package.files.items():
        if built.package.paths.get(path, {}).get("prefix_placeholder"):
            continue  # an install replaces the prefix
        if path.endswith(_HARMLESS):
            continue
        if found := _BUILD_FOLDER.search(file.content):
            folder = found[0][:80].decode(errors="replace")
            yield Breach(1, f"{path} contains a path of the build machine: {folder}")


def _no_virtual_packages(built: BuiltPackage) -> Iterator[Breach]:
    for name in built.depends:
        if name.startswith("__"):
            yield Breach(1, f"the package depends on {name}, which a page does not have")


def _dependencies_exist(built: BuiltPackage) -> Iterator[Breach]:
    for name in built.depends:
        if not name.startswith("__") and name not in built.names:
            yield Breach(1, f"the package depends on {name}, which the channel does not have")


RULES: tuple[Rule[BuiltPackage], ...] = (
    Rule(
        code="P101",
        summary="Each shared library is a WebAssembly module with the section dylink.0.",
        reason="The dynamic linker loads nothing else.",
        check=_side_modules_are_wasm,
    ),
    Rule(
        code="P102",
        summary="A package depends on emscripten-abi if and only if it has WebAssembly.",
        reason="Without it the solver mixes packages of two versions of the compiler.",
        check=_wasm_depends_on_the_abi,
    ),
    Rule(
        code="P103",
        summary="The interpreter or a dependency exports each imported function, of the same type.",
        reason="A missing function or another type is a trap at the call, long after the import.",
        check=_imports_resolve,
    ),
    Rule(
        code="P104",
        summary="No module imports a shared memory.",
        reason="Pages have no threads, and such a module does not load.",
        check=_no_threads,
    ),
    Rule(
        code="P105",
        summary="No file contains a path of the build machine.",
        reason="The path does not exist where the package is installed.",
        check=_no_build_folders,
    ),
    Rule(
        code="P106",
        summary="The package does not depend on virtual packages.",
        reason="A page has none, so the solver refuses the package.",
        check=_no_virtual_packages,
    ),
    Rule(
        code="P107",
        summary="The channel has each dependency.",
        reason="The package cannot be installed without it.",
        check=_dependencies_exist,
    ),
)
