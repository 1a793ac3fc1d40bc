// Which members of the interpreter do only Pyodide's own tests use?
//
// The runner puts this module in front of the site's pyodide.mjs. pytest-pyodide and the tests'
// conftest.py read counts of proxies, save the state of Python between tests, and call functions of
// CPython's C API. Programs do not.

/** Python: names of upstream's modules and flags, and the state that tests share. */
const START = `
import gc, sys, types, __main__
import _pyodide_core as core
import pyodide_js
from pyodide import _jsbind, _jsimport
from pyodide._jscontainers import JsonDict, JsonList, ObjectMap
from pyodide.ffi import JsException, JsPromise, JsProxy, to_js

sys.modules["_pyodide"] = types.ModuleType("_pyodide")
sys.modules["_pyodide.jsbind"] = _jsbind

core.js_flags = {"IS_OBJECT_MAP": 1, "IS_PY_JSON_DICT": 2, "IS_PY_JSON_SEQUENCE": 4}

def type_flags(proxy):
    if isinstance(proxy, JsonDict | JsonList):
        return 2 if isinstance(proxy, JsonDict) else 4
    return int(isinstance(proxy, ObjectMap))

for cls in JsProxy, JsException:
    core.adopt(cls, {"_js_type_flags": property(type_flags)})

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
    gc.collect()

def is_promise(value):
    return isinstance(value, JsPromise)

def to_js_with_depth(address, depth, pyproxies):
    holder = {}
    pyodide_js._module._PyDict_SetItem(id(holder), id(0), address)
    return to_js(holder[0], depth=depth, pyproxies=pyproxies)

save_state, restore_state, gc.collect, is_promise, to_js_with_depth
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
  const globals = pyodide.toPy({});
  const [saveState, restoreState, collect, isPromise, toJsWithDepth] = pyodide.runPython(START, {
    globals,
  });
  const isAlive = () => {
    try {
      module.checkAlive();
      return true;
    } catch {
      return false;
    }
  };
  const numKeys = () => module.jsValues.length - module.jsFreeIndices.length;
  Object.assign(module, {
    ...watchProxies(pyodide),
    _clear_method_call_singleton() {},
    stackSave: module.wasmExports.emscripten_stack_get_current,
    hiwire: {
      // A collected error releases the exception of Python, with all that its frames hold.
      async num_keys() {
        globalThis.gc?.();
        await new Promise((resolve) => setTimeout(resolve));
        collect();
        return numKeys();
      },
    },
    _hiwire_num_refs: numKeys,
    _run_main: () => module._Py_RunMain(),
    _python2js_with_depth: toJsWithDepth,
  });
  Object.assign(api, {
    saveState,
    /** @param {any} state */
    restoreState(state) {
      if (isAlive()) {
        restoreState(state);
      }
    },
    fail_test: false,
    importlib: pyodide.pyimport("importlib"),
    package_loader: {},
    pyodide_code: pyodide.pyimport("pyodide.code"),
    pyodide_ffi: pyodide.pyimport("pyodide.ffi"),
    /** @param {boolean} useRepr */
    setPyProxyToStringMethod(useRepr) {
      module.apiMode.toStringIsRepr = useRepr;
    },
    isPromise,
    pyproxyIsAlive,
    tests: { Function },
  });
  return pyodide;
}

/** @param {any} proxy */
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
 *
 * @param {any} pyodide
 */
function watchProxies(pyodide) {
  const made = new Map();
  let tracing = false;
  /** @type {object | undefined} */
  let finalizer;
  const { register } = FinalizationRegistry.prototype;
  FinalizationRegistry.prototype.register = function (proxy, reference, token) {
    if (tracing && this === finalizer && pyodide._api.isPyProxy(proxy)) {
      made.set(reference, proxy);
    }
    finalizer ??= this;
    return register.call(this, proxy, reference, token);
  };
  pyodide.toPy({}).destroy(); // registered by this interpreter
  const live = () => {
    for (const reference of made.keys()) {
      if (reference.pointer === 0) {
        made.delete(reference); // it may have a promise, whose error would live on
      }
    }
    return [...made.values()];
  };
  return {
    pyproxy_alloc_map: {
      get size() {
        return live().length;
      },
      entries: () => live().map((proxy) => [proxy, ""]),
    },
    enable_pyproxy_allocation_tracing() {
      tracing = true;
    },
    disable_pyproxy_allocation_tracing() {
      tracing = false;
      live();
    },
  };
}
