// Which declarations do the files of the core share? This header has them. Each direction of the
// bridge is one pair of files:
//
//   js2py.c  js2py.js    JavaScript value  -> Python object
//   py2js.c  py2js.js    Python object     -> JavaScript value
//   buffer.c buffer.js   the memory of a Python buffer -> typed arrays
//   pybuffer.js          the same without a copy: getBuffer()
//   jsproxy.c jsproxy.js a Python object that stands for a JavaScript object
//   jsprotocol.c jsprotocol.js  its protocols: len(), items, iteration
//   jstypes.c jstypes.js the classes of these objects in the API of today
//   jscall.js            calls of JavaScript functions
//   jsdeep.js            to_py(): copies of whole JavaScript containers
//   jsmembers.js         the members of pyodide.ffi's classes
//   pyproxy.c pyproxy.js a JavaScript object that stands for a Python object: its life
//   pyhandles.js         its traps (pyold.js: those of Pyodide 0.16)
//   pyflags.c pyflags.js the protocols of the Python object, by which it has members
//   pymembers.js         the members (pyaccess.js, pycall.js, pyiter.c, pyiter.js, pyarray.js)
//   pydeep.js            toJs(): Python containers -> JavaScript containers
//   errors.c errors.js   exceptions, both ways
//   enter.c  enter.js    calls into WebAssembly that do not return
//   suspend.c suspend.js calls that wait for a promise
//   blocking.c           functions that block, and let the page live meanwhile
//   library.c library.js dlopen of side modules that were compiled beforehand
//   main.c   main.js     the start of the interpreter
//   layout.c layout.js   offsets in CPython's structs, which the .js files read from memory
//   table.js             the one table of JavaScript values that Python holds
//   dylink.js            functions of Emscripten's dynamic linker that are replaced
//   core.d.ts            types of what the .js files define and use (jsproxy.d.ts, pyproxy.d.ts)
//
// runtime/libc has the functions of libc that bin/python has, too.
//
// The .js files call the C functions marked EXPORT. A C file declares the functions that it calls
// in a .js file under "Imports from" that file. Objects cross as PyObject pointers. Unless a
// comment says otherwise, a returned pointer is a new reference, an argument is borrowed, and NULL
// means that a Python exception is set.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <emscripten.h>

#define EXPORT EMSCRIPTEN_KEEPALIVE

// How py2js converts a Python object. layout.js has the same numbers.
enum kind {
    KIND_PROXY = 0,
    KIND_INT = 1,
    KIND_FLOAT = 2,
    KIND_STR = 3,
    KIND_LIST = 4,
    KIND_TUPLE = 5,
    KIND_DICT = 6,
    KIND_JS = 7,
    KIND_JS_EXCEPTION = 8,
    KIND_BUFFER = 9,
    KIND_ARRAY = 10,
    KIND_SET = 11,
    KIND_JS_NULL = 12,
    KIND_JS_BIGINT = 13,
};

// The result of an import that found nothing, without an exception. layout.js has the same number.
enum { MISSING = -2 };

// The Python object that stands for a JavaScript object, which is at `index` of the table. A method
// has the object that it was read from as JavaScript's `this`.
typedef struct {
    PyObject_HEAD int index;
    PyObject *self;      // a JsProxy, or NULL
    vectorcallfunc call; // only in JsCallable
    PyObject *weakrefs;
    PyObject *dict; // attributes of a module, or NULL
} JsProxy;

extern PyTypeObject JsProxy_Type;
extern PyTypeObject JsCallable_Type; // a JsProxy of a function

// Takes over the table's entry. The class is JsProxy, a subclass, or JsException.
PyObject *
jsproxy_new(int index, PyTypeObject *type);

// The class pyodide.JsException. In the API of today it is a subclass of JsProxy_Type, but an
// exception cannot have the layout of a JsProxy: the proxy is in it.
extern PyObject *JsException;

// The JsProxy in a JsException.
JsProxy *
errors_proxy(PyObject *exception);

// The JsProxy of a JsProxy or a JsException.
static inline JsProxy *
jsproxy_of(PyObject *object)
{
    return PyExceptionInstance_Check(object) ? errors_proxy(object) : (JsProxy *)object;
}

// The index of its JavaScript object in the table.
static inline int
index_of(PyObject *proxy)
{
    return jsproxy_of(proxy)->index;
}

// Objects of pyodide._jsproxy (jstypes.c). They are NULL in the API of Pyodide 0.16.
extern struct bridge {
    PyObject *jsnull;          // JavaScript's null
    PyObject *JsBigInt;        // the subclass of int that becomes a BigInt
    PyObject *ConversionError; // the exception class
    PyObject *make_type;       // feature bits -> class
    PyObject *make_future;     // JsProxy of a promise -> future
} bridge;

// Whether values cross as in the API of today.
extern int is_today;

int
jsproxy_init(PyObject *module);
// Gives a class each protocol, as in the API of Pyodide 0.16.
void
jsprotocol_add_all(PyTypeObject *type);
// Adds classes with one protocol each.
int
jsprotocol_init(PyObject *module);
int
jstypes_init(PyObject *module);
int
errors_init(PyObject *module);
// The JsException of an entry of the table, which it takes over.
PyObject *
errors_new(int index);
int
suspend_init(PyObject *module);
int
blocking_init(void);

// Calls from JavaScript (pyproxy.c).
PyObject *
pyproxy_call(PyObject *callable, PyObject **args, Py_ssize_t nargs, Py_ssize_t nkeywords);

// How a wait ends (suspend.c). suspend.js has the same numbers. REFUSED: JavaScript's frames are on
// the stack, although suspend_possible() does not know it.
enum outcome { FULFILLED = 0, REJECTED = 1, INTERRUPTED = 2, REFUSED = -1 };

// Whether the running code may suspend its stack.
int
suspend_possible(void);
// Suspends the stack until the promise of a cell has settled, or a signal has come. The thread may
// have released the GIL.
enum outcome
suspend_until(int cell);
// suspend.js: frees a cell.
extern void
suspend_drop(int cell);

// The thread state at the start of a call from JavaScript (enter.c).
struct entry {
    struct entry *outer;
    PyThreadState *thread;
    struct _PyInterpreterFrame *frame;
    _PyErr_StackItem *exc_info;
    _PyStackChunk *datastack_chunk;
    PyObject **datastack_top;
    PyObject **datastack_limit;
    int py_recursion_remaining;
    int c_recursion_remaining;
};

extern struct entry *entries; // innermost first

static inline void
enter(struct entry *entry)
{
    PyThreadState *thread = PyThreadState_Get();
    *entry = (struct entry){
        .outer = entries,
        .thread = thread,
        .frame = thread->current_frame,
        .exc_info = thread->exc_info,
        .datastack_chunk = thread->datastack_chunk,
        .datastack_top = thread->datastack_top,
        .datastack_limit = thread->datastack_limit,
        .py_recursion_remaining = thread->py_recursion_remaining,
        .c_recursion_remaining = thread->c_recursion_remaining,
    };
    entries = entry;
}

static inline void
leave(const struct entry *entry)
{
    entries = entry->outer;
}

// Releases a reference, as JavaScript does.
void
enter_release(PyObject *object);

// Calls a function with one object, whose reference is stolen. NULL stays NULL.
static inline PyObject *
call_with(PyObject *callable, PyObject *object)
{
    PyObject *result = object ? PyObject_CallOneArg(callable, object) : NULL;
    Py_XDECREF(object);
    return result;
}

// The value of an expression that may run Python code, in a function that JavaScript calls.
#define ENTER(expression)                                                                          \
    ({                                                                                             \
        struct entry entry_;                                                                       \
        enter(&entry_);                                                                            \
        __auto_type value_ = (expression);                                                         \
        leave(&entry_);                                                                            \
        value_;                                                                                    \
    })
