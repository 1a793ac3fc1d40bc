// How does a program read and write the memory of a Python buffer without a copy?

addToLibrary({
  // The types that getBuffer() takes: JavaScript's class, and the formats of Python's module struct
  // that have the type by default. The first one is the format of a copy.
  $pyBufferTypes: {
    i8: ["Int8Array", "b"],
    u8: ["Uint8Array", "Bcps?"],
    u8clamped: ["Uint8ClampedArray", ""],
    i16: ["Int16Array", "h"],
    u16: ["Uint16Array", "H"],
    i32: ["Int32Array", "iln"],
    u32: ["Uint32Array", "ILNP"],
    i64: ["BigInt64Array", "q"],
    u64: ["BigUint64Array", "Q"],
    f32: ["Float32Array", "f"],
    f64: ["Float64Array", "d"],
    dataview: ["DataView", ""],
  },

  // The type of a format, and whether its bytes are in the other order than JavaScript's.
  $pyBufferTypeOf: (format) => {
    const hint = " In this case, you can pass an explicit type argument.";
    if (format.length > 2) {
      throw new Error(`Expected format string to have length <= 2, got '${format}'.${hint}`);
    }
    const item = format.slice(-1);
    const order = format.slice(0, -1);
    if (!"<>=@!".includes(order)) {
      throw new Error(`Unrecognized alignment character ${order}.${hint}`);
    }
    if (item === "e") {
      throw new Error("Javascript has no Float16 support.");
    }
    const found = Object.entries(pyBufferTypes).find(([, [, formats]]) => formats.includes(item));
    if (found === undefined || item === "") {
      throw new Error(`Unrecognized format character '${item}'.${hint}`);
    }
    return [found[0], order === ">" || order === "!"];
  },

  $PyBuffer: class {
    /** @param {string} [type] */
    getBuffer(type) {
      return pyWith(this, (object) => {
        if (type && !Object.hasOwn(pyBufferTypes, type)) {
          throw new Error(`Unknown type ${type}`);
        }
        const view = _buffer_get_strided(object) || pyThrow();
        try {
          return pyBufferOpen(view >>> 0, type);
        } catch (error) {
          _buffer_release(view);
          throw error;
        }
      });
    }
  },

  // A PyBufferView of a Py_buffer without suboffsets.
  $pyBufferOpen: (view, type) => {
    const format = UTF8ToString(pyBufferFormat(view));
    const [name, isSwapped] = type ? [type, false] : pyBufferTypeOf(format);
    const Type = /** @type {Value} */ (globalThis)[pyBufferTypes[name][0]];
    const size = Type.BYTES_PER_ELEMENT ?? 1;
    if (isSwapped && size > 1) {
      throw new Error(
        "JavaScript has no native support for big endian buffers. " +
          "Read them through getBuffer('dataview'), or copy them with toJs().",
      );
    }
    const ndim = pyBufferDimensions(view);
    const itemsize = pyBufferItemsize(view);
    const { shape, strides } = pyBufferLayout(view, ndim);
    // The first item in memory and the end of the last one; start is item [0, 0, …].
    const start = pyBufferStart(view);
    let first = start;
    let end = start;
    if (shape.every((length) => length > 0)) {
      end += itemsize;
      strides.forEach((stride, dimension) => {
        const distance = stride * (shape[dimension] - 1);
        first += Math.min(distance, 0);
        end += Math.max(distance, 0);
      });
    }
    const nbytes = end - first;
    if (nbytes > 0 && [start, first, end].some((address) => address % size !== 0)) {
      throw new Error(`Buffer does not have valid alignment for a ${Type.name}`);
    }
    return Object.assign(Object.create(PyBufferView.prototype), {
      offset: (start - first) / size,
      readonly: pyBufferReadonly(view) !== 0,
      format,
      itemsize,
      ndim,
      nbytes,
      shape,
      strides: strides.map((stride) => stride / size),
      data:
        nbytes > 0 ? new Type(HEAPU8.buffer, first, nbytes / size) : new Type(new ArrayBuffer(0)),
      c_contiguous: _buffer_is_contiguous(view, 67) !== 0,
      f_contiguous: _buffer_is_contiguous(view, 70) !== 0,
      _view: view,
    });
  },

  $PyBufferView: class {
    constructor() {
      throw new TypeError("PyBufferView is not a constructor");
    }
    get [Symbol.for("pyodide.flags")]() {
      return pyFlag.BUFFER_VIEW;
    }
    /** Lets Python free the memory, or resize the buffer. */
    release() {
      const { _view: view } = /** @type {Value} */ (this);
      if (view === 0) {
        return;
      }
      checkAlive();
      Object.assign(this, { _view: 0, data: undefined });
      pyOperation(() => _buffer_release(view));
    }
    [Symbol.dispose ?? Symbol("dispose")]() {
      this.release();
    }
  },
});
