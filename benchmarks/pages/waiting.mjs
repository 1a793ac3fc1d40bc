// Measures calls that can wait, in a page or in Node, of our interpreter or Pyodide's.

const PYTHON = `
from pyodide.ffi import run_sync

def nothing():
    pass

def waits(promise):
    run_sync(promise)

def waits_often(promise, count):
    for _ in range(count):
        run_sync(promise)
`;

/** @typedef {any} Value a value of either interpreter */

/**
 * Measure an interpreter with the API of Pyodide 314.
 *
 * @param {Value} pyodide
 * @returns microseconds a call or a task
 */
export async function measure(pyodide) {
  pyodide.runPython(PYTHON);
  const [nothing, waits, waitsOften] = ["nothing", "waits", "waits_often"].map((name) =>
    pyodide.globals.get(name),
  );
  const settled = Promise.resolve(null);
  return {
    plain: await best(5000, (count) => {
      for (let i = 0; i < count; i++) nothing();
    }),
    promising: await best(2000, async (count) => {
      for (let i = 0; i < count; i++) await nothing.callPromising();
    }),
    one_wait: await best(1000, async (count) => {
      for (let i = 0; i < count; i++) await waits.callPromising(settled);
    }),
    many_waits: await best(5000, (count) => waitsOften.callPromising(settled, count)),
    tasks: await best(300, async (count) => {
      let release = (/** @type {null} */ _) => {};
      const promise = new Promise((resolve) => {
        release = resolve;
      });
      const calls = Array.from({ length: count }, () => waits.callPromising(promise));
      release(null);
      await Promise.all(calls);
    }),
  };
}

/**
 * Measure the frames of a page while Python sleeps, fetches and sorts with NumPy in chunks that wait.
 *
 * @param {Value} pyodide
 * @returns milliseconds a frame
 */
export async function animate(pyodide) {
  await pyodide.loadPackage("numpy");
  /** @param {number} count */
  const program = (count) =>
    pyodide.runPythonAsync(`
import numpy, time
from urllib.request import urlopen
time.sleep(0.5)
for i in range(${count}):
    with urlopen("${location.origin}/pyodide.mjs") as response:
        response.read()
    for part in range(5):
        numpy.sort(numpy.random.rand(60_000))
        time.sleep(0)
`);
  await program(1); // imports, and compiles
  let frames = 0;
  let isOn = true;
  const draw = () => {
    frames++;
    if (isOn) requestAnimationFrame(draw);
  };
  const start = performance.now();
  requestAnimationFrame(draw);
  await program(10);
  isOn = false;
  return { frame: (performance.now() - start) / frames };
}

/**
 * Microseconds of one operation: the least of 15 runs, after 5 to be warm.
 *
 * @param {number} count operations a run
 * @param {(count: number) => unknown} run
 */
async function best(count, run) {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    await run(count);
    if (i >= 5) least = Math.min(least, performance.now() - start);
  }
  return (least / count) * 1000;
}
