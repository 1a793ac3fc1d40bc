// Which members of the interpreter do only Pyodide's own tests use?
//
// The runner puts this module in front of the site's pyodide.mjs. pytest-pyodide and the tests'
// conftest.py read counts of proxies, save the state of Python between tests, and call functions of
// CPython's C API. Programs do not.

/** Python: names of upstream's modules, and the state that tests share. */
const START = `
import gc, sys, types, __main__
from pyodide import _jsbind, _jsimport
from pyodide.ffi import JsProxy

sys.modules["_pyodide"] = types.ModuleType("_pyodide")
sys.modules["_pyodide.jsbind"] = _jsbind

def js_modules():
    return {name: module for name, module in sys.modules.items() if isinstance(module, JsProxy)}

def save_state():
    return dict(vars(__main__)), dict(_jsimport._modules), js_modules()

def restore_state(state):
    namespace, registered, modules = state
    for now, then in (vars(__main__), namespace), (_jsimport._modules, registered):
        now.clear()
        now.update(then)
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
  const pyodide = await loadPyodide(options);
  const { _api: api, _module: module } = pyodide;
  const numKeys = () => module.jsValues.length - module.jsFreeIndices.length;
  Object.assign(module, {
    ...watchProxies(api.isPyProxy),
    _clear_method_call_singleton() {},
    stackSave: module.wasmExports.emscripten_stack_get_current,
    hiwire: { num_keys: numKeys },
    _hiwire_num_refs: numKeys,
  });
  const globals = pyodide.toPy({});
  const [saveState, restoreState] = pyodide.runPython(START, { globals });
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
    pyproxyIsAlive,
    tests: { Function },
  });
  return pyodide;
}

function pyproxyIsAlive(proxy) {
  try {
    proxy.toString();
    return true;
  } catch {
    return false;
  }
}

/**
 * The proxies of Python objects that are made while a test runs and are not destroyed. The core
 * registers the reference of each proxy for finalization; a destroyed one has no pointer. It does
 * the same for errors and iterators, which are no proxies.
 */
function watchProxies(isPyProxy) {
  const made = new Map();
  let tracing = false;
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (proxy, reference, token) {
    if (tracing && reference?.pointer && isPyProxy(proxy)) {
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
