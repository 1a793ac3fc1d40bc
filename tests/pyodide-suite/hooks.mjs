// Which members of the interpreter do only Pyodide's own tests use?
//
// The runner puts this module in front of the site's pyodide.mjs. pytest-pyodide and the tests'
// conftest.py read counts of proxies, save the state of Python between tests, and call functions of
// CPython's C API. Programs do not.

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
  const pyodide = await loadPyodide({ api: "314", ...options });
  const { _api: api, _module: module } = pyodide;
  const numKeys = () => module.jsValues.length - module.jsFreeIndices.length;
  Object.assign(module, {
    ...proxies,
    _clear_method_call_singleton() {},
    hiwire: { num_keys: numKeys },
    _hiwire_num_refs: numKeys,
  });
  const globals = pyodide.toPy({});
  const [saveState, restoreState] = pyodide.runPython(STATE, { globals });
  Object.assign(api, {
    saveState,
    restoreState,
    fail_test: false,
    importlib: pyodide.pyimport("importlib"),
    package_loader: {},
    pyodide_code: pyodide.pyimport("pyodide.code"),
    pyodide_ffi: pyodide.pyimport("pyodide.ffi"),
    setPyProxyToStringMethod: (useRepr) => {
      module.apiMode.toStringIsRepr = useRepr;
    },
    tests: { Function },
  });
  return pyodide;
}

/**
 * The proxies of Python objects that are made while a test runs and are not destroyed. The core
 * registers the reference of each proxy for finalization; a destroyed one has no pointer.
 */
function watchProxies() {
  const made = new Map();
  let tracing = false;
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (proxy, reference, token) {
    if (tracing && reference?.pointer) {
      made.set(reference, proxy);
    }
    return register.call(this, proxy, reference, token);
  };
  const live = () => [...made].filter(([{ pointer }]) => pointer !== 0);
  return {
    pyproxy_alloc_map: {
      get size() {
        return live().length;
      },
      entries: () => live().map(([, proxy]) => [proxy, ""]),
    },
    enable_pyproxy_allocation_tracing() {
      tracing = true;
    },
    disable_pyproxy_allocation_tracing() {
      tracing = false;
    },
  };
}
