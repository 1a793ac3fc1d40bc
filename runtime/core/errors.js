// How do exceptions cross?

addToLibrary({
  // A Python exception in JavaScript. `message` is the traceback, `type` the exception's class, `exception` the
  // Python object, and `cause` the JavaScript error if that is what Python did not catch.
  $PythonError: `class PythonError extends Error {
    constructor(message, type, exception) {
      super(message);
      this.type = type;
      Object.defineProperty(this, "exception", { value: exception });
    }
    get name() {
      return "PythonError";
    }
  }`,

  // Throws the current Python exception, which is cleared.
  $pyThrow__deps: [
    "$PythonError", "$pyProxy", "$pyTake", "$jsErrorOf",
    "PyErr_GetRaisedException", "errors_message", "errors_type_name", "errors_is_js", "Py_DecRef",
  ],
  $pyThrow: () => {
    const exception = _PyErr_GetRaisedException();
    if (exception === 0) {
      throw new Error("A Python operation failed without an exception: please report this");
    }
    try {
      const error = new PythonError(
        pyTake(_errors_message(exception)),
        pyTake(_errors_type_name(exception)),
        pyProxy(exception),
      );
      const cause = _errors_is_js(exception) ? jsErrorOf(exception) : undefined;
      if (cause !== undefined) {
        Object.defineProperty(error, "cause", { value: cause });
      }
      throw error;
    } finally {
      _Py_DecRef(exception);
    }
  },

  // The JavaScript value inside a JsException.
  $jsErrorOf__deps: ["$pyTake", "errors_js_error"],
  $jsErrorOf: (exception) => pyTake(_errors_js_error(exception)),

  // Makes what JavaScript threw the current Python exception and returns `result`, C's sign of failure.
  // A trap of WebAssembly is no exception: the interpreter is in no state to go on.
  $jsRaise__deps: ["$js2py", "$PythonError", "$pyTargets", "$jsIsStackOverflow", "errors_raise", "errors_restore", "errors_raise_recursion"],
  $jsRaise: (error, result) => {
    if (error instanceof WebAssembly.RuntimeError) {
      throw error;
    }
    const exception = error instanceof PythonError ? pyTargets.get(error.exception)?.pointer : undefined;
    if (exception) {
      _errors_restore(exception);
    } else if (jsIsStackOverflow(error)) {
      _errors_raise_recursion();
    } else {
      _errors_raise(js2py(error));
    }
    return result;
  },

  // Chromium and Node throw RangeError, Firefox InternalError.
  $jsIsStackOverflow: (error) =>
    (error instanceof RangeError && /call stack/.test(error.message)) || error?.name === "InternalError",
});
