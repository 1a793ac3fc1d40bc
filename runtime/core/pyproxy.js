// How does a Python object live in JavaScript?
//
// A PyProxy is a JavaScript Proxy. Its handler (pyhandles.js) has the traps, and a PyReference to
// the Python object. destroy() releases the object, or the FinalizationRegistry does after
// JavaScript has collected the proxy.
//
// In today's API each conversion makes a new proxy. In 0.16's an object has one proxy for as long as
// JavaScript keeps the proxy.

addToLibrary({
  $pyBorrowed: "null",
  $pyNoneBorrowed: "Object.freeze([])", // in its place until there is one: most calls make no proxy
  $pyHandleKey: 'Symbol("pyodide.handle")', // the trap `get` of every PyProxy answers to it
  $pyFinalizer: "new FinalizationRegistry((reference) => pyFinalize(() => pyCollect(reference)))",

  // The proxy of an object, which is borrowed.
  $pyProxy: (object, options) => {
    object >>>= 0;
    if (!apiMode.today) {
      return pyShared(object);
    }
    return pyNew(object, pyFlags(object), options);
  },

  // A new proxy. `children` are the proxies of attributes, which a copy shares.
  $pyNew: (object, flags, options, children) => {
    const reference = pyNewReference(object);
    reference.children = children;
    const proxy = pyAlias(reference, flags, options);
    _Py_IncRef(object);
    if (pyBorrowed === null) {
      pyFinalizer.register(proxy, reference, reference);
    } else if (pyBorrowed === pyNoneBorrowed) {
      pyBorrowed = [proxy];
    } else {
      pyBorrowed.push(proxy);
    }
    return proxy;
  },
  $pyNewReference: (pointer) => ({ pointer, children: undefined, promise: undefined, message: "" }),

  // A proxy with the reference of another one, `origin`: both are destroyed together.
  $pyAlias: (reference, flags, options, origin) => {
    const prototype = pyPrototype(flags);
    const target =
      flags & pyFlag.CALLABLE
        ? Object.setPrototypeOf(() => {}, prototype)
        : Object.create(prototype);
    return new Proxy(target, pyHandleOf(reference, flags, options, origin));
  },

  // The handler of a PyProxy of this interpreter; undefined for any other value.
  $pyHandle: (value) => {
    try {
      const handle = value?.[pyHandleKey];
      // A remote object of another thread can answer to every key.
      return handle?.key === pyHandleKey ? handle : undefined;
    } catch {
      return undefined; // a Proxy of a program
    }
  },

  // The Python object behind a JavaScript value; undefined if it is no PyProxy, or one that Python
  // sees as a JsProxy.
  $pyPointer: (value) => {
    const handle = pyHandle(value);
    if (handle === undefined) {
      return undefined;
    }
    const pointer = pyAlive(handle.reference);
    return handle.roundtrip ? undefined : pointer;
  },
  // Front ends know it by this name.
  $PyProxy_getPtr: (proxy) => pyAlive(pyHandle(proxy)?.reference),

  // The object of a reference. Throws if it was released or Python has crashed.
  $pyAlive: (reference) => {
    checkAlive();
    if (reference?.pointer) {
      return reference.pointer;
    }
    if (!apiMode.today) {
      throw new ReferenceError(
        "This Python object was destroyed: its JavaScript proxy is not usable any more",
      );
    }
    throw reference
      ? new Error(reference.message)
      : new TypeError("A member of a PyProxy was called on another object");
  },

  // Releases the object of a proxy that was collected or destroyed.
  $pyRelease: (reference) => {
    const object = reference.pointer;
    reference.pointer = 0;
    if (!apiMode.today) {
      pyForget(object);
    }
    _enter_release(object);
  },

  // The proxy was collected. Proxies of attributes may be in use, so they are left to the collector.
  $pyCollect: (reference) => {
    if (reference.pointer !== 0) {
      pyRelease(reference);
    }
  },

  // `destroyRoundtrip`: also if the proxy is one of create_proxy().
  $pyDestroy: (proxy, message, destroyRoundtrip = true) => {
    const { reference, roundtrip } = /** @type {PyHandle} */ (pyHandle(proxy));
    if (reference.pointer === 0 || (roundtrip && !destroyRoundtrip)) {
      return;
    }
    checkAlive();
    reference.message = pyDestroyed(proxy, message);
    pyFinalizer.unregister(reference);
    pyOperation(() => pyRelease(reference));
    const { children } = reference;
    if (children !== undefined && --children.owners === 0) {
      pyDestroyAll(
        children.proxies.values(),
        "This borrowed attribute proxy was automatically destroyed in the process of destroying " +
          "the proxy it was borrowed from. Try using the 'copy' method.",
      );
    }
  },
  $pyDestroyAll: (proxies, message) => {
    for (const proxy of proxies) {
      pyDestroy(proxy, message, false);
    }
  },

  // The text of the error for a use after destroy().
  $pyDestroyed: (proxy, message) => {
    const text = message || "Object has already been destroyed";
    if (!apiMode.debug) {
      return `${text}\nFor more information about the cause of this error, use \`pyodide.setDebug(true)\``;
    }
    let what;
    try {
      what = `had repr "${proxy}"`;
    } catch {
      what = "an error was raised when trying to generate its repr";
    }
    return `${text}\nThe object was of type "${proxy.type}" and ${what}`;
  },

  // Runs a callback of JavaScript's garbage collector.
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

  // Converts an object and releases the reference to it. 0 throws the Python exception.
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

  // The str or repr of an object.
  $pyString: (object, isRepr) => pyTake(_pyproxy_string(object, isRepr)),

  // Runs an operation on Python objects that JavaScript started.
  $pyOperation: (operation) => {
    const outer = pyEntry();
    try {
      return operation();
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },

  // The same with the object of a proxy.
  $pyWith: (proxy, operation) => {
    const outer = pyEntry();
    try {
      const handle = /** @type {PyHandle} */ (pyHandle(proxy));
      return operation(pyAlive(handle?.reference), handle);
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },
});
