// Which members of the interpreter do only Pyodide's own tests use?
//
// The runner puts this module in front of the site's pyodide.mjs. pytest-pyodide and the tests'
// conftest.py read counts of proxies, save the state of Python between tests, and call functions of
// CPython's C API. Programs do not.

/** Functions of CPython and libc that tests call as `pyodide._module._<name>`. */
const C_FUNCTIONS = [
  "PyDict_SetItem",
  "PyErr_CheckSignals",
  "PyErr_Clear",
  "PyErr_Occurred",
  "PyEval_RestoreThread",
  "PyEval_SaveThread",
  "Py_DecRef",
  "Py_IncRef",
];

/** Python: the state of a test is the namespace `__main__` and the modules made of JsProxies. */
const STATE = `
import gc, sys, __main__
from pyodide.ffi import JsProxy

def js_modules():
    return {name: module for name, module in sys.modules.items() if isinstance(module, JsProxy)}

def save_state():
    return dict(vars(__main__)), js_modules()

def restore_state(state):
    namespace, modules = state
    vars(__main__).clear()
    vars(__main__).update(namespace)
    for name in js_modules().keys() - modules:
        del sys.modules[name]
    sys.modules.update(modules)
    sys.last_exc = sys.last_type = sys.last_value = sys.last_traceback = None
    return gc.collect()

save_state, restore_state
`;

/**
 * Start an interpreter, and add the members for tests.
 *
 * @param {(options: object) => Promise<any>} loadPyodide the site's own
 * @param {object} options as the test gives them
 */
export async function load(loadPyodide, options = {}) {
  const proxies = watchProxies();
  const functions = watchInstance();
  const pyodide = await loadPyodide({ api: "314", ...options });
  const { _api: api, _module: module } = pyodide;
  for (const name of C_FUNCTIONS) {
    module[`_${name}`] ??= functions()[name];
  }
  Object.assign(module, {
    pyproxy_alloc_map: proxies,
    enable_pyproxy_allocation_tracing() {},
    disable_pyproxy_allocation_tracing() {},
    _clear_method_call_singleton() {},
    hiwire: { num_keys: () => module.jsValues.length - module.jsFreeIndices.length },
  });
  module._hiwire_num_refs = module.hiwire.num_keys;
  const namespace = pyodide.toPy({});
  const [saveState, restoreState] = pyodide.runPython(STATE, { globals: namespace });
  const pyimport = (name) => pyodide.pyimport(name);
  Object.assign(api, {
    saveState,
    restoreState,
    fail_test: false,
    config: options,
    importlib: pyimport("importlib"),
    package_loader: {},
    pyodide_code: pyimport("pyodide.code"),
    pyodide_ffi: pyimport("pyodide.ffi"),
    tests: { Function },
  });
  return pyodide;
}

/**
 * The proxies of Python objects that were not destroyed. Each has its target registered for
 * finalization; destroying the proxy sets the target's pointer to 0.
 */
function watchProxies() {
  const live = new Map();
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (value, held, token) {
    if (held?.pointer) {
      live.set(held, new WeakRef(value));
    }
    return register.call(this, value, held, token);
  };
  const proxies = () =>
    [...live].flatMap(([held, reference]) => {
      const proxy = reference.deref();
      if (held.pointer === 0 || proxy === undefined) {
        live.delete(held);
        return [];
      }
      return [proxy];
    });
  return {
    get size() {
      return proxies().length;
    },
    entries: () => proxies().map((proxy) => [proxy, ""]),
  };
}

/** The exports of the next instance of CPython. */
function watchInstance() {
  const { instantiate } = WebAssembly;
  /** @type {any} */
  let functions;
  WebAssembly.instantiate = async (...args) => {
    const result = await instantiate(...args);
    const { exports } = result.instance ?? result;
    if (exports.PyErr_Occurred) {
      functions = exports;
      WebAssembly.instantiate = instantiate;
    }
    return result;
  };
  return () => functions;
}
