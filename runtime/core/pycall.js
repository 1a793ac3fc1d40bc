// How does JavaScript call a Python object, and wait for one?

addToLibrary({
  // Calls an object with JavaScript arguments, and a record of keyword arguments. `start` makes the
  // call in a task that can wait (suspend.js).
  $pyCall: (callable, args, keywords, start) => {
    const names = keywords === undefined ? [] : Object.keys(keywords);
    const positional = args.length;
    const count = positional + 2 * names.length;
    const top = stackSave();
    const argv = stackAlloc(4 * (count + 1)) + 4;
    let made = 0;
    try {
      for (; made < count; made++) {
        const i = made - positional;
        const value =
          i < 0 ? args[made] : i < names.length ? keywords?.[names[i]] : names[i - names.length];
        const object = js2py(value) || pyThrow();
        HEAPU32[(argv >>> 2) + made] = object; // not before: the memory may have grown
      }
    } catch (error) {
      while (made > 0) {
        _enter_release(HEAPU32[(argv >>> 2) + --made]);
      }
      stackRestore(top);
      throw error;
    }
    const result =
      start === undefined
        ? _pyproxy_call(callable, argv, positional, names.length)
        : start(callable, argv, positional, names.length);
    stackRestore(top);
    return result & 1 ? pyCallResult(result) : pyTake(result);
  },

  // Converts the result of pyproxy_call, or of a task.
  $pyCallResult: (result) => {
    if (!(result & 1)) {
      return pyTake(result);
    }
    if (result === taskWaits.result) {
      const { promise } = taskWaits;
      taskWaits.promise = undefined;
      return promise;
    }
    const coroutine = pyTake(result & ~1);
    pyPromise(coroutine); // a call of JavaScript's async functions starts them, too
    return coroutine;
  },

  // Calls the proxy of a callable. bind() and captureThis() add arguments. A proxy for events may
  // wait if an event calls it.
  $pyApply: (handle, self, args) => {
    const { reference, bound, captureThis, waits } = /** @type {PyHandle} */ (handle);
    let all = args;
    if (bound !== undefined || captureThis) {
      const first = captureThis ? [bound === undefined ? self : bound.self] : [];
      all = [...first, ...(bound?.args ?? []), ...args];
    }
    const outer = pyEntry();
    try {
      return pyCall(pyAlive(reference), all, undefined, waits ? taskStartOf() : undefined);
    } catch (error) {
      throw pyLeave(error, outer);
    }
  },

  // Calls a function of a Python module.
  $pyCallPython: (module, name, args, keywords, start) =>
    pyOperation(() => {
      const imported = _pyproxy_import(pyName(module)) || pyThrow();
      try {
        return pyCallNamed(imported, name, args, keywords, start);
      } finally {
        _enter_release(imported);
      }
    }),

  // Calls a method of a proxied object.
  $pyCallMethod: (proxy, name, args, keywords) =>
    pyWith(proxy, (object) => pyCallNamed(object, name, args, keywords)),

  $pyCallNamed: (object, name, args, keywords, start) => {
    const callable = _pyproxy_getattr(object, pyName(name));
    if (callable === 0) {
      pyThrow();
    }
    try {
      return pyCall(callable, args, keywords, start);
    } finally {
      _enter_release(callable);
    }
  },

  // The promise of an awaitable's result. In 0.16's API each call schedules the awaitable. In
  // today's the first one does, and the proxy is destroyed: Python cannot wait for it again.
  $pyPromise: (awaitable) => {
    const { reference } = /** @type {PyHandle} */ (pyHandle(awaitable));
    if (reference.promise !== undefined) {
      return reference.promise;
    }
    pyAlive(reference);
    const promise = new Promise((resolve, reject) => {
      /** @param {() => Value} result */
      const done = (result) => {
        pyWaiting.delete(reject);
        try {
          resolve(result());
        } catch (error) {
          reject(error);
        }
      };
      pyCallPython("pyodide.webloop", "when_done", [awaitable, done]);
      pyWaiting.add(reject);
    });
    if (apiMode.today) {
      reference.promise = promise;
      pyDestroy(awaitable);
    }
    return promise;
  },

  // A JavaScript function for the runtime's own events. If the Python function waits, `onWait` is
  // called meanwhile. No code could catch the function's errors after a crash, and Node would exit.
  // It logs the crash once instead: $pyCrashed rejects the promises.
  pyproxy_background: (callable, onWait) => {
    const proxy = pyProxy(callable, { waits: true });
    const schedule = pyProxy(onWait);
    /** @param {Value} error */
    const report = (error) => {
      if (pyCrash.cause === undefined) {
        throw error;
      }
      console.error(error);
    };
    return js2py(() => {
      if (pyCrash.cause !== undefined) {
        return;
      }
      try {
        const wait = proxy();
        if (wait !== undefined) {
          wait.catch(report);
          schedule();
        }
      } catch (error) {
        report(error);
      }
    });
  },
});
