// Where are the fields of CPython's structs? This file names the numbers that C and JavaScript
// share.
//
// The .js files read Python objects directly from memory. Offsets and sizes are bytes of CPython
// 3.13 on wasm32.
//
// Pointers above 2 GB arrive from WebAssembly as negative numbers. `>>>` in an index of a heap
// corrects the sign. A pointer that is a key or is compared is made unsigned first.

addToLibrary({
  // Fields. layout.c asserts each offset under the name of the function. The offsets are literals
  // because a variable in their place makes the conversion of lists slower by a tenth.
  $pyType: (object) => HEAPU32[(object + 4) >>> 2],
  $pyTypeName: (type) => HEAPU32[(type + 12) >>> 2], // UTF-8
  $pyTypeVersion: (type) => HEAPU32[(type + 192) >>> 2],
  $pySize: (object) => HEAP32[(object + 8) >>> 2], // of a list, a tuple
  $pyFloatValue: (float) => HEAPF64[(float + 8) >>> 3],
  $pyIntTag: (int) => HEAPU32[(int + 8) >>> 2],
  $pyIntDigit: (int) => HEAPU32[(int + 12) >>> 2], // the lowest 30 bits
  $pyListItems: (list) => HEAPU32[(list + 12) >>> 2], // another address after the list has grown
  $pyTupleItems: (tuple) => tuple + 12,
  $pyStrLength: (str) => HEAP32[(str + 8) >>> 2], // in characters
  $pyStrState: (str) => HEAPU32[(str + 16) >>> 2],
  $pyStrAsciiData: (str) => str + 20, // of a compact string
  $pyStrCompactData: (str) => str + 28, // of one that is not ASCII
  $pyMethodFunction: (method) => HEAPU32[(method + 8) >>> 2],
  $pyMethodSelf: (method) => HEAPU32[(method + 12) >>> 2],
  $jsIndex: (proxy) => HEAP32[(proxy + 8) >>> 2],

  // Fields of a Py_buffer.
  $pyBufferStart: (view) => HEAPU32[(view + 0) >>> 2],
  $pyBufferLength: (view) => HEAPU32[(view + 8) >>> 2], // in bytes
  $pyBufferItemsize: (view) => HEAPU32[(view + 12) >>> 2],
  $pyBufferReadonly: (view) => HEAP32[(view + 16) >>> 2],
  $pyBufferDimensions: (view) => HEAPU32[(view + 20) >>> 2],
  $pyBufferFormat: (view) => HEAPU32[(view + 24) >>> 2],
  $pyBufferShape: (view) => HEAPU32[(view + 28) >>> 2],
  $pyBufferStrides: (view) => HEAPU32[(view + 32) >>> 2],
  $pyBufferSuboffsets: (view) => HEAPU32[(view + 36) >>> 2],

  // The bit fields of a string's state: interned 2, kind 3, compact 1, ascii 1. C cannot assert
  // their places; every test that converts a string would fail.
  $pyStrKind: (state) => (state >>> 2) & 7, // bytes of a character
  $pyStrIsCompact: (state) => (state & 0x20) !== 0,
  $pyStrIsAscii: (state) => (state & 0x40) !== 0,

  // The same numbers as `enum kind` in core.h.
  $pyKind: {
    PROXY: 0,
    INT: 1,
    FLOAT: 2,
    STR: 3,
    LIST: 4,
    TUPLE: 5,
    DICT: 6,
    JS: 7,
    JS_EXCEPTION: 8,
    BUFFER: 9,
    ARRAY: 10,
    SET: 11,
    JS_NULL: 12,
    JS_BIGINT: 13,
  },

  // The same number as MISSING in core.h: the result of a function that found nothing.
  $jsMissing: -2,

  // The items are borrowed.
  $pyListItem: (list, i) => HEAPU32[(pyListItems(list) >>> 2) + i],
  $pyTupleItem: (tuple, i) => HEAPU32[(pyTupleItems(tuple) >>> 2) + i],

  // Fills a new list; steals the reference.
  $pyListSetItem: (list, i, item) => {
    HEAPU32[(pyListItems(list) >>> 2) + i] = item;
  },

  // The JavaScript value of a JsProxy.
  $jsValueOf: (proxy) => jsValues[jsIndex(proxy)],
});
