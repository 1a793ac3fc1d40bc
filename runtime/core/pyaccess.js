// How does JavaScript read and change attributes and items of a Python object?

addToLibrary({
  // `$name` stands for the attribute `name`, which may be a member of the proxy; not so in 0.16.
  $pyAttributeName: (key) => pyName(apiMode.today && key.startsWith("$") ? key.slice(1) : key),

  // The function of a method is its key among the children.
  $pyGetAttribute: (reference, key) => {
    const outer = pyEntry();
    try {
      const object = pyAlive(reference);
      const found = _pyproxy_lookup(object, pyAttributeName(key));
      if (found === 0) {
        return _PyErr_Occurred() ? pyThrow() : undefined;
      }
      const value = (found & ~1) >>> 0;
      return pyChild(reference, value, value, () =>
        found & 1 ? pyTake(_pyproxy_bind(value, object)) : pyTake(value),
      );
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },

  // A proxy that is read from another one is its child and destroyed with it, so that `a.b.c()`
  // leaves no proxy behind. `make` makes the child of an object, which is released. A property that
  // gives a new object at each read would fill the memory: the oldest children are left to the
  // collector.
  $pyChild: (reference, key, object, make) => {
    const known = reference.children?.proxies.get(key);
    if (known !== undefined && pyHandle(known)?.reference.pointer) {
      _enter_release(object);
      return known;
    }
    const value = make();
    pyAddChild(reference, key, value);
    return value;
  },
  $pyAddChild: (reference, key, value) => {
    if (apiMode.today && pyHandle(value)?.roundtrip === false) {
      reference.children ??= { owners: 1, proxies: new Map() };
      const { proxies } = reference.children;
      if (proxies.size >= 1024) {
        proxies.delete(proxies.keys().next().value);
      }
      proxies.set(key, value);
    }
  },

  $pyHasAttribute: (reference, key) =>
    pyOperation(() => {
      const found = _pyproxy_hasattr(pyAlive(reference), pyAttributeName(key));
      return found < 0 ? pyThrow() : found === 1;
    }),

  // Deletes the attribute if there is no value.
  $pySetAttribute: (reference, key, ...value) =>
    pyOperation(() => {
      const object = pyAlive(reference);
      const name = pyAttributeName(key);
      return _pyproxy_setattr(object, name, pyMake(...value)) === 0 || pyThrow();
    }),

  // The object of a value, as a new reference, or 0 if there is none.
  $pyMake: (...value) => (value.length === 0 ? 0 : js2py(value[0]) || pyThrow()),

  // undefined if there is no such item.
  $pyGetItem: (handle, key) =>
    pyOperation(() => {
      const item = _pyproxy_getitem(pyAlive(handle?.reference), pyMake(key));
      return item === 0 && !_PyErr_Occurred() ? undefined : pyTakeItem(handle, item);
    }),

  // The items of a proxy of asJsJson() are such proxies, too.
  $pyTakeItem: (handle, item) => {
    const object = item >>> 0;
    if (object === 0 || !(handle && handle.flags & (pyFlag.JSON_DICT | pyFlag.JSON_SEQUENCE))) {
      return pyTake(object);
    }
    return pyChild(handle.reference, -object, object, () => {
      const value = pyTake(object);
      const flags = pyHandle(value)?.flags ?? 0;
      return flags & (pyFlag.SEQUENCE | pyFlag.GET) ? value.asJsJson() : value;
    });
  },

  // Deletes the item if there is no value.
  $pySetItem: (reference, key, ...value) =>
    pyOperation(() => {
      const object = pyAlive(reference);
      const item = pyMake(...value);
      const index = js2py(key);
      if (index === 0) {
        _enter_release(item);
        pyThrow();
      }
      return _pyproxy_setitem(object, index, item) === 0 || pyThrow();
    }),

  $pyHasItem: (reference, key) =>
    pyOperation(() => {
      const found = _pyproxy_contains(pyAlive(reference), pyMake(key));
      return found < 0 ? pyThrow() : found === 1;
    }),

  $pyLength: (reference) =>
    pyOperation(() => {
      const length = _pyproxy_length(pyAlive(reference));
      return length < 0 ? pyThrow() : length;
    }),

  // A property's key that is a whole number.
  $pyIndex: (key) => (typeof key === "string" && /^[0-9]+$/.test(key) ? Number(key) : undefined),

  // The key of a mapping for a property's key: a string, or the number that it stands for.
  $pyItemKey: (reference, key) => {
    if (typeof key === "symbol") {
      return undefined;
    }
    const index = pyIndex(key);
    return pyHasItem(reference, key)
      ? key
      : index !== undefined && pyHasItem(reference, index)
        ? index
        : undefined;
  },

  // Whether an operation finds its item: false where Python raises the error of that type.
  $pyIsFound: (type, operation) => {
    try {
      return operation();
    } catch (/** @type {Value} */ error) {
      if (pyErrors.has(error) && error.type === type) {
        return false;
      }
      throw error;
    }
  },

  // The strings and integers of a list that a function of pyproxy.c makes, as keys of properties.
  $pyStrings: (reference, makeList) =>
    pyOperation(() => {
      const list = makeList(pyAlive(reference)) || pyThrow();
      /** @type {Set<string>} */
      const keys = new Set();
      try {
        for (let i = 0; i < pySize(list); i++) {
          const item = pyListItem(list, i);
          const kind = _py2js_kind(item);
          if (kind === pyKind.STR || kind === pyKind.INT) {
            keys.add(String(py2js(item)));
          }
        }
      } finally {
        _enter_release(list);
      }
      return [...keys];
    }),
});
