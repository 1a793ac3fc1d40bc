// How is the interpreter repaired when a call into WebAssembly does not return?
//
// Each entry point (a trap of a PyProxy, a callback of the FinalizationRegistry) keeps `pyEntry()`
// and passes a caught error to `pyLeave`. C functions that may run Python code save the thread
// state (core.h).

addToLibrary({
  $pyEntries: 0, // address of C's `entries`

  $pyEntry: () => HEAPU32[pyEntries >>> 2],

  // The error to throw for `error`. If C frames were lost to a full stack, the interpreter is
  // repaired. If they were lost to another error, it has crashed: its data may be inconsistent.
  $pyLeave: (error, outer) => {
    if (pyCrash.cause !== undefined) {
      return error;
    }
    const lost = pyEntry() !== outer;
    if (jsIsTrap(error) || (lost && !jsIsStackOverflow(error))) {
      return pyCrashed(error);
    }
    if (lost) {
      stackRestore(_enter_unwind(outer) >>> 0);
    }
    return error;
  },

  // Runs a JavaScript function that implements a file (enter.c).
  $withInterpreter: (operation) => {
    const attached = _enter_attach();
    try {
      return operation();
    } finally {
      if (attached && pyCrash.cause === undefined) {
        _enter_detach();
      }
    }
  },

  $pyCrash: { cause: undefined },
  $pyWaiting: "new Set()", // functions that reject promises which wait for Python

  // After a crash every call throws this error, and waiting promises are rejected with it.
  $pyCrashError: () => {
    const { cause } = pyCrash;
    const reason = cause?.message ?? cause; // Emscripten's ExitStatus is no Error
    return new Error(
      `Python has crashed and cannot go on (${reason}). Start it again: call loadPyodide(), or reload the page.`,
      { cause },
    );
  },

  $pyCrashed: (cause) => {
    pyCrash.cause = cause;
    for (const reject of pyWaiting) {
      reject(pyCrashError());
    }
    pyWaiting.clear();
    Module.API?.on_fatal?.(cause);
    if (apiMode.today && cause?.name === "ExitStatus") {
      return Object.assign(new Error(cause.message, { cause }), { name: "Exit" });
    }
    return pyCrashError();
  },

  $checkAlive: () => {
    if (pyCrash.cause !== undefined) {
      throw pyCrashError();
    }
  },

  // `instanceof` asks a Proxy, which may throw.
  $jsIsA: (value, Class) => {
    try {
      return value instanceof Class;
    } catch {
      return false;
    }
  },

  // abort() throws a RuntimeError, too.
  $jsIsTrap: (error) => jsIsA(error, WebAssembly.RuntimeError),

  // Chromium and Node throw RangeError, Firefox InternalError.
  $jsIsStackOverflow: (error) =>
    (jsIsA(error, RangeError) && /call stack/.test(error.message)) ||
    (typeof InternalError === "function" && jsIsA(error, InternalError)),
});
