// Where are the fields of CPython's structs? Each line asserts a number of layout.js under the same
// name, so that a CPython that moves a field does not compile.
#include "core.h"

#define LAYOUT(name, value, number)                                                                \
    static_assert((value) == (number), #name " differs from layout.js")

LAYOUT(PyObject_ob_type, offsetof(PyObject, ob_type), 4);
LAYOUT(PyVarObject_ob_size, offsetof(PyVarObject, ob_size), 8);
LAYOUT(PyFloatObject_ob_fval, offsetof(PyFloatObject, ob_fval), 8);
LAYOUT(PyLongObject_lv_tag, offsetof(PyLongObject, long_value.lv_tag), 8);
LAYOUT(PyLongObject_ob_digit, offsetof(PyLongObject, long_value.ob_digit), 12);
LAYOUT(PyListObject_ob_item, offsetof(PyListObject, ob_item), 12);
LAYOUT(PyTupleObject_ob_item, offsetof(PyTupleObject, ob_item), 12);

LAYOUT(PyASCIIObject_length, offsetof(PyASCIIObject, length), 8);
LAYOUT(PyASCIIObject_state, offsetof(PyASCIIObject, state), 16);
LAYOUT(PyASCIIObject_size, sizeof(PyASCIIObject), 20);
LAYOUT(PyCompactUnicodeObject_size, sizeof(PyCompactUnicodeObject), 28);

LAYOUT(PyMethodObject_im_func, offsetof(PyMethodObject, im_func), 8);
LAYOUT(PyMethodObject_im_self, offsetof(PyMethodObject, im_self), 12);

LAYOUT(Py_buffer_buf, offsetof(Py_buffer, buf), 0);
LAYOUT(Py_buffer_len, offsetof(Py_buffer, len), 8);
LAYOUT(Py_buffer_itemsize, offsetof(Py_buffer, itemsize), 12);
LAYOUT(Py_buffer_ndim, offsetof(Py_buffer, ndim), 20);
LAYOUT(Py_buffer_format, offsetof(Py_buffer, format), 24);
LAYOUT(Py_buffer_shape, offsetof(Py_buffer, shape), 28);
LAYOUT(Py_buffer_strides, offsetof(Py_buffer, strides), 32);
LAYOUT(Py_buffer_suboffsets, offsetof(Py_buffer, suboffsets), 36);

LAYOUT(JsProxy_index, offsetof(JsProxy, index), 8);

// layout.js also relies on the size of a pointer, on the digits of an int, and on equal places of
// the function and of `self` in methods of Python classes and in methods written in C.
static_assert(sizeof(PyObject *) == 4, "the heap of pointers is HEAPU32");
static_assert(PyLong_SHIFT == 30 && sizeof(digit) == 4, "a digit of an int is in HEAPU32");
static_assert(offsetof(PyCFunctionObject, m_ml) == offsetof(PyMethodObject, im_func), "$pyKey");
static_assert(offsetof(PyCFunctionObject, m_self) == offsetof(PyMethodObject, im_self), "$pyKey");
