// How does a Python object behave in JavaScript?
//
// A PyProxy is a JavaScript Proxy whose target holds one reference to the Python object. The same
// object has the same proxy for as long as JavaScript keeps it. destroy() releases the reference;
// otherwise the FinalizationRegistry does when JavaScript has collected the proxy.

addToLibrary({
  $pyProxies: "new Map()", // PyObject* -> WeakRef of its proxy
  $pyTargets: "new WeakMap()", // proxy -> target
  $pyFinalizer__deps: ["$pyRelease"],
  $pyFinalizer: "new FinalizationRegistry((pointer) => pyRelease(pointer))",

  $pyProxy__deps: ["$pyProxies", "$pyTargets", "$pyFinalizer", "$pyHandler", "pyproxy_is_callable", "Py_IncRef"],
  // The proxy of an object, which is borrowed.
  $pyProxy: (object) => {
    object >>>= 0;
    const known = pyProxies.get(object)?.deref();
    if (known !== undefined) {
      return known;
    }
    // An arrow function has no property of its own that a Proxy would have to report.
    const target = _pyproxy_is_callable(object) ? () => {} : {};
    target.pointer = object;
    const proxy = new Proxy(target, pyHandler);
    _Py_IncRef(object);
    pyProxies.set(object, new WeakRef(proxy));
    pyTargets.set(proxy, target);
    pyFinalizer.register(proxy, object, target);
    return proxy;
  },

  // A proxy is gone: collected or destroyed. Another one may have taken its place in the map already.
  $pyRelease__deps: ["$pyProxies", "Py_DecRef"],
  $pyRelease: (object) => {
    if (pyProxies.get(object)?.deref() === undefined) {
      pyProxies.delete(object);
    }
    _Py_DecRef(object);
  },

  // The Python object behind a JavaScript value; undefined if it is no PyProxy.
  $pyPointer__deps: ["$pyTargets", "$pyAlive"],
  $pyPointer: (value) => {
    const target = pyTargets.get(value);
    return target && pyAlive(target);
  },

  // The object of a proxy that can be used.
  $pyAlive__deps: ["$pyCrash"],
  $pyAlive: (target) => {
    if (pyCrash.error !== undefined) {
      throw new Error("Python has crashed and must be loaded again", { cause: pyCrash.error });
    }
    if (target.pointer === 0) {
      throw new ReferenceError("This Python object was destroyed: its JavaScript proxy is not usable any more");
    }
    return target.pointer;
  },

  // Members of every proxy; they come before the Python object's attributes.
  $pyMembers__deps: ["$pyTargets", "$pyProxies", "$pyFinalizer", "$pyRelease", "$pyAlive", "$py2jsString", "$pyThrow", "$pyHandler", "$pyTake", "PyObject_Repr"],
  $pyMembers: {
    destroy() {
      const target = pyTargets.get(this);
      const pointer = pyAlive(target);
      target.pointer = 0;
      pyFinalizer.unregister(target);
      pyProxies.delete(pointer);
      pyRelease(pointer);
    },
    toString() {
      return pyTake(_PyObject_Repr(pyAlive(pyTargets.get(this))));
    },
    ownKeys() {
      return Reflect.ownKeys(this);
    },
  },

  // An owned reference made into a JavaScript value; 0 throws the Python exception.
  $pyTake__deps: ["$py2js", "$pyThrow", "Py_DecRef"],
  $pyTake: (object) => {
    if (object === 0) {
      pyThrow();
    }
    try {
      return py2js(object);
    } finally {
      _Py_DecRef(object);
    }
  },

  // After a trap the interpreter's memory is in no known state, and nothing may run any more.
  $pyCrash: "{ error: undefined }",

  // Calls a Python object with JavaScript arguments.
  $pyCall__deps: ["$js2py", "$pyTake", "$pyThrow", "stackSave", "stackAlloc", "stackRestore", "$pyCrash", "pyproxy_call", "pyproxy_unwound", "Py_DecRef"],
  $pyCall: (callable, args) => {
    const count = args.length;
    const top = stackSave();
    const argv = stackAlloc(4 * (count + 1)) + 4;
    let made = 0;
    try {
      for (; made < count; made++) {
        const object = js2py(args[made]) || pyThrow();
        HEAPU32[(argv >>> 2) + made] = object; // not before: the memory may have grown
      }
    } catch (error) {
      while (made > 0) {
        _Py_DecRef(HEAPU32[(argv >>> 2) + --made]);
      }
      stackRestore(top);
      throw error;
    }
    let result;
    try {
      result = _pyproxy_call(callable, argv, count);
    } catch (error) {
      // Not a Python exception, those are returned: the stack is full, or WebAssembly has trapped.
      if (error instanceof WebAssembly.RuntimeError) {
        pyCrash.error ??= error;
      } else {
        _pyproxy_unwound();
      }
      stackRestore(top);
      throw error;
    }
    stackRestore(top);
    return pyTake(result);
  },

  $pyHandler__deps: [
    "$pyAlive", "$pyMembers", "$pyName", "$pyTake", "$pyCall", "$js2py", "$pyThrow", "$pyIterate", "$pyThen",
    "pyproxy_getattr", "pyproxy_hasattr", "pyproxy_setattr", "pyproxy_is_iterable", "pyproxy_is_awaitable", "PyObject_Dir", "PyErr_Occurred",
  ],
  $pyHandler: {
    get(target, key) {
      if (typeof key === "symbol") {
        return key === Symbol.iterator && _pyproxy_is_iterable(pyAlive(target)) ? pyIterate : target[key];
      }
      if (Object.hasOwn(pyMembers, key)) {
        return pyMembers[key];
      }
      if (key === "then" && _pyproxy_is_awaitable(pyAlive(target))) {
        return pyThen;
      }
      const object = _pyproxy_getattr(pyAlive(target), pyName(key));
      return object === 0 && !_PyErr_Occurred() ? undefined : pyTake(object);
    },
    has(target, key) {
      if (typeof key === "symbol") {
        return key in target;
      }
      const found = _pyproxy_hasattr(pyAlive(target), pyName(key));
      return found < 0 ? pyThrow() : found === 1;
    },
    set(target, key, value) {
      if (typeof key === "symbol") {
        throw new TypeError("A Python object has no attributes named by a Symbol");
      }
      const object = js2py(value) || pyThrow();
      return _pyproxy_setattr(pyAlive(target), pyName(key), object) === 0 || pyThrow();
    },
    deleteProperty(target, key) {
      if (typeof key === "symbol") {
        return true;
      }
      return _pyproxy_setattr(pyAlive(target), pyName(key), 0) === 0 || pyThrow();
    },
    ownKeys(target) {
      // __dir__ may return anything; JavaScript accepts strings, each once.
      const names = pyTake(_PyObject_Dir(pyAlive(target)));
      return [...new Set(names.filter((name) => typeof name === "string"))];
    },
    apply(target, self, args) {
      return pyCall(pyAlive(target), args);
    },
  },

  // Makes awaitables what JavaScript's `await` and Promise.resolve wait for.
  $pyThen__deps: ["$importModule"],
  $pyThen: function (resolve, reject) {
    const future = importModule("pyodide.webloop").ensure_future(this);
    future.add_done_callback((done) => {
      let result;
      try {
        result = done.result();
      } catch (error) {
        reject(error);
        return;
      }
      resolve(result);
    });
  },

  // for (const item of proxy). A string, because Emscripten 3.1.69 cannot copy a generator function.
  $pyIterate__deps: ["$pyTargets", "$pyAlive", "$pyThrow", "$pyTake", "PyObject_GetIter", "PyIter_Next", "PyErr_Occurred", "Py_DecRef"],
  $pyIterate: `function* () {
    const iterator = _PyObject_GetIter(pyAlive(pyTargets.get(this))) || pyThrow();
    try {
      for (let item = _PyIter_Next(iterator); item !== 0; item = _PyIter_Next(iterator)) {
        yield pyTake(item);
      }
      if (_PyErr_Occurred()) {
        pyThrow();
      }
    } finally {
      _Py_DecRef(iterator);
    }
  }`,
});
