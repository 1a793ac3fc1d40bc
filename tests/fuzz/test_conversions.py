"""Do random nested values cross between Python and JavaScript as their documentation says?

The documentation is docs/reference/conversions.md.

A value is described in JSON that both languages read. Each language makes its own counterpart of
the description, and compares it with what the bridge converted. CONTRIBUTING.md says how to run
these tests with more values.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.harness.mutations import inputs
from tests.harness.runtime import Runtime

PYTHON = r'''
import array, json, struct
import js
from pyodide import JsProxy, as_nested_list

def fuzz_text(points):
    return "".join(map(chr, points))

def fuzz_number(digits):
    return struct.unpack(">d", bytes.fromhex(digits))[0]

def fuzz_build(text):
    """The Python value of a description."""
    def build(kind, value=None, more=None):
        match kind:
            case "none": return None
            case "bool": return value
            case "int": return int(value, 16)
            case "float": return fuzz_number(value)
            case "str": return fuzz_text(value)
            case "bytes": return bytes.fromhex(value)
            case "array": return array.array(value, bytes.fromhex(more))
            case "list": return [build(*item) for item in value]
            case "tuple": return tuple([build(*item) for item in value])
            case "dict": return {build(*key): build(*item) for key, item in value}
    return build(*json.loads(text))

def fuzz_tag(value):
    """A text that is the same for the same value and types."""
    if isinstance(value, JsProxy):
        if js.Array.isArray(value):
            return "[" + ",".join(map(fuzz_tag, value)) + "]"
        keys = js.Object.keys(value)
        items = sorted(fuzz_tag(key) + ":" + fuzz_tag(value[key]) for key in keys)
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(fuzz_tag, value)) + "]"
    if isinstance(value, dict):
        items = sorted(fuzz_tag(key) + ":" + fuzz_tag(item) for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, str):
        return "s" + value.encode("utf-32-le", "surrogatepass").hex()
    if isinstance(value, float):
        return "f" + ("nan" if value != value else value.hex())
    if isinstance(value, memoryview):
        return "m" + value.format + value.tobytes().hex()
    return type(value).__name__ + (hex(value) if type(value) is int else repr(value))

def fuzz_expect(text):
    """The Python counterpart of the JavaScript value of a description."""
    def expect(kind, value=None, more=None):
        match kind:
            case "undefined" | "null": return None
            case "bool": return value
            case "bigint": return int(value, 16)
            case "number":
                number = fuzz_number(value)
                return int(number) if number - number == 0 and number == int(number) else number
            case "str":
                units = fuzz_text(value).encode("utf-16-le", "surrogatepass")
                return units.decode("utf-16-le", "surrogatepass")
            case "typed":
                formats = {"Int8Array": "b", "Uint8Array": "B", "Uint8ClampedArray": "B",
                           "Int16Array": "h", "Uint16Array": "H", "Int32Array": "i",
                           "Uint32Array": "I", "BigInt64Array": "q", "BigUint64Array": "Q",
                           "Float32Array": "f", "Float64Array": "d"}
                data = bytes.fromhex(more)
                return memoryview(data).cast(formats[value])
            case "array": return [expect(*item) for item in value]
            case "object":
                return {expect("str", key): expect(*item) for key, item in value}
    return expect(*json.loads(text))

def fuzz_nested(value):
    """The value with lists in place of typed arrays in lists, as as_nested_list makes it."""
    if isinstance(value, list):
        return [fuzz_nested(item) for item in value]
    if isinstance(value, memoryview):
        items = value.tolist()
        return [int(item) if item - item == 0 and item == int(item) else item for item in items]
    return value

def fuzz_check(value, text):
    """What is wrong with a value from JavaScript; an empty string if nothing."""
    actual, expected = fuzz_tag(value), fuzz_tag(fuzz_expect(text))
    if actual != expected:
        return f"{actual} instead of {expected}"
    if isinstance(value, JsProxy) and js.Array.isArray(value):
        nested = fuzz_tag(as_nested_list(value))
        expected = fuzz_tag(fuzz_nested(fuzz_expect(text)))
        if nested != expected:
            return f"as_nested_list: {nested} instead of {expected}"
    return ""

def fuzz_echo(value):
    return value
'''

JAVASCRIPT = r"""
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => parseInt(digits, 16));
const numberOf = (hex) => new DataView(bytesOf(hex).buffer).getFloat64(0);
const textOf = (points) => points.map((point) => String.fromCodePoint(point)).join("");
const intOf = (hex) => hex.startsWith("-") ? -BigInt(hex.slice(1)) : BigInt(hex);
const set = (object, key, value) => Object.defineProperty(object, key,
    { value, configurable: true, enumerable: true, writable: true });

globalThis.fuzz = {
  // The JavaScript value of a description.
  build([kind, value, more]) {
    switch (kind) {
      case "undefined": return undefined;
      case "null": return null;
      case "bool": return value;
      case "bigint": return intOf(value);
      case "number": return numberOf(value);
      case "str": return textOf(value);
      case "typed": return new globalThis[value](bytesOf(more).buffer);
      case "array": return value.map(fuzz.build);
      case "object": {
        const object = {};
        for (const [key, item] of value) set(object, textOf(key), fuzz.build(item));
        return object;
      }
    }
  },
  // The JavaScript counterpart of the Python value of a description.
  expect([kind, value, more]) {
    switch (kind) {
      case "none": return undefined;
      case "bool": return value;
      case "int": {
        const int = intOf(value);
        return BigInt.asIntN(60, int) === int && Number.isSafeInteger(Number(int))
          ? Number(int) : int;
      }
      case "float": return numberOf(value);
      case "str": return textOf(value);
      case "bytes": return new Uint8ClampedArray(bytesOf(value).buffer);
      case "array": {
        const { buffer } = bytesOf(more);
        if (value === "q") return Array.from(new BigInt64Array(buffer), (item) =>
          Number.isSafeInteger(Number(item)) ? Number(item) : item);
        const names = { b: "Int8Array", B: "Uint8ClampedArray", h: "Int16Array", H: "Uint16Array",
          i: "Int32Array", I: "Uint32Array", f: "Float32Array", d: "Float64Array" };
        return new globalThis[names[value]](buffer);
      }
      case "list":
      case "tuple": return value.map(fuzz.expect);
      case "dict": {
        const object = {};
        for (const [key, item] of value) set(object, String(fuzz.expect(key)), fuzz.expect(item));
        return object;
      }
    }
  },
  // A text that is the same for the same value and types.
  tag(value) {
    if (Array.isArray(value)) return `[${value.map(fuzz.tag)}]`;
    if (ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return `${value[Symbol.toStringTag]}(${bytes})`;
    }
    if (typeof value === "string") {
      return `s${Array.from({ length: value.length }, (_, at) => value.charCodeAt(at))}`;
    }
    if (typeof value === "object" && value !== null) {
      const items = Object.keys(value).map((key) => `${fuzz.tag(key)}:${fuzz.tag(value[key])}`);
      return `{${items.sort()}}`;
    }
    return `${typeof value} ${Object.is(value, -0) ? "-0" : value}`;
  },
  // What is wrong with the conversions of the descriptions.
  fromPython(all) {
    const { fuzz_build } = pyodide.globals;
    return all.flatMap((description) => {
      const actual = fuzz.tag(fuzz_build(JSON.stringify(description)));
      const expected = fuzz.tag(fuzz.expect(description));
      return actual === expected ? [] : [`${actual} instead of ${expected}`];
    });
  },
  toPython(all) {
    const { fuzz_check, fuzz_echo } = pyodide.globals;
    return all.flatMap((description) => {
      const value = fuzz.build(description);
      const fault = fuzz_check(value, JSON.stringify(description));
      if (fault) return [fault];
      if (ArrayBuffer.isView(value)) return []; // a copy in Python's memory
      const back = fuzz_echo(value);
      const isSame = back === value || Number.isNaN(value) || (value === null && back === undefined)
        || (typeof value === "bigint" && BigInt(back) === value)
        || (typeof back === "bigint" && Number(back) === value); // a whole number beyond 2**53
      return isSame ? [] : [`${fuzz.tag(value)} came back as ${fuzz.tag(back)}`];
    });
  },
};
"""

Description = list[Any]

#: Code points, with surrogates, at the borders of CPython's kinds of strings.
_POINTS = st.one_of(
    st.integers(0, 127),
    st.sampled_from(
        [
            *(0, 0x7F, 0x80, 0xFF, 0x100, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000),
            *(0xFEFF, 0xFFFE, 0xFFFF, 0x10000, 0x1F40D, 0x10FFFF),
        ]
    ),
    st.integers(0, 0x10FFFF),
)
_TEXTS = st.one_of(
    st.lists(_POINTS, max_size=12),
    st.tuples(_POINTS, st.integers(0, 1100)).map(lambda part: [part[0]] * part[1]),
    st.sampled_from(["__proto__", "constructor", "length", "0", "-1", "1e3", "then"]).map(
        lambda text: list(map(ord, text))
    ),
)
_INTS = st.one_of(
    st.integers(),
    st.builds(
        lambda power, offset, sign: sign * (2**power + offset),
        st.integers(0, 200),
        st.integers(-2, 2),
        st.sampled_from([1, -1]),
    ),
)
_FLOATS = st.one_of(
    st.floats(),
    _INTS.filter(lambda number: abs(number) < 2**1000).map(float),
    st.floats(width=32),
)


def _bits(number: float) -> str:
    return struct.pack(">d", number).hex()


def _sized(draw_from: dict[str, int]) -> st.SearchStrategy[tuple[str, str]]:
    """The name of a type and whole items of its size, in hexadecimal."""
    return st.sampled_from(sorted(draw_from)).flatmap(
        lambda name: st.integers(0, 9).flatmap(
            lambda count: st.tuples(
                st.just(name),
                st.binary(min_size=count * draw_from[name], max_size=count * draw_from[name]).map(
                    bytes.hex
                ),
            )
        )
    )


_TYPED = {
    **dict.fromkeys(["Int8Array", "Uint8Array", "Uint8ClampedArray"], 1),
    **dict.fromkeys(["Int16Array", "Uint16Array"], 2),
    **dict.fromkeys(["Int32Array", "Uint32Array", "Float32Array"], 4),
    **dict.fromkeys(["BigInt64Array", "BigUint64Array", "Float64Array"], 8),
}
_ARRAYS = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "d": 8, "q": 8}

_BOOLS = st.booleans().map(lambda value: ["bool", value])
_STRINGS = _TEXTS.map(lambda points: ["str", points])

_KEYS = st.one_of(
    _STRINGS,
    _BOOLS,
    st.just(["none"]),
    _INTS.map(lambda number: ["int", hex(number)]),
    _FLOATS.map(lambda number: ["float", _bits(number)]),
)


def _key(item: tuple[Description, Description]) -> Any:
    """What Python compares of a key: a dict has one of the keys False, 0 and 0.0."""
    kind, *value = item[0]
    if kind == "int":
        return int(value[0], 16)
    if kind == "float":
        return struct.unpack(">d", bytes.fromhex(value[0]))[0]
    return tuple(value[0]) if kind == "str" else value[0] if value else None


_PYTHON = st.recursive(
    _KEYS
    | st.binary(max_size=30).map(lambda data: ["bytes", data.hex()])
    | _sized(_ARRAYS).map(lambda array: ["array", *array]),
    lambda items: st.one_of(
        st.lists(items, max_size=5).map(lambda found: ["list", found]),
        st.lists(items, max_size=5).map(lambda found: ["tuple", found]),
        st.lists(st.tuples(_KEYS, items), max_size=5, unique_by=_key).map(
            lambda found: ["dict", found]
        ),
    ),
    max_leaves=12,
)
_JAVASCRIPT = st.recursive(
    st.one_of(
        _STRINGS,
        _BOOLS,
        st.sampled_from([["undefined"], ["null"]]),
        _FLOATS.map(lambda number: ["number", _bits(number)]),
        _INTS.map(lambda number: ["bigint", hex(number)]),
        _sized(_TYPED).map(lambda array: ["typed", *array]),
    ),
    lambda items: st.one_of(
        st.lists(items, max_size=5).map(lambda found: ["array", found]),
        st.lists(st.tuples(_TEXTS, items), max_size=5).map(lambda found: ["object", found]),
    ),
    max_leaves=12,
)


def faults(runtime: Runtime, direction: str, values: list[Description]) -> Any:
    return runtime.run_js(f"""
        if (!globalThis.fuzz) {{
            {JAVASCRIPT}
            pyodide.runPython({json.dumps(PYTHON)});
        }}
        return fuzz.{direction}({json.dumps(values)});
    """)


@inputs(100)
@given(values=st.lists(_PYTHON, min_size=1, max_size=40))
def test_python_values_become_their_javascript_counterparts(
    runtime: Runtime, values: list[Description]
) -> None:
    assert faults(runtime, "fromPython", values) == []


@inputs(100)
@given(values=st.lists(_JAVASCRIPT, min_size=1, max_size=40))
def test_javascript_values_become_their_python_counterparts(
    runtime: Runtime, values: list[Description]
) -> None:
    assert faults(runtime, "toPython", values) == []
