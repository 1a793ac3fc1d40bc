// How is the proxy of a Python sequence a JavaScript array?

addToLibrary({
  // The proxy has `length` and indices, so JavaScript's own methods work on it.
  $pyArrayMethods: {
    sequence:
      "at concat entries every filter find findIndex forEach indexOf join keys lastIndexOf map " +
      "reduce reduceRight slice some values",
    mutable: "copyWithin fill",
  },
  $pyArrayMembers: (names) =>
    Object.fromEntries(
      names.split(" ").map((name) => [
        name,
        /** @param {Value[]} args @this {object} */
        function (...args) {
          return Reflect.apply(Reflect.get(Array.prototype, name), this, args);
        },
      ]),
    ),

  $PySequence: class {
    get [Symbol.isConcatSpreadable]() {
      return true;
    }
    /** @param {Value} item */
    includes(item) {
      return pyHasItem(pyHandle(this)?.reference, item);
    }
    toJSON() {
      return Array.from(/** @type {Value} */ (this));
    }
  },

  // Python's methods keep the other items as they are: JavaScript's would convert 1.0 to 1.
  $PyMutableSequence: class {
    /** @param {Value[]} items */
    push(...items) {
      for (const item of items) {
        pyCallMethod(this, "append", [item]);
      }
      return pyLength(pyHandle(this)?.reference);
    }
    pop() {
      return pyLength(pyHandle(this)?.reference) > 0 ? pyCallMethod(this, "pop", []) : undefined;
    }
    shift() {
      return pyLength(pyHandle(this)?.reference) > 0 ? pyCallMethod(this, "pop", [0]) : undefined;
    }
    /** @param {Value[]} items */
    unshift(...items) {
      items.forEach((item, index) => {
        pyCallMethod(this, "insert", [index, item]);
      });
      return pyLength(pyHandle(this)?.reference);
    }
    reverse() {
      pyCallMethod(this, "reverse", []);
      return this;
    }
    /** @param {(left: Value, right: Value) => number} [compare] */
    sort(compare) {
      const order =
        compare ??
        ((left, right) => Number(`${left}` > `${right}`) - Number(`${left}` < `${right}`));
      // As in JavaScript, undefined is last.
      /** @type {typeof order} */
      const withUndefined = (left, right) =>
        left === undefined || right === undefined
          ? Number(left === undefined) - Number(right === undefined)
          : order(left, right);
      const key = pyCallPython("functools", "cmp_to_key", [withUndefined]);
      try {
        pyCallMethod(this, "sort", [], { key });
      } finally {
        key.destroy();
      }
      return this;
    }
    /** @param {[start?: Value, count?: Value, ...items: Value[]]} args */
    splice(...args) {
      return pyWith(this, (object, { reference }) => {
        const [start, count, ...items] = args;
        const length = pyLength(reference);
        const from = Math.trunc(start) || 0;
        const first = from < 0 ? Math.max(length + from, 0) : Math.min(from, length);
        const most = args.length === 1 ? length : Math.max(Math.trunc(count) || 0, 0);
        const end = Math.min(first + most, length);
        const removed = _pyproxy_splice(object, first, end, pyMake(items)) || pyThrow();
        try {
          return py2jsDeep(removed, { depth: 1 });
        } finally {
          _enter_release(removed);
        }
      });
    }
  },
});
