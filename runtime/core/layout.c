// Where are the fields of CPython's structs? Each line asserts the offset of a function of
// layout.js under the same name, so that a CPython that moves a field does not compile.
#include "core.h"

#define LAYOUT(name, value, number)                                                                \
    static_assert((value) == (number), #name " differs from layout.js")

LAYOUT(pyType, offsetof(PyObject, ob_type), 4);
LAYOUT(pyTypeName, offsetof(PyTypeObject, tp_name), 12);
LAYOUT(pyTypeVersion, offsetof(PyTypeObject, tp_version_tag), 192);
LAYOUT(pySize, offsetof(PyVarObject, ob_size), 8);
LAYOUT(pyFloatValue, offsetof(PyFloatObject, ob_fval), 8);
LAYOUT(pyIntTag, offsetof(PyLongObject, long_value.lv_tag), 8);
LAYOUT(pyIntDigit, offsetof(PyLongObject, long_value.ob_digit), 12);
LAYOUT(pyListItems, offsetof(PyListObject, ob_item), 12);
LAYOUT(pyTupleItems, offsetof(PyTupleObject, ob_item), 12);
LAYOUT(pyStrLength, offsetof(PyASCIIObject, length), 8);
LAYOUT(pyStrState, offsetof(PyASCIIObject, state), 16);
LAYOUT(pyStrAsciiData, sizeof(PyASCIIObject), 20);
LAYOUT(pyStrCompactData, sizeof(PyCompactUnicodeObject), 28);
LAYOUT(pyMethodFunction, offsetof(PyMethodObject, im_func), 8);
LAYOUT(pyMethodSelf, offsetof(PyMethodObject, im_self), 12);
LAYOUT(jsIndex, offsetof(JsProxy, index), 8);

LAYOUT(pyBufferStart, offsetof(Py_buffer, buf), 0);
LAYOUT(pyBufferLength, offsetof(Py_buffer, len), 8);
LAYOUT(pyBufferItemsize, offsetof(Py_buffer, itemsize), 12);
LAYOUT(pyBufferReadonly, offsetof(Py_buffer, readonly), 16);
LAYOUT(pyBufferDimensions, offsetof(Py_buffer, ndim), 20);
LAYOUT(pyBufferFormat, offsetof(Py_buffer, format), 24);
LAYOUT(pyBufferShape, offsetof(Py_buffer, shape), 28);
LAYOUT(pyBufferStrides, offsetof(Py_buffer, strides), 32);
LAYOUT(pyBufferSuboffsets, offsetof(Py_buffer, suboffsets), 36);

// layout.js also relies on the size of a pointer, on the digits of an int, and on equal places of
// the function and of `self` in methods of Python classes and in methods written in C.
static_assert(sizeof(PyObject *) == 4, "the heap of pointers is HEAPU32");
static_assert(PyLong_SHIFT == 30 && sizeof(digit) == 4, "a digit of an int is in HEAPU32");
static_assert(offsetof(PyCFunctionObject, m_ml) == offsetof(PyMethodObject, im_func), "$pyKey");
static_assert(offsetof(PyCFunctionObject, m_self) == offsetof(PyMethodObject, im_self), "$pyKey");
