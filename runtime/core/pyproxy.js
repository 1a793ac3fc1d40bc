// How does a Python object behave in JavaScript?
//
// A PyProxy is a JavaScript Proxy whose target holds one reference to the Python object. An object
// has one proxy for as long as JavaScript keeps the proxy. The reference is released by destroy(),
// or by the FinalizationRegistry after JavaScript has collected the proxy.

addToLibrary({
  $pyProxies: "new Map()", // $pyKey of the object -> WeakRef of its proxy
  $pyTargets: "new WeakMap()", // proxy -> target
  $pyFinalizer__deps: ["$pyRelease", "$pyFinalize"],
  $pyFinalizer: "new FinalizationRegistry((target) => pyFinalize(() => pyRelease(target)))",

  $pyProxy__deps: [
    "$pyProxies",
    "$pyTargets",
    "$pyFinalizer",
    "$pyHandler",
    "$pyKey",
    "$pySame",
    "pyproxy_is_callable",
    "Py_IncRef",
  ],
  // The proxy of an object, which is borrowed.
  $pyProxy: (object) => {
    object >>>= 0;
    const key = pyKey(object);
    const known = pyProxies.get(key)?.deref();
    if (known !== undefined && pySame(pyTargets.get(known)?.pointer ?? 0, object)) {
      return known;
    }
    // An arrow function has no own property that a Proxy is obliged to report.
    const target = Object.assign(_pyproxy_is_callable(object) ? () => {} : {}, { pointer: object });
    const proxy = new Proxy(target, pyHandler);
    _Py_IncRef(object);
    pyProxies.set(key, new WeakRef(proxy));
    pyTargets.set(proxy, target);
    pyFinalizer.register(proxy, target);
    return proxy;
  },

  // Each read of a method, `x.foo`, makes a new Python object. Such objects share one proxy if
  // their `self` and function are the same, so the key of a method is made of both. It is larger
  // than any address, because `self` is above the first megabyte. $pySame tells apart functions of
  // equal key.
  $pyKey__deps: ["$pyTypes", "$pyType", "$pyMethodSelf", "$pyMethodFunction"],
  $pyKey: (object) => {
    const type = pyType(object);
    return type === pyTypes.method || type === pyTypes.builtin
      ? pyMethodSelf(object) * 4096 + ((pyMethodFunction(object) >>> 3) & 4095)
      : object;
  },
  $pySame__deps: ["$pyType", "$pyMethodSelf", "$pyMethodFunction"],
  $pySame: (one, other) =>
    one === other ||
    (pyType(one) === pyType(other) &&
      pyMethodFunction(one) === pyMethodFunction(other) &&
      pyMethodSelf(one) === pyMethodSelf(other)),

  // Releases the object of a proxy that was collected or destroyed. The map may have a newer proxy
  // of the object already.
  $pyRelease__deps: ["$pyProxies", "$pyKey", "enter_release"],
  $pyRelease: (target) => {
    const object = target.pointer;
    if (object === 0) {
      return; // destroyed before
    }
    target.pointer = 0;
    const key = pyKey(object);
    if (pyProxies.get(key)?.deref() === undefined) {
      pyProxies.delete(key);
    }
    _enter_release(object);
  },

  // Runs a callback of JavaScript's garbage collector.
  $pyFinalize__deps: ["$pyCrash", "$pyEntry", "$pyLeave"],
  $pyFinalize: (operation) => {
    if (pyCrash.cause !== undefined) {
      return;
    }
    const outer = pyEntry();
    try {
      operation();
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },

  // The Python object behind a JavaScript value; undefined if it is no PyProxy.
  $pyPointer__deps: ["$pyTargets", "$pyAlive"],
  $pyPointer: (value) => {
    const target = pyTargets.get(value);
    return target && pyAlive(target);
  },

  // The object of a proxy. Throws if the proxy was destroyed or Python has crashed.
  $pyAlive__deps: ["$checkAlive"],
  $pyAlive: (target) => {
    checkAlive();
    if (!target?.pointer) {
      throw new ReferenceError(
        "This Python object was destroyed: its JavaScript proxy is not usable any more",
      );
    }
    return target.pointer;
  },

  // Members of every proxy; they come before the Python object's attributes.
  $pyMembers__deps: [
    "$pyTargets",
    "$pyProxies",
    "$pyKey",
    "$pyRelease",
    "$pyAlive",
    "$pyOperation",
    "$pyTake",
    "pyproxy_repr",
  ],
  $pyMembers: {
    destroy() {
      const target = /** @type {Target} */ (pyTargets.get(this));
      pyProxies.delete(pyKey(pyAlive(target)));
      pyOperation(() => pyRelease(target));
    },
    toString() {
      return pyOperation(() => pyTake(_pyproxy_repr(pyAlive(pyTargets.get(this)))));
    },
    ownKeys() {
      return Reflect.ownKeys(this);
    },
  },
  // Members of functions, which libraries use; they come after the Python object's attributes.
  $pyFunctionMembers: "(({ call, apply, bind }) => ({ call, apply, bind }))(Function.prototype)",

  // Converts an object and releases the reference to it. 0 throws the Python exception.
  $pyTake__deps: ["$py2js", "$pyThrow", "enter_release"],
  $pyTake: (object) => {
    if (object === 0) {
      pyThrow();
    }
    try {
      return py2js(object);
    } finally {
      _enter_release(object);
    }
  },

  // Runs an operation on Python objects that JavaScript started.
  $pyOperation__deps: ["$pyEntry", "$pyLeave"],
  $pyOperation: (operation) => {
    const outer = pyEntry();
    try {
      return operation();
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },

  // Calls a Python object with JavaScript arguments.
  $pyCall__deps: [
    "$js2py",
    "$pyTake",
    "$pyThrow",
    "$stackSave",
    "$stackAlloc",
    "$stackRestore",
    "pyproxy_call",
    "enter_release",
  ],
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
        _enter_release(HEAPU32[(argv >>> 2) + --made]);
      }
      stackRestore(top);
      throw error;
    }
    const result = _pyproxy_call(callable, argv, count);
    stackRestore(top);
    return pyTake(result);
  },

  $pyHandler__deps: [
    "$pyAlive",
    "$pyMembers",
    "$pyFunctionMembers",
    "$pyName",
    "$pyTake",
    "$pyCall",
    "$js2py",
    "$pyThrow",
    "$pyIterable",
    "$pyThen",
    "$pyEntry",
    "$pyLeave",
    "$pyOperation",
    "pyproxy_getattr",
    "pyproxy_hasattr",
    "pyproxy_setattr",
    "pyproxy_dir",
    "pyproxy_is_iterable",
    "pyproxy_is_awaitable",
    "PyErr_Occurred",
  ],
  $pyHandler: {
    get(target, key) {
      if (typeof key === "symbol") {
        return key === Symbol.iterator && _pyproxy_is_iterable(pyAlive(target))
          ? pyIterable.iterate
          : target[key];
      }
      if (Object.hasOwn(pyMembers, key)) {
        return pyMembers[key];
      }
      if (Object.hasOwn(pyThen, key) && _pyproxy_is_awaitable(pyAlive(target))) {
        return pyThen[key];
      }
      const outer = pyEntry();
      try {
        const object = _pyproxy_getattr(pyAlive(target), pyName(key));
        if (object === 0 && !_PyErr_Occurred()) {
          return typeof target === "function" && Object.hasOwn(pyFunctionMembers, key)
            ? pyFunctionMembers[key]
            : undefined;
        }
        return pyTake(object);
      } catch (error) {
        throw pyLeave(error, outer);
      }
    },
    has(target, key) {
      if (typeof key === "symbol") {
        return key in target;
      }
      return pyOperation(() => {
        const found = _pyproxy_hasattr(pyAlive(target), pyName(key));
        return found < 0 ? pyThrow() : found === 1;
      });
    },
    set(target, key, value) {
      if (typeof key === "symbol") {
        throw new TypeError("A Python object has no attributes named by a Symbol");
      }
      return pyOperation(() => {
        const pointer = pyAlive(target);
        const name = pyName(key);
        const object = js2py(value) || pyThrow();
        return _pyproxy_setattr(pointer, name, object) === 0 || pyThrow();
      });
    },
    deleteProperty(target, key) {
      if (typeof key === "symbol") {
        return true;
      }
      return pyOperation(
        () => _pyproxy_setattr(pyAlive(target), pyName(key), 0) === 0 || pyThrow(),
      );
    },
    ownKeys(target) {
      // __dir__ may return anything; JavaScript accepts strings, each once.
      /** @type {Value[]} */
      const names = pyOperation(() => pyTake(_pyproxy_dir(pyAlive(target))));
      return [...new Set(names.filter((name) => typeof name === "string"))];
    },
    apply(target, _self, args) {
      const outer = pyEntry();
      try {
        return pyCall(pyAlive(target), args);
      } catch (error) {
        throw pyLeave(error, outer);
      }
    },
    // Hide the target, which is internal, from reflection.
    getOwnPropertyDescriptor: () => undefined,
    defineProperty: () => false,
    preventExtensions: () => false,
  },

  // The members that make an awaitable a promise for JavaScript. Each call schedules the awaitable.
  $pyThen__deps: ["$pyPromise"],
  $pyThen: {
    // biome-ignore lint/suspicious/noThenProperty: await must find it
    then(onFulfilled, onRejected) {
      return pyPromise(this).then(onFulfilled, onRejected);
    },
    catch(onRejected) {
      return pyPromise(this).catch(onRejected);
    },
    finally(onFinally) {
      return pyPromise(this).finally(onFinally);
    },
  },
  $pyPromise__deps: ["$importModule", "$pyWaiting"],
  $pyPromise: (awaitable) =>
    new Promise((resolve, reject) => {
      /** @param {() => Value} result */
      const done = (result) => {
        pyWaiting.delete(reject);
        try {
          resolve(result());
        } catch (error) {
          reject(error);
        }
      };
      importModule("pyodide.webloop").when_done(awaitable, done);
      pyWaiting.add(reject);
    }),

  // A JavaScript function for the runtime's own events. No code could catch its errors after a
  // crash, and Node would exit. It logs the crash once instead: $pyCrashed rejects the promises.
  pyproxy_background__deps: ["$pyProxy", "$js2py", "$pyCrash"],
  pyproxy_background: (callable) => {
    const proxy = pyProxy(callable);
    return js2py(() => {
      if (pyCrash.cause !== undefined) {
        return;
      }
      try {
        proxy();
      } catch (error) {
        if (pyCrash.cause === undefined) {
          throw error;
        }
        console.error(error);
      }
    });
  },

  // for (const item of proxy). The generator function is inside an object because Emscripten 3.1.69
  // cannot copy one that is an entry of the library itself.
  $pyIterable__deps: [
    "$pyTargets",
    "$pyAlive",
    "$pyThrow",
    "$pyTake",
    "$pyOperation",
    "$pyFinalize",
    "$checkAlive",
    "pyproxy_iter",
    "pyproxy_next",
    "PyErr_Occurred",
    "enter_release",
  ],
  $pyIterable: {
    iterate: function* () {
      const iterator = pyOperation(() => _pyproxy_iter(pyAlive(pyTargets.get(this))) || pyThrow());
      const next = () => {
        checkAlive();
        const item = _pyproxy_next(iterator);
        return item !== 0 || _PyErr_Occurred() ? { value: pyTake(item) } : undefined;
      };
      try {
        for (let item = pyOperation(next); item !== undefined; item = pyOperation(next)) {
          yield item.value;
        }
      } finally {
        pyFinalize(() => _enter_release(iterator));
      }
    },
  },
});
