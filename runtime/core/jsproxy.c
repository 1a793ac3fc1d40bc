// How does a JavaScript object behave in Python? JsProxy implements Python's protocols. Each
// operation is one call of its counterpart in jsproxy.js.
#include "core.h"

// Imports from jsproxy.js. They return NULL or -1 with a Python exception set when JavaScript
// throws.
extern PyObject *
jsproxy_getattr(int index, PyObject *name, PyObject *self);
// NULL without an exception: there is no such item.
extern PyObject *
jsproxy_getitem(int index, PyObject *key);
// A NULL value deletes.
extern int
jsproxy_setattr(int index, PyObject *name, PyObject *value);
// MISSING: an array has no such index.
extern int
jsproxy_setitem(int index, PyObject *key, PyObject *value);
// this_index is -1 where there is no `this`; kwnames may be NULL.
extern PyObject *
jsproxy_apply(int index, int this_index, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames);
extern PyObject *
jsproxy_construct(int index, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
// MISSING: the object has no length.
extern int
jsproxy_length(int index);
extern int
jsproxy_contains(int index, PyObject *item);
extern int
jsproxy_truth(int index);
extern int
jsproxy_equal(int index, int other);
extern int
jsproxy_identity(int index);
extern int
jsproxy_is_array(int index);
// NULL without an exception: it is not iterable.
extern PyObject *
jsproxy_iterator(int index);
// NULL without an exception at the end.
extern PyObject *
jsproxy_next(int index);
extern PyObject *
jsproxy_repr(int index);
extern PyObject *
jsproxy_typeof(int index);
extern PyObject *
jsproxy_dir(int index);
// NULL without an exception: it is no array.
extern PyObject *
jsproxy_nested_list(int index);
extern void
table_release(int index, int is_method);
extern PyObject *
pyproxy_background(PyObject *callable);

static PyObject *
jsproxy_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames);

// Takes over the table's entry.
EXPORT PyObject *
jsproxy_new(int index, int callable)
{
    JsProxy *proxy = PyObject_New(JsProxy, callable ? &JsCallable_Type : &JsProxy_Type);
    if (proxy == NULL) {
        table_release(index, 1);
        return NULL;
    }
    proxy->index = index;
    proxy->self = NULL;
    proxy->call = jsproxy_vectorcall;
    proxy->weakrefs = NULL;
    return (PyObject *)proxy;
}

// A function read from `self`. Takes over the table's entry.
EXPORT PyObject *
jsproxy_new_method(int index, PyObject *self)
{
    PyObject *method = jsproxy_new(index, 1);
    if (method != NULL) {
        ((JsProxy *)method)->self = Py_NewRef(self);
    }
    return method;
}

static int
index_of(PyObject *proxy)
{
    return ((JsProxy *)proxy)->index;
}

static void
jsproxy_dealloc(PyObject *object)
{
    JsProxy *proxy = (JsProxy *)object;
    if (proxy->weakrefs != NULL) {
        PyObject_ClearWeakRefs(object);
    }
    table_release(proxy->index, proxy->self != NULL);
    Py_XDECREF(proxy->self);
    Py_TYPE(object)->tp_free(object);
}

// Attributes of the Python type come before properties of the JavaScript object.
static PyObject *
jsproxy_getattro(PyObject *proxy, PyObject *name)
{
    if (_PyType_Lookup(Py_TYPE(proxy), name) != NULL) {
        return PyObject_GenericGetAttr(proxy, name);
    }
    PyObject *result = jsproxy_getattr(index_of(proxy), name, proxy);
    if (result == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_AttributeError, "the JavaScript object has no property '%U'", name);
    }
    return result;
}

static int
jsproxy_setattro(PyObject *proxy, PyObject *name, PyObject *value)
{
    return jsproxy_setattr(index_of(proxy), name, value);
}

// A call uses JavaScript's stack, which CPython does not see: about as much as Python code that is
// called from C (PY_EVAL_C_STACK_UNITS in recipes/python/patches).
#define CALL_STACK_UNITS 8

static PyObject *
jsproxy_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    JsProxy *proxy = (JsProxy *)callable;
    PyThreadState *thread = PyThreadState_Get();
    PyObject *result = NULL;
    thread->c_recursion_remaining -= CALL_STACK_UNITS;
    if (!Py_EnterRecursiveCall(" while calling a JavaScript function")) {
        result = jsproxy_apply(proxy->index, proxy->self ? index_of(proxy->self) : -1, args,
                               PyVectorcall_NARGS(nargsf), kwnames);
        Py_LeaveRecursiveCall();
    }
    thread->c_recursion_remaining += CALL_STACK_UNITS;
    return result;
}

static PyObject *
jscallable_new_instance(PyObject *proxy, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return jsproxy_construct(index_of(proxy), args, nargs, kwnames);
}

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

static int
jsproxy_bool(PyObject *proxy)
{
    return jsproxy_truth(index_of(proxy));
}

static PyObject *
jsproxy_richcompare(PyObject *left, PyObject *right, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || !PyObject_TypeCheck(right, &JsProxy_Type)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    int equal = jsproxy_equal(index_of(left), index_of(right));
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

// Two proxies of one function read from different objects are equal, so the hash is the function's.
static Py_hash_t
jsproxy_hash(PyObject *proxy)
{
    return jsproxy_identity(index_of(proxy));
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

static PyObject *
jsproxy_tp_repr(PyObject *proxy)
{
    return jsproxy_repr(index_of(proxy));
}

static PyObject *
jsproxy_get_typeof(PyObject *proxy, void *Py_UNUSED(closure))
{
    return jsproxy_typeof(index_of(proxy));
}

static PyObject *
jsproxy_method_dir(PyObject *proxy, PyObject *Py_UNUSED(ignored))
{
    return jsproxy_dir(index_of(proxy));
}

static PyAsyncMethods jsproxy_as_async = {.am_await = jsproxy_await};
static PyNumberMethods jsproxy_as_number = {.nb_bool = jsproxy_bool};
static PySequenceMethods jsproxy_as_sequence = {.sq_contains = jsproxy_sq_contains};
static PyMappingMethods jsproxy_as_mapping = {
    .mp_length = jsproxy_len,
    .mp_subscript = jsproxy_subscript,
    .mp_ass_subscript = jsproxy_ass_subscript,
};
static PyGetSetDef jsproxy_getset[] = {
    {"typeof", jsproxy_get_typeof, NULL, "What JavaScript's typeof says.", NULL},
    {0},
};
static PyMethodDef jsproxy_methods[] = {
    {"__dir__", jsproxy_method_dir, METH_NOARGS, "The names of all properties."},
    {0},
};
static PyMethodDef jscallable_methods[] = {
    {"new", (PyCFunction)(void (*)(void))jscallable_new_instance, METH_FASTCALL | METH_KEYWORDS,
     "Construct an object: JavaScript's `new`."},
    {0},
};

PyTypeObject JsProxy_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyodide.JsProxy",
    .tp_doc = "A JavaScript object.",
    .tp_basicsize = sizeof(JsProxy),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = jsproxy_dealloc,
    .tp_getattro = jsproxy_getattro,
    .tp_setattro = jsproxy_setattro,
    .tp_as_async = &jsproxy_as_async,
    .tp_as_number = &jsproxy_as_number,
    .tp_as_sequence = &jsproxy_as_sequence,
    .tp_as_mapping = &jsproxy_as_mapping,
    .tp_richcompare = jsproxy_richcompare,
    .tp_hash = jsproxy_hash,
    .tp_iter = jsproxy_iter,
    .tp_iternext = jsproxy_iternext,
    .tp_repr = jsproxy_tp_repr,
    .tp_getset = jsproxy_getset,
    .tp_methods = jsproxy_methods,
    .tp_weaklistoffset = offsetof(JsProxy, weakrefs),
};

PyTypeObject JsCallable_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyodide.JsCallable",
    .tp_doc = "A JavaScript function.",
    .tp_base = &JsProxy_Type,
    .tp_basicsize = sizeof(JsProxy),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(JsProxy, call),
    .tp_methods = jscallable_methods,
};

static PyObject *
nested_list(PyObject *Py_UNUSED(module), PyObject *object)
{
    PyObject *list = NULL;
    if (PyObject_TypeCheck(object, &JsProxy_Type)) {
        list = jsproxy_nested_list(index_of(object));
    }
    if (list == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_TypeError, "a JavaScript array is needed, not %R", object);
    }
    return list;
}

static PyObject *
background(PyObject *Py_UNUSED(module), PyObject *callable)
{
    return pyproxy_background(callable);
}

static PyMethodDef functions[] = {
    {"background", background, METH_O,
     "A JavaScript function that calls a Python one, and does nothing after a crash."},
    {"nested_list", nested_list, METH_O,
     "A list of a JavaScript array's items; so are arrays in it."},
    {0},
};

int
jsproxy_init(PyObject *module)
{
    if (PyModule_AddFunctions(module, functions) < 0 ||
        PyModule_AddType(module, &JsProxy_Type) < 0 ||
        PyModule_AddType(module, &JsCallable_Type) < 0) {
        return -1;
    }
    return 0;
}
