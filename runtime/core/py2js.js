// How does a Python object become a JavaScript value?
//
// $py2js borrows the object and throws a PythonError. ints, floats, strings, lists and tuples are
// read straight from memory (layout.js). A `context` asks for the conversion of containers.

addToLibrary({
  // Addresses of the exact types, set when the interpreter starts.
  $pyTypes: { int: 0, float: 0, str: 0, method: 0, builtin: 0 },

  $py2js: (object, context) => {
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
    return py2jsOther(object, context);
  },

  // Without a context, 0.16's API converts containers, today's makes proxies of them.
  $py2jsOther: (object, context) => {
    object >>>= 0;
    const kind = _py2js_kind(object);
    switch (kind) {
      case pyKind.INT:
        return py2jsInt(object);
      case pyKind.FLOAT:
        return _py2js_float(object);
      case pyKind.STR:
        return py2jsString(object);
      case pyKind.JS:
        return jsValueOf(object);
      case pyKind.JS_EXCEPTION:
        return jsErrorOf(object);
      case pyKind.JS_NULL:
        return null;
      case pyKind.JS_BIGINT:
        return py2jsBigInt(object);
    }
    if (context !== undefined) {
      return py2jsContainer(object, kind, context);
    }
    if (apiMode.today || kind === pyKind.PROXY) {
      return pyProxy(object);
    }
    const whole = { seen: new Map(), patches: [], deep: undefined };
    return py2jsWhole(whole, () => py2jsContainer(object, kind, whole));
  },

  // Runs a conversion, and releases the containers that it has kept.
  $py2jsWhole: (context, convert) => {
    try {
      const value = convert();
      for (const patch of context.patches) {
        patch();
      }
      return value;
    } finally {
      for (const object of context.seen.keys()) {
        _enter_release(object);
      }
    }
  },

  // Keeps a container until the end of the conversion, with its counterpart. Its address must not
  // become that of another container: a conversion may run Python code.
  $py2jsRemember: (context, object, value) => {
    if (!context.seen.has(object)) {
      _Py_IncRef(object);
    }
    context.seen.set(object, value);
  },

  $py2jsContainer: (object, kind, context) => {
    const known = context.seen.get(object);
    if (known !== undefined) {
      return known;
    }
    const { deep } = context;
    return deep ? py2jsLevel(object, kind, context, deep) : py2jsCopy(object, kind, context);
  },

  $py2jsCopy: (object, kind, context) => {
    const { deep } = context;
    switch (kind) {
      case pyKind.LIST:
        return py2jsSequence(object, context, true);
      case pyKind.TUPLE:
        return py2jsSequence(object, context, false);
      case pyKind.DICT:
        return py2jsDict(object, context);
      case pyKind.BUFFER:
      case pyKind.ARRAY:
        return py2jsBuffer(object, deep !== undefined || kind === pyKind.ARRAY, context);
    }
    if (deep === undefined) {
      return pyProxy(object);
    }
    return kind === pyKind.SET ? py2jsSet(object, context) : py2jsOpaque(object, deep);
  },

  // ints beyond a Number's exact range become BigInt.
  $py2jsInt: (object) => {
    const number = _py2js_int(object);
    return Number.isNaN(number) ? py2jsBigInt(object) : number;
  },

  $py2jsBigInt: (object) => {
    const hex = _py2js_bigint(object) || pyThrow();
    const digits = py2jsString(hex);
    _enter_release(hex);
    return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
  },

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
  $py2jsSequence: (object, context, isList) => {
    /** @type {Value[]} */
    const array = [];
    py2jsRemember(context, object, array);
    for (let i = 0; i < pySize(object); i++) {
      const item = isList ? pyListItem(object, i) : pyTupleItem(object, i);
      const value = py2js(item, context);
      array.push(value);
      if (value === pyPending) {
        context.patches.push(() => {
          array[i] = context.seen.get(item);
        });
      }
    }
    return array;
  },
  // The counterpart of a dict that contains itself, until `dict_converter` has made it.
  $pyPending: {},

  $py2jsDict: (dict, context) => {
    const { deep } = context;
    const convert = deep?.dictConverter;
    const isMap = deep !== undefined && apiMode.dictIsLiteralMap;
    /** @type {Value} */
    const object = convert ? [] : isMap ? new LiteralMap() : {};
    py2jsRemember(context, dict, convert ? pyPending : object);
    const list = _py2js_dict_items(dict, deep !== undefined) || pyThrow();
    const length = pySize(list);
    try {
      for (let i = 0; i < length; i += 2) {
        const item = pyListItem(list, i);
        const key = deep ? py2jsKey(item, "Map") : py2js(item, context);
        const value = py2js(pyListItem(list, i + 1), context);
        if (convert) {
          object.push([key, value === pyPending ? undefined : value]);
        } else if (isMap) {
          object.set(key, value);
        } else if (deep && Object.hasOwn(object, key)) {
          py2jsFail(
            "Key collision when converting Python dictionary to JavaScript. Key: " +
              pyString(item, true),
          );
        } else if (key === "__proto__") {
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
    if (convert === undefined) {
      return object;
    }
    const converted = convert(object);
    py2jsRemember(context, dict, converted);
    return converted;
  },
});
