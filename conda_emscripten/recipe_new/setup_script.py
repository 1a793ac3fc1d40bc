"""What does a ``setup.py`` say, without being run?

This module reads the syntax tree. It finds literal arguments and names that a literal is assigned
to; everything computed stays unknown. Branches for Windows and macOS are left out, as are functions
and classes that no running code names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Text in the condition of a branch that is not for this platform.
_OTHER_SYSTEMS = re.compile(r"win32|['\"]nt['\"]|Windows|msvc|darwin|macos|Darwin", re.IGNORECASE)

#: Functions and classes of setuptools and others that describe an extension module.
_EXTENSIONS = ("Extension", "Pybind11Extension", "CMakeExtension", "MypycExtension")

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(kw_only=True)
class SetupScript:
    """The facts of a ``setup.py``.

    Attributes:
        arguments: the literal arguments of ``setup()``.
        keywords: the names of all arguments of ``setup()``.
        libraries: the libraries that extension modules link.
        packages: names in calls of pkg-config.
        modules: the modules that the script imports.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    keywords: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    has_extension: bool = False

    @property
    def builds_extensions(self) -> bool:
        """Whether the project has extension modules."""
        own = {"ext_modules", "cffi_modules", "rust_extensions"} & self.keywords
        return self.has_extension or bool(own)


def read_setup_script(text: str) -> SetupScript:
    """Read a ``setup.py``. A script that is no Python 3 has no facts."""
    script = SetupScript()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return script
    names: dict[str, Any] = {}
    nodes = list(_running_nodes(tree))
    for node in nodes:
        if isinstance(node, ast.Assign):
            value = _literal(node.value, names)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names[target.id] = value
                if _name(target) == "libraries":
                    script.libraries.update(_strings(value))
        elif isinstance(node, ast.Import):
            script.modules.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            script.modules.add((node.module or "").partition(".")[0])
    for node in nodes:
        if isinstance(node, ast.Call):
            _read_call(node, names, script)
        elif isinstance(node, ast.Dict):  # Extension(**{"libraries": [...]})
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "libraries":
                    script.libraries.update(_strings(_literal(value, names)))
    return script


def _read_call(node: ast.Call, names: Mapping[str, Any], script: SetupScript) -> None:
    function = _name(node.func)
    if function == "setup":
        script.keywords.update(keyword.arg for keyword in node.keywords if keyword.arg)
        for keyword in node.keywords:
            value = _literal(keyword.value, names)
            if keyword.arg and value is not None:
                script.arguments[keyword.arg] = value
    elif function in _EXTENSIONS:
        script.has_extension = True
        for keyword in node.keywords:
            if keyword.arg == "libraries":
                script.libraries.update(_strings(_literal(keyword.value, names)))
    elif re.search(r"pkg_?config", ast.unparse(node.func), re.IGNORECASE):
        for argument in node.args:
            script.packages.update(_strings(_literal(argument, names)))
    elif function in ("append", "extend", "insert") and isinstance(node.func, ast.Attribute):
        owner = _name(node.func.value)
        if owner.endswith(("libraries", "libs")) and node.args:
            script.libraries.update(_strings(_literal(node.args[-1], names)))
    elif function in ("run", "check_output", "Popen", "call", "getoutput", "popen", "system"):
        # A process of pkg-config.
        text = " ".join(" ".join(_strings(_literal(each, names))) for each in node.args)
        if found := re.search(r"pkg-?config(.*)", text):
            script.packages.update(word for word in found[1].split() if word[0] not in "-|<>=")


def _running_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes of ``tree`` that can run on this platform, in the order of the text.

    A method can run if its class can.
    """
    named: set[str] = set()
    unnamed: dict[str, list[_Definition]] = {}
    running: set[ast.AST] = set()
    scopes: list[ast.AST] = [tree]
    while scopes:
        scope = scopes.pop()
        running.add(scope)
        for node in _own_nodes(scope):
            if isinstance(node, ast.Name | ast.Attribute):
                named.add(_name(node))
            elif isinstance(node, _Definition) and isinstance(scope, ast.ClassDef):
                scopes.append(node)
            elif isinstance(node, _Definition):
                unnamed.setdefault(node.name, []).append(node)
        for name in named & unnamed.keys():
            scopes += unnamed.pop(name)
    yield from _own_nodes(tree, running)


def _own_nodes(tree: ast.AST, open_scopes: Container[ast.AST] = ()) -> Iterator[ast.AST]:
    """All nodes but those of branches for other systems and of definitions that are not open."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If):
            test = ast.unparse(child.test)
            negated = "!=" in test or "not " in test
            other = bool(_OTHER_SYSTEMS.search(test))
            skipped = {id(each) for each in child.body} if other and not negated else set()
            for grandchild in (*child.body, *child.orelse):
                if id(grandchild) not in skipped:
                    yield grandchild
                    if not isinstance(grandchild, _Definition) or grandchild in open_scopes:
                        yield from _own_nodes(grandchild, open_scopes)
        else:
            yield child
            if not isinstance(child, _Definition) or child in open_scopes:
                yield from _own_nodes(child, open_scopes)


def _literal(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """The value of a literal, of a name with a literal, or of their sum; None if unknown."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return names.get(name)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            values = [_literal(item, names) for item in items]
            return [value for value in values if value is not None]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {_literal(key, names): _literal(value, names) for key, value in pairs if key}
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _sum(_literal(left, names), _literal(right, names))
    return None


def _sum(left: Any, right: Any) -> Any:
    """The sum of two values; of a list and an unknown value, the list."""
    if type(left) is type(right) and isinstance(left, list | str):
        return left + right
    return next((each for each in (left, right) if isinstance(each, list)), None)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [each for each in value if isinstance(each, str) and each] if value else []


def _name(node: ast.AST) -> str:
    """The last part of a dotted name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
