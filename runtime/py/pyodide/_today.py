"""Which Python functions does today's JavaScript API call? (runtime/js/api.ts)"""

import builtins
import importlib
import os
import sys
from importlib.util import find_spec

import __main__
import pyodide
from pyodide import _code, _jsimport, _runtime, code

TYPE_CHECKING = False  # importing typing takes as long as all the rest
if TYPE_CHECKING:
    from typing import Any

global_names: "dict[str, Any]" = __main__.__dict__
builtin_names: "dict[str, Any]" = builtins.__dict__


def start(api: "Any", loader: "Any", executable: str | None) -> str:
    """Finish the start of the interpreter, or of one from a snapshot, which has begun with this.

    Args:
        api: What ``loadPyodide`` resolves to, for ``import pyodide_js``.
        loader: The loader of conda packages.
        executable: A value for ``sys.executable``.

    Returns:
        The versions of the API and of Python.
    """
    sys.executable = sys._base_executable if executable is None else executable  # type: ignore[attr-defined]
    if _runtime.loader is None:
        _runtime.loader = loader
        _jsimport.install("pyodide_js", api)
        # Panel, for example, recognises Pyodide by the name of its internal package.
        about = "Libraries recognise Pyodide by this module."
        sys.modules["_pyodide"] = type(sys)("_pyodide", about)
        sys.path.insert(0, "")
        if not hasattr(os, "get_terminal_size"):
            os.get_terminal_size = get_terminal_size  # type: ignore[attr-defined,unused-ignore]
    return f"{pyodide.__version__} {'.'.join(map(str, sys.version_info[:3]))}"


def get_terminal_size(fd: int = 1) -> "os.terminal_size":
    """``os.get_terminal_size``, which CPython's configuration for Emscripten leaves out.

    Raises:
        OSError: The file is no terminal.
    """
    import fcntl
    import struct
    import termios

    size = fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8))
    rows, columns, _, _ = struct.unpack("hhhh", size)
    return os.terminal_size((columns, rows))


def run(
    source: str,
    variables: "dict[str, Any] | None",
    names: "Any",
    filename: str | None,
    dedent: bool | None,
) -> "Any":
    """``pyodide.runPython``. A program may replace ``pyodide.code.eval_code``."""
    if variables is None:
        variables = global_names
    return code.eval_code(source, variables, names, **_options(filename, dedent))


def run_async(
    source: str,
    variables: "dict[str, Any] | None",
    names: "Any",
    filename: str | None,
    dedent: bool | None,
) -> "Any":
    """``pyodide.runPythonAsync``: a task, which runs after those that exist. A program may replace
    ``pyodide.code.eval_code_async``.

    Returns:
        The result instead of a task if the code needs no event loop: to import asyncio takes a
        good part of the time of a start.
    """
    run_code: Any = code.eval_code_async
    if run_code is _code.eval_code_async and not (
        "asyncio" in sys.modules or "async" in source or "await" in source
    ):
        run_code = _code.eval_code
    if variables is None:
        variables = global_names
    result: Any = run_code(source, variables, names, **_options(filename, dedent))
    if run_code is _code.eval_code:
        return result
    import asyncio

    return asyncio.ensure_future(result)


def _options(filename: str | None, dedent: bool | None) -> "dict[str, Any]":
    options: dict[str, Any] = {}
    if filename is not None:
        options["filename"] = filename
    if dedent is not None:
        options["dedent"] = dedent
    return options


def imports(source: str) -> list[str]:
    """The missing modules, for which ``pyodide.loadPackagesFromImports`` loads packages."""
    from pyodide import _parts

    found = code.find_imports(source)
    if not found:  # perhaps a cell that is no Python
        source = _without_magics(source)
        found = code.find_imports(source)
    names = {*found, *_parts.find_needed(source, global_names)}
    tops = {name.partition(".")[0] for name in names}
    absent = {*_runtime.missing(tops), *filter(_is_namespace, tops)}
    return sorted(name for name in names if name.partition(".")[0] in absent)


def _without_magics(cell: str) -> str:
    """A notebook's cell without the lines that only IPython knows, such as ``%time f()``."""
    lines = cell.splitlines(keepends=True)
    return "".join(line for line in lines if line.lstrip()[:1] not in ("%", "!", "?"))


def _is_namespace(name: str) -> bool:
    """Whether a package has parts in several folders, so that others may be missing."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is None and bool(spec.submodule_search_locations)


def import_name(name: str) -> "Any":
    """``pyodide.pyimport``: a module, or a name in one."""
    stem, _, last = name.rpartition(".")
    if not stem:
        return importlib.import_module(name)
    module = importlib.import_module(stem)
    try:
        return getattr(module, last)
    except AttributeError:
        return importlib.import_module(name)


def to_python(value: "Any", depth: int, default_converter: "Any") -> "Any":
    """``pyodide.toPy``."""
    return value.to_py(depth=depth, default_converter=default_converter)


def register_js_module(name: str, module: "Any") -> None:
    """``pyodide.registerJsModule``."""
    from pyodide.ffi import register_js_module

    register_js_module(name, module)


def unregister_js_module(name: str) -> None:
    """``pyodide.unregisterJsModule``."""
    from pyodide.ffi import unregister_js_module

    unregister_js_module(name)


def unpack_archive(buffer: "Any", format: str, folder: str | None) -> None:
    """``pyodide.unpackArchive``."""
    from pyodide import _archive

    _archive.unpack(_bytes(buffer), format=format, extract_dir=folder)


def install_wheel(buffer: "Any", name: str, folder: str | None, metadata: "Any") -> str:
    """Unpack a wheel.

    Args:
        buffer: The bytes of the wheel.
        name: The name of its file.
        folder: The folder for its modules; site-packages if not given.
        metadata: File name in its .dist-info -> text.

    Returns:
        The paths of its side modules, one in each line.

    Raises:
        ValueError: It is no wheel.
    """
    from pyodide import _wheel

    texts = metadata.to_py() if hasattr(metadata, "to_py") else metadata
    libraries = _wheel.install(_bytes(buffer), name, folder, texts or {})
    importlib.invalidate_caches()
    return "\n".join(libraries)


def _bytes(buffer: "Any") -> "Any":
    """The bytes of a buffer of JavaScript, or of Python."""
    return buffer.to_bytes() if hasattr(buffer, "js_id") else memoryview(buffer)
