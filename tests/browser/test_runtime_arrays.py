"""Do typed arrays, buffers and NumPy's arrays cross as the API document says?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.runtime import JavaScriptError, Runtime

# A description of values that JSON cannot express.
DESCRIBE = """
    const describe = (value) => {
        if (ArrayBuffer.isView(value)) {
            return { [value.constructor.name]: Array.from(value, describe) };
        }
        if (Array.isArray(value)) {
            return value.map(describe);
        }
        if (typeof value === "number") {
            return Number.isFinite(value) ? value : String(value);
        }
        if (typeof value === "object" || typeof value === "function") {
            return typeof value.ownKeys === "function" ? "proxy" : value;
        }
        return typeof value === "boolean" ? value : String(value);
    };
"""


@pytest.fixture
def numpy(runtime: Runtime) -> Runtime:
    """A runtime in which Python's ``np`` is NumPy."""
    runtime.run_python_async("import numpy as np")
    return runtime


def described(runtime: Runtime, python: str) -> Any:
    """A description of the JavaScript value of a Python expression."""
    return runtime.run_js(f"{DESCRIBE}return describe(pyodide.runPython({json.dumps(python)}));")


@pytest.mark.parametrize(
    ("array", "format_", "items"),
    [
        ("Int8Array", "b", [1, -2, 127]),
        ("Uint8Array", "B", [1, 2, 255]),
        ("Uint8ClampedArray", "B", [1, 2, 255]),
        ("Int16Array", "h", [1, -2, 2**15 - 1]),
        ("Uint16Array", "H", [1, 2, 2**16 - 1]),
        ("Int32Array", "i", [1, -2, 2**31 - 1]),
        ("Uint32Array", "I", [1, 2, 2**32 - 1]),
        ("Float32Array", "f", [1.5, -2, 0]),
        ("Float64Array", "d", [0.1, -2, 1e300]),
    ],
)
def test_a_typed_array_becomes_a_memoryview_of_its_type(
    runtime: Runtime, array: str, format_: str, items: list[float]
) -> None:
    runtime.run_js(f"pyodide.globals.x = new {array}({json.dumps(items)});")
    assert runtime.run_python("[type(x).__name__, x.format, x.readonly, x.tolist()]") == [
        "memoryview",
        format_,
        False,
        items,
    ]


@pytest.mark.parametrize(
    ("array", "format_", "largest"),
    [("BigInt64Array", "q", 2**63 - 1), ("BigUint64Array", "Q", 2**64 - 1)],
)
def test_arrays_of_64_bit_integers_keep_every_bit(
    runtime: Runtime, array: str, format_: str, largest: int
) -> None:
    runtime.run_js(f"pyodide.globals.x = new {array}([1n, {largest}n]);")
    assert runtime.run_python(f"[x.format, x.tolist() == [1, {largest}]]") == [format_, True]
    assert described(runtime, "x") == [1, str(largest)]


def test_half_precision_numbers_keep_their_type_where_there_is_one(runtime: Runtime) -> None:
    assert runtime.run_js("""
        if (typeof Float16Array === "undefined") return true;
        pyodide.globals.x = new Float16Array([1.5, -2]);
        return pyodide.runPython("[x.format, *x.tolist()] == ['e', 1.5, -2.0]");
    """)


@pytest.mark.parametrize(
    ("javascript", "python"),
    [
        ("new Float64Array()", "[x.format, x.tolist(), x.nbytes] == ['d', [], 0]"),
        ("new ArrayBuffer(0)", "bytes(x) == b''"),
        ("new Uint8Array([0, 1, 2, 3]).buffer", "bytes(x) == bytes(range(4))"),
        ("new Uint8Array(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2)", "bytes(x) == b'\\1\\2'"),
        ("new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 2)", "bytes(x) == b'\\2\\3'"),
        ("new Uint16Array(new SharedArrayBuffer(4))", "[x.format, *x] == ['H', 0, 0]"),
        ("Object.defineProperty(new Uint8Array(1), Symbol.toStringTag, {})", "bytes(x) == b'\\0'"),
    ],
)
def test_buffers_and_parts_of_them_become_a_memoryview_of_that_part(
    runtime: Runtime, javascript: str, python: str
) -> None:
    if "Shared" in javascript and not runtime.run_js("return 'SharedArrayBuffer' in globalThis"):
        pytest.skip(reason="SharedArrayBuffer needs a page that is isolated from other origins")
    runtime.run_js(f"pyodide.globals.x = {javascript};")
    assert runtime.run_python(python) is True


def test_a_detached_arraybuffer_is_a_type_error_where_it_is_used(runtime: Runtime) -> None:
    runtime.run_js("""
        globalThis.detached = new Float64Array(4);
        structuredClone(detached.buffer, { transfer: [detached.buffer] });
    """)
    for code in ("pyodide.globals.x = detached", "pyodide.globals.x = detached.buffer"):
        with pytest.raises(JavaScriptError, match="detached"):
            runtime.run_js(code)
    with pytest.raises(JavaScriptError, match=r"JsException: TypeError.*detached"):
        runtime.run_python("from js import detached; detached")


def test_the_copy_is_independent_of_the_typed_array(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const array = pyodide.globals.x = new Int32Array([1, 2]);
        array[0] = 7;
        pyodide.runPython("x[1] = 8");
        return [pyodide.runPython("x.tolist()"), [...array]];
    """) == [[1, 8], [7, 2]]


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("b'abc'", {"Uint8ClampedArray": [97, 98, 99]}),
        ("b''", {"Uint8ClampedArray": []}),
        ("bytearray(b'\\xff')", {"Uint8ClampedArray": [255]}),
        ("memoryview(b'abc')[1:]", {"Uint8ClampedArray": [98, 99]}),
        ("memoryview(b'abc')[::2]", {"Uint8ClampedArray": [97, 99]}),
        ("memoryview(b'abc')[::-1]", {"Uint8ClampedArray": [99, 98, 97]}),
        ("memoryview(bytes(range(6))).cast('B', (2, 3))",
         [{"Uint8ClampedArray": [0, 1, 2]}, {"Uint8ClampedArray": [3, 4, 5]}]),
        ("memoryview(b'ab').cast('c')", {"Uint8ClampedArray": [97, 98]}),
        ("memoryview(b'\\0\\1').cast('?')", [False, True]),
        ("__import__('array').array('d', [1.5])", {"Float64Array": [1.5]}),
        ("__import__('array').array('h', [-1])", {"Int16Array": [-1]}),
        ("__import__('array').array('l', [-1])", {"Int32Array": [-1]}),
        ("__import__('array').array('q', [-1, 2**53])", [-1, "9007199254740992"]),
        ("(__import__('ctypes').c_float * 2)(1, 2)", {"Float32Array": [1, 2]}),
        ("(__import__('ctypes').c_int16 * 2 * 1)()", [{"Int16Array": [0, 0]}]),
        ("__import__('ctypes').c_int(5)", "proxy"),
        ("type('B', (bytes,), {})(b'x')", {"Uint8ClampedArray": [120]}),
    ],
)  # fmt: skip
def test_buffers_become_typed_arrays(runtime: Runtime, python: str, expected: Any) -> None:
    assert described(runtime, python) == expected


def test_bytes_become_a_view_without_a_copy(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const view = pyodide.runPython("buffer = bytearray(b'abc'); buffer");
        const before = [view.constructor.name, ...view];
        pyodide.runPython("buffer[0] = 120");
        view[1] = 121;
        return [...before, view[0], pyodide.runPython("buffer.decode()")];
    """) == ["Uint8ClampedArray", 97, 98, 99, 120, "xyc"]


def test_a_view_keeps_its_python_object_alive(runtime: Runtime) -> None:
    assert runtime.run_js("""
        const view = pyodide.runPython("bytes([7]) * 100000");
        pyodide.runPython("for _ in range(100): bytes([9]) * 100000");
        return view.every((byte) => byte === 7);
    """)


def test_a_bytearray_can_grow_again_when_javascript_has_collected_the_view(
    runtime: Runtime,
) -> None:
    runtime.run_python("""
        buffer = bytearray(8)
        def grow():
            try:
                buffer.append(0)
            except BufferError:
                return False
            return True
    """)
    assert runtime.run_js("""
        const { grow } = pyodide.globals;
        let view = pyodide.globals.buffer;
        const before = [view.length, grow()];
        view = undefined;
        if (typeof gc === "undefined") return [...before, true]; // Firefox has no such flag
        for (let i = 0; i < 20; i++) {
            gc();
            await new Promise((next) => setTimeout(next, 10));
            if (grow()) return [...before, true];
        }
        return [...before, false];
    """) == [8, False, True]


FLOATS = {"Float64Array": [0, 1, 2]}


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("np.ones([3, 3])", [{"Float64Array": [1, 1, 1]}] * 3),
        ("np.arange(3.0)", FLOATS),
        ("np.arange(3)", {"Int32Array": [0, 1, 2]}),
        ("np.arange(3, dtype=np.int8)", {"Int8Array": [0, 1, 2]}),
        ("np.arange(3, dtype=np.uint8)", {"Uint8ClampedArray": [0, 1, 2]}),
        ("np.arange(3, dtype=np.int16)", {"Int16Array": [0, 1, 2]}),
        ("np.arange(3, dtype=np.uint16)", {"Uint16Array": [0, 1, 2]}),
        ("np.arange(3, dtype=np.uint32)", {"Uint32Array": [0, 1, 2]}),
        ("np.array([1, -2**60], dtype=np.int64)", [1, "-1152921504606846976"]),
        ("np.array([1, 2**64 - 1], dtype=np.uint64)", [1, "18446744073709551615"]),
        ("np.array([-2**53, 1 - 2**53], dtype='q')", ["-9007199254740992", 1 - 2**53]),
        ("np.arange(3, dtype=np.float32)", {"Float32Array": [0, 1, 2]}),
        ("np.array([1.5, -0.1, 2**-24, -np.inf, np.nan], dtype=np.float16)",
         {"Float32Array": [1.5, -0.0999755859375, 2**-24, "-Infinity", "NaN"]}),
        ("np.array([True, False])", [True, False]),
        ("np.array(['one', 'två', '🐍\\ud800'])", ["one", "två", "🐍\ud800"]),
        ("np.array([b'one', b'a\\0b'])",
         [{"Uint8ClampedArray": [*b"one"]}, {"Uint8ClampedArray": [*b"a\0b"]}]),
        ("np.array([1, 'two', None, [3]], dtype=object)", [1, "two", "undefined", [3]]),
        ("np.array([1 + 2j])", "proxy"),
        ("np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f8')])", "proxy"),
        ("np.array(['2026-11-24'], dtype='datetime64[D]')", "proxy"),
        ("np.array([1], dtype=np.longdouble)", "proxy"),
        ("np.arange(3, dtype='>f8')", FLOATS),
        ("np.arange(3, dtype='>i2')", {"Int16Array": [0, 1, 2]}),
        ("np.array(['ab'], dtype='>U3')", ["ab"]),
        ("np.arange(6.0)[::2] / 2", FLOATS),
        ("np.arange(0.0, 6.0)[4::-2] / 2 * -1 + 2", FLOATS),
        ("np.arange(6.0)[:3][::-1][::-1]", FLOATS),
        ("np.arange(6, dtype='i2').reshape(2, 3).T",
         [{"Int16Array": [i, i + 3]} for i in range(3)]),
        ("np.asfortranarray(np.arange(4.0).reshape(2, 2))",
         [{"Float64Array": [0, 1]}, {"Float64Array": [2, 3]}]),
        ("np.broadcast_to(np.float32(7), (2, 2))", [{"Float32Array": [7, 7]}] * 2),
        ("np.arange(8).reshape(2, 2, 2)",
         [[{"Int32Array": [0, 1]}, {"Int32Array": [2, 3]}],
          [{"Int32Array": [4, 5]}, {"Int32Array": [6, 7]}]]),
        ("np.array([(1, 2)], dtype='u1,<u4')['f1']", {"Uint32Array": [2]}),  # not aligned
        ("np.empty((0,))", {"Float64Array": []}),
        ("np.empty((0, 3))", []),
        ("np.empty((2, 0))", [{"Float64Array": []}] * 2),
        ("np.array(5)", 5),
        ("np.array(2.5, dtype='>f4')", 2.5),
        ("np.array('text')", "text"),
        ("np.array(None)", "undefined"),
        ("np.int64(5)", 5),
        ("np.int64(2**60)", "1152921504606846976"),
        ("np.uint8(255)", 255),
        ("np.float64(0.5)", 0.5),
        ("np.float32(0.5)", 0.5),
        ("np.float16(0.5)", 0.5),
        ("np.bool_(True)", True),
        ("np.str_('text')", "text"),
        ("np.bytes_(b'ab')", {"Uint8ClampedArray": [97, 98]}),
        ("np.complex128(1j)", "proxy"),
        ("np.datetime64('2026-11-24')", "proxy"),
        ("np.array([(1, 2.0)], dtype='i4,f8')[0]", "proxy"),
        ("[np.arange(2), {'a': np.array([1.5])}][0]", {"Int32Array": [0, 1]}),
        ("np.matrix([[1, 2]])", [{"Int32Array": [1, 2]}]),
    ],
)  # fmt: skip
def test_numpy_arrays_become_nested_arrays_of_typed_arrays(
    numpy: Runtime, python: str, expected: Any
) -> None:
    assert described(numpy, python) == expected


def test_numpy_arrays_are_copied(numpy: Runtime) -> None:
    assert numpy.run_js("""
        const array = pyodide.runPython("a = np.arange(3.0); a");
        array[0] = 7;
        pyodide.runPython("a[1] = 8");
        pyodide.runPython("del a; [np.zeros(3) for _ in range(100)]");
        return [...array];
    """) == [7, 1, 2]


def test_an_array_of_objects_may_hold_itself(numpy: Runtime) -> None:
    assert numpy.run_js("""
        const array = pyodide.runPython("a = np.empty(2, dtype=object); a[0] = a; a[1] = [a]; a");
        return array[0] === array && array[1][0] === array;
    """)


def test_parts_of_a_complex_or_structured_array_are_reached_by_its_proxy(numpy: Runtime) -> None:
    assert numpy.run_js("""
        const z = pyodide.runPython("np.array([1 + 2j, 3])");
        const table = pyodide.runPython("np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])");
        return [[...z.real], [...z.imag], [...table.__getitem__("b")]];
    """) == [[1, 3], [2, 0], [2.5]]


@pytest.mark.parametrize("array", ["Float32Array", "Int16Array", "BigUint64Array"])
def test_typed_arrays_become_numpy_arrays_of_their_type(numpy: Runtime, array: str) -> None:
    one = "1n" if array.startswith("Big") else "1"
    numpy.run_js(f"globalThis.array = new {array}([{one}, {one}]);")
    assert numpy.run_python("""
        from js import array
        numpy_array = np.asarray(array)
        [str(numpy_array.dtype), numpy_array.tolist()]
    """) == [array.removesuffix("Array").lower().removeprefix("big"), [1, 1]]
