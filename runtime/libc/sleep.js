// How does a signal interrupt time.sleep?

addToLibrary({
  // The first element is the number of a signal, or 0. runtime/core/main.js sets the buffer.
  $interruptBuffer: "undefined",

  // It never changes, so Atomics.wait on it only ends by its timeout.
  $sleepCell: "globalThis.SharedArrayBuffer && new Int32Array(new SharedArrayBuffer(4))",

  // Sleeps in a worker and in Node. A page's main thread may not sleep: it returns at once.
  $sleepPause__deps: ["$sleepCell"],
  $sleepPause: (milliseconds) => {
    try {
      Atomics.wait(sleepCell, 0, 0, milliseconds);
    } catch {
      // The caller checks the clock.
    }
  },

  // Writing the interrupt buffer wakes no thread, so it is checked every 20 ms.
  sleep_until_signal__deps: ["$interruptBuffer", "$sleepPause"],
  sleep_until_signal: (milliseconds) => {
    const end = performance.now() + milliseconds;
    for (;;) {
      const left = end - performance.now();
      if (left <= 0) {
        return 0;
      }
      if (interruptBuffer?.[0]) {
        return left;
      }
      sleepPause(Math.min(left, 20));
    }
  },
});
