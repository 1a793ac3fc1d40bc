"""What does the import of a built package need: parts of the standard library, or a page?

This module follows the import statements of ``.py`` files from the modules that a test imports.
Nothing is run. Not needed are imports in functions, below ``if TYPE_CHECKING``, and in a ``try``
that handles a missing module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Parts of the standard library that are in a package of their own and that an import can need.
#: The table of the interpreter is ``Lib/_missing_stdlib_info.py`` (recipes/python/patches/0020).
PARTS = {
    "asyncio.sslproto": "python-ssl",
    "ftplib.FTP_TLS": "python-ssl",
    "hashlib.pbkdf2_hmac": "python-ssl",
    "hashlib.scrypt": "python-ssl",
    "http.client.HTTPSConnection": "python-ssl",
    "imaplib.IMAP4_SSL": "python-ssl",
    "poplib.POP3_SSL": "python-ssl",
    "smtplib.SMTP_SSL": "python-ssl",
    "ssl": "python-ssl",
    "urllib.request.HTTPSHandler": "python-ssl",
}

#: The modules that only an interpreter in a page has.
_OF_PAGES = {"js", "pyodide", "pyodide_js"}

_MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def parts_needed(files: Mapping[str, bytes], modules: Iterable[str]) -> list[str]:
    """The packages with parts of the standard library that the import of ``modules`` needs.

    Args:
        files: the files of site-packages, by path.
        modules: the imported modules.
    """
    used = _used(files, modules)
    return sorted({PARTS[name] for name in used & PARTS.keys()})


def modules_of_pages(files: Mapping[str, bytes], modules: Sequence[str]) -> list[str]:
    """Those of ``modules`` whose import needs a page; arguments as for ``parts_needed``."""

    def need_page(modules: Sequence[str]) -> bool:
        return any(name.partition(".")[0] in _OF_PAGES for name in _used(files, modules))

    if not need_page(modules):  # one pass over the files of nearly all packages
        return []
    return [module for module in modules if need_page([module])]


def _used(files: Mapping[str, bytes], modules: Iterable[str]) -> set[str]:
    """The full names of all that the import of ``modules`` imports and uses."""
    used: set[str] = set()
    seen: set[str] = set()
    queue = list(modules)
    while queue:
        name = queue.pop()
        parent, _, _ = name.rpartition(".")
        if name in seen:
            continue
        seen.add(name)
        path = name.replace(".", "/")
        package = f"{path}/__init__.py" in files
        content = files.get(f"{path}/__init__.py" if package else f"{path}.py")
        if parent:
            queue.append(parent)
        if content is not None:
            names = _names(content, name if package else parent)
            used |= names
            queue += names
    return used


def _names(content: bytes, package: str) -> set[str]:
    """The full names of what a module imports and uses while it is imported."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return set()
    nodes = list(_import_time(tree))
    full: dict[str, str] = {}
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.add(alias.name)
                top = alias.name.partition(".")[0]
                full[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full[alias.asname or alias.name] = f"{module}.{alias.name}"
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    for node in nodes:
        if isinstance(node, ast.Attribute):
            top, _, rest = ast.unparse(node).partition(".")
            if top in full:
                found.add(f"{full[top]}.{rest}")
    return found


def _import_time(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below ``node`` that run when the module is imported, as far as it must succeed."""
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            children = [*node.decorator_list, *node.args.defaults]
        case ast.Lambda():
            children = []
        case ast.If() if "TYPE_CHECKING" in ast.unparse(node.test):
            children = node.orelse
        case ast.Try() if any(_handles_missing(each) for each in node.handlers):
            children = [*node.orelse, *node.finalbody]
    for child in children:
        yield child
        yield from _import_time(child)


def _handles_missing(handler: ast.ExceptHandler) -> bool:
    """Whether an ``except`` is for a missing module."""
    if handler.type is None:
        return True
    return any(
        isinstance(each, ast.Name) and each.id in _MISSING for each in ast.walk(handler.type)
    )
