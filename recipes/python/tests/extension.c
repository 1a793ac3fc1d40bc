/* An extension module with what such modules get wrong: functions whose C types differ from what
   PyMethodDef and PyGetSetDef declare. WebAssembly traps on such a call unless the interpreter helps. */
#include <Python.h>

static PyObject *noargs(PyObject *self) { return PyLong_FromLong(1); }
static PyObject *nothing(void) { return PyLong_FromLong(2); }
static PyObject *varargs(PyObject *self, PyObject *args, PyObject *unused) { return Py_NewRef(args); }
static PyObject *keywords(PyObject *self, PyObject *args) { return Py_NewRef(args); }

static PyObject *recurse(PyObject *self, PyObject *callable) { return PyObject_CallOneArg(callable, callable); }

static PyMethodDef methods[] = {
    {"noargs", (PyCFunction)(void (*)(void))noargs, METH_NOARGS, NULL},
    {"nothing", (PyCFunction)(void (*)(void))nothing, METH_NOARGS, NULL},
    {"varargs", (PyCFunction)(void (*)(void))varargs, METH_VARARGS, NULL},
    {"keywords", (PyCFunction)(void (*)(void))keywords, METH_VARARGS | METH_KEYWORDS, NULL},
    {"recurse", recurse, METH_O, NULL},
    {NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "extension", NULL, 0, methods};

PyMODINIT_FUNC PyInit_extension(void) { return PyModuleDef_Init(&definition); }
