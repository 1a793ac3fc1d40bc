// How does a JavaScript object behave in Python? Each operation on a JsProxy is one call of its
// counterpart in jsproxy.js. jsprotocol.c has len(), items and iteration.
#include "core.h"

// Imports from jsproxy.js. They return NULL or -1 with a Python exception set when JavaScript
// throws.
extern PyObject *
jsproxy_getattr(int index, PyObject *name, PyObject *self);
// A NULL value deletes.
extern int
jsproxy_setattr(int index, PyObject *name, PyObject *value);
// this_index is -1 where there is no `this`; kwnames may be NULL.
extern PyObject *
jsproxy_apply(int index, int this_index, PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames);
extern PyObject *
jsproxy_construct(int index, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
extern int
jsproxy_truth(int index);
// The function with a Python object as `this`.
extern PyObject *
jsproxy_bind(int index, PyObject *self);
// The comparison of Python's number `operation`, with JavaScript's operator.
extern int
jsproxy_compare(int index, int other, int operation);
extern int
jsproxy_identity(int index);
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
pyproxy_background(PyObject *callable, PyObject *on_wait);

static PyObject *
jsproxy_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames);

// Takes over the table's entry. The class is JsProxy, a subclass, or JsException.
EXPORT PyObject *
jsproxy_new(int index, PyTypeObject *type)
{
    if (PyType_HasFeature(type, Py_TPFLAGS_BASE_EXC_SUBCLASS)) {
        return errors_new(index);
    }
    // Classes that Python code has made have the garbage collector.
    JsProxy *proxy =
        PyType_IS_GC(type) ? (JsProxy *)type->tp_alloc(type, 0) : PyObject_New(JsProxy, type);
    if (proxy == NULL) {
        table_release(index, 1);
        return NULL;
    }
    proxy->index = index;
    proxy->self = NULL;
    proxy->call = jsproxy_vectorcall;
    proxy->weakrefs = NULL;
    proxy->dict = NULL;
    return (PyObject *)proxy;
}

// A function read from `self`. Takes over the table's entry.
EXPORT PyObject *
jsproxy_new_method(int index, PyObject *self)
{
    PyObject *method = jsproxy_new(index, &JsCallable_Type);
    if (method != NULL) {
        ((JsProxy *)method)->self = Py_NewRef(self);
    }
    return method;
}

static void
jsproxy_dealloc(PyObject *object)
{
    JsProxy *proxy = (JsProxy *)object;
    if (proxy->weakrefs != NULL) {
        PyObject_ClearWeakRefs(object);
    }
    table_release(proxy->index, is_today || proxy->self != NULL);
    Py_XDECREF(proxy->self);
    Py_XDECREF(proxy->dict);
    Py_TYPE(object)->tp_free(object);
}

static PyObject *
dict_of(PyObject *proxy)
{
    return PyExceptionInstance_Check(proxy) ? ((PyBaseExceptionObject *)proxy)->dict
                                            : ((JsProxy *)proxy)->dict;
}

// Attributes of the Python type come before properties of the JavaScript object.
static PyObject *
jsproxy_getattro(PyObject *proxy, PyObject *name)
{
    PyObject *result = NULL;
    if (_PyType_Lookup(Py_TYPE(proxy), name) != NULL) {
        result = _PyObject_GenericGetAttrWithDict(proxy, name, NULL, 1);
    }
    else if (dict_of(proxy) != NULL) {
        result = Py_XNewRef(PyDict_GetItemWithError(dict_of(proxy), name));
    }
    if (result != NULL || PyErr_Occurred()) {
        return result;
    }
    result = jsproxy_getattr(index_of(proxy), name, proxy);
    if (result == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_AttributeError, "the JavaScript object has no property '%U'", name);
    }
    return result;
}

// Whether an attribute belongs to the Python object and not to the JavaScript one: what importlib
// sets in a module, the signature that bind_sig() binds, and the attributes of exceptions.
static int
is_python_attribute(PyObject *proxy, PyObject *name)
{
    static const char *const names[] = {"__all__",  "__loader__", "__name__", "__package__",
                                        "__path__", "__spec__",   "_sig"};
    if (!is_today || PyUnicode_GET_LENGTH(name) == 0 || PyUnicode_READ_CHAR(name, 0) != '_') {
        return PyExceptionInstance_Check(proxy) && _PyType_Lookup(Py_TYPE(proxy), name) != NULL;
    }
    int found = PyExceptionInstance_Check(proxy);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names) && !found; i++) {
        found = PyUnicode_EqualToUTF8(name, names[i]);
    }
    return found;
}

static int
jsproxy_setattro(PyObject *proxy, PyObject *name, PyObject *value)
{
    if (!is_python_attribute(proxy, name)) {
        return jsproxy_setattr(index_of(proxy), name, value);
    }
    if (PyExceptionInstance_Check(proxy)) {
        return PyObject_GenericSetAttr(proxy, name, value);
    }
    PyObject **dict = &((JsProxy *)proxy)->dict;
    if (*dict == NULL && (*dict = PyDict_New()) == NULL) {
        return -1;
    }
    return value ? PyDict_SetItem(*dict, name, value) : PyDict_DelItem(*dict, name);
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

static int
jsproxy_bool(PyObject *proxy)
{
    return jsproxy_truth(index_of(proxy));
}

// `function` read from an instance of a Python class whose attribute it is.
static PyObject *
jscallable_get(PyObject *function, PyObject *instance, PyObject *Py_UNUSED(type))
{
    return instance == NULL ? Py_NewRef(function) : jsproxy_bind(index_of(function), instance);
}

// The API of 0.16 has no order.
static PyObject *
jsproxy_richcompare(PyObject *left, PyObject *right, int operation)
{
    if (!PyObject_TypeCheck(right, &JsProxy_Type) ||
        (!is_today && operation != Py_EQ && operation != Py_NE)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    int result = jsproxy_compare(index_of(left), index_of(right), operation);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

// Two proxies of one function read from different objects are equal, so the hash is the function's.
static Py_hash_t
jsproxy_hash(PyObject *proxy)
{
    return jsproxy_identity(index_of(proxy));
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

static PyNumberMethods jsproxy_as_number = {.nb_bool = jsproxy_bool};
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
    .tp_as_number = &jsproxy_as_number,
    .tp_richcompare = jsproxy_richcompare,
    .tp_hash = jsproxy_hash,
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
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION |
                Py_TPFLAGS_HAVE_VECTORCALL,
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
background(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *callable;
    PyObject *on_wait;
    return PyArg_UnpackTuple(args, "background", 2, 2, &callable, &on_wait)
               ? pyproxy_background(callable, on_wait)
               : NULL;
}

static PyMethodDef functions[] = {
    {"background", background, METH_VARARGS,
     "A JavaScript function that calls a Python one, and does nothing after a crash. Calls a "
     "second "
     "one while the first waits."},
    {"nested_list", nested_list, METH_O,
     "A list of a JavaScript array's items; so are arrays in it."},
    {0},
};

int
jsproxy_init(PyObject *module)
{
    if (is_today) {
        JsProxy_Type.tp_name = "pyodide.ffi.JsProxy";
        JsCallable_Type.tp_name = "pyodide.ffi.JsCallable";
        JsCallable_Type.tp_descr_get = jscallable_get;
    }
    else {
        jsprotocol_add_all(&JsProxy_Type);
    }
    if (PyModule_AddFunctions(module, functions) < 0 ||
        PyModule_AddType(module, &JsProxy_Type) < 0 ||
        PyModule_AddType(module, &JsCallable_Type) < 0) {
        return -1;
    }
    return 0;
}
