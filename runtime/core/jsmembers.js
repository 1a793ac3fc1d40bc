// What do the members of pyodide.ffi's classes do in JavaScript? pyodide._jsproxy calls them by name.

addToLibrary({
  // Runs a member. args[0] is its name. A raw member has pointers as arguments and returns one.
  jsmembers_run: (args, nargs) => {
    try {
      const start = args >>> 2;
      const name = pyNameString(HEAPU32[start]);
      const objects = [...HEAPU32.subarray(start + 1, start + nargs)];
      if (Object.hasOwn(jsRawMembers, name)) {
        return jsRawMembers[name](...objects);
      }
      const result = jsMembers[name](...objects.map((object) => py2js(object)));
      checkAlive();
      return js2py(result);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  $jsMembers: {
    entries: (object) => Object.entries(object),
    keys: (object) => Object.keys(object),
    values: (object) => Object.values(object),
    // Without indices.
    names: (object) =>
      jsNames(object)
        .filter((name) => !/^[0-9]/.test(name))
        .map((name) => (jsReservedWords.has(name.replace(/_*$/, "")) ? `${name}_` : name)),
    weakRef: (object) => new WeakRef(object),
    call: (object, method, ...args) => object[method](...args),
    error(name, message, stack) {
      const Class = /** @type {Value} */ (globalThis)[name];
      const isClass = typeof Class === "function" && Class.prototype instanceof Error;
      const error = isClass ? new Class(message) : new Error(message);
      return Object.defineProperties(error, {
        name: { value: name, configurable: true, writable: true },
        stack: { value: stack, configurable: true, writable: true },
      });
    },

    // JsArray
    copy: (array) => Array.from(array),
    slice: (array, start, step, count) =>
      Array.from({ length: count }, (_, i) => array[start + i * step]),
    setSlice(array, start, step, items) {
      for (let i = 0; i < items.length; i++) {
        array[start + i * step] = items[i];
      }
    },
    deleteSlice(array, start, step, count) {
      for (let i = count - 1; i >= 0; i--) {
        array.splice(start + i * step, 1);
      }
    },
    splice(array, start, count, items) {
      array.splice(start, count, ...items);
    },
    push(array, items) {
      for (const item of items) {
        array.push(item);
      }
    },
    list: (...items) => items,
    repeat: (array, count) => Array.from({ length: count }, () => Array.from(array)).flat(1),
    reverse(array) {
      array.reverse();
    },
    reversed: (array) => Array.from(array).reverse()[Symbol.iterator](),
    indexOf(array, value, start, stop) {
      for (let i = start; i < stop; i++) {
        if (array[i] === value) {
          return i;
        }
      }
      return -1;
    },
    isPyProxyAt: (array, i) => jsHasLive(array[i]),

    // JsMap
    clear(map) {
      if (!jsHasMethod(map, "clear")) {
        return false;
      }
      map.clear();
      return true;
    },
    // The map of an object's own properties
    item: (object, key) => object[key],
    hasOwn: (object, key) => Object.hasOwn(object, key),
    set(object, key, value) {
      object[key] = value;
    },
    delete(object, key) {
      delete object[key];
    },

    // JsPromise. The handlers are Python functions, which are needed once.
    onSettled: (promise, onFulfilled, onRejected) => jsThen(promise, onFulfilled, onRejected),
    finally: (promise, onFinally) =>
      Promise.resolve(promise).finally(() => {
        try {
          return jsMayWait(onFinally)();
        } finally {
          pyDestroyAll([onFinally].filter(jsIsPyProxy));
        }
      }),

    // Context managers
    callSymbol: (object, name) => object[/** @type {Value} */ (Symbol)[name]](),

    // JsBuffer
    decode(buffer, encoding) {
      try {
        return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer);
      } catch (error) {
        if (!(error instanceof TypeError)) {
          throw error; // no such encoding
        }
        const name = encoding ?? "utf8";
        throw new PyError("ValueError", `Failed to decode Javascript TypedArray as ${name}`);
      }
    },
    byteLength: (buffer) => buffer.byteLength,
    itemsize: (buffer) => buffer.BYTES_PER_ELEMENT ?? 0,
    write: (buffer, fd, canOwn) => jsFile("write", buffer, fd, canOwn),
    read: (buffer, fd) => jsFile("read", buffer, fd, false),

    destroyAll: (proxies) => pyDestroyAll(proxies),
  },

  $jsHasLive: (value) => Boolean(pyHandle(value)?.reference.pointer),

  // Writes a buffer to an open file, or fills the buffer from it.
  $jsFile: (operation, buffer, fd, canOwn) => {
    const bytes = jsBytes(buffer);
    return FS[operation](FS.getStream(fd), bytes, 0, bytes.length, undefined, canOwn);
  },

  // promise.then() with handlers that may be Python functions: these are destroyed at the end.
  $jsThen: (promise, onFulfilled, onRejected) => {
    /** @type {(handler: Value, value: Value, otherwise: () => Value) => Value} */
    const handle = (handler, value, otherwise) => {
      try {
        return handler ? jsMayWait(handler)(value) : otherwise();
      } finally {
        pyDestroyAll([onFulfilled, onRejected].filter(jsIsPyProxy));
      }
    };
    return Promise.resolve(promise).then(
      (value) => handle(onFulfilled, value, () => value),
      (error) =>
        handle(onRejected, error, () => {
          throw error;
        }),
    );
  },

  // The handler of an event or a promise: a Python function that may wait.
  $jsMayWait: (handler) => {
    const handle = pyHandle(handler);
    if (handle !== undefined) {
      handle.waits = true;
    }
    return handler;
  },

  // JavaScript's name of an attribute that may end in `_` because it is a keyword of Python.
  $jsAttribute: (name) =>
    name.endsWith("_") && jsReservedWords.has(name.replace(/_*$/, "")) ? name.slice(0, -1) : name,
  $jsReservedWords: `new Set(
    "False None True and as assert async await break class continue def del elif else except finally \
for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
  )`,

  $jsRawMembers: {
    createProxy(object, captureThis, roundtrip) {
      const options = { roundtrip: roundtrip === pyTrue, waits: true };
      return jsProxy(pyProxy(object, { ...options, captureThis: captureThis === pyTrue }));
    },
    createOnce(object) {
      const outer = pyBorrowed;
      pyBorrowed = []; // no finalizer: only `once` has the proxy
      const proxy = pyProxy(object, { roundtrip: true, waits: true });
      pyBorrowed = outer;
      const { reference } = /** @type {PyHandle} */ (pyHandle(proxy));
      let used = false;
      /** @param {string} message */
      const use = (message) => {
        if (used) {
          throw new Error(message);
        }
        used = true;
      };
      /** @param {Value[]} args */
      const once = (...args) => {
        use("OnceProxy can only be called once");
        try {
          return proxy(...args);
        } finally {
          proxy.destroy();
        }
      };
      once.destroy = () => {
        use("OnceProxy has already been destroyed");
        proxy.destroy();
      };
      pyFinalizer.register(once, reference, reference);
      return jsProxy(once);
    },
    // The functions of a future, which needs no proxies of them. A Python exception that passed
    // through JavaScript is kept.
    settle(promise, onFulfilled, onRejected) {
      /** @param {Pointer} callable @param {Value} value */
      const call = (callable, value) => {
        if (pyCrash.cause === undefined) {
          pyOperation(() => {
            try {
              pyCall(callable, [value]);
            } finally {
              _enter_release(onFulfilled);
              _enter_release(onRejected);
            }
          });
        }
      };
      _Py_IncRef(onFulfilled);
      _Py_IncRef(onRejected);
      Promise.resolve(py2js(promise)).then(
        (value) => call(onFulfilled, value),
        (error) => {
          const exception = pyErrors.get(error)?.pointer;
          const value = exception ? pyProxy(exception) : jsAsError(error);
          call(onRejected, value);
          pyDestroyAll([value].filter(jsIsPyProxy));
        },
      );
      return pyNone;
    },
    unwrap(proxy) {
      const object = pyAlive(pyHandle(py2js(proxy))?.reference);
      _Py_IncRef(object);
      return object;
    },

    // Options are None where they are not given.
    toPy(proxy, depth, defaultConverter) {
      const converter = py2js(defaultConverter);
      try {
        return js2pyDeep(py2js(proxy), { depth: py2js(depth), defaultConverter: converter });
      } finally {
        pyDestroyAll([converter].filter(jsIsPyProxy));
      }
    },
    toJs(object, ...options) {
      const [depth, pyproxies, create_pyproxies, ...converters] = options.map((o) => py2js(o));
      const [dict_converter, default_converter, eager_converter] = converters;
      try {
        const result = py2jsDeep(object, {
          depth,
          pyproxies,
          create_pyproxies,
          dict_converter,
          default_converter,
          eager_converter,
        });
        return jsIsPyProxy(result) ? jsProxy(result) : js2py(result);
      } finally {
        pyDestroyAll(converters.filter(jsIsPyProxy));
      }
    },

    // Iterators and generators
    send: (iterator, value) => jsStep(py2js(iterator).next(py2js(value))),
    return: (generator) => jsStep(py2js(generator).return()),
    throw: (generator, exception) => jsStep(py2js(generator).throw(jsThrowable(exception))),
    asyncThrow: (generator, exception) => js2py(py2js(generator).throw(jsThrowable(exception))),
    take: (result) => jsTakeResult(py2js(result).value),

    memoryview: (buffer) => js2pyBuffer(py2js(buffer)),
    bytes: (buffer) => js2pyBytes(py2js(buffer), false),
    // _jsproxy.py has compared the sizes.
    assign(buffer, object) {
      jsWithMemory(object, (memory) => jsBytes(py2js(buffer)).set(memory));
      return pyNone;
    },
    assignTo(buffer, object) {
      jsWithMemory(object, (memory) => memory.set(jsBytes(py2js(buffer))));
      return pyNone;
    },
  },

  $jsStep: (result) => {
    const object = jsIteration(result);
    if (object === 0 && !_PyErr_Occurred()) {
      _errors_stop_iteration(pyNone);
    }
    return object;
  },

  // The memory of a contiguous Python buffer.
  $jsWithMemory: (object, use) => {
    const view = _buffer_get(object);
    try {
      const start = pyBufferStart(view);
      use(HEAPU8.subarray(start, start + pyBufferLength(view)));
    } finally {
      _buffer_release(view);
    }
  },
});
