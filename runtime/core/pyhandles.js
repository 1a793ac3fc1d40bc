// What do the operators of JavaScript do with a PyProxy? A handler of a Proxy has one trap for each.
//
// In today's API the members of the proxy come first (pymembers.js), with all that a program has
// defined on the proxy. Python's attributes follow; `$name` is always Python's attribute `name`.
// In 0.16's API Python's attributes come first (pyold.js).

addToLibrary({
  // The handler of a proxy: its prototype has the traps.
  $pyHandleOf: (reference, flags, options, origin) => {
    const traps =
      flags & pyFlag.JSON_DICT
        ? pyJsonTraps
        : flags & pyFlag.SEQUENCE
          ? pySequenceTraps
          : flags & pyFlag.DICT
            ? pyDictTraps
            : pyTraps;
    const handle = Object.create(traps);
    handle.key = pyHandleKey;
    handle.reference = reference;
    handle.flags = flags;
    handle.roundtrip = options?.roundtrip ?? false;
    handle.captureThis = options?.captureThis ?? false;
    handle.waits = options?.waits ?? false;
    handle.bound = options?.bound;
    handle.origin = origin;
    return handle;
  },

  // Whether a key is of the proxy itself. What JavaScript gives every function is not.
  $pyFunctionKeys: 'new Set(["name", "length", "caller", "arguments"])',
  $pyIsMember: (target, key) =>
    key in target && !(typeof target === "function" && pyFunctionKeys.has(key)),

  $pyTraps: {
    get(target, key, receiver) {
      if (key === pyHandleKey) {
        return this;
      }
      return typeof key === "symbol" || pyIsMember(target, key)
        ? Reflect.get(target, key, receiver)
        : pyGetAttribute(this.reference, key);
    },
    has(target, key) {
      return (
        pyIsMember(target, key) ||
        (typeof key !== "symbol" &&
          ((key === "prototype" && typeof target === "function") ||
            pyHasAttribute(this.reference, key)))
      );
    },
    set(target, key, value, receiver) {
      return typeof key === "symbol" || pyIsMember(target, key)
        ? Reflect.set(target, key, value, receiver)
        : pySetAttribute(this.reference, key, value);
    },
    deleteProperty(target, key) {
      if (typeof key === "symbol" || pyIsMember(target, key)) {
        return Reflect.deleteProperty(target, key);
      }
      // JavaScript does not delete the prototype of a function.
      return (
        !(key === "prototype" && typeof target === "function") &&
        pySetAttribute(this.reference, key)
      );
    },
    ownKeys(target) {
      const own = Reflect.ownKeys(target).filter((key) => pyIsMember(target, key));
      return [...new Set([...pyStrings(this.reference, _pyproxy_dir), ...own])];
    },
    getOwnPropertyDescriptor(target, key) {
      return pyIsMember(target, key) ? Reflect.getOwnPropertyDescriptor(target, key) : undefined;
    },
    apply(_target, self, args) {
      return pyApply(this, self, args);
    },
    // The target is internal: it is not of use to freeze it.
    preventExtensions: () => false,
  },

  // Whole numbers are indices of a sequence.
  $pySequenceTraps__postset: "Object.setPrototypeOf(pySequenceTraps, pyTraps);",
  $pySequenceTraps: {
    get(target, key, receiver) {
      const index = pyIndex(key);
      if (index !== undefined) {
        return pyGetItem(this, index);
      }
      return key === "length"
        ? pyLength(this.reference)
        : pyTraps.get.call(this, target, key, receiver);
    },
    has(target, key) {
      const index = pyIndex(key);
      return index === undefined
        ? pyTraps.has.call(this, target, key)
        : index < pyLength(this.reference);
    },
    set(target, key, value, receiver) {
      const index = pyIndex(key);
      return index === undefined
        ? pyTraps.set.call(this, target, key, value, receiver)
        : pyIsFound("IndexError", () => pySetItem(this.reference, index, value));
    },
    deleteProperty(target, key) {
      const index = pyIndex(key);
      return index === undefined
        ? pyTraps.deleteProperty.call(this, target, key)
        : pyIsFound("IndexError", () => pySetItem(this.reference, index));
    },
    ownKeys(target) {
      const indices = Array.from({ length: pyLength(this.reference) }, (_, index) => `${index}`);
      return [...pyTraps.ownKeys.call(this, target), ...indices, "length"];
    },
  },

  // A proxy of asJsJson(): the items of a mapping, and the few members that are needed.
  $pyJsonMembers: 'new Set(["copy", "constructor", "$$flags", "toString", "destroy"])',
  $pyJsonTraps__postset: "Object.setPrototypeOf(pyJsonTraps, pyTraps);",
  $pyJsonTraps: {
    get(target, key, receiver) {
      if (key === pyHandleKey) {
        return this;
      }
      if (typeof key === "symbol" || pyJsonMembers.has(key)) {
        return Reflect.get(target, key, receiver);
      }
      const value = pyGetItem(this, key) ?? pyGetItem(this, pyIndex(key) ?? key);
      // An item may be None.
      return value === undefined && key in target && pyItemKey(this.reference, key) === undefined
        ? Reflect.get(target, key, receiver)
        : value;
    },
    has(_target, key) {
      return pyItemKey(this.reference, key) !== undefined;
    },
    set(_target, key, value) {
      if (typeof key === "symbol") {
        return false;
      }
      const itemKey = pyItemKey(this.reference, key) ?? pyIndex(key) ?? key;
      return pyIsFound("KeyError", () => pySetItem(this.reference, itemKey, value));
    },
    deleteProperty(_target, key) {
      const itemKey = pyItemKey(this.reference, key);
      return (
        itemKey !== undefined && pyIsFound("KeyError", () => pySetItem(this.reference, itemKey))
      );
    },
    ownKeys() {
      return pyStrings(this.reference, _pyproxy_keys);
    },
    getOwnPropertyDescriptor(_target, key) {
      const itemKey = pyItemKey(this.reference, key);
      return itemKey === undefined
        ? undefined
        : { value: pyGetItem(this, itemKey), configurable: true, enumerable: true, writable: true };
    },
  },

  // The items of a dict are properties of its proxy, after the attributes.
  $pyDictTraps__postset: "Object.setPrototypeOf(pyDictTraps, pyTraps);",
  $pyDictTraps: {
    get(target, key, receiver) {
      const value = pyTraps.get.call(this, target, key, receiver);
      return value !== undefined || pyTraps.has.call(this, target, key)
        ? value
        : pyJsonTraps.get.call(this, target, key, receiver);
    },
    has(target, key) {
      return pyTraps.has.call(this, target, key) || pyJsonTraps.has.call(this, target, key);
    },
    set(target, key, value, receiver) {
      const traps = pyTraps.has.call(this, target, key) ? pyTraps : pyJsonTraps;
      return traps.set.call(this, target, key, value, receiver);
    },
    deleteProperty(target, key) {
      const traps = pyTraps.has.call(this, target, key) ? pyTraps : pyJsonTraps;
      return traps.deleteProperty.call(this, target, key);
    },
    ownKeys(target) {
      const keys = pyTraps.ownKeys.call(this, target);
      return [...new Set([...keys, ...pyJsonTraps.ownKeys.call(this, target)])];
    },
    getOwnPropertyDescriptor(target, key) {
      const { getOwnPropertyDescriptor } = pyIsMember(target, key) ? pyTraps : pyJsonTraps;
      return getOwnPropertyDescriptor.call(this, target, key);
    },
  },
});
