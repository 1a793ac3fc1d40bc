"""Which members does Pyodide 314 have, and which stubs does run.py put in the place of each?

An entry of ``MEMBERS`` is one of the 209 rows that were counted before today's API was written. A
row of several names has a stub for each of them. A row without stubs is not in the API here.
"""

from __future__ import annotations

from typing import Any

from tests.members.stubs import Stub, api, append, core, js, option, proxy, python, text

CHROMIUM: dict[str, Any] = {"chromium": True}
CLASS = "class {}"
#: Flags of PyProxies (runtime/core/pyflags.js).
ITERATOR, GENERATOR = 1 << 5, 1 << 11
ASYNC_ITERATOR, ASYNC_GENERATOR = 1 << 10, 1 << 12


def modules(module: str, names: str) -> dict[str, list[Stub]]:
    """A row for each name of a Python module."""
    return {name: [python(module, name)] for name in names.split()}


def members(module: str, names: str, *owner: str, word: str = "") -> list[Stub]:
    """A row of members of a Python class, or of a module."""
    return [python(module, *owner, name, word=word or name) for name in names.split()]


def proxies(names: str, flags: int = -1) -> list[Stub]:
    """A row of members of the PyProxies that have one of these flags."""
    return [proxy(name, flags=flags) for name in names.split()]


def copied(name: str, kind: str) -> Stub:
    """Python objects of a kind become copies, as in 0.16."""
    stub = f"""(object, context) => context === undefined && _py2js_kind(object) === pyKind.{kind}
        ? py2jsDeep(object) : real(object, context)"""
    return core(name, "py2jsOther", stub)


def unknown(name: str) -> Stub:
    """An option without an effect is not known."""
    return text(name, "pyodide.mjs", rf'"{name}"(?=,|\])', '"none"')


def view_without(field: str) -> Stub:
    """A PyBufferView lacks a member."""
    stub = f"""(view, type) => Object.defineProperty(
        real(view, type), {field!r}, {{ value: undefined, configurable: true }})"""
    return core(field, "pyBufferOpen", stub)


MEMBERS: dict[str, dict[str, list[Stub]]] = {
    "JavaScript: module `pyodide.mjs` / `pyodide.js`": {
        "export `loadPyodide`": [
            append("loadPyodide", "pyodide.mjs", old=r"[\w$]+(?= as loadPyodide\b)", starts=False)
        ],
        "export `version`": [
            append("version", "pyodide.mjs", old=r"[\w$]+(?= as version\b)", **CHROMIUM)
        ],
        "`pyodide.js`: global `loadPyodide`": [
            append("loadPyodide", "pyodide.js", "globalThis.loadPyodide = undefined;", **CHROMIUM)
        ],
        "`pyodide.js`: CommonJS/UMD `require`": [
            append("require", "pyodide.js", "if (globalThis.process) module.exports = {};")
        ],
        "inner contract `pyodide.asm.mjs` + `python_stdlib.zip`": [],
        "`pyodide-lock.json` in the dist": [
            text("lockfile", "pyodide-lock.json", r'"packages": ?\{.*\}', '"packages": {}}')
        ],
        "`package.json` with exports, `*.d.ts`": [],
    },
    "JavaScript: loadPyodide options": {
        **{
            f"`{name}`": [option(name)]
            for name in (
                *("lockFileURL", "lockFileContents"),
                *("packageBaseUrl", "stdLibURL", "stdin", "stdout", "stderr", "jsglobals"),
                *("args", "env", "packages", "fsInit", "pyproxyToStringRepr"),
                *("convertNullToNone", "toJsLiteralMap", "createPyodideModule", "_sysExecutable"),
            )
        },
        "`indexURL`": [option("indexURL", **CHROMIUM)],
        "`packageCacheDir`": [
            option("packageCacheDir", tests=("tests/browser/test_package_cache.py",))
        ],
        "`fullStdLib`": [unknown("fullStdLib")],
        "`enableRunUntilComplete`": [option("enableRunUntilComplete")],
        "`checkAPIVersion`": [option("checkAPIVersion", **CHROMIUM)],
        "`_loadSnapshot/_makeSnapshot/_snapshotDeserializer`": [],
    },
    "JavaScript: pyodide.*": {
        **{
            name: [api(name)]
            for name in (
                *("loadPackage", "setStdin", "setStdout", "setStderr", "loadPackagesFromImports"),
                *("runPythonAsync", "registerJsModule", "unregisterJsModule", "toPy", "pyimport"),
                *("unpackArchive", "mountNodeFS", "registerComlink", "setInterruptBuffer"),
                *("checkInterrupt", "setDebug"),
            )
        },
        **{
            name: [api(name, value="undefined")]
            for name in (
                *("version", "ffi", "globals", "FS", "PATH", "canvas", "ERRNO_CODES"),
                *("pyodide_py", "lockfile", "lockfileBaseUrl"),
            )
        },
        "loadedPackages": [api("loadedPackages", value="{}")],
        "runPython": [api("runPython", starts=False)],
        "mountNativeFS": [api("mountNativeFS", **CHROMIUM)],
        "useNodeSockFS": [],
        "makeMemorySnapshot": [],
    },
    "JavaScript: private members that front ends really use": {
        "_api.on_fatal": [
            js(
                "on_fatal",
                after="""Object.defineProperty(
                    pyodide._api, "on_fatal", { get: () => undefined, set() {} });""",
            )
        ],
        "_api._import_name_to_package_name": [
            api("_api", "_import_name_to_package_name", value="new Map()")
        ],
        "_api.install / loadBinaryFile / lockfile_packages / lockfile_info": [
            api("_api", "install"),
            api("_api", "loadBinaryFile"),
            api("_api", "lockfile_packages", value="{}"),
            api("_api", "lockfile_info", value="{}"),
        ],
        "_module.PATH_FS": [api("_module", "PATH_FS", value="undefined")],
        "_module.FS": [api("_module", "FS", value="undefined")],
        "_module.PyProxy_getPtr, _strerror, UTF8ToString": [
            api("_module", "PyProxy_getPtr"),
            api("_module", "_strerror"),
            api("_module", "UTF8ToString"),
        ],
        "_module (pytest-pyodide)": [],
        "_api.saveState/restoreState/inTestHoist/fail_test": [],
    },
    "JavaScript: PyProxy": {
        **{
            name: [proxy(name)]
            for name in (
                *("type", "toString", "destroy", "copy", "toJs", "length", "get", "asJsJson"),
                *("set", "delete", "has", "callKwargs", "captureThis"),
            )
        },
        "[Symbol.dispose]": [proxy("Symbol.dispose", word="dispose")],
        "[Symbol.iterator]": [proxy("Symbol.iterator", word="iterator")],
        "[Symbol.asyncIterator]": [proxy("Symbol.asyncIterator", word="asyncIterator")],
        "next/return/throw of iterators and generators": [
            proxy("next", flags=ITERATOR),
            *proxies("return throw", flags=GENERATOR),
        ],
        "async next/return/throw": [
            proxy("next", flags=ASYNC_ITERATOR),
            *proxies("return throw", flags=ASYNC_GENERATOR),
        ],
        "sequence: 19 Array methods": proxies(
            "at concat entries every filter find findIndex forEach includes indexOf join keys "
            "lastIndexOf map reduce reduceRight slice some values"
        ),
        "mutable sequence: 9 methods": proxies(
            "copyWithin fill pop push reverse shift sort splice unshift"
        ),
        "awaitable: then/catch/finally": proxies("then catch finally"),
        "call of the proxy, call, apply, bind": [
            core("call of the proxy", "pyApply", "() => undefined", word="call", starts=False),
            *proxies("call apply bind"),
        ],
        "callWithOptions, callRelaxed, callKwargsRelaxed": proxies(
            "callWithOptions callRelaxed callKwargsRelaxed"
        ),
        "callPromising, callPromisingKwargs": proxies("callPromising callPromisingKwargs"),
        "getBuffer → PyBufferView (13 fields)": [
            proxy("getBuffer"),
            *map(
                view_without,
                (
                    *("offset", "readonly", "format", "itemsize", "ndim", "nbytes", "shape"),
                    *("strides", "data", "c_contiguous", "f_contiguous", "release"),
                ),
            ),
        ],
        "attribute get/set/delete/in": [
            core("get", "pyGetAttribute", "() => undefined", starts=False),
            core(
                "set",
                "pySetAttribute",
                "(object, key, ...value) => value.length ? true : real(object, key)",
            ),
            core(
                "delete",
                "pySetAttribute",
                "(object, key, ...value) => value.length ? real(object, key, ...value) : true",
            ),
            core("in", "pyHasAttribute", "() => false", word="in"),
        ],
    },
    "JavaScript: pyodide.ffi classes": {
        f"ffi.{name}": [api("ffi", name, value=CLASS)]
        for name in (
            *("PyProxy", "PyProxyWithLength", "PyProxyWithGet", "PyProxyWithSet"),
            *("PyProxyWithHas", "PyDict", "PyIterable", "PyAsyncIterable", "PyIterator"),
            *("PyAsyncIterator", "PyGenerator", "PyAsyncGenerator", "PyAwaitable", "PyCallable"),
            *("PyBuffer", "PyBufferView", "PythonError", "PySequence", "PyMutableSequence"),
        )
    },
    "Conversions": {
        "list, tuple → PyProxy": [copied("list", "LIST"), copied("tuple", "TUPLE")],
        "dict → PyProxy": [copied("dict", "DICT")],
        "bytes, memoryview, NumPy array → PyProxy (buffer)": [
            copied("bytes", "BUFFER"),
            copied("numpy", "ARRAY"),
        ],
        "JS null → `jsnull`": [
            core("jsnull", "js2py", "(value) => real(value === null ? undefined : value)")
        ],
        "typed array, ArrayBuffer → JsProxy (JsBuffer)": [
            core(
                "JsBuffer",
                "js2pyObject",
                """(value) => ArrayBuffer.isView(value) || jsIsArrayBuffer(value)
                    ? js2pyBuffer(value) : real(value)""",
            )
        ],
        "large int → BigInt; BigInt → int / JsBigInt": [
            core("BigInt", "py2jsBigInt", "(object) => Number(real(object))", word="bigint"),
            core("JsBigInt", "js2pyBigInt", "(value) => js2pyInt(value)"),
        ],
        "float that is whole: 3.0 → 3 → int": [
            core(
                "whole",
                "js2py",
                """(value) => typeof value === "number"
                    ? _PyFloat_FromDouble(value) : real(value)""",
                word="int",
            )
        ],
    },
    "Python: pyodide.ffi": modules(
        "pyodide.ffi",
        """ConversionError InternalError JsArray JsAsyncGenerator JsAsyncIterable JsAsyncIterator
        JsBuffer JsCallableDoubleProxy JsDoubleProxy JsException JsFetchResponse JsGenerator
        JsIterable JsIterator JsMap JsMutableMap JsOnceCallable JsPromise JsProxy JsDomElement
        JsCallable JsTypedArray JsWeakRef ToJsConverter create_once_callable create_proxy
        destroy_proxies to_js run_sync can_run_sync IN_PYODIDE register_js_module
        unregister_js_module JsNull jsnull JsBigInt""",
    ),
    "Python: JsProxy methods": {
        "attribute/item/call/new/await/iter/in/len/dir/typeof": [
            core("attribute", "_jsproxy_getattr", "() => 0", word="js", starts=False),
            core("item", "_jsprotocol_item", "() => 0", word="["),
            core("call", "_jsproxy_apply", "() => pyNone", word="("),
            core("new", "_jsproxy_construct", "() => pyNone"),
            python("pyodide._jsiterators", "JsPromise", "__await__", word="await"),
            core("iter", "_jsprotocol_iterator", "() => js2py([][Symbol.iterator]())"),
            core("in", "_jsprotocol_has", "() => 0", word="in"),
            core("len", "_jsprotocol_length", "() => 0"),
            python("_pyodide_core", "JsProxy", "__dir__", word="dir"),
            python("_pyodide_core", "JsProxy", "typeof"),
        ],
        "to_py": members("_pyodide_core", "to_py", "JsProxy"),
        "object_entries, object_keys, object_values": members(
            "_pyodide_core", "object_entries object_keys object_values", "JsProxy"
        ),
        "as_object_map, as_py_json": members(
            "_pyodide_core", "as_object_map as_py_json", "JsProxy"
        ),
        "js_id, bind_sig, bind_class, to_weakref": members(
            "_pyodide_core", "js_id bind_sig bind_class to_weakref", "JsProxy"
        ),
        "JsPromise.then/catch/finally_": members(
            "pyodide._jsiterators", "then catch finally_", "JsPromise"
        ),
        "JsArray: list methods, slices that stay JsArray": [
            *members(
                "pyodide._jscontainers",
                "append extend insert pop remove",
                "JsList",
            ),
            *members(
                "pyodide._jscontainers",
                "__iadd__ __imul__ _set_slice _delete_slice",
                "JsList",
                word="javascript",
            ),
            *members("pyodide._jscontainers", "index count reverse", "Searchable"),
            *members("pyodide._jscontainers", "__add__ __mul__", "JsSequence", word="javascript"),
            *members(
                "pyodide._jscontainers", "__reversed__ _get_slice", "JsArray", word="javascript"
            ),
        ],
        "JsMap: Mapping methods": [
            *members("pyodide._jscontainers", "keys values items get", "JsMap"),
            *members(
                "pyodide._jscontainers", "pop popitem setdefault update clear", "JsMutableMap"
            ),
        ],
        "JsBuffer: assign, assign_to, to_memoryview, to_bytes, to_file, from_file, to_string": [
            *members(
                "pyodide._jscontainers",
                "assign assign_to to_memoryview to_bytes to_file from_file to_string",
                "JsBuffer",
            )
        ],
        "JsGenerator/JsAsyncGenerator: send, throw, close, asend …": [
            *members("pyodide._jsiterators", "send", "JsIterator"),
            *members("pyodide._jsiterators", "throw close", "JsGenerator"),
            *members("pyodide._jsiterators", "asend", "JsAsyncIterator"),
            *members("pyodide._jsiterators", "athrow aclose", "JsAsyncGenerator"),
        ],
        "JsDoubleProxy.destroy/unwrap": members(
            "pyodide._jsproxy", "destroy unwrap", "JsDoubleProxy"
        ),
    },
    "Python: pyodide.ffi.wrappers": modules(
        "pyodide.ffi.wrappers",
        """add_event_listener remove_event_listener set_timeout clear_timeout set_interval
        clear_interval""",
    ),
    "Python: pyodide.code": {
        "eval_code": [python("pyodide.code", "eval_code", starts=False)],  # of runPython
        **modules(
            "pyodide.code",
            """eval_code_async find_imports CodeRunner should_quiet run_js relaxed_call
            relaxed_wrap""",
        ),
    },
    "Python: pyodide.http": {
        "open_url": members("pyodide.http", "open_url"),
        "pyfetch": members("pyodide.http", "pyfetch"),
        "FetchResponse (18 members)": members(
            "pyodide.http._pyfetch",
            """body_used headers ok redirected status status_text type url raise_for_status clone
            abort buffer text string json memoryview bytes unpack_archive""",
            "FetchResponse",
        ),
        "HttpStatusError, BodyUsedError, AbortError": members(
            "pyodide.http", "HttpStatusError BodyUsedError AbortError"
        ),
        "pyxhr (7 functions, XHRResponse 8 members, 3 errors)": [
            python(module, *owner, name, chromium=True)
            for module, owner, names in (
                ("pyodide.http.pyxhr", (), "get post put patch delete head options"),
                (
                    "pyodide.http.pyxhr",
                    ("XHRResponse",),
                    "status_code content text headers ok url json raise_for_status",
                ),
                ("pyodide.http.pyxhr", (), "XHRError XHRNetworkError HttpStatusError"),
            )
            for name in names.split()
        ],
    },
    "Python: pyodide.console, pyodide.webloop, others": {
        "console.Console": members("pyodide.console", "Console"),
        "console.PyodideConsole": members("pyodide.console", "PyodideConsole"),
        "console.ConsoleFuture, BANNER, repr_shorten": members(
            "pyodide.console", "ConsoleFuture BANNER repr_shorten"
        ),
        "webloop.WebLoop": members("pyodide.webloop", "WebLoop"),
        "webloop.WebLoopPolicy, PyodideFuture, PyodideTask": members(
            "pyodide.webloop", "WebLoopPolicy PyodideFuture PyodideTask"
        ),
        "run_sync / asyncio.run that waits (JSPI)": [
            python("pyodide._waiting", "run_sync", **CHROMIUM),
            python("asyncio", "run", tests=("tests/browser/waiting/test_calls.py",), **CHROMIUM),
        ],
        "module `js`": [
            js("js", after="pyodide.runPython('import sys; del sys.modules[\"js\"]');")
        ],
        "module `pyodide_js`": [
            js(
                "pyodide_js",
                after="pyodide.runPython('import sys; del sys.modules[\"pyodide_js\"]');",
            )
        ],
        "module `_pyodide_core` (how libraries detect Pyodide)": [
            js(
                "_pyodide_core",
                after="pyodide.runPython('import sys; del sys.modules[\"_pyodide_core\"]');",
            )
        ],
        "`pyodide.__version__`": members("pyodide", "__version__"),
        "sys.last_exc / last_value set by uncaught errors": [
            python("pyodide._traceback", "remember", word="last_exc")
        ],
        "`webbrowser`, `ssl`/`_ssl` stubs, `pyodide-http` importable": [
            python("pyodide._webbrowser", "PageBrowser", "open", **CHROMIUM),
            js("ssl", after="pyodide.runPython('import sys; sys.modules[\"ssl\"] = None');"),
            js(
                "pyodide_http",
                after="pyodide.runPython('import sys; sys.modules[\"pyodide_http\"] = None');",
            ),
        ],
    },
    "Python: micropip": {
        **modules(
            "micropip",
            """install list freeze uninstall add_mock_package list_mock_packages
            remove_mock_package set_constraints""",
        ),
        "set_index_urls": [python("micropip", "set_index_urls", word="index")],
        "internals: package_index.query_package, ProjectInfo, CompatibilityLayer; "
        "transaction.Transaction": [
            python("micropip.package_index", "query_package", word="install"),
            python("micropip.package_index", "ProjectInfo"),
            python("micropip._compat", "CompatibilityLayer"),
            python("micropip.transaction", "Transaction"),
        ],
    },
}
