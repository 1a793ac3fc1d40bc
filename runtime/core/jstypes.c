// Which class does the proxy of a JavaScript object have in the API of today? jstypes.js computes
// the features of the object, and pyodide._jsproxy makes one class for each set of features.
#include "core.h"

// Imports from jstypes.js and jsmembers.js.
extern void
jstypes_set(int features, PyTypeObject *type);
extern void
jstypes_set_null(PyObject *null);
// The index of another entry with the same value.
extern int
jstypes_copy(int index);
// Runs a function of $jsMembers or $jsRawMembers; args[0] is its name.
extern PyObject *
jsmembers_run(PyObject *const *args, Py_ssize_t nargs);

struct bridge bridge;

enum { CALLABLE = 1 }; // a feature of $jsFeature

// A class for objects with these features. Borrowed: $jsTypes keeps it for ever.
EXPORT PyTypeObject *
jstypes_make(int features)
{
    if (bridge.make_type == NULL) {
        return &JsProxy_Type; // the module `js`, before pyodide._jsproxy is imported
    }
    PyObject *type = PyObject_CallFunction(bridge.make_type, "i", features);
    if (type != NULL) {
        jstypes_set(features, (PyTypeObject *)type);
    }
    return (PyTypeObject *)type;
}

// The future of a promise. Steals the JsProxy.
EXPORT PyObject *
jstypes_future(PyObject *promise)
{
    return call_with(bridge.make_future, promise);
}

EXPORT PyObject *
jstypes_bigint(PyObject *value)
{
    return call_with(bridge.JsBigInt, value);
}

static PyObject *
member(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    return jsmembers_run(args, nargs);
}

static PyObject *
view(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *object;
    PyTypeObject *type;
    if (!PyArg_ParseTuple(args, "O!O!:view", &JsProxy_Type, &object, &PyType_Type, &type)) {
        return NULL;
    }
    JsProxy *proxy = jsproxy_of(object);
    PyObject *copy = jsproxy_new(jstypes_copy(proxy->index), type);
    if (copy != NULL && proxy->self != NULL) {
        ((JsProxy *)copy)->self = Py_NewRef(proxy->self);
    }
    return copy;
}

// adopt(type, namespace): adds attributes to JsProxy, JsCallable or JsException.
static PyObject *
adopt(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyTypeObject *type;
    PyObject *attributes;
    if (!PyArg_ParseTuple(args, "O!O!:adopt", &PyType_Type, &type, &PyDict_Type, &attributes) ||
        PyDict_Update(PyType_GetDict(type), attributes) < 0) {
        return NULL;
    }
    PyType_Modified(type);
    Py_RETURN_NONE;
}

static PyObject *
connect(PyObject *Py_UNUSED(module), PyObject *args)
{
    if (!PyArg_ParseTuple(args, "OOOOO:connect", &bridge.jsnull, &bridge.JsBigInt,
                          &bridge.ConversionError, &bridge.make_type, &bridge.make_future)) {
        return NULL;
    }
    Py_INCREF(args); // keeps the objects for ever
    // js2py returns it without a new reference, as it does None.
    Py_SET_REFCNT(bridge.jsnull, _Py_IMMORTAL_REFCNT);
    jstypes_set_null(bridge.jsnull);
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"adopt", adopt, METH_VARARGS, "Add attributes to a class that is written in C."},
    {"connect", connect, METH_VARARGS, "Set the objects of struct bridge."},
    {"member", (PyCFunction)(void (*)(void))member, METH_FASTCALL,
     "Run the JavaScript function of that name, which implements a member of JsProxy."},
    {"view", view, METH_VARARGS, "A JsProxy of the same JavaScript object, of another class."},
    {0},
};

int
jstypes_init(PyObject *module)
{
    jstypes_set(0, &JsProxy_Type);
    jstypes_set(CALLABLE, &JsCallable_Type);
    return PyModule_AddFunctions(module, functions);
}
