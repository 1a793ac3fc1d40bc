// How does the interpreter start? These functions are the core's interface for main.c and
// runtime/js.

addToLibrary({
  core_set_addresses: (none, true_, false_, int, float, str, method, builtin, entries) => {
    pyNone = none;
    pyTrue = true_;
    pyFalse = false_;
    pyTypes.int = int;
    pyTypes.float = float;
    pyTypes.str = str;
    pyTypes.method = method;
    pyTypes.builtin = builtin;
    pyEntries = entries;
  },

  core_global_this: () => js2py(apiMode.globals ?? globalThis),

  // How values cross the bridge: as in the API of today, or as in Pyodide 0.16. It is chosen when
  // the interpreter starts.
  $apiMode: {
    today: false, // containers and buffers cross as proxies, in both directions
    nullIsNone: true, // JavaScript's null becomes None, and not `jsnull`
    toStringIsRepr: true, // a PyProxy's toString() gives Python's repr, and not str
    dictIsLiteralMap: false, // toJs() makes LiteralMaps of dicts, and not objects
    globals: undefined, // Python's module `js`: globalThis if undefined
    comlink: undefined, // the symbol that proxies of the library Comlink have
    debug: false, // whether errors for the use of destroyed proxies say more
  },
  core_is_today: () => apiMode.today,

  // The digest of this script and its WebAssembly module. The recipe puts it here.
  $coreHash: "'@core-hash@'",

  // Starts the interpreter with sys.argv. Returns false if it cannot start.
  $startInterpreter: (argv, mode) => {
    Object.assign(apiMode, mode);
    snapshotStart();
    const pointers = _malloc(4 * argv.length); // never freed, like a process's own arguments
    argv.forEach((argument, index) => {
      const string = stringToNewUTF8(argument);
      HEAPU32[(pointers >>> 2) + index] = string;
    });
    return _core_start(argv.length, pointers) === 0;
  },

  // Makes CPython check the interrupt buffer (runtime/libc/sleep.js) for a signal. undefined stops
  // that.
  $setInterruptBuffer: (buffer) => {
    interruptBuffer = buffer;
    _core_watch_interrupts(buffer !== undefined);
    watchInterrupts();
  },

  // Handles a signal in the interrupt buffer, and throws what its handler raises. While Python waits
  // for a file, it handles the signal itself, after the operation has failed with EINTR.
  $checkInterrupt: (isInStream) => {
    checkAlive();
    if (!isInStream && _PyGILState_Check()) {
      pyOperation(() => _PyErr_CheckSignals() && pyThrow());
    } else if (interruptBuffer?.[0]) {
      throw new FS.ErrnoError(ERRNO_CODES.EINTR);
    }
  },

  core_take_signal: () => (interruptBuffer ? Atomics.exchange(interruptBuffer, 0, 0) : 0),

  // The Python module of that name, as a PyProxy.
  $importModule: (name) => {
    checkAlive();
    return pyOperation(() => pyTake(_pyproxy_import(pyName(name))));
  },
});
