"""Do values cross between Python and JavaScript as the API document's tables say?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.page import JavaScriptError, Page


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
    ],
)
def test_a_python_value_becomes_its_javascript_counterpart(
    pyodide: Page, python: str, javascript: str
) -> None:
    assert pyodide.run_js(f"return pyodide.runPython({json.dumps(python)}) === {javascript};")


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
        ("NaN", "x != x"),
        ("Infinity", "x == float('inf')"),
        ("12345678901234567890123456789n", "x == 12345678901234567890123456789"),
        ("-(2n ** 64n)", "x == -(2**64)"),
        ("2n ** 63n - 1n", "x == 2**63 - 1"),
        ("'pyodidé'", "x == 'pyodidé'"),
        ("'碘化物'", "x == '碘化物'"),
        ("'🐍'.repeat(2000)", "x == '🐍' * 2000"),
        (r"'\udc00\ud800'", r"x == '\udc00\ud800'"),
        (r"'a\0b'", r"x == 'a\0b'"),
        (r"'\ufeffmark'", r"x == '\ufeffmark'"),
        ("''", "x == ''"),
    ],
)
def test_a_javascript_value_becomes_its_python_counterpart(
    pyodide: Page, javascript: str, python: str
) -> None:
    pyodide.run_js(f"pyodide.globals.x = {javascript};")
    assert pyodide.run_python(python) is True


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("[1, 'two', [3.5], None]", [1, "two", [3.5], None]),
        ("(1, (2,), ())", [1, [2], []]),
        ("{'a': 1, 'b': {'c': [2]}}", {"a": 1, "b": {"c": [2]}}),
        ("{42: 64}", {"42": 64}),
        ("__import__('collections').OrderedDict(x=1)", {"x": 1}),
    ],
)
def test_containers_become_arrays_and_objects(pyodide: Page, python: str, expected: Any) -> None:
    assert pyodide.run_python(python) == expected


def test_cycles_and_shared_parts_stay_what_they_are(pyodide: Page) -> None:
    assert pyodide.run_js("""
        const list = pyodide.runPython("x = []; x.append(x); x");
        const dict = pyodide.runPython("y = {}; y['self'] = y; y");
        const pair = pyodide.runPython("part = [1]; [part, part]");
        return list[0] === list && dict.self === dict && pair[0] === pair[1];
    """)


def test_a_dict_cannot_change_an_objects_prototype(pyodide: Page) -> None:
    assert pyodide.run_js("""
        const object = pyodide.runPython("{'__proto__': {'evil': 1}}");
        return object.evil === undefined && Object.hasOwn(object, "__proto__");
    """)


@pytest.mark.parametrize(
    ("array", "format_"),
    [
        ("Int8Array", "b"),
        ("Uint8Array", "B"),
        ("Uint8ClampedArray", "B"),
        ("Int16Array", "h"),
        ("Uint16Array", "H"),
        ("Int32Array", "i"),
        ("Uint32Array", "I"),
        ("Float32Array", "f"),
        ("Float64Array", "d"),
    ],
)
def test_a_typed_array_becomes_a_memoryview_of_its_type(
    pyodide: Page, array: str, format_: str
) -> None:
    pyodide.run_js(f"pyodide.globals.x = new {array}([1, 2, 3]);")
    assert pyodide.run_python("[type(x).__name__, x.format, x.tolist()]") == [
        "memoryview",
        format_,
        [1, 2, 3],
    ]


def test_a_part_of_an_arraybuffer_becomes_only_that_part(pyodide: Page) -> None:
    pyodide.run_js("""
        const buffer = new Uint8Array([0, 1, 2, 3]).buffer;
        Object.assign(pyodide.globals, {
            whole: buffer, part: new Uint8Array(buffer, 1, 2), view: new DataView(buffer, 2),
        });
    """)
    assert pyodide.run_python("[bytes(whole).hex(), bytes(part).hex(), bytes(view).hex()]") == [
        "00010203",
        "0102",
        "0203",
    ]


def test_bytes_become_a_view_without_a_copy(pyodide: Page) -> None:
    assert pyodide.run_js("""
        const view = pyodide.runPython("buffer = bytearray(b'abc'); buffer");
        const before = [view.constructor.name, ...view];
        pyodide.runPython("buffer[0] = 120");
        view[1] = 121;
        return [...before, view[0], pyodide.runPython("buffer.decode()")];
    """) == ["Uint8ClampedArray", 97, 98, 99, 120, "xyc"]


def test_a_view_keeps_its_python_object_alive(pyodide: Page) -> None:
    assert pyodide.run_js("""
        const view = pyodide.runPython("bytes([7]) * 100000");
        pyodide.runPython("for _ in range(100): bytes([9]) * 100000");
        return view.every((byte) => byte === 7);
    """)


def test_the_same_object_has_the_same_proxy(pyodide: Page) -> None:
    assert pyodide.run_js("""
        pyodide.globals.o = window.o = {};
        pyodide.runPython("import js\\nclass C: pass\\nc = C()");
        return pyodide.runPython("o is js.o")
            && pyodide.pyimport("c") === pyodide.globals.c
            && pyodide.pyimport("o") === window.o;
    """)


def test_nesting_too_deep_to_convert_is_an_error_and_python_goes_on(pyodide: Page) -> None:
    with pytest.raises(JavaScriptError, match=r"stack|recursion"):
        pyodide.run_python("""
            deep = []
            for _ in range(100_000):
                deep = [deep]
            deep
        """)
    assert pyodide.run_python("1 + 1") == 2


def test_arguments_survive_the_growth_of_memory_that_they_cause(pyodide: Page) -> None:
    assert (
        pyodide.run_js("""
        const size = pyodide.runPython("lambda *arrays: [len(a) for a in arrays]");
        const large = () => new Uint8Array(30_000_000);
        return size(large(), large(), large());
    """)
        == [30_000_000] * 3
    )
