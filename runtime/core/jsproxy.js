// How do Python's operations on a JsProxy work in JavaScript? There is one function for each. An
// object is named by its index in the table. $jsRaise raises in Python what JavaScript throws.

addToLibrary({
  jsproxy_getattr: (index, name, self) => {
    try {
      const object = jsValues[index];
      const key = pyNameString(name);
      const value = object[key];
      if (value === undefined && !(key in Object(object))) {
        return 0; // AttributeError
      }
      // A method keeps its object as `this`. Functions of the global object need no `this`, and
      // keep their identity.
      if (
        typeof value === "function" &&
        object !== globalThis &&
        !jsIsPyProxy(value) &&
        !(apiMode.comlink !== undefined && value[apiMode.comlink])
      ) {
        // CPython takes an object with `keys` for a mapping.
        return apiMode.today && key === "keys" && Array.isArray(object)
          ? 0
          : _jsproxy_new_method(jsStore(value), self);
      }
      return js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_setattr: (index, name, value) => jsAssign(jsValues[index], pyNameString(name), value),

  jsproxy_bind: (index, instance) =>
    jsTry(0, () => {
      const type = /** @type {Pointer} */ (jsTypes.get(0));
      const value = py2js(instance);
      if (apiMode.today && jsIsPyProxy(value)) {
        jsLent.add(value);
      }
      const self = _jsproxy_new(jsStore(value), type);
      const method = _jsproxy_new_method(jsStore(jsValues[index]), self);
      _enter_release(self);
      return method;
    }),

  // $jsMissing for an index that an array does not have.
  jsproxy_setitem: (index, key, value) =>
    jsTry(-1, () => {
      const object = jsValues[index];
      const property = jsItemKey(object, key);
      if (property < 0 && Array.isArray(object)) {
        return jsMissing;
      }
      if (!jsIsA(object, Map)) {
        return jsAssign(object, property, value);
      }
      if (value === 0) {
        return object.delete(property) ? 0 : jsMissing;
      }
      object.set(property, py2js(value));
      return 0;
    }),

  // The key between the brackets. Negative indices count from an array's end.
  $jsItemKey: (object, key) => {
    const property = py2js(key);
    return property < 0 && typeof property === "number" && Array.isArray(object)
      ? property + object.length
      : property;
  },

  // object[key] = value, or delete object[key] where value is NULL.
  $jsAssign: (object, key, value) =>
    jsTry(-1, () => {
      if (value !== 0) {
        object[key] = py2js(value);
      } else if (!Reflect.deleteProperty(object, key)) {
        throw new TypeError(`Cannot delete property '${String(key)}'`);
      }
      return 0;
    }),

  // NULL without an exception if there is no such item.
  jsproxy_getitem: (index, key) =>
    jsTry(0, () => {
      const object = jsValues[index];
      const property = jsItemKey(object, key);
      if (jsIsA(object, Map)) {
        return object.has(property) ? js2py(object.get(property)) : 0;
      }
      const value = object[property];
      if (value === undefined && !(property in Object(object))) {
        const isHole =
          typeof property === "number" &&
          Array.isArray(object) &&
          property >= 0 &&
          property < object.length;
        return isHole ? js2py(undefined) : 0;
      }
      return js2py(value);
    }),

  jsproxy_apply: (index, thisIndex, args, nargs, kwnames) => {
    const self = thisIndex < 0 ? undefined : jsValues[thisIndex];
    return jsCall(jsValues[index], self, args, nargs, kwnames);
  },

  jsproxy_construct: (index, args, nargs, kwnames) =>
    jsCall(jsValues[index], jsConstruct, args, nargs, kwnames),

  // $jsMissing if the object has no length.
  jsproxy_length: (index) =>
    jsTry(-1, () => {
      const object = jsValues[index];
      const length = object.length ?? object.size;
      return Number.isInteger(length) && length >= 0 && length <= 0x7fffffff ? length : jsMissing;
    }),

  // A revoked Proxy throws.
  jsproxy_is_array: (index) => jsTry(-1, () => Array.isArray(jsValues[index])),

  // Maps and Sets ask `has`, arrays look for the value, other objects for a property.
  jsproxy_contains: (index, item) =>
    jsTry(-1, () => {
      const object = jsValues[index];
      const value = py2js(item);
      if (jsIsA(object, Map) || jsIsA(object, Set)) {
        return object.has(value);
      }
      return Array.isArray(object) ? object.includes(value) : value in object;
    }),

  // As in Python, an empty container is false.
  jsproxy_truth: (index) =>
    jsTry(-1, () => {
      const object = jsValues[index];
      if (apiMode.today) {
        return Boolean(object) && !jsIsEmpty(object); // document.all is false
      }
      if (Array.isArray(object)) {
        return object.length > 0;
      }
      return jsIsA(object, Map) || jsIsA(object, Set) ? object.size > 0 : 1;
    }),
  // A size of 0 may be the width of an <input>, and a function's length is of its arguments.
  $jsIsEmpty: (object) => {
    const tag = jsTag(object);
    return object.size === 0
      ? !/^HTML.*Element$/.test(tag)
      : (object.length === 0 && /Array$|^NodeList$|^HTMLCollection$/.test(tag)) ||
          object.byteLength === 0;
  },

  // The numbers are CPython's, from Py_LT to Py_GE.
  jsproxy_compare: (left, right, operation) =>
    jsTry(-1, () => /** @type {Value} */ (jsOperators)[operation](jsValues[left], jsValues[right])),
  $jsOperators: [
    (a, b) => a < b,
    (a, b) => a <= b,
    (a, b) => a === b,
    (a, b) => a !== b,
    (a, b) => a > b,
    (a, b) => a >= b,
  ],

  // A number for Python's hash(), the same for the life of the JavaScript object.
  jsproxy_identity: (index) => {
    const value = jsValues[index];
    if (typeof value === "symbol") {
      return 1;
    }
    const id = jsHashes.ids.get(value) ?? ++jsHashes.last;
    jsHashes.ids.set(value, id);
    return id;
  },
  $jsHashes: "{ ids: new WeakMap(), last: 1 }",

  // NULL without an exception if the object is not iterable. An object that only has `next` is its
  // own iterator.
  jsproxy_iterator: (index) =>
    jsTry(0, () => {
      const object = jsValues[index];
      if (typeof object[Symbol.iterator] === "function") {
        return js2py(object[Symbol.iterator]());
      }
      return typeof object.next === "function" ? js2py(object) : 0;
    }),

  jsproxy_next: (index) => {
    try {
      const result = jsValues[index].next();
      if (apiMode.today) {
        return jsIteration(result);
      }
      const { done, value } = result;
      return done ? 0 : js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_repr: (index) =>
    jsTry(0, () => {
      const object = jsValues[index];
      // Objects without a prototype have no toString.
      const text =
        typeof object === "symbol" || jsHasMethod(object, "toString")
          ? object.toString()
          : Object.prototype.toString.call(object);
      return js2pyString(String(text));
    }),

  jsproxy_typeof: (index) => js2pyString(typeof jsValues[index]),

  // NULL without an exception if the object is no array.
  jsproxy_nested_list: (index) =>
    jsTry(0, () => {
      const array = jsValues[index];
      return jsIsList(array) ? js2pyList(array, new Map()) : 0;
    }),

  jsproxy_dir: (index) =>
    jsTry(0, () => js2pyList(jsNames(Object(jsValues[index])).sort(), new Map())),
  $jsNames: (object) => {
    const names = new Set();
    // A Proxy may have an endless chain of prototypes.
    for (let depth = 0; object !== null && depth < 1000; depth++) {
      for (const name of Object.getOwnPropertyNames(object)) {
        names.add(name);
      }
      object = Object.getPrototypeOf(object);
    }
    return [...names];
  },
});
