// Which protocols of Python does a JavaScript object have? In the API of 0.16 each object has all
// of them. In the API of today a class has those of its objects: a class of this file has one
// protocol, and pyodide._jsproxy puts the classes together.
#include "core.h"

// Imports from jsproxy.js and jsprotocol.js. They return NULL or -1 with a Python exception set
// when JavaScript throws. NULL without an exception: there is no such item.
extern PyObject *
jsproxy_getitem(int index, PyObject *key);
// MISSING: an array has no such index.
extern int
jsproxy_setitem(int index, PyObject *key, PyObject *value);
// MISSING: the object has no length.
extern int
jsproxy_length(int index);
extern int
jsproxy_contains(int index, PyObject *item);
extern int
jsproxy_is_array(int index);
// NULL without an exception: it is not iterable.
extern PyObject *
jsproxy_iterator(int index);
// NULL without an exception at the end.
extern PyObject *
jsproxy_next(int index);

extern int
jsprotocol_length(int index);
// NULL without an exception: there is no such index.
extern PyObject *
jsprotocol_item(int index, Py_ssize_t i);
// A NULL value deletes. MISSING: there is no such index.
extern int
jsprotocol_set_item(int index, Py_ssize_t i, PyObject *value);
// NULL without an exception: there is no such key.
extern PyObject *
jsprotocol_get(int index, PyObject *key);
// A NULL value deletes. MISSING: there is no such key.
extern int
jsprotocol_set(int index, PyObject *key, PyObject *value);
extern int
jsprotocol_has(int index, PyObject *item);
extern PyObject *
jsprotocol_iterator(int index, int of_keys);

// The API of 0.16.

static Py_ssize_t
jsproxy_len(PyObject *proxy)
{
    int length = jsproxy_length(index_of(proxy));
    if (length == MISSING) {
        PyErr_SetString(PyExc_TypeError, "the JavaScript object has no length");
        return -1;
    }
    return length;
}

// Raises the error for a missing index or key.
static void
set_lookup_error(PyObject *proxy, PyObject *key)
{
    int is_array = PyLong_CheckExact(key) ? jsproxy_is_array(index_of(proxy)) : 0;
    if (is_array > 0) {
        PyErr_SetString(PyExc_IndexError, "JavaScript array index out of range");
    }
    else if (is_array == 0) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
}

static PyObject *
get_item(PyObject *proxy, PyObject *key)
{
    PyObject *result = jsproxy_getitem(index_of(proxy), key);
    if (result == NULL && !PyErr_Occurred()) {
        set_lookup_error(proxy, key);
    }
    return result;
}

// A list of an array's items.
static PyObject *
get_slice(PyObject *proxy, PyObject *slice)
{
    Py_ssize_t length = jsproxy_len(proxy);
    Py_ssize_t start, stop, step;
    if (length < 0 || PySlice_Unpack(slice, &start, &stop, &step) < 0) {
        return NULL;
    }
    Py_ssize_t count = PySlice_AdjustIndices(length, &start, &stop, step);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *key = PyLong_FromSsize_t(start + i * step);
        PyObject *item = key == NULL ? NULL : get_item(proxy, key);
        Py_XDECREF(key);
        if (item == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

static PyObject *
jsproxy_subscript(PyObject *proxy, PyObject *key)
{
    if (PySlice_Check(key)) {
        int is_array = jsproxy_is_array(index_of(proxy));
        if (is_array != 0) {
            return is_array < 0 ? NULL : get_slice(proxy, key);
        }
    }
    return get_item(proxy, key);
}

static int
jsproxy_ass_subscript(PyObject *proxy, PyObject *key, PyObject *value)
{
    int status = jsproxy_setitem(index_of(proxy), key, value);
    if (status == MISSING) {
        set_lookup_error(proxy, key);
    }
    return status == 0 ? 0 : -1;
}

static int
jsproxy_sq_contains(PyObject *proxy, PyObject *item)
{
    return jsproxy_contains(index_of(proxy), item);
}

static PyObject *
jsproxy_iter(PyObject *proxy)
{
    PyObject *iterator = jsproxy_iterator(index_of(proxy));
    if (iterator == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_TypeError, "the JavaScript object is not iterable");
    }
    return iterator;
}

static PyObject *
jsproxy_iternext(PyObject *proxy)
{
    return jsproxy_next(index_of(proxy));
}

// `await promise`: pyodide.webloop makes it a future.
static PyObject *
jsproxy_await(PyObject *proxy)
{
    PyObject *webloop = PyImport_ImportModule("pyodide.webloop");
    PyObject *iterator = webloop ? PyObject_CallMethod(webloop, "await_promise", "O", proxy) : NULL;
    Py_XDECREF(webloop);
    return iterator;
}

static PyAsyncMethods async_methods = {.am_await = jsproxy_await};
static PySequenceMethods sequence_methods = {.sq_contains = jsproxy_sq_contains};
static PyMappingMethods mapping_methods = {
    .mp_length = jsproxy_len,
    .mp_subscript = jsproxy_subscript,
    .mp_ass_subscript = jsproxy_ass_subscript,
};

void
jsprotocol_add_all(PyTypeObject *type)
{
    type->tp_as_async = &async_methods;
    type->tp_as_sequence = &sequence_methods;
    type->tp_as_mapping = &mapping_methods;
    type->tp_iter = jsproxy_iter;
    type->tp_iternext = jsproxy_iternext;
}

// The API of today.

static Py_ssize_t
length(PyObject *proxy)
{
    return jsprotocol_length(index_of(proxy));
}

static PyObject *
iter(PyObject *proxy)
{
    return jsprotocol_iterator(index_of(proxy), 0);
}

static PyObject *
iter_keys(PyObject *proxy)
{
    return jsprotocol_iterator(index_of(proxy), 1);
}

static PyObject *
item_at(PyObject *proxy, Py_ssize_t i)
{
    PyObject *item = jsprotocol_item(index_of(proxy), i);
    if (item == NULL && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_IndexError, "JavaScript array index out of range");
    }
    return item;
}

static int
set_item_at(PyObject *proxy, Py_ssize_t i, PyObject *value)
{
    int status = jsprotocol_set_item(index_of(proxy), i, value);
    if (status == MISSING) {
        PyErr_SetString(PyExc_IndexError, "JavaScript array index out of range");
    }
    return status == 0 ? 0 : -1;
}

// The index between the brackets, or -1 with an exception.
static Py_ssize_t
get_index(PyObject *proxy, PyObject *key)
{
    if (!PyIndex_Check(key)) {
        PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i < 0 && !PyErr_Occurred()) {
        Py_ssize_t size = length(proxy);
        i = size < 0 ? -1 : i + size;
        if (i < 0 && !PyErr_Occurred()) {
            PyErr_SetString(PyExc_IndexError, "JavaScript array index out of range");
        }
    }
    return i;
}

static PyObject *
item(PyObject *proxy, PyObject *key)
{
    if (PySlice_Check(key)) {
        return PyObject_CallMethod(proxy, "_get_slice", "O", key);
    }
    Py_ssize_t i = get_index(proxy, key);
    return i < 0 ? NULL : item_at(proxy, i);
}

static int
set_item(PyObject *proxy, PyObject *key, PyObject *value)
{
    if (PySlice_Check(key)) {
        PyObject *done = value ? PyObject_CallMethod(proxy, "_set_slice", "OO", key, value)
                               : PyObject_CallMethod(proxy, "_delete_slice", "O", key);
        Py_XDECREF(done);
        return done ? 0 : -1;
    }
    Py_ssize_t i = get_index(proxy, key);
    return i < 0 ? -1 : set_item_at(proxy, i, value);
}

static PyObject *
get(PyObject *proxy, PyObject *key)
{
    PyObject *value = jsprotocol_get(index_of(proxy), key);
    if (value == NULL && !PyErr_Occurred()) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    return value;
}

static int
set(PyObject *proxy, PyObject *key, PyObject *value)
{
    int status = jsprotocol_set(index_of(proxy), key, value);
    if (status == MISSING) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    return status == 0 ? 0 : -1;
}

static int
has(PyObject *proxy, PyObject *value)
{
    return jsprotocol_has(index_of(proxy), value);
}

static struct {
    const char *name;
    PyType_Slot slots[3];
} protocols[] = {
    {"_pyodide_core.Sized", {{Py_mp_length, length}, {Py_sq_length, length}}},
    {"_pyodide_core.Iterable", {{Py_tp_iter, iter}}},
    {"_pyodide_core.IterableByKey", {{Py_tp_iter, iter_keys}}},
    {"_pyodide_core.Iterator",
     {{Py_tp_iter, PyObject_SelfIter}, {Py_tp_iternext, jsproxy_iternext}}},
    {"_pyodide_core.Items", {{Py_mp_subscript, item}, {Py_sq_item, item_at}}},
    {"_pyodide_core.MutableItems",
     {{Py_mp_ass_subscript, set_item}, {Py_sq_ass_item, set_item_at}}},
    {"_pyodide_core.Get", {{Py_mp_subscript, get}}},
    {"_pyodide_core.Set", {{Py_mp_ass_subscript, set}}},
    {"_pyodide_core.Container", {{Py_sq_contains, has}}},
};

int
jsprotocol_init(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(protocols); i++) {
        PyType_Spec spec = {
            .name = protocols[i].name,
            .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
            .slots = protocols[i].slots,
        };
        PyObject *type = PyType_FromSpecWithBases(&spec, (PyObject *)&JsProxy_Type);
        int status = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
        Py_XDECREF(type);
        if (status < 0) {
            return -1;
        }
    }
    return 0;
}
