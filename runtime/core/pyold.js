// What is different in a PyProxy of Pyodide 0.16?
//
// An object has one proxy for as long as JavaScript keeps the proxy. Python's attributes come before
// the members of functions, and the proxy has few members of its own.

addToLibrary({
  $pyProxies: "new Map()", // $pyKey of the object -> WeakRef of its proxy

  // The proxy of an object, which is borrowed.
  $pyShared: (object) => {
    const key = pyKey(object);
    const known = pyProxies.get(key)?.deref();
    if (known !== undefined && pySame(pyHandle(known)?.reference.pointer ?? 0, object)) {
      return known;
    }
    const reference = pyNewReference(object);
    const flags = pyFlags(object);
    // An arrow function has no own property that a Proxy is obliged to report.
    const target = flags & pyFlag.CALLABLE ? () => {} : {};
    const handle = Object.setPrototypeOf(pyHandleOf(reference, flags), pyOldTraps);
    const proxy = new Proxy(target, handle);
    _Py_IncRef(object);
    pyProxies.set(key, new WeakRef(proxy));
    pyFinalizer.register(proxy, reference, reference);
    return proxy;
  },

  // Each read of a method, `x.foo`, makes a new Python object. Such objects share one proxy if
  // their `self` and function are the same, so the key of a method is made of both. It is larger
  // than any address, because `self` is above the first megabyte. $pySame tells apart functions of
  // equal key.
  $pyKey: (object) => {
    const type = pyType(object);
    return type === pyTypes.method || type === pyTypes.builtin
      ? pyMethodSelf(object) * 4096 + ((pyMethodFunction(object) >>> 3) & 4095)
      : object;
  },
  $pySame: (one, other) =>
    one === other ||
    (pyType(one) === pyType(other) &&
      pyMethodFunction(one) === pyMethodFunction(other) &&
      pyMethodSelf(one) === pyMethodSelf(other)),

  // Forgets the proxy of an object. The map may have a newer proxy of the object already.
  $pyForget: (object) => {
    const key = pyKey(object);
    if (pyProxies.get(key)?.deref() === undefined) {
      pyProxies.delete(key);
    }
  },

  // Members of every proxy; they come before the Python object's attributes.
  $pyOldMembers: {
    destroy() {
      pyProxies.delete(pyKey(pyAlive(pyHandle(this)?.reference)));
      pyDestroy(this);
    },
    toString() {
      return pyOperation(() => pyString(pyAlive(pyHandle(this)?.reference), true));
    },
    ownKeys() {
      return Reflect.ownKeys(this);
    },
  },
  $pyOldThen: 'new Set(["then", "catch", "finally"])', // of an awaitable
  // Members of functions, which libraries use; they come after the Python object's attributes.
  $pyOldFunction: 'new Set(["call", "apply", "bind"])',

  $pyOldTraps: {
    get(target, key) {
      if (typeof key === "symbol") {
        if (key === pyHandleKey || key === pyFlagsKey) {
          return key === pyHandleKey ? this : this.flags | pyFlag.PROXY;
        }
        return key === Symbol.iterator && this.flags & (pyFlag.ITERABLE | pyFlag.ITERATOR)
          ? Reflect.get(PyIterable.prototype, key)
          : Reflect.get(target, key);
      }
      if (Object.hasOwn(pyOldMembers, key)) {
        return pyOldMembers[key];
      }
      if (pyOldThen.has(key) && this.flags & pyFlag.AWAITABLE) {
        return Reflect.get(PyAwaitable.prototype, key);
      }
      const outer = pyEntry();
      try {
        const object = _pyproxy_getattr(pyAlive(this.reference), pyName(key));
        if (object === 0 && !_PyErr_Occurred()) {
          return typeof target === "function" && pyOldFunction.has(key)
            ? Reflect.get(Function.prototype, key)
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
      return pyHasAttribute(this.reference, key);
    },
    set(_target, key, value) {
      if (typeof key === "symbol") {
        throw new TypeError("A Python object has no attributes named by a Symbol");
      }
      return pySetAttribute(this.reference, key, value);
    },
    deleteProperty(_target, key) {
      return typeof key === "symbol" || pySetAttribute(this.reference, key);
    },
    ownKeys() {
      return pyStrings(this.reference, _pyproxy_dir);
    },
    apply(_target, self, args) {
      return pyApply(this, self, args);
    },
    // Hide the target, which is internal, from reflection.
    getOwnPropertyDescriptor: () => undefined,
    defineProperty: () => false,
    preventExtensions: () => false,
  },
});
