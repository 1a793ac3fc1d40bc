// How does a JavaScript container become a Python one, with all that is in it? to_py() and toPy()
// copy; $js2py does not.

addToLibrary({
  // A new reference. Throws.
  $js2pyDeep: (value, options) => {
    const seen = new Map();
    /** @type {DeepContext} */
    const context = {
      seen,
      depth: options?.depth ?? -1,
      defaultConverter: options?.defaultConverter,
      convert: (item) => {
        const object = jsDeep(item, context);
        try {
          return py2js(object);
        } finally {
          _enter_release(object);
        }
      },
      cache: (original, proxy) => {
        const object = pyHandle(proxy)?.reference.pointer;
        if (!object) {
          throw new Error("Second argument should be a PyProxy!");
        }
        _Py_IncRef(object);
        seen.set(original, object);
      },
    };
    try {
      return jsDeep(value, context);
    } finally {
      for (const object of seen.values()) {
        _enter_release(object);
      }
    }
  },

  $jsIsImmutable: (value) =>
    (typeof value !== "object" && typeof value !== "function") ||
    value === null ||
    jsIsPyProxy(value),

  // `seen` has one reference to each container, which keeps cycles and shared parts.
  $jsDeep: (value, context) => {
    if (context.depth === 0 || jsIsImmutable(value)) {
      return js2py(value) || pyThrow();
    }
    const known = context.seen.get(value);
    if (known !== undefined) {
      _Py_IncRef(known);
      return known;
    }
    context.depth--;
    try {
      if (jsIsArray(value)) {
        return jsDeepList(value, context);
      }
      const tag = jsTag(value);
      if (tag === "Map" || jsIsA(value, Map)) {
        return jsDeepDict(value, value, context);
      }
      if (tag === "Set" || jsIsA(value, Set)) {
        return jsDeepSet(value, context);
      }
      if (tag === "Object" && [undefined, "Object"].includes(value.constructor?.name)) {
        return jsDeepDict(value, Object.entries(value), context);
      }
      if (tag === "ArrayBuffer" || ArrayBuffer.isView(value)) {
        return js2pyBuffer(value) || pyThrow();
      }
      if (!context.defaultConverter) {
        return js2py(value) || pyThrow();
      }
      const converted = context.defaultConverter(value, context.convert, context.cache);
      const object = js2py(converted) || pyThrow();
      if (jsIsPyProxy(converted)) {
        pyDestroy(converted, undefined, false);
      }
      return object;
    } finally {
      context.depth++;
    }
  },

  // Fills a new container; `seen` has the first reference, the caller gets a second one.
  $jsDeepFill: (value, context, container, fill) => {
    context.seen.set(value, container || pyThrow());
    fill(container);
    _Py_IncRef(container);
    return container;
  },

  $jsDeepList: (array, context) => {
    const { length } = array;
    return jsDeepFill(array, context, _PyList_New(length), (list) => {
      for (let i = 0; i < length; i++) {
        pyListSetItem(list, i, jsDeep(array[i], context));
      }
    });
  },

  // Keys are what Python can hash.
  $jsDeepKey: (key, container) => {
    if (!jsIsImmutable(key)) {
      const type = key.constructor?.name || typeof key;
      throw new Error(`Cannot use key of type ${type} as a key to a Python ${container}`);
    }
    return js2py(key) || pyThrow();
  },

  // Python's 1 and True are one key.
  $jsDeepCheckKeys: (container, type) => {
    for (const [number, boolean] of [
      [1, true],
      [0, false],
    ]) {
      if (container.has(number) && container.has(boolean)) {
        throw new Error(
          `Cannot faithfully convert ${type} into Python since it contains both ${number} and ${boolean} as keys.`,
        );
      }
    }
  },

  $jsDeepDict: (value, entries, context) => {
    if (entries === value) {
      jsDeepCheckKeys(value, "Map");
    }
    return jsDeepFill(value, context, _PyDict_New(), (dict) => {
      for (const [key, item] of entries) {
        const object = jsDeep(item, context);
        if (_js2py_dict_set(dict, jsDeepKey(key, "dict"), object) < 0) {
          pyThrow();
        }
      }
    });
  },

  $jsDeepSet: (value, context) => {
    jsDeepCheckKeys(value, "Set");
    return jsDeepFill(value, context, _PySet_New(0), (set) => {
      for (const key of value) {
        if (_js2py_set_add(set, jsDeepKey(key, "set")) < 0) {
          pyThrow();
        }
      }
    });
  },
});
