// Which members has a PyProxy? All have those of PyProxy, and more by the protocols of the object.
//
// The members of a protocol are the prototype of a class. $pyPrototype puts those of all protocols
// of an object together.

addToLibrary({
  $pyPrototypes: "new Map()", // flags -> the prototype of their proxies
  $pyPrototype: (flags) => {
    const known = pyPrototypes.get(flags);
    if (known !== undefined) {
      return known;
    }
    /** @type {[flags: number, Class: new () => object][]} */
    const classes = [
      [~0, PyProxy],
      [pyFlag.LENGTH, PyLength],
      [pyFlag.GET, PyGetItem],
      [pyFlag.SET, PySetItem],
      [pyFlag.HAS, PyContains],
      [pyFlag.GET | pyFlag.SEQUENCE, PyJson],
      [pyFlag.ITERABLE, PyIterable],
      [pyFlag.ITERATOR, PyIterator],
      [pyFlag.GENERATOR, PyGenerator],
      [pyFlag.ASYNC_ITERABLE, PyAsyncIterable],
      [pyFlag.ASYNC_ITERATOR, PyAsyncIterator],
      [pyFlag.ASYNC_GENERATOR, PyAsyncGenerator],
      [pyFlag.AWAITABLE, PyAwaitable],
      [pyFlag.BUFFER, PyBuffer],
      [pyFlag.CALLABLE, PyCallable],
      [pyFlag.SEQUENCE, PySequence],
      [pyFlag.MUTABLE_SEQUENCE, PyMutableSequence],
    ];
    const { sequence, mutable } = pyArrayMethods;
    const members = classes
      .filter(([mask]) => mask === ~0 || flags & mask)
      .map(([, { prototype }]) => prototype);
    const prototype = Object.create(
      flags & pyFlag.CALLABLE ? Function.prototype : Object.prototype,
    );
    for (const object of [
      ...members,
      flags & pyFlag.SEQUENCE ? pyArrayMembers(sequence) : {},
      flags & pyFlag.MUTABLE_SEQUENCE ? pyArrayMembers(mutable) : {},
      { $$flags: flags, [pyFlagsKey]: flags | pyFlag.PROXY, constructor: PyProxy },
    ]) {
      Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(object));
    }
    pyPrototypes.set(flags, prototype);
    return prototype;
  },

  $PyProxy: class {
    constructor() {
      throw new TypeError("PyProxy is not a constructor");
    }
    /** @param {Value} value */
    static [Symbol.hasInstance](value) {
      return pyHandle(value) !== undefined;
    }
    get [Symbol.toStringTag]() {
      return "PyProxy";
    }
    /** The name of the object's type, as `tp_name` of the C API: with its module if it is written in C. */
    get type() {
      return pyWith(this, (object) => UTF8ToString(pyTypeName(pyType(object))));
    }
    toString() {
      return pyWith(this, (object) => pyString(object, apiMode.toStringIsRepr));
    }
    /** @param {{ message?: string, destroyRoundtrip?: boolean }} [options] */
    destroy(options) {
      pyDestroy(this, options?.message, options?.destroyRoundtrip);
    }
    [Symbol.dispose ?? Symbol("dispose")]() {
      pyDestroy(this);
    }
    copy() {
      return pyWith(this, (object, handle) => {
        const { reference, flags } = handle;
        reference.children ??= { owners: 1, proxies: new Map() };
        reference.children.owners++;
        return pyNew(object, flags, handle, reference.children);
      });
    }
    /** @param {ToJsOptions} [options] */
    toJs(options) {
      return pyWith(this, (object) => py2jsDeep(object, options));
    }
  },

  $PyLength: class {
    get length() {
      return pyLength(pyHandle(this)?.reference);
    }
  },

  $PyGetItem: class {
    /** @param {Value} key */
    get(key) {
      return pyGetItem(pyHandle(this), key);
    }
  },

  $PySetItem: class {
    /** @param {Value} key @param {Value} value */
    set(key, value) {
      pySetItem(pyHandle(this)?.reference, key, value);
    }
    /** @param {Value} key */
    delete(key) {
      pySetItem(pyHandle(this)?.reference, key);
    }
  },

  $PyContains: class {
    /** @param {Value} key */
    has(key) {
      return pyHasItem(pyHandle(this)?.reference, key);
    }
  },

  $PyJson: class {
    asJsJson() {
      return pyWith(this, (_object, handle) => {
        const { reference, flags } = handle;
        const json = flags & pyFlag.SEQUENCE ? pyFlag.JSON_SEQUENCE : pyFlag.JSON_DICT;
        return pyAlias(reference, flags | json, handle, this);
      });
    }
  },

  $PyIterable: class {
    [Symbol.iterator]() {
      return pyIterate(this, false);
    }
  },

  $PyIterator: class {
    [Symbol.iterator]() {
      return this;
    }
    /** @param {Value} [value] */
    next(value) {
      return pyResume(this, pyResumption.NEXT, value);
    }
  },

  $PyGenerator: class {
    /** @param {Value} error */
    throw(error) {
      return pyResume(this, pyResumption.THROW, error);
    }
    /** @param {Value} value */
    return(value) {
      return pyResume(this, pyResumption.RETURN, value);
    }
  },

  $PyAsyncIterable: class {
    [Symbol.asyncIterator]() {
      return pyIterate(this, true);
    }
  },

  $PyAsyncIterator: class {
    [Symbol.asyncIterator]() {
      return this;
    }
    /** @param {Value} [value] */
    next(value) {
      return pyResumeAsync(pyHandle(this)?.reference, pyResumption.NEXT, value);
    }
  },

  $PyAsyncGenerator: class {
    /** @param {Value} error */
    throw(error) {
      return pyResumeAsync(pyHandle(this)?.reference, pyResumption.THROW, error);
    }
    /** @param {Value} value */
    return(value) {
      return pyResumeAsync(pyHandle(this)?.reference, pyResumption.RETURN, value);
    }
  },

  $PyAwaitable: class {
    /** @param {Value[]} handlers */
    // biome-ignore lint/suspicious/noThenProperty: await must find it
    then(...handlers) {
      return pyPromise(this).then(...handlers);
    }
    /** @param {Value} onRejected */
    catch(onRejected) {
      return pyPromise(this).catch(onRejected);
    }
    /** @param {Value} onFinally */
    finally(onFinally) {
      return pyPromise(this).finally(onFinally);
    }
  },

  // A call of the method `name` of the proxy: with `kwargs`, keyword arguments are a record after the
  // positional arguments; `relaxed` drops arguments that the function does not accept.
  $pyCallWith: (proxy, name, options, args) => {
    const { kwargs, relaxed, promising } = options;
    const keywords = kwargs ? args[args.length - 1] : undefined;
    if (kwargs) {
      if (args.length === 0) {
        throw new TypeError(
          `${name} requires at least one argument (the key word argument object)`,
        );
      }
      const Class = Object(keywords) === keywords ? keywords.constructor : String;
      if (Class !== undefined && Class.name !== "Object") {
        throw new TypeError("kwargs argument is not an object");
      }
    }
    const positional = kwargs ? args.slice(0, -1) : args;
    /** @param {TaskStart} [start] */
    const call = (start) =>
      relaxed
        ? pyCallPython("pyodide.code", "relaxed_call", [proxy, ...positional], keywords, start)
        : pyWith(proxy, (object) => pyCall(object, positional, keywords, start));
    return promising ? callPromising(call) : call();
  },

  $PyCallable: class {
    /** @param {Value} self @param {Value} args */
    apply(self, args) {
      /** @param {Value[]} list */
      const list = (...list) => list;
      return pyApply(pyHandle(this), self, list.apply(undefined, args));
    }
    /** @param {Value} self @param {Value[]} args */
    call(self, ...args) {
      return pyApply(pyHandle(this), self, args);
    }
    /** @param {Value} self @param {Value[]} args */
    bind(self, ...args) {
      return pyWith(this, (_object, handle) => {
        const { reference, flags, bound } = handle;
        const all = { self: bound ? bound.self : self, args: [...(bound?.args ?? []), ...args] };
        return pyAlias(reference, flags, { ...handle, bound: all }, this);
      });
    }
    captureThis() {
      return pyWith(this, (_object, handle) =>
        pyAlias(handle.reference, handle.flags, { ...handle, captureThis: true }, this),
      );
    }
    /** @param {CallOptions} options @param {Value[]} args */
    callWithOptions(options, ...args) {
      return pyCallWith(this, "callWithOptions with 'kwargs: true'", options, args);
    }
    /** @param {Value[]} args */
    callKwargs(...args) {
      return pyCallWith(this, "callKwargs", { kwargs: true }, args);
    }
    /** @param {Value[]} args */
    callRelaxed(...args) {
      return pyCallWith(this, "callRelaxed", { relaxed: true }, args);
    }
    /** @param {Value[]} args */
    callKwargsRelaxed(...args) {
      return pyCallWith(this, "callKwargsRelaxed", { kwargs: true, relaxed: true }, args);
    }
    /** @param {Value[]} args */
    callPromising(...args) {
      return pyCallWith(this, "callPromising", { promising: true }, args);
    }
    /** @param {Value[]} args */
    callPromisingKwargs(...args) {
      return pyCallWith(this, "callPromisingKwargs", { kwargs: true, promising: true }, args);
    }
  },
});
