// How does a Python object behave in JavaScript? These are the operations behind the traps of
// pyproxy.js.
#include "core.h"

// Calls with `nargs` arguments at args[0]; args[-1] is scratch space. The arguments are released.
EXPORT PyObject *
pyproxy_call(PyObject *callable, PyObject **args, Py_ssize_t nargs)
{
    struct entry entry;
    enter(&entry);
    PyObject *result =
        PyObject_Vectorcall(callable, args, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    for (Py_ssize_t i = 0; i < nargs; i++) {
        Py_DECREF(args[i]);
    }
    leave(&entry);
    return result;
}

// Names are borrowed from the cache of table.js. The operation may run code that empties the cache.

static PyObject *
getattr(PyObject *object, PyObject *name)
{
    PyObject *result;
    Py_INCREF(name);
    PyObject_GetOptionalAttr(object, name, &result);
    Py_DECREF(name);
    return result;
}

static int
setattr(PyObject *object, PyObject *name, PyObject *value)
{
    Py_INCREF(name);
    int status = PyObject_SetAttr(object, name, value);
    Py_DECREF(name);
    Py_XDECREF(value);
    return status;
}

// NULL without an exception if there is no such attribute: JavaScript's undefined.
EXPORT PyObject *
pyproxy_getattr(PyObject *object, PyObject *name)
{
    return ENTER(getattr(object, name));
}

// 1, 0, or -1 with an exception.
EXPORT int
pyproxy_hasattr(PyObject *object, PyObject *name)
{
    PyObject *value = ENTER(getattr(object, name));
    if (value == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    enter_release(value);
    return 1;
}

// A NULL value deletes. The value is released.
EXPORT int
pyproxy_setattr(PyObject *object, PyObject *name, PyObject *value)
{
    return ENTER(setattr(object, name, value));
}

EXPORT PyObject *
pyproxy_repr(PyObject *object)
{
    return ENTER(PyObject_Repr(object));
}

EXPORT PyObject *
pyproxy_dir(PyObject *object)
{
    return ENTER(PyObject_Dir(object));
}

EXPORT PyObject *
pyproxy_iter(PyObject *object)
{
    return ENTER(PyObject_GetIter(object));
}

// NULL without an exception at the end.
EXPORT PyObject *
pyproxy_next(PyObject *iterator)
{
    return ENTER(PyIter_Next(iterator));
}

// The module of that name.
EXPORT PyObject *
pyproxy_import(PyObject *name)
{
    return ENTER(PyImport_Import(name));
}

EXPORT int
pyproxy_is_callable(PyObject *object)
{
    return PyCallable_Check(object);
}

// Whether `for (const x of proxy)` works.
EXPORT int
pyproxy_is_iterable(PyObject *object)
{
    return Py_TYPE(object)->tp_iter != NULL || PySequence_Check(object);
}

// Whether `await proxy` waits for it.
EXPORT int
pyproxy_is_awaitable(PyObject *object)
{
    const PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;
    return methods != NULL && methods->am_await != NULL;
}
