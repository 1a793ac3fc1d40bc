// How does Python sleep so that it can be interrupted?

addToLibrary({
  // Never changes: to wait for it is to sleep.
  $sleepCell: "globalThis.SharedArrayBuffer && new Int32Array(new SharedArrayBuffer(4))",

  // A worker and Node sleep for some milliseconds; a page's main thread must not, it spins.
  $sleepPause__deps: ["$sleepCell"],
  $sleepPause: (milliseconds) => {
    try {
      Atomics.wait(sleepCell, 0, 0, milliseconds);
    } catch {
      // the caller looks at the clock
    }
  },

  // Who writes the interrupt buffer wakes nobody up, so it is looked at every now and then.
  sleep_until_signal__deps: ["$sleepPause"],
  sleep_until_signal: (milliseconds) => {
    const end = performance.now() + milliseconds;
    for (;;) {
      const left = end - performance.now();
      if (left <= 0) {
        return 0;
      }
      if (Module.Py_EmscriptenSignalBuffer?.[0]) {
        return left;
      }
      sleepPause(Math.min(left, 20));
    }
  },
});
