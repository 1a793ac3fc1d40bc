"""Do JavaScript objects have the Python classes and members that Pyodide 314 documents?"""

# The tables have one object a line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


def evaluate(today: Runtime, javascript: str, python: str) -> Any:
    """The value of Python code in which `x` is the object of a JavaScript expression."""
    return today.run_python(
        f"from pyodide.code import run_js\nx = run_js({f'({javascript})'!r})\n{python}"
    )


@pytest.mark.parametrize(
    ("javascript", "expected"),
    [
        ("undefined", "NoneType None"),
        ("null", "JsNull jsnull"),
        ("true", "bool True"),
        ("3", "int 3"),
        ("-0", "int 0"),
        ("2**53", "float 9007199254740992.0"),
        ("1.5", "float 1.5"),
        ("10n", "JsBigInt 10"),
        ("2n ** 70n", "JsBigInt 1180591620717411303424"),
        ("'é'", "str é"),
    ],
)
def test_values_are_converted(today: Runtime, javascript: str, expected: str) -> None:
    assert evaluate(today, javascript, "f'{type(x).__name__} {x}'") == expected


def test_jsnull_is_one_false_object(today: Runtime) -> None:
    python = """
from pyodide.ffi import JsNull, jsnull
[x is jsnull, JsNull() is jsnull, bool(x), x.typeof, run_js("(v) => v === null")(jsnull)]
"""
    assert evaluate(today, "null", python) == [True, True, False, "object", True]


def test_a_bigint_keeps_its_type_with_bigints(today: Runtime) -> None:
    python = """
from pyodide.ffi import JsBigInt
results = [x + x, x + 1, x * 2, x // 2, -x, x << 1, 2 ** x]
[[int(r) for r in results], [type(r) is JsBigInt for r in results], run_js("(v) => typeof v")(x)]
"""
    assert evaluate(today, "3n", python) == [
        [6, 4, 6, 1, -3, 6, 8],
        [True, False, False, True, True, True, False],
        "bigint",
    ]


CLASSES = (
    *("JsArray", "JsAsyncGenerator", "JsAsyncIterable", "JsAsyncIterator", "JsBuffer"),
    *("JsCallable", "JsDoubleProxy", "JsException", "JsFetchResponse", "JsGenerator"),
    *("JsIterable", "JsIterator", "JsMap", "JsMutableMap", "JsPromise", "JsTypedArray"),
    *("JsDomElement", "JsWeakRef"),
)


@pytest.mark.parametrize(
    ("javascript", "classes"),
    [
        ("{}", ""),
        ("Object.create(null)", ""),
        ("() => 1", "JsCallable"),
        ("[]", "JsArray JsIterable"),
        ("{length: 0, [Symbol.iterator]() {}}", "JsArray JsIterable"),
        ("new Uint8Array(1)", "JsArray JsBuffer JsIterable JsTypedArray"),
        ("new ArrayBuffer(1)", "JsBuffer"),
        ("new DataView(new ArrayBuffer(1))", "JsBuffer"),
        ("new Map()", "JsIterable JsMap JsMutableMap"),
        ("{get() {}, size: 0, [Symbol.iterator]() {}}", "JsIterable JsMap"),
        ("new Set()", "JsIterable"),
        ("[1][Symbol.iterator]()", "JsIterable JsIterator"),
        ("{next() {}}", "JsAsyncIterator JsIterator"),
        ("(function*() {})()", "JsGenerator JsIterable JsIterator"),
        ("(async function*() {})()", "JsAsyncGenerator JsAsyncIterable JsAsyncIterator"),
        ("{[Symbol.asyncIterator]() {}}", "JsAsyncIterable"),
        ("{then() {}}", "JsPromise"),
        ("new Error('e')", "JsException"),
        ("new WeakRef({})", "JsWeakRef"),
        ("{[Symbol.toStringTag]: 'HTMLDivElement'}", "JsDomElement"),
        ("new Response('')", "JsFetchResponse"),
    ],
)
def test_the_class_follows_from_the_features(today: Runtime, javascript: str, classes: str) -> None:
    python = f"""
import pyodide.ffi
x = run_js({f"[{javascript}]"!r})[0]
assert isinstance(x, pyodide.ffi.JsProxy)
[name for name in {CLASSES} if isinstance(x, getattr(pyodide.ffi, name))]
"""
    assert evaluate(today, "0", python) == classes.split()


def test_an_object_that_answers_to_every_key_is_a_jsproxy(today: Runtime) -> None:
    today.run_js("""
        globalThis.remote = new Proxy({}, {
            get: (_, key) => key === "then" ? undefined : () => String(key),
        });
    """)
    assert today.run_python("""
        from js import remote
        [type(remote).__name__, remote.read()]
    """) == ["JsProxy", "read"]


def test_a_name_that_javascript_does_not_have_is_an_import_error(today: Runtime) -> None:
    assert today.run_python("""
        try:
            from js import no_such_name
        except ImportError as error:
            message = str(error)
        message
    """).startswith("cannot import name 'no_such_name' from 'js'")


def test_a_converter_has_the_type_of_to_js_converters(today: Runtime) -> None:
    python = """
import inspect
from pyodide.ffi import ToJsConverter
list(inspect.signature(ToJsConverter.__call__).parameters)
"""
    assert evaluate(today, "0", python) == ["self", "value", "converter", "cache"]


def test_the_classes_are_subscripted_and_not_instantiated(today: Runtime) -> None:
    assert evaluate(today, "[]", "from pyodide.ffi import JsArray; str(JsArray[int].__args__[0])")
    for name in ("JsProxy", "JsArray", "JsMap", "JsPromise"):
        with pytest.raises(JavaScriptError, match=f"TypeError.*{name}"):
            today.run_python(f"from pyodide.ffi import {name}; {name}()")


@pytest.mark.parametrize(
    ("javascript", "python", "expected"),
    [
        # every object
        ("{a: 1, b: 'c'}", "x.a, x.b, x.typeof", [1, "c", "object"]),
        ("{typeof: 7}", "x.typeof", "object"),
        ("{async: 1, async_: 2}", "x.async_, x.async__", [1, 2]),
        ("{finally: 1}", "x.finally_ = 2; 'finally_' in dir(x), 'finally' in dir(x)", [True, False]),
        ("{try: 1}", "del x.try_; hasattr(x, 'try_')", False),
        ("{a: 1, 5: 2}", "'a' in dir(x), '5' in dir(x), 'to_py' in dir(x)", [True, False, True]),
        ("{a: 1}", "x.object_entries().to_py()", [["a", 1]]),
        ("{a: 1}", "list(x.object_keys()), list(x.object_values())", [["a"], [1]]),
        ("[{}]", "x[0].js_id == x[0].js_id != x.js_id, x[0] == x[0]", [True, True]),
        ("{}", "x == {}, x != {}, x in [x]", [False, True, True]),
        ("[1, 2].map((t) => new Date(t))", "x[0] < x[1], x[0] >= x[1]", [True, False]),
        ("{}", "x.to_weakref().deref() == x", True),
        ("{}", "repr(x)", "[object Object]"),
        ("Object.create(null)", "str(x)", "[object Object]"),
        ("function f() {}", "str(x)", "function f() {}"),
        ("class A {constructor(a) {this.a = a}}", "x.new(5).a", 5),
        ("(...args) => args", "x(1, a=2)[1].a", 2),
        ("(function() { 'use strict'; return this })", "x() is None", True),
        ("{f() { return this }}", "x.f() == x", True),
        ("{}", "bool(x)", True),
        ("[[], new Map(), new Set(), new ArrayBuffer(0)]", "[bool(v) for v in x]", [False] * 4),
        ("{[Symbol.dispose ?? 'd']() { this.closed = 1 }}", "hasattr(x, 'closed')", False),
        # arrays
        ("[1, 2, 3]", "x[0], x[-1], len(x), list(x), 2 in x", [1, 3, 3, [1, 2, 3], True]),
        ("[1, 2, 3]", "x[1] = 5; del x[0]; x.to_py()", [5, 3]),
        ("[1, 2, 3, 4]", "x[::2].to_py(), x[::-1].to_py(), type(x[:]).__name__", [[1, 3], [4, 3, 2, 1], "JsProxy"]),
        ("[1, 2, 3, 4]", "x[1:3] = [7]; x[::2] = [8, 9]; x.to_py()", [8, 7, 9]),
        ("[1, 2, 3, 4, 5]", "del x[::-2]; x.to_py()", [2, 4]),
        ("[1]", "x.append(2); x.extend((3, 4)); x.insert(0, 0); x.to_py()", [0, 1, 2, 3, 4]),
        ("[1, 2, 3]", "x.pop(), x.pop(0), x.to_py()", [3, 1, [2]]),
        ("[5, 6, 5]", "x.index(5), x.index(5, 1), x.count(5)", [0, 2, 2]),
        ("[5, 6, 5]", "x.remove(5); x.reverse(); x.to_py(), list(reversed(x))", [[5, 6], [6, 5]]),
        ("[]", "x.append([1]); x.append([2]); x.index([2]), x.count([1]), x[0]", [1, 1, [1]]),
        ("[1]", "(x + [2]).to_py(), (x * 2).to_py(), (2 * x).to_py()", [[1, 2], [1, 1], [1, 1]]),
        ("[1]", "y = x; y += [2]; y *= 2; x.to_py()", [1, 2, 1, 2]),
        ("[1]", "hasattr(x, 'keys'), hasattr(x, 'as_object_map')", [False, False]),
        ("[1, 2]", "match x:\n  case [a, b]: r = a + b\nr", 3),
        # maps
        ("new Map([[1, 2]])", "x[1], 1 in x, len(x), list(x), dict(x) == {1: 2}", [2, True, 1, [1], True]),
        ("new Map([[1, 2]])", "list(x.keys()), list(x.values()), [*map(list, x.items())]", [[1], [2], [[1, 2]]]),
        ("new Map([[1, 2]])", "x.get(1), x.get(2), x.get(2, 3)", [2, None, 3]),
        ("new Map([[1, 2]])", "x.setdefault(1, 5), x.setdefault(2, 5), len(x)", [2, 5, 2]),
        ("new Map([[1, 2]])", "x[3] = 4; del x[1]; list(x)", [3]),
        ("new Map([[1, 2]])", "x.pop(1), x.pop(1, 9), len(x)", [2, 9, 0]),
        ("new Map([[1, 2]])", "x.update({3: 4}, a=5); list(x), list(x.popitem())", [[1, 3, "a"], [1, 2]]),
        ("new Map([[1, 2]])", "x.clear(); len(x)", 0),
        ("new Map([[1, 2]])", "match x:\n  case {1: a}: r = a\nr", 2),
        ("{a: {b: 1}}", "m = x.as_object_map(); m['c'] = 2; list(m), m['a'].b, len(m)", [["a", "c"], 1, 2]),
        ("{a: {b: 1}}", "m = x.as_object_map(hereditary=True); m['a']['b'], 'b' in m['a'], 1 in m", [1, True, False]),
        ("{a: [{b: 1}]}", "j = x.as_py_json(); j['a'][0]['b'], [e['b'] for e in j['a']]", [1, [1]]),
        # iterators
        ("(function*() { const y = yield 1; return y })()", "next(x), iter(x) is x", [1, True]),
        ("{next: () => ({done: true})}", "list(x)", []),
        # buffers
        ("new Uint16Array([1, 2])", "x[0], x[-1], list(x), x.index(2), len(x)", [1, 2, [1, 2], 1, 2]),
        ("new Uint16Array([1, 258])", "list(x.to_bytes()), x.to_memoryview().format", [[1, 0, 2, 1], "H"]),
        ("new Uint8Array([1, 2])", "x[1] = 7; x.assign(bytes([x[1], 9])); list(x)", [7, 9]),
        ("new Uint8Array([1, 2])", "b = bytearray(2); x.assign_to(b); list(b)", [1, 2]),
        ("new Uint8Array([195, 169])", "x.to_string()", "é"),
        ("new Uint8Array([207, 240])", "x.to_string('windows-1251')", "Пр"),
        # errors
        ("new RangeError('m')", "x.name, x.message, str(x), isinstance(x.stack, str)", ["RangeError", "m", "RangeError: m", True]),
        ("new Error('m')", "isinstance(x, Exception), x.js_error.message, bool(x.object_keys() is None)", [True, "m", False]),
    ],
)  # fmt: skip
def test_a_member(today: Runtime, javascript: str, python: str, expected: Any) -> None:
    head, _, last = python.rpartition("; ")
    assert evaluate(today, javascript, f"{head}\n{last}" if head else python) == expected


@pytest.mark.parametrize(
    ("javascript", "python", "error"),
    [
        ("{}", "x.a", "AttributeError"),
        ("{}", "x['a']", "TypeError: 'pyodide.ffi.JsProxy' object is not subscriptable"),
        ("{}", "iter(x)", "TypeError: 'pyodide.ffi.JsProxy' object is not iterable"),
        ("{}", "len(x)", r"TypeError: object of type 'pyodide.ffi.JsProxy' has no len\(\)"),
        ("{length: -1}", "len(x)", "ValueError: length -1 of object is negative"),
        ("{length: 2**31}", "len(x)", "OverflowError: length 2147483648 of object is larger than"),
        ("{length: 'a'}", "len(x)", "TypeError: object does not have a valid length"),
        ("[1,,2]", "x[1]", "IndexError"),
        ("[]", "x[-1]", "IndexError"),
        ("[]", "x['a']", "TypeError: list indices must be integers or slices, not str"),
        ("[]", "x[::2] = [1]", "ValueError: attempt to assign sequence of size 1 to extended slice"),
        ("[]", "x.index(1)", "ValueError: 1 is not in list"),
        ("[]", "x.pop()", "IndexError"),
        ("new Map()", "x[1]", "KeyError: 1"),
        ("new Map()", "del x[1]", "KeyError: 1"),
        ("new Map()", "x.pop(1)", "KeyError: 1"),
        ("{}", "x.as_object_map()[1] = 2", "TypeError: Can only assign keys of type string"),
        ("new Uint8Array(1)", "x[:]", "NotImplementedError: Slice subscripting"),
        ("new Uint8Array(1)", "x[:] = [1]", "NotImplementedError: Slice assignment"),
        ("new Uint8Array(1)", "del x[0]", "TypeError: object doesn't support item deletion"),
        ("new Uint8Array(1)", "x.assign(b'ab')", "ValueError: cannot assign to TypedArray of length 1"),
        ("new Uint8Array(1)", "x.assign_to(bytearray(2))", "ValueError: cannot assign from TypedArray"),
        ("new Uint16Array(1)", "x.assign(b'ab')", "ValueError: TypedArray and memorybuffer have incompatible"),
        ("new Uint8Array([255])", "x.to_string()", "ValueError: Failed to decode"),
        ("{next: () => 2}", "x.send(None)", 'TypeError: Result should have type "object" not "number"'),
        ("{next: () => ({})}", "x.send(None)", 'TypeError: Result has no "done" field'),
        ("{next: () => Promise.resolve()}", "x.send(None)", "TypeError: Result was a promise, use anext"),
        ("{get a() { throw new TypeError('t') }}", "x.a", "pyodide.ffi.JsException: TypeError: t"),
        ("() => { throw 'text' }", "x()", "pyodide.ffi.JsException: Error: text"),
        ("() => { throw {} }", "x()", "A value of type object with tag .object Object. was thrown"),
        ("new Error('raised')", "raise x", "pyodide.ffi.JsException: Error: raised"),
    ],
)  # fmt: skip
def test_an_error(today: Runtime, javascript: str, python: str, error: str) -> None:
    with pytest.raises(JavaScriptError, match=error):
        evaluate(today, javascript, python)


def test_as_object_map_warns_that_it_is_deprecated(today: Runtime) -> None:
    python = """
import warnings
with warnings.catch_warnings(record=True, action="always") as caught:
    x.as_object_map()
    x.as_py_json()
[(w.category.__name__, str(w.message)) for w in caught]
"""
    message = "JsProxy.as_object_map() is deprecated. Use as_py_json() instead."
    assert evaluate(today, "{}", python) == [["RuntimeWarning", message]]


def test_a_generator_is_sent_values_closed_and_thrown_into(today: Runtime) -> None:
    python = """
g = x()
results = [g.send(None), g.send(5)]
try:
    g.send(7)
except StopIteration as stop:
    results.append(stop.value)
g = x()
next(g)
results += [g.throw(ValueError("v")), g.close()]
results
"""
    javascript = """function* () {
        try { const a = yield 1; const b = yield a + 1; return b } catch (e) { yield e.type }
    }"""
    assert evaluate(today, javascript, python) == [1, 6, 7, "ValueError", None]


def test_a_generator_that_yields_when_it_is_closed_is_an_error(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="RuntimeError: JavaScript generator ignored return"):
        evaluate(
            today,
            "function* () { try { yield 1 } finally { yield 2 } }",
            "g = x(); next(g); g.close()",
        )


def test_an_object_with_dispose_is_a_context_manager(today: Runtime) -> None:
    assert today.run_python("""
        from pyodide.code import run_js
        x = run_js('''
            Symbol.dispose ??= Symbol("dispose");
            ({ closed: false, [Symbol.dispose]() { this.closed = true } })
        ''')
        if hasattr(x, "__exit__"):
            with x as y:
                before = y.closed
            result = [before, x.closed]
        else:
            result = [False, True]  # the engine has no Symbol.dispose that the runtime knows
        result
    """) == [False, True]


def test_a_js_exception_survives_pickle_and_keeps_its_class(today: Runtime) -> None:
    python = """
import pickle
from pyodide.ffi import JsException
y = pickle.loads(pickle.dumps(x))
[isinstance(y, JsException), y.name, y.message, y.stack == x.stack]
"""
    assert evaluate(today, "new RangeError('m')", python) == [True, "RangeError", "m", True]


def test_the_same_javascript_error_comes_back(today: Runtime) -> None:
    python = """
from pyodide.ffi import create_proxy
def raise_it():
    raise x
run_js("(f, e) => { try { f() } catch (error) { return error.cause === e } }")(raise_it, x)
"""
    assert evaluate(today, "new Error('m')", python) is True


def test_a_python_exception_passes_through_javascript(today: Runtime) -> None:
    python = """
error = ValueError("v")
def raise_it():
    raise error
try:
    x(raise_it)
except ValueError as caught:
    result = caught is error
result
"""
    assert evaluate(today, "(f) => f()", python) is True


def test_files_and_buffers(today: Runtime) -> None:
    python = """
from pathlib import Path
with open("buffer.bin", "wb+") as file:
    x.to_file(file)
    file.seek(1)
    y = run_js("new Uint8Array(2)")
    y.from_file(file)
[list(Path("buffer.bin").read_bytes()), list(y)]
"""
    assert evaluate(today, "new Uint8Array([1, 2, 3])", python) == [[1, 2, 3], [2, 3]]
