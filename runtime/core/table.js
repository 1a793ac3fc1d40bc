// Which JavaScript values does Python hold? They are all in one table. A JsProxy has an index into
// it, and a JavaScript object always has the same JsProxy.

addToLibrary({
  $jsValues: "[]", // index -> value
  $jsFreeIndices: "[]",
  $jsProxies: "new Map()", // value -> its JsProxy*, borrowed

  $jsStore: (value) => {
    const index = jsFreeIndices.pop() ?? jsValues.length;
    jsValues[index] = value;
    return index;
  },

  // PyProxies that live as long as the one JsProxy of them.
  $jsLent: "new Set()",

  // Called when a JsProxy is deallocated. Methods are not in $jsProxies: each read makes a new one.
  table_release: (index, isMethod) => {
    const value = jsValues[index];
    if (!isMethod) {
      jsProxies.delete(value);
    }
    if (jsLent.size !== 0 && jsLent.delete(value)) {
      pyDestroy(value);
    }
    jsValues[index] = undefined;
    jsFreeIndices.push(index);
  },

  // A cache of attribute names, for both directions: programs use few names many times. Each entry
  // holds one reference to the Python string. A full cache is emptied.
  $pyNames: "new Map()", // string -> PyObject*
  $pyNameStrings: "new Map()", // PyObject* -> JavaScript's name of the attribute

  // The Python string of an attribute's name. The reference is borrowed from the cache.
  $pyName: (string) => {
    let name = pyNames.get(string);
    if (name === undefined) {
      name = _js2py_intern(js2pyString(string) || pyThrow()) >>> 0;
      pyNameKeep(name, string);
    }
    return name;
  },

  // JavaScript's name of an attribute: Python writes `finally_` for `finally`.
  $pyNameString: (name) => {
    name >>>= 0;
    const string = pyNameStrings.get(name);
    if (string !== undefined) {
      return string;
    }
    _Py_IncRef(name);
    return pyNameKeep(name, py2jsString(name));
  },

  $pyNameKeep: (name, string) => {
    if (pyNameStrings.size >= 4096) {
      pyNamesForget();
    }
    const attribute = apiMode.today ? jsAttribute(string) : string;
    pyNames.set(string, name);
    pyNameStrings.set(name, attribute);
    return attribute;
  },

  $pyNamesForget: () => {
    const names = [...pyNameStrings.keys()];
    pyNames.clear();
    pyNameStrings.clear();
    for (const name of names) {
      _enter_release(name);
    }
  },
});
