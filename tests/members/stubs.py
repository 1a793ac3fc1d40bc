"""How is one member of the API replaced by a stub that does nothing?

A stub is an edit of the built site: JavaScript code that ``pyodide.mjs`` runs before or after the
start, or a change of the text of a file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Edit = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Stub:
    """One mutation of the site.

    Attributes:
        name: of the member, or of a part of it.
        edit: Changes the files of the site in a folder.
        words: The tests whose source has one of these words run.
        chromium: The tests run in Chromium, not in Node.
        tests: Files or folders of the tests.
        starts: Whether the interpreter still starts and computes. Otherwise the member is one that
            every test uses.
    """

    name: str
    edit: Edit
    words: tuple[str, ...]
    chromium: bool = False
    tests: tuple[str, ...] = ("tests/browser/today",)
    starts: bool = True


def js(name: str, *, before: str = "", after: str = "", word: str = "", **rest: Any) -> Stub:
    """A stub in JavaScript: ``before`` the start it sees ``options``, ``after`` it ``pyodide``."""

    def edit(site: Path) -> None:
        path = site / "pyodide.mjs"
        script = path.read_text()
        found = re.search(r"([\w$]+) as loadPyodide\b", script)
        if found is None:
            raise ValueError("pyodide.mjs does not export loadPyodide")
        path.write_text(f"""{script.replace(found[0], "loadPyodideWithStub as loadPyodide")}
            async function loadPyodideWithStub(given) {{
                const options = {{ ...given }};
                {before}
                if (options.api === "0.16") return {found[1]}(options);
                const pyodide = await {found[1]}(options);
                const replace = (owner, name, value) => {{
                    if (Object.getOwnPropertyDescriptor(owner, name)?.writable) owner[name] = value;
                    else Object.defineProperty(owner, name, {{ value, enumerable: true }});
                }};
                {after}
                return pyodide;
            }}
        """)

    return Stub(name=name, edit=edit, words=(word or name,), **rest)


def option(name: str, **rest: Any) -> Stub:
    """``loadPyodide`` does not see an option."""
    return js(name, before=f"delete options.{name};", **rest)


def api(*path: str, value: str = "() => undefined", **rest: Any) -> Stub:
    """A member of ``pyodide``, or of an object in it, gets another value."""
    *owners, name = path
    owner = ".".join(["pyodide", *owners])
    return js(name, after=f"replace({owner}, {json.dumps(name)}, {value});", **rest)


def text(
    name: str, file: str, old: str, new: str, *, word: str = "", end: str = "", **rest: Any
) -> Stub:
    """A file has another text in one place, and at its end; ``old`` is a regular expression."""

    def edit(site: Path) -> None:
        path = site / file
        changed, count = re.subn(old, lambda _: new, path.read_text(), flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{file} has {count} times {old}")
        path.write_text(changed + end)

    return Stub(name=name, edit=edit, words=(word or name,), **rest)


def append(name: str, file: str, code: str = "", *, old: str = "", **rest: Any) -> Stub:
    """A script has more code at its end, and exports ``undefined`` in the place of ``old``."""
    new = "nothing" if old else ""
    return text(name, file, old or r"\Z", new, end=f"\nvar nothing;{code}", **rest)


def core(name: str, function: str, stub: str, *, word: str = "", **rest: Any) -> Stub:
    """A function of the bridge (``runtime/core/*.js``) is another one, which may call ``real``."""
    new = f"var {function}={stub.replace('real', f'{function}_real')};var {function}_real="
    return text(name, "pyodide.asm.mjs", rf"\bvar {function}=", new, word=word, **rest)


def proxy(name: str, *, flags: int = -1, stub: str = "() => undefined", **rest: Any) -> Stub:
    """A member of the PyProxies that have one of the flags (``runtime/core/pyflags.js``)."""
    key = name if name.startswith("Symbol.") else json.dumps(name)
    return core(
        name,
        "pyPrototype",
        f"""(flags) => {{
            const prototype = real(flags);
            if (flags & {flags} && {key} in prototype) Object.defineProperty(
                prototype, {key}, {{ value: {stub}, writable: true, configurable: true }});
            return prototype;
        }}""",
        **rest,
    )


def python(module: str, *path: str, **rest: Any) -> Stub:
    """A member of a Python module, or of a class in it, does nothing.

    A function returns None, a class is empty, and another object is None.
    """
    code = PYTHON.replace("MODULE", repr(module)).replace("PATH", repr(path))
    run = f"pyodide.runPython({json.dumps(code)}, {{ globals: pyodide.toPy({{}}) }});"
    return js(path[-1], after=run, **rest)


PYTHON = """
import sys
import _pyodide_core

def replace(module):
    *owners, name = PATH
    owner = module
    for part in owners:
        owner = getattr(owner, part)
    old = vars(owner).get(name) or getattr(owner, name)
    if isinstance(old, type):
        new = type(name, (Exception if issubclass(old, BaseException) else object,), {})
    elif callable(old) or isinstance(old, (classmethod, staticmethod)):
        def new(*args, **kwargs):
            return None
    else:
        new = None
    if isinstance(owner, type) and not owner.__flags__ & (1 << 9):
        _pyodide_core.adopt(owner, {name: new})
    else:
        setattr(owner, name, new)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next(filter(None, found), None)
        if spec is None:
            sys.meta_path.insert(0, self)
            return None
        execute = spec.loader.exec_module
        def exec_module(module):
            execute(module)
            replace(module)
        spec.loader.exec_module = exec_module
        return spec

if MODULE in sys.modules:
    replace(sys.modules[MODULE])
else:
    sys.meta_path.insert(0, Finder())
"""
