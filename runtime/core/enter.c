// What becomes of the interpreter when a call from JavaScript does not return?
//
// A JavaScript exception that leaves WebAssembly (the engine's stack is full) takes the C frames
// with it and not what they had put into the thread state.
#include "core.h"

struct entry *entries;

// Puts the thread state back to what the call found that came next after `outer`. Returns the stack
// pointer of that time. The references of the lost frames leak.
EXPORT char *
enter_unwind(const struct entry *outer)
{
    const struct entry *entry = entries;
    while (entry->outer != outer) {
        entry = entry->outer;
    }
    PyThreadState *thread = entry->thread;
    if (PyThreadState_GetUnchecked() == NULL) {
        PyEval_RestoreThread(thread); // lost between Py_BEGIN_ALLOW_THREADS and its end
    }
    thread->current_frame = entry->frame;
    thread->exc_info = entry->exc_info;
    thread->datastack_chunk = entry->datastack_chunk;
    thread->datastack_top = entry->datastack_top;
    thread->datastack_limit = entry->datastack_limit;
    thread->py_recursion_remaining = entry->py_recursion_remaining;
    thread->c_recursion_remaining = entry->c_recursion_remaining;
    PyErr_Clear();
    entries = entry->outer;
    // The frame that holds the entry ended at or above this, and stacks are aligned to 16 bytes.
    return (char *)(((uintptr_t)(entry + 1) + 15) & ~(uintptr_t)15);
}

// Releases a reference; the object's end may run Python code.
EXPORT void
enter_release(PyObject *object)
{
    if (Py_REFCNT(object) > 1) {
        Py_DECREF(object);
    }
    else {
        struct entry entry;
        enter(&entry);
        Py_DECREF(object);
        leave(&entry);
    }
}

// Files are read and written with the GIL released, also those behind which are JavaScript
// functions, and those may call Python. Returns whether it was.
EXPORT int
enter_attach(void)
{
    PyThreadState *thread = PyGILState_GetThisThreadState();
    if (thread == NULL || PyThreadState_GetUnchecked() != NULL) {
        return 0;
    }
    PyEval_RestoreThread(thread);
    return 1;
}

EXPORT void
enter_detach(void)
{
    PyEval_SaveThread();
}
