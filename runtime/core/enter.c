// How is the interpreter repaired when a call from JavaScript does not return?
//
// A JavaScript exception that leaves WebAssembly (the engine's stack is full) removes the C frames,
// but not their changes to the thread state. Each entry keeps the state to restore.
#include "core.h"

struct entry *entries;

// Restores the thread state that the entry after `outer` saved. Returns the stack pointer of that
// time. The references of the lost frames leak.
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

// Releases a reference. The object's finalizer may run Python code.
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

// CPython releases the GIL while it reads or writes a file. A file may be a JavaScript function
// that calls Python. Takes the GIL; returns whether it was released.
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
