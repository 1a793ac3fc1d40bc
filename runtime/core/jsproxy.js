// What do Python's operations on a JsProxy do in JavaScript? One function for each; an object is named by
// its index in the table. What JavaScript throws becomes the current Python exception ($jsRaise).

addToLibrary({
  jsproxy_getattr__deps: ["$jsValues", "$pyNameString", "$js2py", "$jsStore", "$jsRaise", "$pyPointer", "jsproxy_new_method"],
  jsproxy_getattr: (index, name, self) => {
    try {
      const object = jsValues[index];
      const key = pyNameString(name);
      const value = object[key];
      if (value === undefined && !(key in Object(object))) {
        return 0; // AttributeError
      }
      // A method keeps its object as `this`. Functions of the global object do without, and keep their identity.
      if (typeof value === "function" && object !== globalThis && pyPointer(value) === undefined) {
        return _jsproxy_new_method(jsStore(value), self);
      }
      return js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_setattr__deps: ["$jsValues", "$pyNameString", "$jsAssign"],
  jsproxy_setattr: (index, name, value) => jsAssign(jsValues[index], pyNameString(name), value),

  jsproxy_setitem__deps: ["$jsValues", "$py2js", "$jsAssign", "$jsRaise"],
  jsproxy_setitem: (index, key, value) => {
    try {
      return jsAssign(jsValues[index], py2js(key), value);
    } catch (error) {
      return jsRaise(error, -1);
    }
  },

  // object[key] = value, or delete object[key] where value is NULL.
  $jsAssign__deps: ["$py2js", "$jsRaise"],
  $jsAssign: (object, key, value) => {
    try {
      if (value !== 0) {
        object[key] = py2js(value);
      } else if (!Reflect.deleteProperty(object, key)) {
        throw new TypeError(`Cannot delete property '${String(key)}'`);
      }
      return 0;
    } catch (error) {
      return jsRaise(error, -1);
    }
  },

  jsproxy_getitem__deps: ["$jsValues", "$py2js", "$js2py", "$jsRaise"],
  jsproxy_getitem: (index, key) => {
    try {
      const object = jsValues[index];
      const property = py2js(key);
      const value = object[property];
      if (value === undefined && !(property in Object(object)) && !Array.isArray(object)) {
        return 0; // KeyError
      }
      return js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  // Keyword arguments become one object after the positional arguments.
  $jsArguments__deps: ["$py2js", "$py2jsString"],
  $jsArguments: (args, nargs, kwnames) => {
    const values = [];
    for (let i = 0; i < nargs; i++) {
      values.push(py2js(HEAPU32[(args >>> 2) + i]));
    }
    if (kwnames !== 0) {
      const keywords = {};
      for (let i = 0; i < HEAP32[(kwnames + 8) >>> 2]; i++) {
        keywords[py2jsString(HEAPU32[(kwnames >>> 2) + 3 + i])] = py2js(HEAPU32[(args >>> 2) + nargs + i]);
      }
      values.push(keywords);
    }
    return values;
  },

  jsproxy_apply__deps: ["$jsValues", "$jsArguments", "$js2py", "$jsRaise"],
  jsproxy_apply: (index, thisIndex, args, nargs, kwnames) => {
    try {
      const self = thisIndex < 0 ? undefined : jsValues[thisIndex];
      return js2py(Reflect.apply(jsValues[index], self, jsArguments(args, nargs, kwnames)));
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_construct__deps: ["$jsValues", "$jsArguments", "$js2py", "$jsRaise"],
  jsproxy_construct: (index, args, nargs, kwnames) => {
    try {
      return js2py(Reflect.construct(jsValues[index], jsArguments(args, nargs, kwnames)));
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_length__deps: ["$jsValues", "$jsRaise"],
  jsproxy_length: (index) => {
    try {
      const object = jsValues[index];
      const length = object.length ?? object.size;
      if (!Number.isInteger(length) || length < 0 || length > 0x7fffffff) {
        throw new TypeError("the JavaScript object has no length");
      }
      return length;
    } catch (error) {
      return jsRaise(error, -1);
    }
  },

  jsproxy_is_array__deps: ["$jsValues"],
  jsproxy_is_array: (index) => Array.isArray(jsValues[index]),

  // Maps and Sets ask `has`, arrays look for the value, other objects for a property.
  jsproxy_contains__deps: ["$jsValues", "$py2js", "$jsRaise"],
  jsproxy_contains: (index, item) => {
    try {
      const object = jsValues[index];
      const value = py2js(item);
      if (object instanceof Map || object instanceof Set) {
        return object.has(value);
      }
      return Array.isArray(object) ? object.includes(value) : value in object;
    } catch (error) {
      return jsRaise(error, -1);
    }
  },

  // As in Python, what is empty is false.
  jsproxy_truth__deps: ["$jsValues"],
  jsproxy_truth: (index) => {
    const object = jsValues[index];
    if (Array.isArray(object)) {
      return object.length > 0;
    }
    return object instanceof Map || object instanceof Set ? object.size > 0 : 1;
  },

  jsproxy_equal__deps: ["$jsValues"],
  jsproxy_equal: (left, right) => jsValues[left] === jsValues[right],

  // A number that stays with the JavaScript object, for Python's hash().
  jsproxy_identity__deps: ["$jsValues", "$jsHashes"],
  jsproxy_identity: (index) => {
    const value = jsValues[index];
    if (typeof value === "symbol") {
      return 1;
    }
    if (!jsHashes.ids.has(value)) {
      jsHashes.ids.set(value, ++jsHashes.last);
    }
    return jsHashes.ids.get(value);
  },
  $jsHashes: "{ ids: new WeakMap(), last: 1 }",

  jsproxy_iterator__deps: ["$jsValues", "$js2py", "$jsRaise"],
  jsproxy_iterator: (index) => {
    try {
      const object = jsValues[index];
      if (typeof object[Symbol.iterator] !== "function") {
        // An object with `next` alone is an iterator too.
        if (typeof object.next === "function") {
          return js2py(object);
        }
        throw new TypeError("the JavaScript object is not iterable");
      }
      return js2py(object[Symbol.iterator]());
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_next__deps: ["$jsValues", "$js2py", "$jsRaise"],
  jsproxy_next: (index) => {
    try {
      const { done, value } = jsValues[index].next();
      return done ? 0 : js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_repr__deps: ["$jsValues", "$js2pyString", "$jsRaise"],
  jsproxy_repr: (index) => {
    try {
      const object = jsValues[index];
      // Objects without a prototype have no toString.
      const text =
        typeof object === "symbol" || typeof object.toString === "function"
          ? object.toString()
          : Object.prototype.toString.call(object);
      return js2pyString(String(text));
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  jsproxy_typeof__deps: ["$jsValues", "$js2pyString"],
  jsproxy_typeof: (index) => js2pyString(typeof jsValues[index]),

  jsproxy_dir__deps: ["$jsValues", "$js2py", "$jsRaise", "$js2pyList"],
  jsproxy_dir: (index) => {
    try {
      const names = new Set();
      for (let object = Object(jsValues[index]); object !== null; object = Object.getPrototypeOf(object)) {
        for (const name of Object.getOwnPropertyNames(object)) {
          names.add(name);
        }
      }
      return js2pyList([...names].sort());
    } catch (error) {
      return jsRaise(error, 0);
    }
  },
});
