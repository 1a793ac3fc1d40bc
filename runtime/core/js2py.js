// How does a JavaScript value become a Python object?
//
// $js2py returns a new reference, or 0 with a Python exception set. None, True and False are
// immortal, so their references need no count.

addToLibrary({
  $pyNone: 0,
  $pyTrue: 0,
  $pyFalse: 0,

  $js2py: (value) => {
    switch (typeof value) {
      case "number":
        return (value | 0) === value ? _js2py_int32(value) : js2pyNumber(value);
      case "string":
        return js2pyString(value);
      case "boolean":
        return value ? pyTrue : pyFalse;
      case "undefined":
        return pyNone;
      case "bigint":
        return js2pyBigInt(value);
    }
    if (value === null && apiMode.nullIsNone) {
      return pyNone;
    }
    if (value === null) {
      _Py_IncRef(jsNull);
      return jsNull;
    }
    return apiMode.today ? js2pyObject(value) : js2pyShared(value);
  },

  // Whole numbers become ints; in the API of today only those that a Number holds exactly.
  $js2pyNumber: (value) =>
    apiMode.today && !Number.isSafeInteger(value)
      ? _PyFloat_FromDouble(value)
      : _js2py_number(value),

  // The API of today: each conversion makes a new JsProxy. A proxy of create_proxy() stays one.
  $js2pyObject: (value) => {
    if (jsIsPlain(value)) {
      return _jsproxy_new(jsStore(value), /** @type {Pointer} */ (jsTypes.get(0)));
    }
    const object = pyPointer(value);
    if (object === undefined) {
      return jsProxy(value);
    }
    _Py_IncRef(object);
    return object;
  },

  // The API of 0.16: an object has one JsProxy, and buffers are copied.
  $js2pyShared: (value) => {
    const known = jsProxies.get(value) ?? pyPointer(value);
    if (known !== undefined) {
      _Py_IncRef(known);
      return known;
    }
    if (ArrayBuffer.isView(value) || jsIsArrayBuffer(value)) {
      return js2pyBuffer(value);
    }
    const type = jsTypes.get(typeof value === "function" ? 1 : 0);
    const proxy = _jsproxy_new(jsStore(value), /** @type {Pointer} */ (type));
    if (proxy !== 0) {
      jsProxies.set(value, proxy); // borrowed: the proxy's deallocation takes it out again
    }
    return proxy;
  },

  $js2pyString: (string) => {
    const length = string.length;
    const onStack = length <= 1024;
    const top = onStack ? stackSave() : 0;
    const buffer = onStack ? stackAlloc(2 * length) : _malloc(2 * length);
    if (buffer === 0) {
      return _PyErr_NoMemory();
    }
    const start = buffer >>> 1;
    let surrogates = false;
    for (let i = 0; i < length; i++) {
      const unit = string.charCodeAt(i);
      HEAPU16[start + i] = unit;
      surrogates ||= (unit & 0xf800) === 0xd800;
    }
    const result = _js2py_string(buffer, length, surrogates);
    if (onStack) {
      stackRestore(top);
    } else {
      _free(buffer);
    }
    return result;
  },

  $js2pyBigInt: (value) => (apiMode.today ? _jstypes_bigint(js2pyInt(value)) : js2pyInt(value)),

  $js2pyInt: (value) => {
    if (value === BigInt.asIntN(64, value)) {
      return _js2py_int64(value);
    }
    const digits = stringToNewUTF8(value.toString(16));
    if (digits === 0) {
      return _PyErr_NoMemory();
    }
    const result = _js2py_bigint(digits);
    _free(digits);
    return result;
  },

  // Also true for an ArrayBuffer of another frame of the page, unlike `instanceof`. The getter
  // throws for every other object.
  $jsByteLength: "Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength').get",
  $jsIsArrayBuffer: (value) => {
    try {
      return value[Symbol.toStringTag] === "ArrayBuffer" && jsByteLength.call(value) >= 0;
    } catch {
      return false;
    }
  },

  // Typed arrays, DataView and ArrayBuffer: one copy, and the type of the items is kept.
  $js2pyBuffer: (value) => {
    const object = js2pyBytes(value, true);
    const format = jsBufferFormats[value[Symbol.toStringTag]] ?? "B";
    return object && _js2py_memoryview(object, format.charCodeAt(0));
  },

  // A copy of the memory: a bytearray, or bytes.
  $js2pyBytes: (buffer, isMutable) => {
    const bytes = jsBytes(buffer);
    const top = stackSave();
    const data = stackAlloc(4);
    const object = _js2py_bytes(bytes.length, isMutable, data);
    if (object !== 0) {
      HEAPU8.set(bytes, HEAPU32[data >>> 2]);
    }
    stackRestore(top);
    return object;
  },
  $jsBytes: (buffer) =>
    ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer),

  $jsIsList: (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value),

  // A Python list of the items of an array or typed array; arrays in it become lists, too. Only
  // as_nested_list makes one, $js2py does not. `seen` maps the converted arrays to their lists,
  // which keeps cycles and shared parts.
  $js2pyList: (array, seen) => {
    const known = seen.get(array);
    if (known !== undefined) {
      _Py_IncRef(known);
      return known;
    }
    const length = array.length;
    const list = _PyList_New(length);
    seen.set(array, list);
    try {
      for (let i = 0; i < length && list !== 0; i++) {
        const value = array[i];
        const item = jsIsList(value) ? js2pyList(value, seen) : js2py(value);
        if (item === 0) {
          _enter_release(list);
          return 0;
        }
        pyListSetItem(list, i, item);
      }
    } catch (error) {
      _enter_release(list); // a getter
      throw error;
    }
    return list;
  },

  // Names of typed arrays and the formats of Python's struct module. A Float16Array has no type of
  // getBuffer().
  $jsBufferFormats: `{ Float16Array: "e", ...Object.fromEntries(
    Object.values(pyBufferTypes).map(([name, formats]) => [name, formats[0]]),
  ) }`,
});
