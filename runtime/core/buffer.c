// How does JavaScript see the memory of a Python buffer? buffer.js reads the Py_buffer.
#include "core.h"

// An export of the object's buffer, or NULL without an exception: the object exports none, or it
// exports dimensions and is no container (NumPy's datetime64 exports its bytes).
EXPORT Py_buffer *
buffer_get(PyObject *object)
{
    Py_buffer *view = PyMem_Malloc(sizeof *view);
    if (view == NULL) {
        return NULL;
    }
    struct entry entry;
    enter(&entry);
    if (PyObject_GetBuffer(object, view, PyBUF_FULL_RO) < 0) {
        PyMem_Free(view);
        view = NULL;
    }
    else if (view->ndim > 0 && PyObject_Size(object) < 0) {
        PyBuffer_Release(view);
        PyMem_Free(view);
        view = NULL;
    }
    PyErr_Clear();
    leave(&entry);
    return view;
}

// The same for an object that need not be a container, without suboffsets; NULL with an exception.
EXPORT Py_buffer *
buffer_get_strided(PyObject *object)
{
    Py_buffer *view = PyMem_Malloc(sizeof *view);
    if (view == NULL) {
        return (Py_buffer *)PyErr_NoMemory();
    }
    if (ENTER(PyObject_GetBuffer(object, view, PyBUF_RECORDS_RO)) < 0) {
        PyMem_Free(view);
        return NULL;
    }
    return view;
}

// Whether the items are without gaps, in the order 'C' or 'F' (Fortran).
EXPORT int
buffer_is_contiguous(const Py_buffer *view, int order)
{
    return PyBuffer_IsContiguous(view, (char)order);
}

EXPORT void
buffer_release(Py_buffer *view)
{
    struct entry entry;
    enter(&entry);
    PyBuffer_Release(view);
    leave(&entry);
    PyMem_Free(view);
}
