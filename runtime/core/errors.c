// How do exceptions cross? JavaScript's become pyodide.JsException, Python's become PythonError.
#include "core.h"

// Imports from errors.js.
// A JsException of a new Error.
extern PyObject *
errors_make(PyObject *name, PyObject *message, PyObject *stack);

PyObject *JsException;

// A JsException of the API of today.
typedef struct {
    PyBaseExceptionObject base;
    PyObject *proxy; // the JsProxy of the Error
} JsError;

// Raises a value that JavaScript threw. A Python exception that passed through JavaScript is raised
// itself, every other value in a JsException. Steals the value. NULL means that its conversion has
// raised: that exception stays.
EXPORT void
errors_raise(PyObject *value)
{
    int is_exception = value == NULL || PyExceptionInstance_Check(value);
    PyObject *exception = is_exception ? value : call_with(JsException, value);
    if (exception != NULL) {
        PyErr_SetRaisedException(exception);
    }
}

// Raises the builtin exception of that name.
EXPORT void
errors_raise_builtin(const char *type, const char *message)
{
    PyErr_SetString(PyDict_GetItemString(PyEval_GetBuiltins(), type), message);
}

// Ends an iteration with a result. Steals the value.
EXPORT void
errors_stop_iteration(PyObject *value)
{
    PyObject *stop = call_with(PyExc_StopIteration, value);
    if (stop != NULL) {
        PyErr_SetRaisedException(stop);
    }
}

EXPORT void
errors_raise_recursion(void)
{
    PyErr_SetString(PyExc_RecursionError, "JavaScript's stack is full");
}

static PyObject *
format_exception(PyObject *exception)
{
    PyObject *module = PyImport_ImportModule("pyodide._traceback");
    PyObject *message =
        module ? PyObject_CallMethod(module, "format_exception", "O", exception) : NULL;
    Py_XDECREF(module);
    return message;
}

// The whole traceback, as Python prints it. If formatting fails (a __str__ that raises), the name
// of the type.
EXPORT PyObject *
errors_message(PyObject *exception)
{
    PyObject *message = ENTER(format_exception(exception));
    if (message == NULL || !PyUnicode_Check(message)) {
        PyErr_Clear();
        Py_XDECREF(message);
        message = PyUnicode_FromString(Py_TYPE(exception)->tp_name);
    }
    return message;
}

EXPORT PyObject *
errors_type_name(PyObject *exception)
{
    return PyType_GetName(Py_TYPE(exception));
}

static PyObject *
get_js_error(PyObject *exception, void *Py_UNUSED(closure))
{
    PyObject *args = ((PyBaseExceptionObject *)exception)->args;
    return Py_NewRef(PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None);
}

EXPORT int
errors_is_js(PyObject *exception)
{
    return PyObject_TypeCheck(exception, (PyTypeObject *)JsException);
}

EXPORT PyObject *
errors_js_error(PyObject *exception)
{
    return is_today ? Py_NewRef(((JsError *)exception)->proxy) : get_js_error(exception, NULL);
}

static PyGetSetDef js_error_getset = {
    "js_error", get_js_error, NULL, "What JavaScript threw, usually an Error.", NULL,
};

JsProxy *
errors_proxy(PyObject *exception)
{
    return (JsProxy *)((JsError *)exception)->proxy;
}

PyObject *
errors_new(int index)
{
    PyTypeObject *type = (PyTypeObject *)JsException;
    PyObject *proxy = jsproxy_new(index, &JsProxy_Type);
    PyObject *args = proxy ? PyTuple_Pack(1, proxy) : NULL;
    JsError *exception = args ? (JsError *)type->tp_alloc(type, 0) : NULL;
    if (exception == NULL) {
        Py_XDECREF(args);
        Py_XDECREF(proxy);
        return NULL;
    }
    exception->base.args = args;
    exception->proxy = proxy;
    return (PyObject *)exception;
}

// JsException(name, message="", stack=""): how the module pickle restores one.
static PyObject *
js_error_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", "message", "stack", NULL};
    PyObject *name;
    PyObject *message = NULL;
    PyObject *stack = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|UU:JsException", names, &name, &message,
                                     &stack)) {
        return NULL;
    }
    return errors_make(name, message, stack);
}

static int
js_error_init(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return 0;
}

static void
js_error_dealloc(PyObject *self)
{
    PyObject *proxy = ((JsError *)self)->proxy;
    ((PyTypeObject *)PyExc_Exception)->tp_dealloc(self);
    Py_XDECREF(proxy);
}

static PyTypeObject JsError_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pyodide.ffi.JsException",
    .tp_doc = "A JavaScript error.",
    .tp_basicsize = sizeof(JsError),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_new = js_error_new,
    .tp_init = js_error_init,
    .tp_dealloc = js_error_dealloc,
};

// A JsException is a JsProxy, whose functions find the index by jsproxy_of(). Its layout is an
// exception's: CPython takes that from tp_base alone.
static PyObject *
make_js_exception(void)
{
    JsError_Type.tp_base = (PyTypeObject *)PyExc_Exception;
    JsError_Type.tp_bases = PyTuple_Pack(2, &JsProxy_Type, PyExc_Exception);
    JsError_Type.tp_getattro = JsProxy_Type.tp_getattro;
    JsError_Type.tp_setattro = JsProxy_Type.tp_setattro;
    JsError_Type.tp_richcompare = JsProxy_Type.tp_richcompare;
    JsError_Type.tp_hash = JsProxy_Type.tp_hash;
    JsError_Type.tp_repr = JsProxy_Type.tp_repr;
    if (JsError_Type.tp_bases == NULL || PyType_Ready(&JsError_Type) < 0) {
        return NULL;
    }
    return Py_NewRef(&JsError_Type);
}

int
errors_init(PyObject *module)
{
    JsException =
        is_today ? make_js_exception()
                 : PyErr_NewExceptionWithDoc("pyodide.JsException",
                                             "A JavaScript exception; js_error is what was thrown.",
                                             PyExc_Exception, NULL);
    if (JsException == NULL || PyModule_AddObjectRef(module, "JsException", JsException) < 0) {
        return -1;
    }
    PyTypeObject *type = (PyTypeObject *)JsException;
    PyObject *js_error = PyDescr_NewGetSet(type, &js_error_getset);
    int status = js_error ? PyDict_SetItemString(PyType_GetDict(type), "js_error", js_error) : -1;
    PyType_Modified(type);
    Py_XDECREF(js_error);
    return status;
}
