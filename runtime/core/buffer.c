// How does JavaScript see the memory of a Python buffer? buffer.js reads the Py_buffer.
#include "core.h"

static_assert(offsetof(Py_buffer, buf) == 0, "");
static_assert(offsetof(Py_buffer, itemsize) == 12, "");
static_assert(offsetof(Py_buffer, ndim) == 20, "");
static_assert(offsetof(Py_buffer, format) == 24, "");
static_assert(offsetof(Py_buffer, shape) == 28, "");
static_assert(offsetof(Py_buffer, strides) == 32, "");
static_assert(offsetof(Py_buffer, suboffsets) == 36, "");

// An export of the object's buffer, or NULL where it has none after all (no exception is set).
EXPORT Py_buffer *
buffer_get(PyObject *object)
{
    Py_buffer *view = PyMem_Malloc(sizeof *view);
    if (view == NULL || PyObject_GetBuffer(object, view, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        PyMem_Free(view);
        return NULL;
    }
    return view;
}

EXPORT void
buffer_release(Py_buffer *view)
{
    PyBuffer_Release(view);
    PyMem_Free(view);
}
