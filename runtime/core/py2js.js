// How is a Python object made into a JavaScript value?
//
// $py2js borrows the object and throws a PythonError. ints, floats, strings, lists and tuples are read
// straight from memory: the numbers below are CPython 3.13's, checked when py2js.c is compiled.
//
// WebAssembly's pointers above 2 GB arrive as negative numbers. `>>>` in an index of a heap makes up for it;
// where a pointer is a key or is compared, it is made unsigned first.

addToLibrary({
  // Addresses of the exact types, set when the interpreter starts.
  $pyTypes: { int: 0, float: 0, str: 0, method: 0, builtin: 0 },

  $py2js__deps: ["$pyTypes", "$py2jsInt", "$py2jsString", "$pyNone", "$pyTrue", "$pyFalse", "$py2jsOther"],
  $py2js: (object, seen) => {
    const type = HEAPU32[(object + 4) >>> 2];
    if (type === pyTypes.int) {
      const tag = HEAPU32[(object + 8) >>> 2];
      // One digit of 30 bits, and the sign: 0 is plus, 1 zero, 2 minus.
      return tag < 16 ? (1 - (tag & 3)) * HEAPU32[(object + 12) >>> 2] : py2jsInt(object);
    }
    if (type === pyTypes.str) {
      return py2jsString(object);
    }
    if (type === pyTypes.float) {
      return HEAPF64[(object + 8) >>> 3];
    }
    switch (object) {
      case pyNone:
        return undefined;
      case pyTrue:
        return true;
      case pyFalse:
        return false;
    }
    return py2jsOther(object, seen);
  },

  // `seen` maps containers on the way to their JavaScript counterparts: cycles and shared parts stay.
  $py2jsOther__deps: [
    "py2js_kind", "py2js_float", "$py2jsInt", "$py2jsString", "$py2jsSequence", "$py2jsDict", "$py2jsBuffer",
    "$jsValues", "$jsErrorOf", "$pyProxy",
  ],
  $py2jsOther: (object, seen) => {
    object >>>= 0;
    switch (_py2js_kind(object)) {
      case 1:
        return py2jsInt(object);
      case 2:
        return _py2js_float(object);
      case 3:
        return py2jsString(object);
      case 4:
        return py2jsSequence(object, seen ?? new Map(), true);
      case 5:
        return py2jsSequence(object, seen ?? new Map(), false);
      case 6:
        return py2jsDict(object, seen ?? new Map());
      case 7:
        return jsValues[HEAP32[(object + 8) >>> 2]];
      case 8:
        return jsErrorOf(object);
      case 9:
        return py2jsBuffer(object, false, seen);
      case 10:
        return py2jsBuffer(object, true, seen);
      default:
        return pyProxy(object);
    }
  },

  // ints beyond a Number's exact range become BigInt.
  $py2jsInt__deps: ["py2js_int", "py2js_bigint", "$py2jsString", "$pyThrow", "enter_release"],
  $py2jsInt: (object) => {
    const number = _py2js_int(object);
    if (number === number) {
      return number;
    }
    const hex = _py2js_bigint(object) || pyThrow();
    const digits = py2jsString(hex);
    _enter_release(hex);
    return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
  },

  $py2jsString__deps: ["py2js_str_data", "$pyAsciiDecoder"],
  $py2jsString: (object) => {
    const length = HEAP32[(object + 8) >>> 2];
    const state = HEAPU32[(object + 16) >>> 2]; // interned: 2, kind: 3, compact: 1, ascii: 1
    const data = (state & 0x20 ? object + (state & 0x40 ? 20 : 28) : _py2js_str_data(object)) >>> 0;
    let string = "";
    if (state & 0x40) {
      if (length > 16) {
        return pyAsciiDecoder.decode(HEAPU8.subarray(data, data + length));
      }
      let i = data;
      for (const end = data + (length & ~3); i < end; i += 4) {
        string += String.fromCharCode(HEAPU8[i], HEAPU8[i + 1], HEAPU8[i + 2], HEAPU8[i + 3]);
      }
      for (const end = data + length; i < end; i++) {
        string += String.fromCharCode(HEAPU8[i]);
      }
      return string;
    }
    // Not TextDecoder: it replaces lone surrogates. In pieces, because an argument list is limited.
    const kind = (state >>> 2) & 7;
    const heap = kind === 1 ? HEAPU8 : kind === 2 ? HEAPU16 : HEAPU32;
    const start = data / kind;
    const decode = kind === 4 ? String.fromCodePoint : String.fromCharCode;
    for (let i = 0; i < length; i += 4096) {
      string += decode.apply(null, heap.subarray(start + i, start + Math.min(i + 4096, length)));
    }
    return string;
  },
  $pyAsciiDecoder: "new TextDecoder()",

  // The items are borrowed one at a time: converting one may run Python code (__buffer__) that changes
  // the list, so its size and place are read again each time.
  $py2jsSequence__deps: ["$py2js", "Py_IncRef", "enter_release"],
  $py2jsSequence: (object, seen, isList) => {
    const known = seen.get(object);
    if (known !== undefined) {
      return known;
    }
    const array = [];
    seen.set(object, array);
    _Py_IncRef(object);
    try {
      for (let i = 0; i < HEAP32[(object + 8) >>> 2]; i++) {
        const items = isList ? HEAPU32[(object + 12) >>> 2] : object + 12;
        array.push(py2js(HEAPU32[(items >>> 2) + i], seen));
      }
    } finally {
      _enter_release(object);
    }
    return array;
  },

  $py2jsDict__deps: ["$py2js", "py2js_dict_items", "$pyThrow", "enter_release"],
  $py2jsDict: (dict, seen) => {
    const known = seen.get(dict);
    if (known !== undefined) {
      return known;
    }
    const object = {};
    seen.set(dict, object);
    const list = _py2js_dict_items(dict) || pyThrow();
    const length = HEAP32[(list + 8) >>> 2];
    try {
      for (let i = 0; i < length; i += 2) {
        // The list is ours alone and does not move; the memory may grow, so HEAPU32 is read anew.
        const items = HEAPU32[(list + 12) >>> 2] >>> 2;
        const key = py2js(HEAPU32[items + i], seen);
        const value = py2js(HEAPU32[items + i + 1], seen);
        if (key === "__proto__") {
          Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
        } else {
          object[key] = value;
        }
      }
    } finally {
      _enter_release(list);
    }
    return object;
  },
});
