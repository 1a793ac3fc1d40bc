// How does JavaScript see the memory of a Python buffer?
//
// bytes and other buffers of one dimension of packed numbers become typed arrays over the
// interpreter's memory, without a copy. Like every view of WebAssembly memory, such an array is
// detached when the memory grows. The export is released when JavaScript collects the array.
//
// Every other buffer is copied: rows of numbers to typed arrays, other rows (64-bit integers,
// booleans, strings, objects) to arrays, more dimensions to arrays of those.

addToLibrary({
  $pyBuffers: "new FinalizationRegistry((view) => pyFinalize(() => _buffer_release(view)))",

  // Gives a proxy if the object exports no buffer or its items have no counterpart. `isArray`: an
  // array such as NumPy's, and not only memory. It is copied, and may have no dimension.
  $py2jsBuffer: (object, isArray, context) => {
    const { deep } = context;
    const opaque = () => (deep ? py2jsOpaque(object, deep) : pyProxy(object));
    const view = _buffer_get(object) >>> 0;
    if (view === 0) {
      return opaque();
    }
    let keep = false;
    try {
      const address = pyBufferStart(view);
      const itemsize = pyBufferItemsize(view);
      const isScalar = pyBufferDimensions(view) === 0;
      const ndim = deep && isScalar ? 1 : pyBufferDimensions(view);
      const format = pyBufferFormat(view);
      const items = pyKnownItems(format ? UTF8ToString(format) : "B", itemsize, deep !== undefined);
      if (items === undefined || (isScalar && !isArray)) {
        return opaque();
      }
      const { Row, packed, read } = items;
      const { shape, strides, suboffsets } = pyBufferLayout(view, ndim);
      if (
        ndim === 1 &&
        packed &&
        !isArray &&
        strides[0] === itemsize &&
        suboffsets[0] < 0 &&
        address % itemsize === 0
      ) {
        const array = new Row(HEAPU8.buffer, address, shape[0]);
        pyBuffers.register(array, view);
        keep = true;
        py2jsRemember(context, object, array);
        return array;
      }
      /** @type {(dimension: number, start: Pointer) => Value} */
      const convert = (dimension, start) => {
        if (dimension === ndim) {
          return read(start, context);
        }
        const size = shape[dimension];
        const stride = strides[dimension];
        const suboffset = suboffsets[dimension];
        const last = dimension === ndim - 1;
        const copied = last && packed && stride === itemsize && suboffset < 0;
        const row = copied
          ? new Row(HEAPU8.slice(start, start + size * itemsize).buffer)
          : new (last ? Row : Array)(size);
        if (dimension === 0) {
          py2jsRemember(context, object, row); // now: an array of objects may hold itself
        }
        if (copied) {
          return row;
        }
        for (let i = 0; i < size; i++) {
          const at = start + i * stride;
          row[i] = convert(dimension + 1, suboffset < 0 ? at : HEAPU32[at >>> 2] + suboffset);
        }
        return row;
      };
      return convert(0, address);
    } finally {
      if (!keep) {
        _buffer_release(view);
      }
    }
  },

  // $pyBufferItems takes longer than to copy a small buffer. Its results are of one memory.
  $pyKnownItems: (format, itemsize, isToday) => {
    if (pyItemsOfFormats.memory !== HEAPU8.buffer) {
      pyItemsOfFormats = { memory: HEAPU8.buffer, items: new Map() };
    }
    const { items } = pyItemsOfFormats;
    const key = `${format} ${itemsize} ${isToday}`;
    if (!items.has(key)) {
      items.set(key, pyBufferItems(format, itemsize, isToday));
    }
    return items.get(key);
  },
  $pyItemsOfFormats: "{}",

  // Numbers for each of the dimensions; steps are in bytes.
  $pyBufferLayout: (view, ndim) => {
    /** @param {Pointer} at */
    const numbers = (at) =>
      at === 0 ? undefined : Array.from(HEAP32.subarray(at >>> 2, (at >>> 2) + ndim));
    const itemsize = pyBufferItemsize(view);
    const shape =
      numbers(pyBufferShape(view)) ?? (ndim === 0 ? [] : [pyBufferLength(view) / itemsize]);
    return {
      shape,
      // ctypes' arrays have no strides: packed, the last dimension varies fastest.
      strides:
        numbers(pyBufferStrides(view)) ??
        shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, itemsize)),
      suboffsets: numbers(pyBufferSuboffsets(view)) ?? shape.map(() => -1),
    };
  },

  // How items of a format of Python's module struct or of NumPy are converted: the class of a row,
  // whether a row has the same bytes in both languages, and a function that reads the item at an
  // address. Today's API has other classes for bytes and for integers of 64 bits.
  $pyBufferItems: (format, itemsize, isToday) => {
    const [, order, number, string] =
      /^([@=<>!]?)(?:([?cbBhHiIlLqQnNefdO])|\d*([ws]))$/.exec(format) ?? [];
    const little = order !== ">" && order !== "!";
    const data = new DataView(HEAPU8.buffer);
    /** @param {Pointer} at */
    const bytes = (at) => HEAPU8.slice(at, at + itemsize);
    /** @type {(Row: BufferItems["Row"], read: BufferItems["read"]) => BufferItems} */
    const numbers = (Row, read) => ({ Row, packed: little || itemsize === 1, read });
    /** @type {(read: BufferItems["read"]) => BufferItems} */
    const others = (read) => ({ Row: Array, packed: false, read });
    const Bytes = isToday ? Uint8Array : Uint8ClampedArray;
    /** @param {bigint} big */
    const exact = (big) => (Number.isSafeInteger(Number(big)) ? Number(big) : big);
    // NumPy fills its strings of fixed length with zeros.
    switch (string) {
      case "w":
        return others((at) => {
          let text = "";
          for (let i = 0; i < itemsize; i += 4) {
            text += String.fromCodePoint(data.getUint32(at + i, little));
          }
          return text.replace(/\0+$/, "");
        });
      case "s":
        return others(
          (at) => new Bytes(bytes(at).slice(0, bytes(at).findLastIndex((byte) => byte !== 0) + 1)),
        );
    }
    switch (number) {
      case undefined:
        return undefined;
      case "?":
        return others((at) => HEAPU8[at] !== 0);
      case "O": // converting an object may move the memory
        return others((at, context) =>
          HEAPU32[at >>> 2] ? py2js(HEAPU32[at >>> 2], context) : undefined,
        );
      case "e":
        return {
          Row: Float32Array,
          packed: false,
          read: (at) => {
            const bits = data.getUint16(at, little);
            const exponent = (bits >> 10) & 31;
            const fraction = bits & 1023;
            const size =
              exponent === 31
                ? fraction
                  ? NaN
                  : Infinity
                : exponent
                  ? 2 ** (exponent - 25) * (1024 + fraction)
                  : 2 ** -24 * fraction;
            return bits & 0x8000 ? -size : size;
          },
        };
      case "f":
        return numbers(Float32Array, (at) => data.getFloat32(at, little));
      case "d":
        return numbers(Float64Array, (at) => data.getFloat64(at, little));
    }
    const signed = number >= "a" && number !== "c";
    const name = `${itemsize === 8 ? "Big" : ""}${signed ? "Int" : "Uint"}${8 * itemsize}`;
    const get = /** @type {Value} */ (data)[`get${name}`];
    if (get === undefined) {
      return undefined;
    }
    /** @param {Pointer} at */
    const read = (at) => get.call(data, at, little);
    if (itemsize === 8 && !isToday) {
      return others((at) => exact(read(at)));
    }
    const Row = /** @type {Value} */ (globalThis)[`${name}Array`];
    return numbers(Row === Uint8Array ? Bytes : Row, read);
  },
});
