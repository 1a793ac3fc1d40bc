// How does a Python object behave in JavaScript? These are the operations behind the traps of
// pyproxy.js.
#include "core.h"

// Whether a callable that has returned a coroutine is an `async def` function or marked as one.
static int
is_coroutine_function(PyObject *callable)
{
    if (PyMethod_Check(callable)) {
        callable = PyMethod_GET_FUNCTION(callable);
    }
    if (PyFunction_Check(callable) &&
        ((PyCodeObject *)PyFunction_GET_CODE(callable))->co_flags & CO_COROUTINE) {
        return 1;
    }
    PyObject *inspect = PyImport_ImportModule("inspect");
    PyObject *result =
        inspect ? PyObject_CallMethod(inspect, "iscoroutinefunction", "O", callable) : NULL;
    Py_XDECREF(inspect);
    if (result == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(result);
    return result == Py_True;
}

static PyObject *
call(PyObject *callable, PyObject **args, Py_ssize_t nargs, PyObject *names)
{
    PyObject *result =
        PyObject_Vectorcall(callable, args, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
    int is_started =
        result != NULL && PyCoro_CheckExact(result) && is_today && is_coroutine_function(callable);
    return (PyObject *)((uintptr_t)result | (uintptr_t)is_started);
}

// Calls with `nargs` positional arguments at args[0], then `nkeywords` others, then their names.
// args[-1] is scratch space. Releases them all. The lowest bit of the result says that it is the
// coroutine of an async function, which a call from JavaScript starts.
EXPORT PyObject *
pyproxy_call(PyObject *callable, PyObject **args, Py_ssize_t nargs, Py_ssize_t nkeywords)
{
    struct entry entry;
    enter(&entry);
    PyObject *names = nkeywords ? PyTuple_New(nkeywords) : NULL;
    for (Py_ssize_t i = 0; names != NULL && i < nkeywords; i++) {
        PyTuple_SET_ITEM(names, i, Py_NewRef(args[nargs + nkeywords + i]));
    }
    PyObject *result = NULL;
    if (names != NULL || nkeywords == 0) {
        Py_INCREF(callable); // it may destroy its own proxy
        result = call(callable, args, nargs, names);
        Py_DECREF(callable);
    }
    for (Py_ssize_t i = 0; i < nargs + 2 * nkeywords; i++) {
        Py_DECREF(args[i]);
    }
    Py_XDECREF(names);
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

// Import from CPython (Objects/object.c), which declares it in no public header.
int
_PyObject_GetMethod(PyObject *object, PyObject *name, PyObject **method);

static PyObject *
lookup(PyObject *object, PyObject *name)
{
    PyObject *result;
    int is_method = 0;
    Py_INCREF(name);
    PyObject *descriptor = _PyType_Lookup(Py_TYPE(object), name);
    if (descriptor != NULL &&
        PyType_HasFeature(Py_TYPE(descriptor), Py_TPFLAGS_METHOD_DESCRIPTOR)) {
        is_method = _PyObject_GetMethod(object, name, &result);
    }
    else {
        PyObject_GetOptionalAttr(object, name, &result);
    }
    Py_DECREF(name);
    return (PyObject *)((uintptr_t)result | (uintptr_t)is_method);
}

// The value of an attribute; the lowest bit of the pointer says that it is a function that
// pyproxy_bind makes a method. NULL without an exception if there is no such attribute.
EXPORT PyObject *
pyproxy_lookup(PyObject *object, PyObject *name)
{
    return ENTER(lookup(object, name));
}

// Steals the function.
EXPORT PyObject *
pyproxy_bind(PyObject *function, PyObject *object)
{
    PyObject *method =
        ENTER(Py_TYPE(function)->tp_descr_get(function, object, (PyObject *)Py_TYPE(object)));
    Py_DECREF(function);
    return method;
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
pyproxy_string(PyObject *object, int is_repr)
{
    return ENTER(is_repr ? PyObject_Repr(object) : PyObject_Str(object));
}

EXPORT PyObject *
pyproxy_dir(PyObject *object)
{
    return ENTER(PyObject_Dir(object));
}

EXPORT PyObject *
pyproxy_keys(PyObject *object)
{
    return ENTER(PyMapping_Keys(object));
}

// The module of that name.
EXPORT PyObject *
pyproxy_import(PyObject *name)
{
    return ENTER(PyImport_Import(name));
}

static PyObject *
getitem(PyObject *object, PyObject *key)
{
    PyObject *item = PyObject_GetItem(object, key);
    Py_DECREF(key);
    if (item == NULL &&
        (PyErr_ExceptionMatches(PyExc_KeyError) || PyErr_ExceptionMatches(PyExc_IndexError))) {
        PyErr_Clear();
    }
    return item;
}

// Steals the key. NULL without an exception if there is no such item.
EXPORT PyObject *
pyproxy_getitem(PyObject *object, PyObject *key)
{
    return ENTER(getitem(object, key));
}

static int
setitem(PyObject *object, PyObject *key, PyObject *value)
{
    int status = value ? PyObject_SetItem(object, key, value) : PyObject_DelItem(object, key);
    Py_DECREF(key);
    Py_XDECREF(value);
    return status;
}

// Steals key and value. A NULL value deletes.
EXPORT int
pyproxy_setitem(PyObject *object, PyObject *key, PyObject *value)
{
    return ENTER(setitem(object, key, value));
}

// Steals the item. 1, 0, or -1 with an exception.
EXPORT int
pyproxy_contains(PyObject *object, PyObject *item)
{
    int found = ENTER(PySequence_Contains(object, item));
    enter_release(item);
    return found;
}

EXPORT Py_ssize_t
pyproxy_length(PyObject *object)
{
    return ENTER(PyObject_Size(object));
}

static PyObject *
splice(PyObject *object, Py_ssize_t start, Py_ssize_t end, PyObject *items)
{
    PyObject *removed = PySequence_GetSlice(object, start, end);
    if (removed != NULL && PySequence_SetSlice(object, start, end, items) < 0) {
        Py_CLEAR(removed);
    }
    Py_DECREF(items);
    return removed;
}

// Replaces the items from start to end by others, which are stolen. Returns the old ones.
EXPORT PyObject *
pyproxy_splice(PyObject *object, Py_ssize_t start, Py_ssize_t end, PyObject *items)
{
    return ENTER(splice(object, start, end, items));
}
