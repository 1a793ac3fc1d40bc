// How does the interpreter start? JavaScript mounts the standard library, then calls core_start.
#include "core.h"
#include <time.h>

// Imports from main.js.
extern void
core_set_addresses(PyObject *none, PyObject *true_, PyObject *false_, PyTypeObject *int_,
                   PyTypeObject *float_, PyTypeObject *str_, PyTypeObject *method,
                   PyTypeObject *builtin, struct entry **entries);
extern PyObject *
core_global_this(void);
// Whether values cross as in the API of today, and not as in Pyodide 0.16.
extern int
core_is_today(void);
// Returns the signal number that another thread wrote to the interrupt buffer, and sets it to 0.
extern int
core_take_signal(void);
// Import from jstypes.js.
extern void
jstypes_set_null(PyObject *null);
// Import from Emscripten. Each name has 17 bytes.
extern void
_tzset_js(long *timezone, int *daylight, char *standard_name, char *daylight_name);
// Import from CPython (Python/emscripten_signal.c), which declares it in no header.
extern int Py_EMSCRIPTEN_SIGNAL_HANDLING;

int is_today;

static struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pyodide_core",
    .m_doc = "The part of the package pyodide that is written in C.",
    .m_size = -1,
};

static PyObject *
core_module_init(void)
{
    is_today = core_is_today();
    PyObject *module = PyModule_Create(&core_module);
    if (module == NULL || jsproxy_init(module) < 0 || errors_init(module) < 0 ||
        suspend_init(module) < 0 || blocking_init() < 0 || jstypes_init(module) < 0 ||
        (is_today && jsprotocol_init(module) < 0) ||
        PyModule_Add(module, "today", PyBool_FromLong(is_today)) < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}

// No other interpreter is in this file system: the prefix is /, and no paths are searched.
static PyStatus
configure(PyConfig *config, int argc, char *const *argv)
{
    PyConfig_InitPythonConfig(config);    // reads loadPyodide's option `env`
    config->parse_argv = core_is_today(); // 0.16's options are arguments of the program
    config->user_site_directory = 0;
    config->module_search_paths_set = 1;
    struct {
        wchar_t **option;
        const wchar_t *value;
    } strings[] = {
        {&config->program_name, L"python"},
        {&config->executable, L"/bin/python"},
        {&config->base_executable, L"/bin/python"},
        {&config->home, L"/"},
        {&config->prefix, L"/"},
        {&config->base_prefix, L"/"},
        {&config->exec_prefix, L"/"},
        {&config->base_exec_prefix, L"/"},
        {&config->stdlib_dir,
         L"/lib/python" Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION)},
    };
    PyStatus status = PyStatus_Ok();
    for (size_t i = 0; i < Py_ARRAY_LENGTH(strings) && !PyStatus_Exception(status); i++) {
        status = PyConfig_SetString(config, strings[i].option, strings[i].value);
    }
    wchar_t path[64];
    if (!PyStatus_Exception(status) && core_is_today()) {
        // Where CPython looks first. loadPyodide's option stdLibURL puts a file there.
        swprintf(path, Py_ARRAY_LENGTH(path), L"/lib/python%d%d.zip", PY_MAJOR_VERSION,
                 PY_MINOR_VERSION);
        status = PyWideStringList_Append(&config->module_search_paths, path);
    }
    if (!PyStatus_Exception(status)) {
        status = PyWideStringList_Append(&config->module_search_paths, config->stdlib_dir);
    }
    if (!PyStatus_Exception(status)) {
        swprintf(path, Py_ARRAY_LENGTH(path), L"%ls/lib-dynload", config->stdlib_dir);
        status = PyWideStringList_Append(&config->module_search_paths, path);
    }
    if (!PyStatus_Exception(status)) {
        status = PyConfig_SetBytesArgv(config, argc, argv);
    }
    return status;
}

static void
set_addresses(void)
{
    core_set_addresses(Py_None, Py_True, Py_False, &PyLong_Type, &PyFloat_Type, &PyUnicode_Type,
                       &PyMethod_Type, &PyCFunction_Type, &entries);
}

// Starts the interpreter. Returns 0, or -1 after a message on stderr.
EXPORT int
core_start(int argc, char *const *argv)
{
    PyPreConfig preconfig;
    PyPreConfig_InitPythonConfig(&preconfig);
    preconfig.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&preconfig);
    PyConfig config;
    if (!PyStatus_Exception(status)) {
        PyImport_AppendInittab("_pyodide_core", core_module_init);
        status = configure(&config, argc, argv);
        if (!PyStatus_Exception(status)) {
            status = Py_InitializeFromConfig(&config);
        }
        PyConfig_Clear(&config);
    }
    if (PyStatus_Exception(status)) {
        fprintf(stderr, "Python could not start: %s: %s\n", status.func ? status.func : "",
                status.err_msg ? status.err_msg : "");
        return -1;
    }
    set_addresses();

    PyObject *core = PyImport_ImportModule("_pyodide_core");
    PyObject *js = core ? core_global_this() : NULL;
    int failed = js == NULL || PyDict_SetItemString(PyImport_GetModuleDict(), "js", js) < 0;
    Py_XDECREF(js);
    Py_XDECREF(core);
    if (!failed && is_today) {
        PyObject *classes = PyImport_ImportModule("pyodide._jsproxy");
        failed = classes == NULL;
        Py_XDECREF(classes);
    }
    if (failed) {
        PyErr_Print();
    }
    return failed ? -1 : 0;
}

// Calls a function of pyodide._snapshot with a str, which is stolen. Returns a str.
EXPORT PyObject *
core_snapshot_call(const char *function, PyObject *argument)
{
    PyObject *module = ENTER(PyImport_ImportModule("pyodide._snapshot"));
    PyObject *result = module ? ENTER(PyObject_CallMethod(module, function, "O", argument)) : NULL;
    Py_XDECREF(module);
    Py_DECREF(argument);
    return result;
}

// After the memory of a snapshot is restored: tells JavaScript the addresses of objects, and
// forgets what C code has learnt from the system in the interpreter that was saved.
EXPORT void
core_resume(void)
{
    set_addresses();
    if (bridge.jsnull != NULL) {
        jstypes_set_null(bridge.jsnull);
    }
    Py_EMSCRIPTEN_SIGNAL_HANDLING = 0;
    tzset();
    _tzset_js(&timezone, &daylight, tzname[0], tzname[1]);
}

// Makes CPython check JavaScript's interrupt buffer for a signal number at regular intervals, or
// stops that.
EXPORT void
core_watch_interrupts(int watch)
{
    Py_EMSCRIPTEN_SIGNAL_HANDLING = watch;
}

// Replaces the function of Python/emscripten_signal.c that returns the number of a signal, or 0.
// That function reads the buffer and clears it in two steps, so a number that is written between
// the steps is lost: https://github.com/python/cpython/issues/157548 (open).
int
_Py_CheckEmscriptenSignals_Helper(void);
int
_Py_CheckEmscriptenSignals_Helper(void)
{
    return core_take_signal();
}
