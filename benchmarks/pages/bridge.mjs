// Measures calls and conversions of an interpreter, ours or Pyodide's, in a page or in Node.

const PYTHON = `
values = list(range(100_000))
table = {f"key {i}": f"value {i}" for i in range(10_000)}
octets = bytearray(10_000_000)

class Counter:
    def add(self, n):
        return n + 1

counter = Counter()

def increment(n):
    return n + 1

def call(function, count):
    for i in range(count):
        function(i)

def call_method(object, count):
    for i in range(count):
        object.add(i)

# These functions return nothing large, so the benchmark has one conversion.
def to_list(array):
    array.to_py()

def to_memory(array):
    return len(array.to_py())
`;

/** @typedef {any} Value a value of either interpreter */

/**
 * Measure an interface.
 *
 * @param {Value} pyodide ours or Pyodide's
 * @returns microseconds a call, and milliseconds a conversion, by task
 */
export function measure(pyodide) {
  pyodide.runPython(PYTHON);
  /** @param {string} name */
  const get = (name) => pyodide.globals.get(name);
  const [increment, counter, call, callMethod, toList, toMemory] = [
    "increment",
    "counter",
    "call",
    "call_method",
    "to_list",
    "to_memory",
  ].map(get);

  /** @param {number} n */
  const add = (n) => n + 1;
  const object = { add };
  const values = Array.from({ length: 100_000 }, (_, i) => i);
  const octets = new Uint8Array(10_000_000).fill(7);
  /** @type {(name: string, options?: object) => Value} */
  const convert = (name, options) => {
    const proxy = get(name);
    const result = proxy.toJs(options);
    proxy.destroy();
    return result;
  };
  const view = () => {
    const proxy = get("octets");
    const buffer = proxy.getBuffer("u8clamped");
    const { data } = buffer;
    buffer.release();
    proxy.destroy();
    return data;
  };

  /** @type {(count: number, run: (count: number) => void) => { scale: number, run: () => void }} */
  const calls = (count, run) => ({ scale: 1000 / count, run: () => run(count) });
  /** @param {() => void} run */
  const once = (run) => ({ scale: 1, run });
  const tasks = {
    python_calls_function: calls(20_000, (count) => call(add, count)),
    python_calls_method: calls(20_000, (count) => callMethod(object, count)),
    javascript_calls_function: calls(20_000, (count) => {
      for (let i = 0; i < count; i++) increment(i);
    }),
    javascript_calls_method: calls(5_000, (count) => {
      for (let i = 0; i < count; i++) {
        const method = counter.add;
        method(i);
        method.destroy();
      }
    }),
    list_to_javascript: once(() => convert("values")),
    list_to_python: once(() => toList(values)),
    dict_to_javascript: once(() => convert("table", { dict_converter: Object.fromEntries })),
    memory_to_javascript: once(view),
    memory_to_javascript_copied: once(() => convert("octets")),
    memory_to_python: once(() => toMemory(octets)),
  };
  return Object.fromEntries(
    Object.entries(tasks).map(([name, { scale, run }]) => [name, scale * median(sample(run))]),
  );
}

/**
 * Milliseconds a run, 21 times. Each is the mean of as many runs as a page's clock of 0.1 ms needs.
 *
 * @param {() => void} run runs 300 ms before, to be warm
 */
function sample(run) {
  /** @param {number} count */
  const repeat = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return performance.now() - start;
  };
  let runs = 0;
  for (const end = performance.now() + 300; performance.now() < end; runs++) {
    run();
  }
  const count = Math.ceil((runs * 20) / 300); // in 20 ms
  return Array.from({ length: 21 }, () => repeat(count) / count);
}

/** @param {number[]} times */
function median(times) {
  const sorted = times.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
