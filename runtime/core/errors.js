// How do exceptions cross? Python's become PythonError, JavaScript's become pyodide.JsException.

addToLibrary({
  // A Python exception in JavaScript. `message` is the traceback, `type` the exception's class, and
  // `cause` the JavaScript error if that is what Python did not catch. In 0.16's API `exception` is
  // the Python object.
  $PythonError: class extends Error {
    /**
     * @param {string} message
     * @param {string} type
     * @param {PyReference} reference to the exception
     */
    constructor(message, type, reference) {
      super(message);
      this.type = type;
      pyErrors.set(this, reference);
    }
    get name() {
      return "PythonError";
    }
    get [Symbol.for("pyodide.flags")]() {
      return pyFlag.ERROR;
    }
  },
  // PythonError -> reference to the exception. Unlike instanceof, a lookup runs no code of a Proxy.
  $pyErrors: "new WeakMap()",
  // Releases the exceptions of errors that were collected.
  $pyExceptions:
    "new FinalizationRegistry((exception) => pyFinalize(() => _enter_release(exception)))",

  // An error that $jsRaise raises as the builtin Python exception of that name.
  $PyError: class extends Error {
    /**
     * @param {string} type
     * @param {string} message
     */
    constructor(type, message) {
      super(message);
      this.type = type;
    }
  },

  // Clears the current Python exception and throws it.
  $pyThrow: () => {
    const exception = _PyErr_GetRaisedException();
    if (exception === 0) {
      throw new Error("A Python operation failed without an exception: please report this");
    }
    try {
      const proxy = apiMode.today ? undefined : pyProxy(exception);
      const error = new PythonError(
        pyTake(_errors_message(exception)),
        pyTake(_errors_type_name(exception)),
        pyHandle(proxy)?.reference ?? pyNewReference(exception),
      );
      if (proxy === undefined) {
        _Py_IncRef(exception);
        pyExceptions.register(error, exception);
      } else {
        Object.defineProperty(error, "exception", { value: proxy });
      }
      const cause = _errors_is_js(exception) ? jsErrorOf(exception) : undefined;
      if (cause !== undefined) {
        Object.defineProperty(error, "cause", { value: cause });
      }
      throw error;
    } finally {
      _enter_release(exception);
    }
  },

  // The JavaScript value inside a JsException.
  $jsErrorOf: (exception) => pyTake(_errors_js_error(exception)),

  // Raises in Python a value that JavaScript threw, and returns `result`, the value by which C sees
  // the failure. A trap of WebAssembly is thrown again: the interpreter cannot go on.
  $jsRaise: (error, result) => {
    if (pyCrash.cause !== undefined || jsIsTrap(error)) {
      throw error;
    }
    if (jsIsStackOverflow(error)) {
      _errors_raise_recursion();
      return result;
    }
    if (jsIsA(error, PyError)) {
      const top = stackSave();
      _errors_raise_builtin(stringToUTF8OnStack(error.type), stringToUTF8OnStack(error.message));
      stackRestore(top);
      return result;
    }
    const exception = pyErrors.get(error)?.pointer;
    if (exception) {
      _Py_IncRef(exception);
      _errors_raise(exception);
    } else {
      _errors_raise(js2py(apiMode.today ? jsAsError(error) : error));
    }
    return result;
  },

  // The result of an operation of JavaScript for C, or `failure` after it has thrown.
  $jsTry: (failure, operation) => {
    try {
      return operation();
    } catch (error) {
      return jsRaise(error, failure);
    }
  },

  // JavaScript can throw anything; Python raises exceptions, which only errors become.
  $jsAsError: (error) => {
    const isObject = typeof error === "object" && error !== null;
    if (isObject && jsFeatures(error) & jsFeature.ERROR) {
      return error;
    }
    if (typeof error === "string") {
      return new Error(error);
    }
    const lines = [
      `A value of type ${typeof error} with tag [object ${jsTag(error)}] was thrown as an error!`,
    ];
    /** @type {[string, () => string][]} */
    const texts = [
      ["String interpolation of the thrown value", () => `${error}`],
      ["The thrown value's toString()", () => error.toString()],
    ];
    for (const [what, text] of texts) {
      try {
        lines.push(`${what} gives """${text()}""".`);
      } catch {
        lines.push(`${what} fails.`);
      }
    }
    return new Error(lines.join("\n"));
  },

  // What JavaScript throws for a Python exception.
  $jsThrowable: (exception) => {
    if (_errors_is_js(exception)) {
      return jsErrorOf(exception);
    }
    try {
      _Py_IncRef(exception);
      _errors_raise(exception);
      return pyThrow();
    } catch (error) {
      return error;
    }
  },

  errors_make: (name, message, stack) =>
    jsTry(0, () => {
      const texts = [name, message, stack].map((text) => (text === 0 ? "" : py2js(text)));
      return js2py(jsMembers.error(...texts));
    }),
});
