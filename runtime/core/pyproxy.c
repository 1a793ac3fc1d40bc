// How does a Python object behave in JavaScript? The operations behind the traps of pyproxy.js.
#include "core.h"

// A JavaScript exception that leaves WebAssembly (the engine's stack is full) takes the C frames
// with it and not what they had put into the thread state. Each call from JavaScript remembers what
// was there.
struct entry {
    struct entry *outer;
    struct _PyInterpreterFrame *frame;
    _PyErr_StackItem *exc_info;
    _PyStackChunk *datastack_chunk;
    PyObject **datastack_top;
    PyObject **datastack_limit;
    int py_recursion_remaining;
    int c_recursion_remaining;
};

static struct entry *entries;

// Calls with `nargs` arguments at args[0]; args[-1] is scratch space. The arguments are released.
EXPORT PyObject *
pyproxy_call(PyObject *callable, PyObject **args, Py_ssize_t nargs)
{
    PyThreadState *thread = PyThreadState_Get();
    struct entry entry = {
        .outer = entries,
        .frame = thread->current_frame,
        .exc_info = thread->exc_info,
        .datastack_chunk = thread->datastack_chunk,
        .datastack_top = thread->datastack_top,
        .datastack_limit = thread->datastack_limit,
        .py_recursion_remaining = thread->py_recursion_remaining,
        .c_recursion_remaining = thread->c_recursion_remaining,
    };
    entries = &entry;
    PyObject *result =
        PyObject_Vectorcall(callable, args, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    entries = entry.outer;
    for (Py_ssize_t i = 0; i < nargs; i++) {
        Py_DECREF(args[i]);
    }
    return result;
}

// pyproxy_call did not return: its frame is still in memory, for the stack pointer was not reset.
// The references of the lost frames leak.
EXPORT void
pyproxy_unwound(void)
{
    PyThreadState *thread = PyThreadState_Get();
    const struct entry *entry = entries;
    thread->current_frame = entry->frame;
    thread->exc_info = entry->exc_info;
    thread->datastack_chunk = entry->datastack_chunk;
    thread->datastack_top = entry->datastack_top;
    thread->datastack_limit = entry->datastack_limit;
    thread->py_recursion_remaining = entry->py_recursion_remaining;
    thread->c_recursion_remaining = entry->c_recursion_remaining;
    entries = entry->outer;
    PyErr_Clear();
}

// NULL without an exception where there is no such attribute: JavaScript's undefined.
EXPORT PyObject *
pyproxy_getattr(PyObject *object, PyObject *name)
{
    PyObject *result;
    PyObject_GetOptionalAttr(object, name, &result);
    return result;
}

// 1, 0, or -1 with an exception.
EXPORT int
pyproxy_hasattr(PyObject *object, PyObject *name)
{
    return PyObject_HasAttrWithError(object, name);
}

// A NULL value deletes. The value is released.
EXPORT int
pyproxy_setattr(PyObject *object, PyObject *name, PyObject *value)
{
    int status = PyObject_SetAttr(object, name, value);
    Py_XDECREF(value);
    return status;
}

EXPORT int
pyproxy_is_callable(PyObject *object)
{
    return PyCallable_Check(object);
}

// Whether `for (const x of proxy)` works.
EXPORT int
pyproxy_is_iterable(PyObject *object)
{
    return Py_TYPE(object)->tp_iter != NULL || PySequence_Check(object);
}

// Whether `await proxy` waits for it.
EXPORT int
pyproxy_is_awaitable(PyObject *object)
{
    const PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;
    return methods != NULL && methods->am_await != NULL;
}
