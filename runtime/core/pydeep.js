// How does toJs() convert a Python object with all that it contains?
//
// A list or tuple becomes an Array, a dict an object (or what `dict_converter` makes of its pairs),
// a set a Set, a buffer a typed array. A container that occurs several times, also inside itself,
// is converted once.

addToLibrary({
  // Python's to_js() uses it, too. Throws a PythonError (pyodide.ffi.ConversionError) for what has
  // no counterpart.
  $py2jsDeep: (object, options) => {
    const { depth = -1, create_pyproxies = true, pyproxies = [] } = options ?? {};
    /** @type {Conversion} */
    const context = {
      seen: new Map(),
      patches: [],
      deep: {
        depth: depth < 0 ? Infinity : depth,
        proxies: create_pyproxies ? pyproxies : undefined,
        dictConverter: options?.dict_converter,
        defaultConverter: options?.default_converter,
        eagerConverter: options?.eager_converter,
        eager: new Set(),
        convert: (value) => {
          const pointer = pyPointer(value);
          return pointer === undefined ? value : py2js(pointer, context);
        },
        cacheConversion: (value, result) => {
          const pointer = pyPointer(value);
          if (pointer === undefined) {
            throw new TypeError("The first argument to cacheConversion must be a PyProxy.");
          }
          py2jsRemember(context, pointer, result);
        },
      },
    };
    return py2jsWhole(context, () => py2js(object, context));
  },

  // Converts an object that is no scalar, and not known yet.
  $py2jsLevel: (object, kind, context, deep) => {
    if (deep.depth === 0) {
      return py2jsOpaque(object, deep);
    }
    if (deep.eagerConverter !== undefined && !deep.eager.has(object)) {
      deep.eager.add(object); // the converter may call convert() with the same object
      return py2jsConvert(object, deep.eagerConverter, deep);
    }
    deep.depth--;
    try {
      return py2jsCopy(object, kind, context);
    } finally {
      deep.depth++;
    }
  },

  // What has no counterpart, or is too deep.
  $py2jsOpaque: (object, deep) => {
    if (deep.defaultConverter !== undefined) {
      return py2jsConvert(object, deep.defaultConverter, deep);
    }
    if (deep.proxies === undefined) {
      py2jsFail("No conversion known for x.");
    }
    const proxy = pyProxy(object);
    deep.proxies.push(proxy);
    return proxy;
  },

  $py2jsConvert: (object, converter, deep) => {
    const proxy = pyProxy(object);
    try {
      const value = converter(proxy, deep.convert, deep.cacheConversion);
      if (pyHandle(value) !== undefined) {
        deep.proxies?.push(value);
      }
      return value;
    } finally {
      pyDestroy(proxy);
    }
  },

  $py2jsSet: (object, context) => {
    const set = new Set();
    py2jsRemember(context, object, set);
    const list = _py2js_set_items(object) || pyThrow();
    try {
      for (let i = 0; i < pySize(list); i++) {
        set.add(py2jsKey(pyListItem(list, i), "Set"));
      }
    } finally {
      _enter_release(list);
    }
    return set;
  },

  // A key of a dict, an item of a set: Python compares them by value, JavaScript only scalars.
  $py2jsKey: (object, container) =>
    _py2js_is_scalar(object)
      ? py2js(object)
      : py2jsFail(`Cannot use ${pyString(object, true)} as a key for a Javascript ${container}`),

  // Throws a ConversionError.
  $py2jsFail: (message) => {
    _py2js_raise(pyMake(message));
    pyThrow();
  },

  // A Map whose string keys are properties, too, but for the names of Map's own members.
  $LiteralMap: class extends Map {
    constructor() {
      super();
      // biome-ignore lint/correctness/noConstructorReturn: the Proxy has the properties
      return new Proxy(this, pyLiteralTraps);
    }
  },
  $pyIsLiteral: (key) => typeof key === "string" && !(key in Map.prototype),
  $pyLiteralTraps: {
    get(map, key) {
      if (pyIsLiteral(key)) {
        return map.get(key);
      }
      const value = Reflect.get(map, key);
      return typeof value === "function" && key !== "constructor" ? value.bind(map) : value;
    },
    has: (map, key) => (pyIsLiteral(key) ? map.has(key) : key in map),
    set(map, key, value) {
      return pyIsLiteral(key) ? map.set(key, value) === map : Reflect.set(map, key, value);
    },
    deleteProperty(map, key) {
      return pyIsLiteral(key) ? map.delete(key) || true : Reflect.deleteProperty(map, key);
    },
    ownKeys: (map) => [...map.keys()].filter(pyIsLiteral),
    getOwnPropertyDescriptor: (map, key) =>
      pyIsLiteral(key) && map.has(key)
        ? { value: map.get(key), configurable: true, enumerable: true, writable: true }
        : undefined,
  },
});
