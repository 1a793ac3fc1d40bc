// Which functions that block let the page live meanwhile?
//
// They do it where the stack can be suspended (suspend.c): time.sleep, reads of standard input, and
// the methods of locks and queues. There are no threads: where a Lock or a SimpleQueue would wait
// for ever, CPython raises RuntimeError, because nothing could end the wait. But the page can while
// a stack is suspended.
#include "core.h"

#include <wasi/api.h>

// Imports from suspend.js.
extern int
suspend_timer(double milliseconds);
// A cell for the promise that the last read needs, or -1.
extern int
suspend_input(void);

static PyCFunctionWithKeywords lock_acquire; // CPython's methods
static PyObject *queue_get;
static PyObject *queue_empty; // _queue.Empty

// The linker's --wrap: the function of runtime/libc/sleep.js, which stops the page. Returns the
// milliseconds that were left when a signal came, or 0.
double
__real_sleep_until_signal(double milliseconds);
double
__wrap_sleep_until_signal(double milliseconds);
double
__wrap_sleep_until_signal(double milliseconds)
{
    double end = emscripten_get_now() + milliseconds;
    double left = milliseconds > 0 ? milliseconds : 0; // also 0 lets the page live
    enum outcome outcome = suspend_possible() ? FULFILLED : REFUSED;
    while (outcome == FULFILLED) {
        int cell = suspend_timer(left);
        outcome = suspend_until(cell);
        suspend_drop(cell);
        left = end - emscripten_get_now();
        if (left <= 0) { // else the timer was early, or has a longest delay
            return 0;
        }
    }
    return outcome == REFUSED ? __real_sleep_until_signal(left) : left;
}

// The system call of read() and of stdio.
__wasi_errno_t
__real___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *vectors, size_t count,
                      __wasi_size_t *read);
__wasi_errno_t
__wrap___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *vectors, size_t count,
                      __wasi_size_t *read);
__wasi_errno_t
__wrap___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *vectors, size_t count,
                      __wasi_size_t *read)
{
    for (;;) {
        __wasi_errno_t error = __real___wasi_fd_read(fd, vectors, count, read);
        int cell = error == __WASI_ERRNO_AGAIN ? suspend_input() : -1;
        if (cell < 0) {
            return error;
        }
        enum outcome outcome = suspend_until(cell);
        suspend_drop(cell);
        if (outcome == INTERRUPTED || outcome == REFUSED) {
            return outcome == INTERRUPTED ? __WASI_ERRNO_INTR : __WASI_ERRNO_IO;
        }
    }
}

// Suspends the stack for a moment. Returns 0; 1 if it is later than `end`; or -1 with the exception
// of a signal.
static int
pause_until(double end, double *milliseconds)
{
    double left = end - emscripten_get_now();
    if (left <= 0) {
        return 1;
    }
    double moment = *milliseconds < left ? *milliseconds : left;
    *milliseconds = moment < 16 ? moment * 2 : moment;
    return __wrap_sleep_until_signal(moment) > 0 && PyErr_CheckSignals() < 0 ? -1 : 0;
}

// Lock.acquire(blocking=True, timeout=-1)
static PyObject *
acquire(PyObject *lock, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"blocking", "timeout", NULL};
    int blocking = 1;
    double timeout = -1;
    if (!suspend_possible() ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|pd", names, &blocking, &timeout) ||
        !blocking || (timeout < 0 && timeout != -1)) {
        PyErr_Clear(); // CPython's method raises it again
        return lock_acquire(lock, args, kwargs);
    }
    PyObject *once = PyTuple_Pack(1, Py_False);
    if (once == NULL) {
        return NULL;
    }
    double end = timeout < 0 ? Py_HUGE_VAL : emscripten_get_now() + timeout * 1e3;
    double moment = 1;
    int over = 0;
    PyObject *result;
    while ((result = lock_acquire(lock, once, NULL)) == Py_False && over == 0) {
        over = pause_until(end, &moment);
    }
    Py_DECREF(once);
    return over < 0 ? NULL : result;
}

// SimpleQueue.get(block=True, timeout=None)
static PyObject *
get(PyObject *queue, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"block", "timeout", NULL};
    int block = 1;
    PyObject *timeout = Py_None;
    double seconds = Py_HUGE_VAL;
    if (!suspend_possible() ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|pO", names, &block, &timeout) || !block ||
        (!Py_IsNone(timeout) && !((seconds = PyFloat_AsDouble(timeout)) >= 0))) {
        PyErr_Clear();
        PyObject *bound = Py_TYPE(queue_get)->tp_descr_get(queue_get, queue, NULL);
        PyObject *result = bound ? PyObject_Call(bound, args, kwargs) : NULL;
        Py_XDECREF(bound);
        return result;
    }
    double end = emscripten_get_now() + seconds * 1e3;
    double moment = 1;
    int over = 0;
    PyObject *item;
    while ((item = PyObject_CallMethod(queue, "get_nowait", NULL)) == NULL && over == 0 &&
           PyErr_ExceptionMatches(queue_empty)) {
        PyErr_Clear();
        over = pause_until(end, &moment);
        if (over < 0) {
            return NULL;
        }
    }
    return item;
}

static PyMethodDef acquire_methods[] = {
    {"acquire", (PyCFunction)(void (*)(void))acquire, METH_VARARGS | METH_KEYWORDS, NULL},
    {"acquire_lock", (PyCFunction)(void (*)(void))acquire, METH_VARARGS | METH_KEYWORDS, NULL},
    {"__enter__", (PyCFunction)(void (*)(void))acquire, METH_VARARGS | METH_KEYWORDS, NULL},
};
static PyMethodDef get_method = {
    "get",
    (PyCFunction)(void (*)(void))get,
    METH_VARARGS | METH_KEYWORDS,
    NULL,
};

// Replaces a method of a type that is written in C. Returns CPython's, or NULL with an exception.
static PyObject *
replace(PyObject *type, PyMethodDef *method)
{
    PyObject *dict = PyType_GetDict((PyTypeObject *)type);
    PyObject *original = Py_XNewRef(PyDict_GetItemString(dict, method->ml_name));
    if (original != NULL) {
        method->ml_doc = ((PyMethodDescrObject *)original)->d_method->ml_doc;
        PyObject *descriptor = PyDescr_NewMethod((PyTypeObject *)type, method);
        if (descriptor == NULL || PyDict_SetItemString(dict, method->ml_name, descriptor) < 0) {
            Py_CLEAR(original);
        }
        Py_XDECREF(descriptor);
        PyType_Modified((PyTypeObject *)type);
    }
    Py_DECREF(dict);
    return original;
}

int
blocking_init(void)
{
    PyObject *threads = PyImport_ImportModule("_thread");
    PyObject *lock = threads ? PyObject_GetAttrString(threads, "LockType") : NULL;
    PyObject *queues = lock ? PyImport_ImportModule("_queue") : NULL;
    PyObject *queue = queues ? PyObject_GetAttrString(queues, "SimpleQueue") : NULL;
    queue_empty = queue ? PyObject_GetAttrString(queues, "Empty") : NULL;
    int status = queue_empty ? 0 : -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(acquire_methods) && status == 0; i++) {
        PyObject *original = replace(lock, &acquire_methods[i]);
        if (original == NULL) {
            status = -1;
        }
        else { // the methods of a type live as long as the interpreter
            PyCFunction function = ((PyMethodDescrObject *)original)->d_method->ml_meth;
            lock_acquire = (PyCFunctionWithKeywords)(void (*)(void))function;
            Py_DECREF(original);
        }
    }
    queue_get = status == 0 ? replace(queue, &get_method) : NULL;
    Py_XDECREF(queue);
    Py_XDECREF(queues);
    Py_XDECREF(lock);
    Py_XDECREF(threads);
    return queue_get ? 0 : -1;
}
