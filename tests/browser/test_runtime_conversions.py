"""Do values cross between Python and JavaScript as the API document's tables say?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


@pytest.mark.parametrize(
    ("python", "javascript"),
    [
        ("None", "undefined"),
        ("True", "true"),
        ("False", "false"),
        ("0", "0"),
        ("-1", "-1"),
        ("2**30 - 1", "1073741823"),
        ("2**30", "1073741824"),
        ("-2**31", "-2147483648"),
        ("2**53 - 1", "9007199254740991"),
        ("-(2**53 - 1)", "-9007199254740991"),
        ("2**53", "9007199254740992n"),
        ("-2**63", "-9223372036854775808n"),
        ("10**30", "1000000000000000000000000000000n"),
        ("1.5", "1.5"),
        ("float('inf')", "Infinity"),
        ("'ASCII'", "'ASCII'"),
        ("'a' * 1000", "'a'.repeat(1000)"),
        ("'pyodidé'", "'pyodidé'"),
        ("'ιωδιούχο'", "'ιωδιούχο'"),
        ("'🐍' * 3000", "'🐍'.repeat(3000)"),
        (r"'\ud800 alone'", r"'\ud800 alone'"),
        (r"'a\0b'", r"'a\0b'"),
        ("__import__('enum').IntEnum('E', 'ONE').ONE", "1"),
        ("type('S', (str,), {})('sub')", "'sub'"),
        ("type('F', (float,), {})(2.5)", "2.5"),
        ("type('I', (int,), {})(2)", "2"),
        ("type('I', (int,), {})(2**60)", "1152921504606846976n"),
        ("-2**30", "-1073741824"),
        ("1 - 2**30", "-1073741823"),
        ("2**64", "18446744073709551616n"),
        ("3.0", "3"),
        ("1e300", "1e300"),
        ("'\\N{LATIN SMALL LETTER Y WITH DIAERESIS}' * 5000", "'ÿ'.repeat(5000)"),
        ("'\\U0010ffff\\ud83d'", "'\\u{10ffff}\\ud83d'"),
        ("''", "''"),
    ],
)
def test_a_python_value_becomes_its_javascript_counterpart(
    runtime: Runtime, python: str, javascript: str
) -> None:
    assert runtime.run_js(f"return pyodide.runPython({json.dumps(python)}) === {javascript};")


@pytest.mark.parametrize(
    ("javascript", "python"),
    [
        ("undefined", "x is None"),
        ("null", "x is None"),
        ("true", "x is True"),
        ("false", "x is False"),
        ("42", "x == 42 and type(x) is int"),
        ("42.0", "type(x) is int"),
        ("42.5", "x == 42.5 and type(x) is float"),
        ("2 ** 60", "x == 2**60 and type(x) is int"),
        ("-(2 ** 31) - 1", "x == -(2**31) - 1"),
        ("2 ** 31", "x == 2**31 and type(x) is int"),
        ("1e300", "x == int(1e300) and type(x) is int"),
        ("-0.0", "x == 0 and type(x) is int"),
        ("5e-324", "x == 5e-324"),
        ("NaN", "x != x"),
        ("Infinity", "x == float('inf')"),
        ("12345678901234567890123456789n", "x == 12345678901234567890123456789"),
        ("-(2n ** 64n)", "x == -(2**64)"),
        ("-(2n ** 63n)", "x == -(2**63)"),
        ("2n ** 100000n", "x == 2**100_000"),
        ("0n", "x == 0 and type(x) is int"),
        ("2n ** 63n - 1n", "x == 2**63 - 1"),
        ("'pyodidé'", "x == 'pyodidé'"),
        ("'碘化物'", "x == '碘化物'"),
        ("'🐍'.repeat(2000)", "x == '🐍' * 2000"),
        (r"'\udc00\ud800'", r"x == '\udc00\ud800'"),
        (r"'a\0b'", r"x == 'a\0b'"),
        (r"'\ufeffmark'", r"x == '\ufeffmark'"),
        ("''", "x == ''"),
        ("'a'.repeat(1e6)", "x == 'a' * 10**6"),
        (
            "Array.from({ length: 1114112 }, (_, i) => String.fromCodePoint(1114111 - i)).join('')",
            "x == ''.join(map(chr, range(0x10ffff, -1, -1)))",
        ),
    ],
)
def test_a_javascript_value_becomes_its_python_counterpart(
    runtime: Runtime, javascript: str, python: str
) -> None:
    runtime.run_js(f"pyodide.globals.x = {javascript};")
    assert runtime.run_python(python) is True


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("[1, 'two', [3.5], None]", [1, "two", [3.5], None]),
        ("(1, (2,), ())", [1, [2], []]),
        ("{'a': 1, 'b': {'c': [2]}}", {"a": 1, "b": {"c": [2]}}),
        ("{42: 64}", {"42": 64}),
        (
            "{1.5: 1, True: 2, None: 3, 2**60: 4}",
            {"1.5": 1, "true": 2, "undefined": 3, str(2**60): 4},
        ),
        ("{(1, 2): 3, b'x': 4, frozenset(): 5}", {"(1, 2)": 3, "b'x'": 4, "frozenset()": 5}),
        ("type('K', (str,), {})('key') and {type('K', (str,), {})('key'): 1}", {"key": 1}),
        ("{}", {}),
        ("type('L', (list,), {'__getitem__': None, '__iter__': None})([1])", [1]),
        ("type('D', (dict,), {'__getitem__': None, 'items': None})(x=1)", {"x": 1}),
        ("__import__('collections').namedtuple('P', 'x y')(1, 2)", [1, 2]),
        ("__import__('collections').defaultdict(int, x=1)", {"x": 1}),
        ("__import__('collections').OrderedDict(x=1)", {"x": 1}),
    ],
)
def test_containers_become_arrays_and_objects(runtime: Runtime, python: str, expected: Any) -> None:
    assert runtime.run_python(python) == expected


def test_cycles_and_shared_parts_stay_what_they_are(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const list = pyodide.runPython("x = []; x.append(x); x");
        const dict = pyodide.runPython("y = {}; y['self'] = y; y");
        const pair = pyodide.runPython("part = [1]; [part, part]");
        return list[0] === list && dict.self === dict && pair[0] === pair[1];
    """)


def test_a_dict_cannot_change_an_objects_prototype(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const object = pyodide.runPython("{'__proto__': {'evil': 1}}");
        return object.evil === undefined && Object.hasOwn(object, "__proto__");
    """)


def test_the_same_object_has_the_same_proxy(runtime: Runtime) -> None:
    assert runtime.run_js("""
        pyodide.globals.o = globalThis.o = {};
        pyodide.runPython("import js\\nclass C: pass\\nc = C()");
        return pyodide.runPython("o is js.o")
            && pyodide.pyimport("c") === pyodide.globals.c
            && pyodide.pyimport("o") === globalThis.o;
    """)


def test_arguments_survive_the_growth_of_memory_that_they_cause(runtime: Runtime) -> None:
    assert (
        runtime.run_js("""
        const size = pyodide.runPython("lambda *arrays: [len(a) for a in arrays]");
        const large = () => new Uint8Array(30_000_000);
        return size(large(), large(), large());
    """)
        == [30_000_000] * 3
    )


@pytest.mark.parametrize(
    "python",
    [
        "{1, 2}",
        "frozenset()",
        "range(3)",
        "1j",
        "object()",
        "int",
        "len",
        "(x for x in 'ab')",
        "__import__('sys')",
        "__import__('datetime').date(2026, 11, 24)",
        "__import__('decimal').Decimal('0.1')",
        "__import__('collections').UserDict()",
        "ValueError('not raised')",
        "__import__('dataclasses').make_dataclass('Point', ['x', 'y'])(1, 2)",
    ],
)
def test_everything_else_is_a_proxy_and_comes_back_as_itself(runtime: Runtime, python: str) -> None:
    runtime.run_python(f"original = {python}")
    assert runtime.run_js("""
        const proxy = pyodide.globals.original;
        pyodide.globals.back = proxy;
        return [proxy === pyodide.globals.original, proxy.toString() === pyodide.repr(proxy),
                pyodide.runPython("back is original")];
    """) == [True, True, True]


def test_a_dataclass_is_used_by_its_fields(runtime: Runtime) -> None:
    runtime.run_python("""
        from dataclasses import dataclass
        @dataclass
        class Point:
            x: int
            y: int = 2
            def length2(self):
                return self.x ** 2 + self.y ** 2
        point = Point(1)
    """)
    assert runtime.run_js("""
        const { point } = pyodide.globals;
        point.x = 3;
        return [point.x, point.y, point.length2(), point.toString()];
    """) == [3, 2, 13, "Point(x=3, y=2)"]


def test_a_symbol_is_a_proxy_and_may_be_a_key(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const symbol = (globalThis.symbol = Symbol("mine"));
        pyodide.runPython("from js import symbol");
        const object = pyodide.runPython("{symbol: 1}");
        const python = "[repr(symbol), hash(symbol) == hash(symbol), symbol.description]";
        return [pyodide.globals.symbol === symbol, object[symbol], ...pyodide.runPython(python)];
    """) == [True, 1, "Symbol(mine)", True, "mine"]


def test_objects_stay_proxies_of_the_same_identity(runtime: Runtime) -> None:
    assert (
        runtime.run_js("""
        class Thing {}
        const values = [
            {}, [], () => 1, new Thing(), new Date(0), new Map(), /x/, Object.create(null),
            new Number(3), new Error("x"), Promise.resolve(), Thing, new WeakMap(),
        ];
        const { globals } = pyodide;
        return values.every((value) => {
            globals.one = globals.two = value;
            return globals.one === value && pyodide.runPython("one is two");
        });
    """)
        is True
    )


def test_as_nested_list_keeps_cycles_and_shared_parts(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const part = [1];
        const array = (globalThis.array = [part, part, new Uint8Array([1, 2]), , "x", {}]);
        array.push(array);
        return pyodide.runPython(`
            from js import array
            from pyodide import as_nested_list, JsProxy
            nested = as_nested_list(array)
            [nested[0] is nested[1], nested[2:5], type(nested[5]) is JsProxy, nested[6] is nested]
        `);
    """) == [True, [[1, 2], None, "x"], True, True]


def test_as_nested_list_of_something_else_is_a_type_error(runtime: Runtime) -> None:
    for value in ("js.Object.new()", "3", "[1]"):
        with pytest.raises(JavaScriptError, match="TypeError: a JavaScript array is needed"):
            runtime.run_python(f"import js, pyodide\npyodide.as_nested_list({value})")


def test_an_object_array_or_dict_may_change_during_its_conversion(
    runtime: Runtime,
) -> None:
    assert runtime.run_js("""
        pyodide.runPython(`
            class Key:
                def __init__(self, container):
                    self.container = container
                def __str__(self):
                    self.container.clear()
                    return "key"
            changing = {}
            changing.update({Key(changing): 1, "a": [2], "b": 3})
        `);
        return pyodide.globals.changing;
    """) == {"key": 1, "a": [2], "b": 3}


def test_parts_that_are_shared_many_times_over_are_converted_once(runtime: Runtime) -> None:
    """Without a cache of converted objects, the conversion would take 2**100 steps."""
    assert (
        runtime.run_js("""
        let value = pyodide.runPython(`
            nested = []
            for _ in range(100):
                nested = [nested, nested]
            nested
        `);
        let depth = 0;
        for (; value.length > 0; value = value[0]) depth += value[0] === value[1];
        return depth;
    """)
        == 100
    )
