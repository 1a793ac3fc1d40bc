// How does Python wait for a promise while the page lives?
//
// JavaScript promise integration (WebAssembly.promising and Suspending) suspends a stack that has
// only WebAssembly's frames. suspend.c says what belongs to such a stack. A cell of the table holds
// what a stack waits for.

addToLibrary({
  // Makes a call for $pyCall in a task. Returns the result of pyproxy_call; or, if the call waits,
  // $taskWaits, whose promise is that of the result.
  $taskStart: (callable, argv, nargs, nkeywords) => {
    taskStart.run ??= WebAssembly.promising(wasmExports.task_run);
    const task = _task_new(callable, argv, nargs, nkeywords) >>> 0;
    if (task === 0) {
      return 0;
    }
    const promise = taskStart.run(task);
    if (_task_is_done(task)) {
      return _task_end(task);
    }
    if (_task_is_lost(task)) {
      stackRestore(_task_unwind(task) >>> 0); // the promise has the error
    }
    taskWaits.promise = suspendedCall(task, promise);
    return taskWaits.result;
  },
  $taskWaits: { result: -1, promise: undefined }, // pointers to objects are even

  $suspendedCall: (task, promise) =>
    new Promise((resolve, reject) => {
      pyWaiting.add(reject);
      promise.then(
        () => {
          pyWaiting.delete(reject);
          try {
            resolve(pyOperation(() => pyCallResult(_task_end(task))));
          } catch (error) {
            reject(error);
          }
        },
        (error) => {
          pyWaiting.delete(reject);
          if (pyCrash.cause !== undefined) {
            reject(pyCrashError());
          } else if (jsIsStackOverflow(error)) {
            if (_task_is_lost(task)) {
              stackRestore(_task_unwind(task) >>> 0);
            }
            reject(error);
          } else {
            reject(pyCrashed(error));
          }
        },
      );
    }),

  // How a call from the event loop starts: in a task if that is possible. It returns the result, or
  // a promise if it waits.
  $taskStartOf: () => (apiMode.today && pyEntry() === 0 && !suspendMissing ? taskStart : undefined),

  // A call that can wait. Its promise also waits for a result that is a promise.
  $callPromising: async (call) => {
    if (suspendMissing) {
      throw new Error(suspendMissing);
    }
    return call(taskStart);
  },

  // The promise of a call of a PyProxy, which can wait if the engine can suspend stacks.
  $callAsync: async (proxy, args) =>
    suspendMissing ? proxy(...args) : proxy.callPromising(...args),

  // Why no stack can be suspended; empty if it can. Programs look for the first words, which are
  // Pyodide's.
  $suspendMissing: `typeof WebAssembly.Suspending === "function"
    ? ""
    : "WebAssembly stack switching not supported in this JavaScript runtime: it lacks " +
      "WebAssembly.Suspending. Chromium 137, Firefox 153 and Node 24 with " +
      "--experimental-wasm-jspi have it."`,
  suspend_missing: () => (suspendMissing ? js2pyString(suspendMissing) : 0),

  // $jsMissing if the object is not awaitable.
  suspend_cell: (object) => {
    try {
      let promise = py2js(object);
      if (pyPointer(promise) !== undefined) {
        const executor = promise;
        // `resolve` must not get the argument of a callback, which may be awaitable.
        promise = new Promise((resolve) => executor(() => resolve(null)));
        executor.destroy();
      } else if (typeof promise?.then !== "function") {
        return jsMissing;
      }
      return jsStore({ promise, value: undefined, timer: undefined });
    } catch (error) {
      return jsRaise(error, -1);
    }
  },

  // A read of a file needs what a promise will bring. It fails with EAGAIN, and blocking.c waits.
  $inputPromise: "undefined",
  $awaitInput: (promise) => {
    const isPossible = _suspend_possible() !== 0;
    inputPromise = isPossible ? promise : undefined;
    return isPossible;
  },
  suspend_input: () => {
    const promise = inputPromise;
    inputPromise = undefined;
    return promise ? jsStore({ promise, value: undefined, timer: undefined }) : -1;
  },

  suspend_timer: (milliseconds) => {
    /** @type {Cell} */
    const cell = { promise: undefined, value: undefined, timer: undefined };
    cell.promise = new Promise((resolve) => {
      cell.timer = setTimeout(resolve, Math.min(milliseconds, 0x7fffffff));
    });
    return jsStore(cell);
  },

  suspend_drop: (index) => {
    clearTimeout(jsValues[index].timer);
    _table_release(index, true);
  },

  suspend_result: (index, outcome) => {
    const { value } = jsValues[index];
    _suspend_drop(index);
    try {
      if (outcome === 1) {
        throw value;
      }
      return js2py(value);
    } catch (error) {
      return jsRaise(error, 0);
    }
  },

  // Resolves to the outcome (suspend.c). It never rejects, which would throw into a stack whose
  // state is not restored, and after a crash it never resolves.
  suspend_wait__postset: "_suspend_wait = suspendable(_suspend_wait);",
  suspend_wait: (index) =>
    new Promise((resolve) => {
      const cell = jsValues[index];
      /** @type {Settle} */
      const settle = (outcome, value) => {
        if (pySuspended.delete(settle) && pyCrash.cause === undefined) {
          cell.value = value;
          resolve(outcome);
        }
      };
      pySuspended.add(settle);
      watchInterrupts();
      try {
        Promise.resolve(cell.promise).then(
          (value) => settle(0, value),
          (error) => settle(1, error),
        );
      } catch (error) {
        settle(1, error); // of a getter
      }
    }),
  $pySuspended: "new Set()", // functions that end the waits

  // Checks the interrupt buffer every 20 ms while stacks wait. The signal stays there for Python.
  $watchInterrupts: () => {
    if (watchInterrupts.timer !== undefined || !interruptBuffer || pySuspended.size === 0) {
      return;
    }
    watchInterrupts.timer = setTimeout(() => {
      watchInterrupts.timer = undefined;
      if (interruptBuffer?.[0]) {
        for (const settle of [...pySuspended]) {
          settle(2, undefined);
        }
      }
      watchInterrupts();
    }, 20);
  },

  // If JavaScript's frames are on the stack, a Suspending function throws, and C frames must not be
  // lost. This module calls the function and returns -1 for an exception:
  //
  //   (func (export "w") (param i32) (result i32)
  //     (try (result i32) (do (call $import (local.get 0))) (catch_all (i32.const -1))))
  $suspendable: (wait) => {
    if (typeof WebAssembly.Suspending !== "function") {
      return wait;
    }
    const module = Uint8Array.of(
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
      ...[1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f], // type: (i32) -> i32
      ...[2, 7, 1, 1, 0x6d, 1, 0x77, 0, 0], // import "m" "w", a function of this type
      ...[3, 2, 1, 0], // a function of this type
      ...[7, 5, 1, 1, 0x77, 0, 1], // export "w"
      ...[10, 14, 1, 12, 0, 6, 0x7f, 0x20, 0, 0x10, 0, 0x19, 0x41, 0x7f, 0x0b, 0x0b], // the code
    );
    const imports = { m: { w: new WebAssembly.Suspending(wait) } };
    return new WebAssembly.Instance(new WebAssembly.Module(module), imports).exports.w;
  },
});
