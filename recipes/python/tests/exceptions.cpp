/* C++ in an extension module: an exception from the main module's libc++ and one of its own. */
#include <Python.h>
#include <stdexcept>
#include <string>
#include <vector>

static PyObject *at(PyObject *, PyObject *index) {
    std::vector<int> numbers{10, 20, 30};
    try {
        return PyLong_FromLong(numbers.at(PyLong_AsSize_t(index)));
    } catch (const std::out_of_range &error) {
        PyErr_SetString(PyExc_IndexError, error.what());
        return nullptr;
    }
}

static PyMethodDef methods[] = {{"at", at, METH_O, nullptr}, {nullptr}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "exceptions", nullptr, 0, methods};
PyMODINIT_FUNC PyInit_exceptions() { return PyModuleDef_Init(&definition); }
