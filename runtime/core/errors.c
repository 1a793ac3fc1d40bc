// How do exceptions cross? JavaScript's become pyodide.JsException, Python's become PythonError.
#include "core.h"

PyObject *JsException;

// Raises a value that JavaScript threw. A Python exception that passed through JavaScript is raised
// itself, every other value in a JsException. Steals the value. NULL means that its conversion has
// raised: that exception stays.
EXPORT void
errors_raise(PyObject *value)
{
    if (value == NULL) {
        return;
    }
    if (PyExceptionInstance_Check(value)) {
        PyErr_SetRaisedException(value);
        return;
    }
    PyObject *exception = PyObject_CallOneArg(JsException, value);
    Py_DECREF(value);
    if (exception != NULL) {
        PyErr_SetRaisedException(exception);
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
    return get_js_error(exception, NULL);
}

static PyGetSetDef js_error_getset = {
    "js_error", get_js_error, NULL, "What JavaScript threw, usually an Error.", NULL,
};

int
errors_init(PyObject *module)
{
    JsException = PyErr_NewExceptionWithDoc("pyodide.JsException",
                                            "A JavaScript exception; js_error is what was thrown.",
                                            PyExc_Exception, NULL);
    if (JsException == NULL || PyModule_AddObjectRef(module, "JsException", JsException) < 0) {
        return -1;
    }
    PyObject *js_error = PyDescr_NewGetSet((PyTypeObject *)JsException, &js_error_getset);
    int status = js_error ? PyObject_SetAttrString(JsException, "js_error", js_error) : -1;
    Py_XDECREF(js_error);
    return status;
}
