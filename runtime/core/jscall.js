// How does Python call a JavaScript function?
//
// In the API of today the proxies that the conversion of the arguments makes are lent to the
// function. They are destroyed after the call: if it returned a promise or a generator, at the end
// of that. A proxy that the function returned is destroyed, too: Python has its object.

addToLibrary({
  // Keyword arguments become one object after the positional arguments.
  $jsArguments: (args, nargs, kwnames) => {
    const values = [];
    for (let i = 0; i < nargs; i++) {
      values.push(py2js(HEAPU32[(args >>> 2) + i]));
    }
    if (kwnames !== 0) {
      /** @type {Record<string, Value>} */
      const keywords = {};
      for (let i = 0; i < pySize(kwnames); i++) {
        keywords[py2jsString(pyTupleItem(kwnames, i))] = py2js(HEAPU32[(args >>> 2) + nargs + i]);
      }
      values.push(keywords);
    }
    return values;
  },

  $jsConstruct: "Symbol('new')", // in place of `this`: construct an object

  // checkAlive: a function that caught a trap must not return to Python.
  $jsCall: (callable, self, args, nargs, kwnames) => {
    const outer = pyBorrowed;
    /** @type {object[] | null | undefined} */
    let borrowed;
    try {
      pyBorrowed = apiMode.today ? pyNoneBorrowed : null;
      const values = jsArguments(args, nargs, kwnames);
      borrowed = pyBorrowed;
      pyBorrowed = outer;
      if (self === jsConstruct) {
        // A promise that Python makes with `new` stays a promise, and no future takes its place.
        const object = js2py(Reflect.construct(callable, values));
        checkAlive();
        jsGiveBack(borrowed ?? []);
        return object;
      }
      const result = Reflect.apply(callable, self, values);
      checkAlive();
      // Most calls borrow nothing and return no object.
      if (
        borrowed === null ||
        (borrowed === pyNoneBorrowed && typeof result !== "object" && typeof result !== "function")
      ) {
        return js2py(result);
      }
      return jsReturn(result, borrowed);
    } catch (error) {
      if (borrowed === undefined) {
        borrowed = pyBorrowed; // an argument could not be converted
      }
      pyBorrowed = outer;
      const failure = jsRaise(error, 0);
      if (borrowed !== null) {
        jsGiveBack(borrowed);
      }
      return failure;
    }
  },

  $jsGiveBack: (borrowed) => {
    if (borrowed.length > 0) {
      pyDestroyAll(
        borrowed,
        "This borrowed proxy was automatically destroyed at the end of a function call. " +
          "Try using create_proxy or create_once_callable.",
      );
    }
  },

  // Proxies that may never be given back are left to the garbage collector.
  $jsKeep: (borrowed) => {
    for (const proxy of borrowed) {
      const { reference } = /** @type {PyHandle} */ (pyHandle(proxy));
      pyFinalizer.register(proxy, reference, reference);
    }
  },

  // The Python object of a function's result.
  $jsReturn: (result, borrowed) => {
    const isObject =
      (typeof result === "object" && result !== null) || typeof result === "function";
    const isPyProxy = isObject && jsIsPyProxy(result);
    // The call of an async function has started its coroutine: Python waits for the promise.
    const isStarted = isPyProxy && pyHandle(result)?.reference.promise !== undefined;
    if (isObject && (!isPyProxy || isStarted)) {
      if (typeof result === "object" && jsHasMethod(result, "then")) {
        jsKeep(borrowed);
        const promise = Promise.resolve(result);
        const future = _jstypes_future(jsProxy(promise));
        // After the future's own handlers, which convert the value.
        promise.then(
          (value) => jsGiveBack(jsIsPyProxy(value) ? [...borrowed, value] : borrowed),
          () => jsGiveBack(borrowed),
        );
        return future;
      }
      if (borrowed.length > 0 && /^(Async)?Generator$/.test(jsTag(result))) {
        jsKeep(borrowed);
        return jsProxy(jsLendToGenerator(result, borrowed));
      }
    }
    const object = js2py(result);
    jsGiveBack(isPyProxy ? [...borrowed, result] : borrowed);
    return object;
  },

  // A generator that has the proxies until it ends. Its last value is given back by the receiver.
  $jsLendToGenerator: (generator, borrowed) => {
    const tag = jsTag(generator);
    /** @param {IteratorResult<Value>} result */
    const finish = (result) => {
      if (result.done) {
        jsGiveBack(borrowed.filter((proxy) => proxy !== result.value));
      }
      return result;
    };
    /** @param {Value} error */
    const fail = (error) => {
      jsGiveBack(borrowed);
      throw error;
    };
    /** @param {string} method */
    const step = (method) => (/** @type {Value} */ value) => {
      try {
        const result = generator[method](value);
        return tag === "Generator" ? finish(result) : result.then(finish, fail);
      } catch (error) {
        return fail(error);
      }
    };
    return {
      [Symbol.toStringTag]: tag,
      [tag === "Generator" ? Symbol.iterator : Symbol.asyncIterator]() {
        return this;
      },
      next: step("next"),
      return: step("return"),
      throw: step("throw"),
    };
  },
});
