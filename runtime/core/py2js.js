// How does a Python object become a JavaScript value?
//
// $py2js borrows the object and throws a PythonError. ints, floats, strings, lists and tuples are
// read straight from memory (layout.js).

addToLibrary({
  // Addresses of the exact types, set when the interpreter starts.
  $pyTypes: { int: 0, float: 0, str: 0, method: 0, builtin: 0 },

  $py2js__deps: [
    "$pyTypes",
    "$pyType",
    "$py2jsInt",
    "$py2jsString",
    "$pyNone",
    "$pyTrue",
    "$pyFalse",
    "$py2jsOther",
    "$pyIntTag",
    "$pyIntDigit",
    "$pyFloatValue",
  ],
  $py2js: (object, seen) => {
    const type = pyType(object);
    if (type === pyTypes.int) {
      const tag = pyIntTag(object);
      // One digit of 30 bits, and the sign: 0 is plus, 1 zero, 2 minus.
      return tag < 16 ? (1 - (tag & 3)) * pyIntDigit(object) : py2jsInt(object);
    }
    if (type === pyTypes.str) {
      return py2jsString(object);
    }
    if (type === pyTypes.float) {
      return pyFloatValue(object);
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

  // `seen` maps the converted containers to their JavaScript counterparts, which keeps cycles and
  // shared parts.
  $py2jsOther__deps: [
    "py2js_kind",
    "py2js_float",
    "$py2jsInt",
    "$py2jsString",
    "$py2jsSequence",
    "$py2jsDict",
    "$py2jsBuffer",
    "$jsValueOf",
    "$jsErrorOf",
    "$pyProxy",
    "$pyKind",
  ],
  $py2jsOther: (object, seen) => {
    object >>>= 0;
    switch (_py2js_kind(object)) {
      case pyKind.INT:
        return py2jsInt(object);
      case pyKind.FLOAT:
        return _py2js_float(object);
      case pyKind.STR:
        return py2jsString(object);
      case pyKind.LIST:
        return py2jsSequence(object, seen ?? new Map(), true);
      case pyKind.TUPLE:
        return py2jsSequence(object, seen ?? new Map(), false);
      case pyKind.DICT:
        return py2jsDict(object, seen ?? new Map());
      case pyKind.JS:
        return jsValueOf(object);
      case pyKind.JS_EXCEPTION:
        return jsErrorOf(object);
      case pyKind.BUFFER:
        return py2jsBuffer(object, false, seen);
      case pyKind.ARRAY:
        return py2jsBuffer(object, true, seen);
      default:
        return pyProxy(object);
    }
  },

  // ints beyond a Number's exact range become BigInt.
  $py2jsInt__deps: ["py2js_int", "py2js_bigint", "$py2jsString", "$pyThrow", "enter_release"],
  $py2jsInt: (object) => {
    const number = _py2js_int(object);
    if (!Number.isNaN(number)) {
      return number;
    }
    const hex = _py2js_bigint(object) || pyThrow();
    const digits = py2jsString(hex);
    _enter_release(hex);
    return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
  },

  $py2jsString__deps: [
    "py2js_str_data",
    "$pyAsciiDecoder",
    "$pyStrLength",
    "$pyStrState",
    "$pyStrIsAscii",
    "$pyStrIsCompact",
    "$pyStrKind",
    "$pyStrAsciiData",
    "$pyStrCompactData",
  ],
  $py2jsString: (object) => {
    const length = pyStrLength(object);
    const state = pyStrState(object);
    const isAscii = pyStrIsAscii(state);
    let data = isAscii ? pyStrAsciiData(object) : pyStrCompactData(object);
    if (!pyStrIsCompact(state)) {
      data = _py2js_str_data(object);
    }
    data >>>= 0;
    let string = "";
    if (isAscii) {
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
    const kind = pyStrKind(state);
    const heap = kind === 1 ? HEAPU8 : kind === 2 ? HEAPU16 : HEAPU32;
    const start = data / kind;
    const decode = kind === 4 ? String.fromCodePoint : String.fromCharCode;
    for (let i = 0; i < length; i += 4096) {
      string += Reflect.apply(
        decode,
        null,
        heap.subarray(start + i, start + Math.min(i + 4096, length)),
      );
    }
    return string;
  },
  $pyAsciiDecoder: "new TextDecoder()",

  // Size and place of the list are read again for each item: a conversion may run Python code
  // (__buffer__) that changes the list.
  $py2jsSequence__deps: [
    "$py2js",
    "$pySize",
    "$pyListItem",
    "$pyTupleItem",
    "Py_IncRef",
    "enter_release",
  ],
  $py2jsSequence: (object, seen, isList) => {
    const known = seen.get(object);
    if (known !== undefined) {
      return known;
    }
    /** @type {Value[]} */
    const array = [];
    seen.set(object, array);
    _Py_IncRef(object);
    try {
      for (let i = 0; i < pySize(object); i++) {
        array.push(py2js(isList ? pyListItem(object, i) : pyTupleItem(object, i), seen));
      }
    } finally {
      _enter_release(object);
    }
    return array;
  },

  $py2jsDict__deps: [
    "$py2js",
    "$pySize",
    "$pyListItem",
    "py2js_dict_items",
    "$pyThrow",
    "enter_release",
  ],
  $py2jsDict: (dict, seen) => {
    const known = seen.get(dict);
    if (known !== undefined) {
      return known;
    }
    /** @type {Record<string, Value>} */
    const object = {};
    seen.set(dict, object);
    const list = _py2js_dict_items(dict) || pyThrow();
    const length = pySize(list);
    try {
      for (let i = 0; i < length; i += 2) {
        const key = py2js(pyListItem(list, i), seen);
        const value = py2js(pyListItem(list, i + 1), seen);
        if (key === "__proto__") {
          Object.defineProperty(object, key, {
            value,
            configurable: true,
            enumerable: true,
            writable: true,
          });
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
