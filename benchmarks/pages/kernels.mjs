// Measures pure Python in an interpreter, ours or Pyodide's, in a page or in Node.
//
// The kernels are pyperformance's, from its own sources. Each kernel runs for half a second before
// the measurement: engines compile hot WebAssembly again with more optimizations.

/** The expression that runs a kernel, in the namespace of its module. */
export const KERNELS = {
  nbody: 'bench_nbody(1, "sun", 5000)',
  fannkuch: "fannkuch(8)",
  spectral_norm: "bench_spectral_norm(1)",
  richards: "Richards().run(1)",
  deltablue: "delta_blue(100)",
  float: "benchmark(20_000)",
  nqueens: "bench_n_queens(7)",
  raytrace: "bench_raytrace(1, 30, 30, None)",
  go: "versus_cpu()",
  json_dumps: "bench_json_dumps([(SIMPLE_DATA, range(1000)), (NESTED_DATA, range(1000))])",
  json_loads:
    "bench_json_loads([json.dumps(DICT), json.dumps(TUPLE), json.dumps(DICT_GROUP)] * 10)",
  regex_effbot: "bench_regex_effbot(1)",
  regex_v8: "bench_regex_v8(1)",
};

// The modules of the kernels import pyperf; they need only its clock.
const PYTHON = `
import sys, time, types
sys.modules["pyperf"] = types.SimpleNamespace(perf_counter=time.perf_counter)

def measure(name, source, expression):
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, name + ".py", "exec"), module.__dict__)
    code = compile(expression, name, "eval")
    warm = time.perf_counter() + 0.5
    while time.perf_counter() < warm:
        eval(code, module.__dict__)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        eval(code, module.__dict__)
        times.append(time.perf_counter() - start)
    return min(times) * 1000
`;

/**
 * @param {any} pyodide ours or Pyodide's
 * @param {(name: string) => string | Promise<string>} read returns the source of a kernel
 * @returns milliseconds by kernel
 */
export async function measure(pyodide, read) {
  pyodide.runPython(PYTHON);
  const run = pyodide.globals.get("measure");
  /** @type {Record<string, number>} */
  const times = {};
  for (const [name, expression] of Object.entries(KERNELS)) {
    times[name] = run(name, await read(name), expression);
  }
  return times;
}
