// How does JavaScript see the memory of a Python buffer?
//
// One dimension of packed numbers is a typed array over the interpreter's memory, without a copy; the
// export is released when JavaScript collects it. (Like every view of WebAssembly memory it is detached
// when that memory grows.) More dimensions are nested arrays, whose packed rows are typed arrays of
// their own. Everything else (strides, foreign byte order, 64-bit integers, booleans, objects) is an
// array of values.

addToLibrary({
  $pyBuffers: "new FinalizationRegistry((view) => _buffer_release(view))",
  $pyBuffers__deps: ["buffer_release"],

  // undefined where the object gives no buffer or its items have no counterpart.
  $py2jsBuffer__deps: ["$pyBuffers", "$py2jsBufferItem", "$pyBufferArrays", "buffer_get", "buffer_release"],
  $py2jsBuffer: (object) => {
    const view = _buffer_get(object);
    if (view === 0) {
      return undefined;
    }
    let keep = false;
    try {
      const [address, , length, itemsize, , ndim, format, shapeAt, stridesAt, suboffsetsAt] = HEAP32.subarray(
        view >>> 2,
        (view >>> 2) + 10,
      );
      const match = /^([@=<>!]?)([?cbBhHiIlLqQnNefdO])$/.exec(format ? UTF8ToString(format >>> 0) : "B");
      if (match === null) {
        return undefined;
      }
      const [, order, code] = match;
      const swapped = itemsize > 1 && (order === ">" || order === "!");
      const numbers = (at) => (at === 0 ? [] : Array.from(HEAP32.subarray(at >>> 2, (at >>> 2) + ndim)));
      const shape = shapeAt === 0 ? [length / itemsize] : numbers(shapeAt);
      let strides = numbers(stridesAt);
      if (stridesAt === 0) {
        // ctypes' arrays: packed, the last dimension varies fastest
        strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, itemsize));
      }
      const suboffsets = numbers(suboffsetsAt);
      const item = py2jsBufferItem(code, itemsize, !swapped);
      const kind = "fd".includes(code) ? "f" : code === "c" || code < "a" ? "u" : "i";
      const TypedArray = swapped || "?eO".includes(code) ? undefined : pyBufferArrays[kind + itemsize];

      const convert = (dimension, at) => {
        if (dimension === ndim) {
          return item(at);
        }
        const last = dimension === ndim - 1;
        if (last && TypedArray !== undefined && strides[dimension] === itemsize && at % itemsize === 0) {
          const row = new TypedArray(HEAPU8.buffer, at, shape[dimension]);
          return ndim === 1 ? row : row.slice();
        }
        return Array.from({ length: shape[dimension] }, (_, i) => {
          let next = at + i * strides[dimension];
          if (suboffsets[dimension] >= 0) {
            next = HEAPU32[next >>> 2] + suboffsets[dimension];
          }
          return convert(dimension + 1, next);
        });
      };
      const result = convert(0, address >>> 0);
      keep = ndim === 1 && ArrayBuffer.isView(result);
      if (keep) {
        pyBuffers.register(result, view);
      }
      return result;
    } finally {
      if (!keep) {
        _buffer_release(view);
      }
    }
  },

  // Typed arrays by kind and size. There is none here for 64-bit integers: their items would be BigInt.
  $pyBufferArrays:
    "{ i1: Int8Array, u1: Uint8ClampedArray, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array }",

  // A function that reads the item at an address.
  $py2jsBufferItem__deps: ["$py2js"],
  $py2jsBufferItem: (code, itemsize, little) => {
    const data = () => new DataView(HEAPU8.buffer);
    const number = (big) => (BigInt.asIntN(54, big) === big ? Number(big) : big);
    switch (code) {
      case "?":
        return (at) => HEAPU8[at] !== 0;
      case "O":
        return (at) => py2js(HEAPU32[at >>> 2]);
      case "f":
        return (at) => data().getFloat32(at, little);
      case "d":
        return (at) => data().getFloat64(at, little);
      case "e":
        return (at) => {
          const bits = data().getUint16(at, little);
          const exponent = (bits >> 10) & 31;
          const fraction = bits & 1023;
          const size =
            exponent === 31 ? (fraction ? NaN : Infinity)
            : exponent ? 2 ** (exponent - 25) * (1024 + fraction)
            : 2 ** -24 * fraction;
          return bits & 0x8000 ? -size : size;
        };
    }
    const signed = code >= "a" && code !== "c";
    switch (itemsize) {
      case 1:
        return signed ? (at) => HEAP8[at] : (at) => HEAPU8[at];
      case 2:
        return signed ? (at) => data().getInt16(at, little) : (at) => data().getUint16(at, little);
      case 4:
        return signed ? (at) => data().getInt32(at, little) : (at) => data().getUint32(at, little);
      default:
        return signed
          ? (at) => number(data().getBigInt64(at, little))
          : (at) => number(data().getBigUint64(at, little));
    }
  },
});
