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

  // Called when a JsProxy is deallocated. Methods are not in $jsProxies: each read makes a new one.
  table_release: (index, isMethod) => {
    if (!isMethod) {
      jsProxies.delete(jsValues[index]);
    }
    jsValues[index] = undefined;
    jsFreeIndices.push(index);
  },

  // A cache of attribute names, for both directions: programs use few names many times. Each entry
  // holds one reference to the Python string. A full cache is emptied.
  $pyNames: "new Map()", // string -> PyObject*
  $pyNameStrings: "new Map()", // PyObject* -> string

  // The Python string of an attribute's name. The reference is borrowed from the cache.
  $pyName: (string) => {
    let name = pyNames.get(string);
    if (name === undefined) {
      name = _js2py_intern(js2pyString(string) || pyThrow()) >>> 0;
      pyNameKeep(name, string);
    }
    return name;
  },

  $pyNameString: (name) => {
    name >>>= 0;
    let string = pyNameStrings.get(name);
    if (string === undefined) {
      string = py2jsString(name);
      _Py_IncRef(name);
      pyNameKeep(name, string);
    }
    return string;
  },

  $pyNameKeep: (name, string) => {
    if (pyNameStrings.size >= 4096) {
      const names = [...pyNameStrings.keys()];
      pyNames.clear();
      pyNameStrings.clear();
      for (const old of names) {
        _enter_release(old);
      }
    }
    pyNames.set(string, name);
    pyNameStrings.set(name, string);
  },
});
