"""Does toJs() convert Python objects as Pyodide 314 documents?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime


@pytest.mark.parametrize(
    ("python", "json"),
    [
        ("[1, 2.5, 'a', True, None]", '[1,2.5,"a",true,null]'),
        ("(1, (2,))", "[1,[2]]"),
        ("{'a': [1], 2: {}}", '{"2":{},"a":[1]}'),
        ("[{1, 2}]", '["Set",1,2]'),
        ("[range(3)]", '["PyProxy"]'),
        ("[frozenset()]", '["PyProxy"]'),
        ("[b'ab']", '["Uint8Array",97,98]'),
        ("{'__proto__': 1}", '{"__proto__":1}'),
    ],
)
def test_containers_are_converted(today: Runtime, python: str, json: str) -> None:
    assert (
        today.run_js(f"""
            const value = pyodide.runPython({python!r}).toJs();
            const name = (item) => item?.[Symbol.toStringTag];
            return JSON.stringify(
                Array.isArray(value) && name(value[0])
                    ? [name(value[0]), ...(name(value[0]) === "PyProxy" ? [] : value[0])]
                    : value);
        """)
        == json
    )


@pytest.mark.parametrize("depth", range(4))
def test_depth_limits_the_levels(today: Runtime, depth: int) -> None:
    assert today.run_js(f"""
            let value = pyodide.runPython("[1, (2, [3, {{'x': 4}}])]").toJs({{ depth: {depth} }});
            let levels = 0;
            for (; Array.isArray(value); value = value[1]) levels++;
            return [levels, value instanceof pyodide.ffi.PyProxy];
        """) == [depth, True]


def test_a_container_is_converted_once_also_inside_itself(today: Runtime) -> None:
    assert today.run_js("""
        const list = pyodide.runPython("a = [1]; l = [a, a]; l.append(l); l").toJs();
        const dict = pyodide.runPython("d = {}; d['d'] = [d]; d").toJs();
        const pairs = pyodide.runPython("d = {}; l = [d]; d['l'] = l; d").toJs(
            { dict_converter: Object.fromEntries });
        return [list[0] === list[1], list[2] === list, dict.d[0] === dict,
            pairs.l[0] === pairs];
    """) == [True, True, True, True]


def test_proxies_of_a_conversion_are_collected_or_forbidden(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("[[object(), object()], object()]");
        const pyproxies = [];
        const converted = proxy.toJs({ pyproxies });
        let message;
        try { proxy.toJs({ create_pyproxies: false }); } catch (error) { message = error.message; }
        return [pyproxies.length, converted[1] === pyproxies[2],
            message.includes("pyodide.ffi.ConversionError: No conversion known for x.")];
    """) == [3, True, True]


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("{(2, 2): 0}", r"Cannot use \(2, 2\) as a key for a Javascript Map"),
        ("{(2, 2)}", r"Cannot use \(2, 2\) as a key for a Javascript Set"),
        ("{1: 7, '1': 9}", "Key collision when converting Python dictionary .* Key: '1'"),
    ],
)
def test_a_key_without_a_counterpart_raises(today: Runtime, python: str, message: str) -> None:
    with pytest.raises(JavaScriptError, match=f"ConversionError: {message}"):
        today.run_js(f"pyodide.runPython({python!r}).toJs();")


@pytest.mark.parametrize("pyproxies", ["[]", "Object.new()"])
def test_python_may_give_only_an_array_for_the_proxies(today: Runtime, pyproxies: str) -> None:
    with pytest.raises(JavaScriptError, match="TypeError: Expected a JsArray for the pyproxies"):
        today.run_python(f"""
            from js import Object
            from pyodide.ffi import to_js
            to_js([object()], pyproxies={pyproxies})
        """)


def test_a_dict_converter_receives_pairs(today: Runtime) -> None:
    assert today.run_js("""
        const dict = pyodide.runPython("{0: {'a': 2}, 'b': 3}");
        return [dict.toJs({ dict_converter: Array.from }),
            [...dict.toJs({ dict_converter: (pairs) => new Map(pairs) }).keys()]];
    """) == [[[0, [["a", 2]]], ["b", 3]], [0, "b"]]


def test_a_dict_becomes_a_literal_map_by_an_option(today: Runtime) -> None:
    assert today.run_js("""
        const { apiMode } = pyodide._module;
        apiMode.dictIsLiteralMap = true;
        try {
            const map = pyodide.runPython("{'a': 6, 6: 9, 'get': 77, 'd': {'e': 1}}").toJs();
            const seen = [map.constructor.name, "a" in map, 6 in map, "get" in map, map.a, map[6],
                map.get(6), typeof map.get, map.get("get"), map.d.e, Object.keys(map), map.size];
            map.a = 7;
            map.set("b", 8);
            delete map.d;
            return [...seen, map.get("a"), map.b, map.has("d"), [...map.keys()].length];
        } finally {
            apiMode.dictIsLiteralMap = false;
        }
    """) == [
        "LiteralMap",
        True,
        False,
        True,
        6,
        None,
        9,
        "function",
        77,
        1,
        ["a", "d"],
        4,
        7,
        8,
        False,
        4,
    ]


PAIR = """
    const pair = pyodide.runPython(`
        class Pair:
            def __init__(self, first, second): self.first, self.second = first, second
        pair = Pair([1], 2)
        pair.second = pair
        pair`);
    const toArray = (object, convert, cacheConversion) => {
        if (object.type !== "Pair") return convert(object);
        const array = [];
        cacheConversion(object, array);
        array.push(convert(object.first), convert(object.second));
        return array;
    };
"""


@pytest.mark.parametrize("converter", ["default_converter", "eager_converter"])
def test_a_converter_converts_objects_and_their_parts(today: Runtime, converter: str) -> None:
    assert today.run_js(f"""
        {PAIR}
        const array = pair.toJs({{ {converter}: toArray }});
        return [array[0], array[1] === array, array.length];
    """) == [[1], True, 2]


def test_an_eager_converter_sees_containers_first(today: Runtime) -> None:
    assert today.run_js("""
        const types = [];
        const converted = pyodide.runPython("[(1, 2), {'a': [3]}, 4]").toJs({
            eager_converter(object, convert) {
                types.push(object.type);
                return object.type === "tuple" ? "a tuple" : convert(object);
            },
        });
        return [converted, types];
    """) == [["a tuple", {"a": [3]}, 4], ["list", "tuple", "dict", "list"]]


def test_only_a_proxy_has_a_conversion_to_cache(today: Runtime) -> None:
    with pytest.raises(JavaScriptError, match="first argument to cacheConversion must be a PyProx"):
        today.run_js("""
            pyodide.runPython("[object()]").toJs({
                default_converter: (object, convert, cacheConversion) => cacheConversion({}, 1),
            });
        """)


def test_objects_of_a_converter_are_not_confused_with_freed_ones(today: Runtime) -> None:
    """Python may give a new container the address of a freed one."""
    assert today.run_js("""
        return pyodide.runPython(`
            class Number:
                def __init__(self, n): self.n = n
                def box(self): return [self.n]
            [Number(n) for n in range(50)]`).toJs({
                default_converter: (object, convert) => {
                    const box = object.box();
                    const array = convert(box);
                    box.destroy();
                    return array;
                },
            });
    """) == [[n] for n in range(50)]


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("array('b', [1, -1])", ["Int8Array", [1, -1]]),
        ("array('H', [1, 2])", ["Uint16Array", [1, 2]]),
        ("array('i', [1, -2])", ["Int32Array", [1, -2]]),
        ("array('q', [1, -2])", ["BigInt64Array", ["1", "-2"]]),
        ("array('Q', [1, 2])", ["BigUint64Array", ["1", "2"]]),
        ("array('f', [0.5])", ["Float32Array", [0.5]]),
        ("array('d', [0.5])", ["Float64Array", [0.5]]),
        ("memoryview(bytes(range(6)))[::2]", ["Uint8Array", [0, 2, 4]]),
        ("memoryview(bytes([1, 0])).cast('?')", ["Array", [True, False]]),
        ("(c_int32.__ctype_be__ * 2)(1, -2)", ["Int32Array", [1, -2]]),
        ("c_int32(7)", ["Int32Array", [7]]),
    ],
)
def test_a_buffer_becomes_a_typed_array(today: Runtime, python: str, expected: Any) -> None:
    assert (
        today.run_js(f"""
            const value = pyodide.runPython(
                "from array import array; from ctypes import c_int32; {python}").toJs();
            const items = Array.from(value, (x) => typeof x === "bigint" ? String(x) : x);
            return [value.constructor.name, items];
        """)
        == expected
    )


def test_more_dimensions_are_arrays_of_rows(today: Runtime) -> None:
    assert today.run_js("""
        const rows = pyodide.runPython("memoryview(bytes(range(6))).cast('b', [2, 3])[::-1]")
            .toJs();
        return rows.map((row) => [row.constructor.name, ...row]);
    """) == [["Int8Array", 3, 4, 5], ["Int8Array", 0, 1, 2]]


# getBuffer


def test_a_buffer_is_open_until_its_release(today: Runtime) -> None:
    assert today.run_js("""
        const proxy = pyodide.runPython("x = bytearray(range(4)); x");
        const view = proxy.getBuffer();
        view.data[0] = 9;
        const append = () => {
            try { pyodide.runPython("x.append(1)"); } catch (error) { return error.type; }
        };
        const seen = [view instanceof pyodide.ffi.PyBufferView, view.data.constructor.name,
            pyodide.runPython("x[0]"), append()];
        view.release();
        view.release();
        return [...seen, view.data === undefined, append() === undefined];
    """) == [True, "Uint8Array", 9, "BufferError", True, True]


def test_a_view_tells_the_layout(today: Runtime) -> None:
    assert today.run_js("""
        const view = pyodide.runPython("memoryview(bytes(range(24))).cast('b', [8, 3])[::-1]")
            .getBuffer();
        const { offset, readonly, format, itemsize, ndim, nbytes, shape, strides } = view;
        const item = view.data[offset + 7 * strides[0] + 2 * strides[1]];
        const contiguous = [view.c_contiguous, view.f_contiguous];
        view.release();
        const numbers = { offset, itemsize, ndim, nbytes, shape, strides };
        return { ...numbers, readonly, format, item, contiguous };
    """) == {
        "offset": 21,
        "readonly": True,
        "format": "b",
        "itemsize": 1,
        "ndim": 2,
        "nbytes": 24,
        "shape": [8, 3],
        "strides": [-3, 1],
        "item": 2,
        "contiguous": [False, False],
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("i8", "Int8Array"),
        ("u8", "Uint8Array"),
        ("u8clamped", "Uint8ClampedArray"),
        ("i16", "Int16Array"),
        ("u16", "Uint16Array"),
        ("i32", "Int32Array"),
        ("u32", "Uint32Array"),
        ("i64", "BigInt64Array"),
        ("u64", "BigUint64Array"),
        ("f32", "Float32Array"),
        ("f64", "Float64Array"),
        ("dataview", "DataView"),
    ],
)
def test_the_type_of_a_view_may_be_given(today: Runtime, kind: str, name: str) -> None:
    assert today.run_js(f"""
        const view = pyodide.runPython("bytes(range(16))").getBuffer("{kind}");
        const seen = [view.data.constructor.name, view.data.byteLength];
        view.release();
        return seen;
    """) == [name, 16]


@pytest.mark.parametrize(
    ("python", "kind", "message"),
    [
        ("b''", '"i9"', "Unknown type i9"),
        ("bytes(3)", '"u16"', "Buffer does not have valid alignment for a Uint16Array"),
        ("(c_int32.__ctype_be__ * 2)()", "", "no native support for big endian buffers"),
        ("(POINTER(c_int32) * 2)()", "", "Expected format string to have length <= 2"),
        ("array('u', 'a')", "", "Unrecognized format character 'w'"),
    ],
)
def test_a_buffer_that_no_typed_array_represents_raises(
    today: Runtime, python: str, kind: str, message: str
) -> None:
    code = f"from array import array; from ctypes import POINTER, c_int32; {python}"
    with pytest.raises(JavaScriptError, match=message):
        today.run_js(f"pyodide.runPython({code!r}).getBuffer({kind});")


def test_an_empty_buffer_has_no_memory(today: Runtime) -> None:
    assert today.run_js("""
        const view = pyodide.runPython("from array import array; array('Q')").getBuffer();
        return [view.data.length, view.nbytes];
    """) == [0, 0]
