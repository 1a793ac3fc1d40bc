// What do the files of the core share? Each direction of the bridge is one pair of files:
//
//   js2py.c  js2py.js    JavaScript value  -> Python object
//   py2js.c  py2js.js    Python object     -> JavaScript value
//   jsproxy.c jsproxy.js a Python object that stands for a JavaScript object
//   pyproxy.c pyproxy.js a JavaScript object that stands for a Python object
//   errors.c errors.js   exceptions, both ways
//   library.c library.js dlopen of side modules that were compiled beforehand
//   sleep.c  sleep.js    time.sleep, which signals interrupt
//   table.js             the one table of JavaScript values that Python holds
//
// C functions marked EXPORT are called from the .js files; C functions declared in the "imports"
// sections are written there. Objects cross as PyObject pointers. Unless a comment says otherwise,
// a returned pointer is a new reference, an argument is borrowed, and NULL means that a Python
// exception is set.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <emscripten.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

// The Python object that stands for a JavaScript object. Its value is at `index` of the table; a
// method remembers the object it was read from, as JavaScript's `this`.
typedef struct {
    PyObject_HEAD int index;
    PyObject *self;      // a JsProxy, or NULL
    vectorcallfunc call; // only in JsCallable
    PyObject *weakrefs;
} JsProxy;

extern PyTypeObject JsProxy_Type;
extern PyTypeObject JsCallable_Type; // a JsProxy of a function

// The class pyodide.JsException.
extern PyObject *JsException;

int
jsproxy_init(PyObject *module);
int
errors_init(PyObject *module);
