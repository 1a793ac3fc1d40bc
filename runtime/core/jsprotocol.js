// How do len(), items and iteration of a JsProxy work in the API of today?

addToLibrary({
  // The number of items; `size` comes before `length`.
  $jsLength: (object) => {
    const { size } = object;
    const length = typeof size === "number" ? size : object.length;
    if (typeof length !== "number") {
      throw new PyError("TypeError", "object does not have a valid length");
    }
    if (length < 0) {
      throw new PyError("ValueError", `length ${length} of object is negative`);
    }
    if (length > 0x7fffffff) {
      const message = `length ${length} of object is larger than INT_MAX (2147483647)`;
      throw new PyError("OverflowError", message);
    }
    return length;
  },
  jsprotocol_length: (index) => jsTry(-1, () => jsLength(jsValues[index])),

  jsprotocol_item: (index, i) =>
    jsTry(0, () => {
      const array = jsValues[index];
      const value = array[i];
      return value === undefined && !(i in array) ? 0 : js2py(value);
    }),

  jsprotocol_set_item: (index, i, value) =>
    jsTry(-1, () => {
      const array = jsValues[index];
      if (value === 0 && ArrayBuffer.isView(array)) {
        throw new PyError("TypeError", "object doesn't support item deletion");
      }
      if (i >= array.length) {
        return jsMissing;
      }
      if (value === 0) {
        array.splice(i, 1);
      } else {
        array[i] = py2js(value);
      }
      return 0;
    }),

  // Without a `has`, undefined is a value.
  jsprotocol_get: (index, key) =>
    jsTry(0, () => {
      const map = jsValues[index];
      const property = py2js(key);
      const value = map.get(property);
      return value === undefined && jsHasMethod(map, "has") && !map.has(property)
        ? 0
        : js2py(value);
    }),

  jsprotocol_set: (index, key, value) =>
    jsTry(-1, () => {
      const map = jsValues[index];
      const property = py2js(key);
      if (value === 0) {
        return map.delete(property) ? 0 : jsMissing;
      }
      map.set(property, py2js(value));
      return 0;
    }),

  jsprotocol_has: (index, item) =>
    jsTry(-1, () => {
      const object = jsValues[index];
      const value = py2js(item);
      return Boolean(jsHasMethod(object, "has") ? object.has(value) : object.includes(value));
    }),

  jsprotocol_iterator: (index, ofKeys) =>
    jsTry(0, () => {
      const object = jsValues[index];
      const keys = ofKeys && jsHasMethod(object, "keys");
      return js2py(keys ? object.keys() : object[Symbol.iterator]());
    }),

  // The value of an iterator's result. A proxy was lent to Python.
  $jsTakeResult: (value) => {
    const object = js2py(value);
    if (jsIsPyProxy(value)) {
      const message = "This borrowed proxy was automatically destroyed at the end of a generator";
      pyDestroy(value, message, false);
    }
    return object;
  },

  // What an iterator's method returned: the value, or 0 after the iteration has ended.
  $jsIteration: (result) => {
    if (typeof result !== "object") {
      const message = `Result should have type "object" not "${typeof result}"`;
      throw new PyError("TypeError", message);
    }
    const { done, value } = result;
    if (done === undefined) {
      const message =
        typeof result.then === "function"
          ? "Result was a promise, use anext() / asend() / athrow() instead."
          : 'Result has no "done" field.';
      throw new PyError("TypeError", message);
    }
    if (done && value === undefined) {
      return 0;
    }
    const object = jsTakeResult(value);
    if (!done) {
      return object;
    }
    _errors_stop_iteration(object);
    return 0;
  },
});
