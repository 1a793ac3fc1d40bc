// How does Python wait for a promise while the page lives?
//
// A task is a call that JavaScript makes through WebAssembly.promising (suspend.js). It has its own
// C stack and its own part of the thread state: the fields that belong to a stack. The code that
// enters, suspends, resumes or leaves a task exchanges these with the fields outside it. The rest
// of the thread state (threading.local, hooks, signals) is shared.
#include "core.h"

// Imports from suspend.js.
// The index of a cell for a promise, or for a function that is called with `resolve`. -1 with an
// exception, or MISSING.
extern int
suspend_cell(PyObject *awaited);
// Suspends the stack until the cell has settled.
extern enum outcome
suspend_wait(int cell);
extern PyObject *
suspend_result(int cell, enum outcome outcome);
// Why no stack can be suspended, as a str; NULL if it can.
extern PyObject *
suspend_missing(void);
// Imports from Emscripten.
extern uintptr_t
emscripten_stack_get_current(void);
extern void
_emscripten_stack_restore(uintptr_t pointer);

// At CPython's recursion limits, no call of the standard library used more than 180 KiB.
enum { STACK_SIZE = 512 * 1024, CANARY_SIZE = 64, CANARY = 0xca, POOL_SIZE = 8 };

struct task {
    struct task *running;  // exchanged with `running`
    struct entry *entries; // exchanged with `entries`
    char *stack;
    uintptr_t pointer; // the stack pointer of the suspended task
    uintptr_t outer;   // the stack pointer of the code that entered or resumed the task
    int is_done;
    PyObject *result;
    PyObject *exception;
    PyObject *current_tasks; // exchanged with the contents of `current_tasks`, NULL if empty

    // Exchanged with the fields of PyThreadState.
    struct _PyInterpreterFrame *frame;
    _PyErr_StackItem *exc_info;
    _PyErr_StackItem exc_state;
    PyObject *current_exception;
    _PyStackChunk *datastack_chunk;
    PyObject **datastack_top;
    PyObject **datastack_limit;
    int py_recursion_remaining;
    int c_recursion_remaining;
    int recursion_headroom;
    int tracing;
    int what_event;
    PyObject *context;
    PyObject *delete_later;
    PyObject *previous_executor;

    PyObject *callable;
    Py_ssize_t nargs;
    Py_ssize_t nkeywords;
    PyObject *args[]; // args[0] is scratch space
};

static struct task *running;    // NULL outside tasks
static PyObject *current_tasks; // asyncio's dict of the task that each loop runs, or NULL
static char *pool[POOL_SIZE];   // stacks for the next tasks
static int pooled;

#define EXCHANGE(one, other)                                                                       \
    do {                                                                                           \
        __auto_type one_ = (one);                                                                  \
        (one) = (other);                                                                           \
        (other) = one_;                                                                            \
    } while (0)

// asyncio refuses to run a task inside another. A suspended task does not run.
static void
exchange_current_tasks(struct task *task)
{
    if (current_tasks == NULL ||
        (task->current_tasks == NULL && PyDict_GET_SIZE(current_tasks) == 0)) {
        return;
    }
    PyObject *others = task->current_tasks;
    task->current_tasks = PyDict_GET_SIZE(current_tasks) ? PyDict_Copy(current_tasks) : NULL;
    PyDict_Clear(current_tasks);
    if (others != NULL && PyDict_Update(current_tasks, others) < 0) {
        Py_FatalError("no memory to resume a stack");
    }
    Py_XDECREF(others);
}

static __attribute__((noinline)) void
exchange(struct task *task)
{
    for (int i = 0; i < CANARY_SIZE; i++) {
        if (task->stack[i] != (char)CANARY) {
            Py_FatalError("the C stack of a call that can wait has overflowed");
        }
    }
    exchange_current_tasks(task);
    PyThreadState *thread = PyThreadState_Get();
    EXCHANGE(running, task->running);
    EXCHANGE(entries, task->entries);
    EXCHANGE(thread->current_frame, task->frame);
    EXCHANGE(thread->exc_info, task->exc_info);
    EXCHANGE(thread->exc_state, task->exc_state);
    EXCHANGE(thread->current_exception, task->current_exception);
    EXCHANGE(thread->datastack_chunk, task->datastack_chunk);
    EXCHANGE(thread->datastack_top, task->datastack_top);
    EXCHANGE(thread->datastack_limit, task->datastack_limit);
    EXCHANGE(thread->py_recursion_remaining, task->py_recursion_remaining);
    EXCHANGE(thread->c_recursion_remaining, task->c_recursion_remaining);
    EXCHANGE(thread->recursion_headroom, task->recursion_headroom);
    EXCHANGE(thread->tracing, task->tracing);
    EXCHANGE(thread->what_event, task->what_event);
    EXCHANGE(thread->context, task->context);
    thread->context_ver++;
    EXCHANGE(thread->delete_later, task->delete_later);
    EXCHANGE(thread->previous_executor, task->previous_executor);
}

// A copy of the event loop's context, also if a task starts another one: the new task is no part of
// the first.
static PyObject *
new_context(void)
{
    if (running == NULL) {
        return PyContext_CopyCurrent();
    }
    struct task *outermost = running;
    while (outermost->running != NULL) {
        outermost = outermost->running;
    }
    return outermost->context ? PyContext_Copy(outermost->context) : PyContext_New();
}

static void
task_free(struct task *task)
{
    for (_PyStackChunk *chunk = task->datastack_chunk; chunk != NULL;) {
        _PyStackChunk *previous = chunk->previous;
        PyObjectArenaAllocator allocator;
        PyObject_GetArenaAllocator(&allocator);
        allocator.free(allocator.ctx, chunk, chunk->size);
        chunk = previous;
    }
    if (pooled < POOL_SIZE) {
        pool[pooled++] = task->stack;
    }
    else {
        free(task->stack);
    }
    Py_XDECREF(task->context);
    free(task);
}

// A task for a call, with the arguments of pyproxy_call.
EXPORT struct task *
task_new(PyObject *callable, PyObject **args, Py_ssize_t nargs, Py_ssize_t nkeywords)
{
    size_t size = (size_t)(nargs + 2 * nkeywords) * sizeof(PyObject *);
    struct task *task = calloc(1, sizeof(struct task) + sizeof(PyObject *) + size);
    // malloc aligns to 8, and compiled code relies on 16.
    char *stack = pooled > 0 ? pool[--pooled] : aligned_alloc(16, STACK_SIZE);
    PyObject *context = new_context();
    if (task == NULL || stack == NULL || context == NULL) {
        free(task);
        free(stack);
        Py_XDECREF(context);
        return (struct task *)PyErr_NoMemory(); // the references to the arguments leak
    }
    PyThreadState *thread = PyThreadState_Get();
    memset(stack, CANARY, CANARY_SIZE);
    task->running = task;
    task->stack = stack;
    task->exc_info = &thread->exc_state;
    task->py_recursion_remaining = thread->py_recursion_limit;
    task->c_recursion_remaining = Py_C_RECURSION_LIMIT;
    task->what_event = -1;
    task->context = context;
    task->callable = Py_NewRef(callable);
    task->nargs = nargs;
    task->nkeywords = nkeywords;
    memcpy(task->args + 1, args, size);
    return task;
}

static __attribute__((noinline)) void
task_call(struct task *task)
{
    task->result = pyproxy_call(task->callable, task->args + 1, task->nargs, task->nkeywords);
    task->exception = PyErr_GetRaisedException();
    Py_DECREF(task->callable);
    task->is_done = 1;
}

// WebAssembly.promising calls this function. It must have no frame on the C stack, because the end
// of a frame sets the stack pointer: nothing here has an address.
EXPORT void
task_run(struct task *task)
{
    task->outer = emscripten_stack_get_current();
    exchange(task);
    _emscripten_stack_restore((uintptr_t)task->stack + STACK_SIZE);
    task_call(task);
    exchange(task);
    _emscripten_stack_restore(task->outer);
}

EXPORT int
task_is_done(struct task *task)
{
    return task->is_done;
}

// The result of the call. Frees the task.
EXPORT PyObject *
task_end(struct task *task)
{
    PyObject *result = task->result;
    PyErr_SetRaisedException(task->exception);
    task_free(task);
    return result;
}

// Whether the task, which does not run any more, has lost its frames to a JavaScript exception (the
// engine's stack is full).
EXPORT int
task_is_lost(struct task *task)
{
    struct task *inner = running;
    while (inner != NULL && inner != task) {
        inner = inner->running;
    }
    return inner == task;
}

// Leaves a task that has lost its frames, and tasks that it called. Returns the stack pointer to
// continue with. The frames' references leak; so does the C stack, to which pointers may remain.
EXPORT uintptr_t
task_unwind(struct task *task)
{
    if (PyThreadState_GetUnchecked() == NULL) {
        PyEval_RestoreThread(PyGILState_GetThisThreadState());
    }
    while (task_is_lost(task)) {
        PyErr_Clear();
        exchange(running);
    }
    return task->outer;
}

EXPORT int
suspend_possible(void)
{
    // JavaScript's frames are between two entries.
    return running != NULL && entries != NULL && entries->outer == NULL;
}

static __attribute__((noinline)) enum outcome
task_wait(struct task *task, int cell)
{
    task->pointer = emscripten_stack_get_current();
    exchange(task);
    _emscripten_stack_restore(task->outer);
    enum outcome outcome = suspend_wait(cell);
    task->outer = emscripten_stack_get_current();
    _emscripten_stack_restore(task->pointer);
    exchange(task);
    return outcome;
}

enum outcome
suspend_until(int cell)
{
    PyThreadState *released =
        PyThreadState_GetUnchecked() == NULL ? PyGILState_GetThisThreadState() : NULL;
    if (released != NULL) {
        PyEval_RestoreThread(released);
    }
    enum outcome outcome = task_wait(running, cell);
    if (released != NULL) {
        PyEval_SaveThread();
    }
    return outcome;
}

static void
raise_cannot_wait(void)
{
    PyObject *missing = suspend_missing();
    if (missing != NULL) {
        PyErr_SetObject(PyExc_RuntimeError, missing);
        Py_DECREF(missing);
    }
    else if (!PyErr_Occurred()) {
        PyErr_SetString(
            PyExc_RuntimeError,
            running == NULL
                ? "Cannot stack switch because JavaScript called this Python code synchronously. "
                  "Call the function with callPromising(), or run the code with runPythonAsync()."
                : "Cannot stack switch because a JavaScript function is between this code and the "
                  "call that can wait. Return a promise from that function, and wait outside it.");
    }
}

static PyObject *
suspend(PyObject *Py_UNUSED(module), PyObject *awaited)
{
    if (!suspend_possible()) {
        raise_cannot_wait();
        return NULL;
    }
    int cell = suspend_cell(awaited);
    if (cell < 0) {
        if (cell == MISSING) {
            PyErr_Format(PyExc_TypeError, "object %.100s is not awaitable",
                         Py_TYPE(awaited)->tp_name);
        }
        return NULL;
    }
    enum outcome outcome;
    do {
        outcome = suspend_until(cell);
        if (outcome == REFUSED) {
            raise_cannot_wait();
        }
        if (outcome == REFUSED || (outcome == INTERRUPTED && PyErr_CheckSignals() < 0)) {
            suspend_drop(cell);
            return NULL;
        }
    } while (outcome == INTERRUPTED);
    return suspend_result(cell, outcome);
}

static PyObject *
can_suspend(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(suspend_possible());
}

static PyObject *
set_current_tasks(PyObject *Py_UNUSED(module), PyObject *dict)
{
    Py_XSETREF(current_tasks, Py_NewRef(dict));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"suspend", suspend, METH_O,
     "The result of a promise, for which this stack waits; or, for a Python function, the value "
     "with which the function's argument is called."},
    {"can_suspend", can_suspend, METH_NOARGS, "Whether suspend() can wait here."},
    {"set_current_tasks", set_current_tasks, METH_O,
     "Gives asyncio's dict of running tasks, which each stack has its own contents of."},
    {0},
};

int
suspend_init(PyObject *module)
{
    return PyModule_AddFunctions(module, functions);
}
