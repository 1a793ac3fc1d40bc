// Where are the fields of CPython's structs? This file names the numbers that C and JavaScript
// share.
//
// The .js files read Python objects directly from memory. Offsets and sizes are bytes of CPython
// 3.13 on wasm32.
//
// Pointers above 2 GB arrive from WebAssembly as negative numbers. `>>>` in an index of a heap
// corrects the sign. A pointer that is a key or is compared is made unsigned first.

addToLibrary({
  // layout.c asserts each number under the same name.
  $pyLayout: {
    PyObject_ob_type: 4,
    PyVarObject_ob_size: 8,
    PyFloatObject_ob_fval: 8,
    PyLongObject_lv_tag: 8,
    PyLongObject_ob_digit: 12,
    PyListObject_ob_item: 12,
    PyTupleObject_ob_item: 12,

    PyASCIIObject_length: 8,
    PyASCIIObject_state: 16,
    PyASCIIObject_size: 20,
    PyCompactUnicodeObject_size: 28,

    PyMethodObject_im_func: 8,
    PyMethodObject_im_self: 12,

    Py_buffer_buf: 0,
    Py_buffer_len: 8,
    Py_buffer_itemsize: 12,
    Py_buffer_ndim: 20,
    Py_buffer_format: 24,
    Py_buffer_shape: 28,
    Py_buffer_strides: 32,
    Py_buffer_suboffsets: 36,

    JsProxy_index: 8,
  },

  // The bit fields of PyASCIIObject.state: interned 2, kind 3, compact 1, ascii 1. C cannot assert
  // their places.
  $pyStrKindShift: 2,
  $pyStrKindMask: 7,
  $pyStrCompact: 0x20,
  $pyStrAscii: 0x40,

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
  },

  // The same number as MISSING in core.h: the result of a function that found nothing.
  $jsMissing: -2,

  $pyType__deps: ["$pyLayout"],
  $pyType: (object) => HEAPU32[(object + pyLayout.PyObject_ob_type) >>> 2],

  // The number of items of a list or a tuple.
  $pySize__deps: ["$pyLayout"],
  $pySize: (object) => HEAP32[(object + pyLayout.PyVarObject_ob_size) >>> 2],

  // The item is borrowed. The items of a list move when the list grows.
  $pyListItem__deps: ["$pyLayout"],
  $pyListItem: (list, i) =>
    HEAPU32[(HEAPU32[(list + pyLayout.PyListObject_ob_item) >>> 2] >>> 2) + i],

  // Fills a new list; steals the reference.
  $pyListSetItem__deps: ["$pyLayout"],
  $pyListSetItem: (list, i, item) => {
    HEAPU32[(HEAPU32[(list + pyLayout.PyListObject_ob_item) >>> 2] >>> 2) + i] = item;
  },

  $pyTupleItem__deps: ["$pyLayout"],
  $pyTupleItem: (tuple, i) => HEAPU32[((tuple + pyLayout.PyTupleObject_ob_item) >>> 2) + i],

  // The function and the object of a bound method.
  $pyMethodFunction__deps: ["$pyLayout"],
  $pyMethodFunction: (method) => HEAPU32[(method + pyLayout.PyMethodObject_im_func) >>> 2],
  $pyMethodSelf__deps: ["$pyLayout"],
  $pyMethodSelf: (method) => HEAPU32[(method + pyLayout.PyMethodObject_im_self) >>> 2],

  // The JavaScript value of a JsProxy.
  $jsValueOf__deps: ["$pyLayout", "$jsValues"],
  $jsValueOf: (proxy) => jsValues[HEAP32[(proxy + pyLayout.JsProxy_index) >>> 2]],
});
