// What can a JavaScript object do? Its features choose the class of its JsProxy in the API of today.

addToLibrary({
  // The same numbers as in runtime/py/pyodide/_jsproxy.py.
  $jsFeature: {
    CALLABLE: 1,
    LENGTH: 2,
    GET: 4,
    SET: 8,
    HAS: 16,
    ITERABLE: 32,
    ITERATOR: 64,
    ASYNC_ITERABLE: 128,
    ASYNC_ITERATOR: 256,
    GENERATOR: 512,
    ASYNC_GENERATOR: 1024,
    PROMISE: 2048,
    ARRAY: 4096,
    ARRAY_LIKE: 8192,
    TYPED_ARRAY: 16384,
    BUFFER: 32768,
    ERROR: 65536,
    DOUBLE_PROXY: 131072,
    DISPOSE: 262144,
    ASYNC_DISPOSE: 524288,
    ELEMENT: 1048576,
    WEAK_REF: 2097152,
    RESPONSE: 4194304,
  },

  $jsTypes: "new Map()", // features -> PyTypeObject*
  jstypes_set: (features, type) => {
    jsTypes.set(features, type);
  },

  $jsNull: 0, // address of the Python object `jsnull`
  jstypes_set_null: (null_) => {
    jsNull = null_;
  },

  jstypes_copy: (index) => jsStore(jsValues[index]),

  // A new JsProxy, of the class that the features of the object choose.
  $jsProxy: (value) => {
    const features = jsFeatures(value);
    const type = jsTypes.get(features) ?? _jstypes_make(features);
    return type && _jsproxy_new(jsStore(value), type);
  },

  $jsIsPyProxy: (value) => pyHandle(value) !== undefined,

  // "Array" and the like; "" for a revoked Proxy.
  $jsTag: (value) => {
    try {
      return Object.prototype.toString.call(value).slice(8, -1);
    } catch {
      return "";
    }
  },

  $jsHasMethod: (value, key) => {
    try {
      return typeof value[key] === "function";
    } catch {
      return false; // a getter, or a Proxy
    }
  },

  $jsHasProperty: (value, key) => {
    try {
      return key in value;
    } catch {
      return false;
    }
  },

  $jsIsArray: (value) => {
    try {
      return Array.isArray(value);
    } catch {
      return false; // a revoked Proxy
    }
  },

  // Whether an object is a literal without a name that may be a feature. Most objects are, and the
  // search for properties that an object does not have takes a microsecond.
  $jsIsPlain: (value) => {
    try {
      if (
        Object.getPrototypeOf(value) !== Object.prototype ||
        Object.getOwnPropertySymbols(value).length > 0
      ) {
        return false;
      }
      let count = 0;
      for (const name in value) {
        if (jsFeatureNames.has(name) || ++count > 16) {
          return false;
        }
      }
      return true;
    } catch {
      return false; // a Proxy
    }
  },
  $jsFeatureNames: `new Set(
    "length size get set has includes next then message".split(" "),
  )`,

  // The features of an object or a function. Functions that are no proxies have one feature only.
  $jsFeatures: (value) => {
    const handle = pyHandle(value);
    const isPyProxy = handle !== undefined;
    const isFunction = typeof value === "function";
    if (handle?.reference.pointer === 0) {
      return jsFeature.DOUBLE_PROXY | (isFunction ? jsFeature.CALLABLE : 0);
    }
    if (isFunction && !isPyProxy) {
      // A proxy of Comlink has every property, and reading one sends a message.
      return apiMode.comlink !== undefined && value[apiMode.comlink]
        ? jsFeature.CALLABLE | jsFeature.PROMISE
        : jsFeature.CALLABLE;
    }
    const tag = jsTag(value);
    const isView = ArrayBuffer.isView(value);
    const isArray = jsIsArray(value);
    const hasLength = isArray || (!isFunction && jsHasProperty(value, "length"));
    const iterable = jsHasMethod(value, Symbol.iterator);
    const asyncIterable = jsHasMethod(value, Symbol.asyncIterator);
    const next = jsHasMethod(value, "next");
    const iterator = next && (iterable || !asyncIterable);
    const isTypedArray = isView && tag !== "DataView";
    const isBuffer = isView || tag === "ArrayBuffer";
    const isError =
      !isFunction &&
      !isBuffer &&
      !isPyProxy &&
      jsHasProperty(value, "message") &&
      jsHasProperty(value, "name") &&
      (jsHasProperty(value, "stack") || tag === "DOMException");
    const { dispose, asyncDispose } = /** @type {Value} */ (Symbol);
    let features = 0;
    features |= isFunction ? jsFeature.CALLABLE : 0;
    features |= isPyProxy ? jsFeature.DOUBLE_PROXY : 0;
    features |= hasLength || jsHasProperty(value, "size") ? jsFeature.LENGTH : 0;
    features |= jsHasMethod(value, "get") ? jsFeature.GET : 0;
    features |= jsHasMethod(value, "set") ? jsFeature.SET : 0;
    features |= jsHasMethod(value, "has") || jsHasMethod(value, "includes") ? jsFeature.HAS : 0;
    features |= iterable ? jsFeature.ITERABLE : 0;
    features |= iterator ? jsFeature.ITERATOR : 0;
    features |= asyncIterable ? jsFeature.ASYNC_ITERABLE : 0;
    features |= next && (asyncIterable || !iterable) ? jsFeature.ASYNC_ITERATOR : 0;
    features |= tag === "Generator" ? jsFeature.GENERATOR : 0;
    features |= tag === "AsyncGenerator" ? jsFeature.ASYNC_GENERATOR : 0;
    features |= jsHasMethod(value, "then") ? jsFeature.PROMISE : 0;
    features |= isArray ? jsFeature.ARRAY : 0;
    features |=
      hasLength && iterable && !iterator && !isArray && !isTypedArray ? jsFeature.ARRAY_LIKE : 0;
    features |= isTypedArray ? jsFeature.TYPED_ARRAY : 0;
    features |= isBuffer ? jsFeature.BUFFER : 0;
    features |= isError ? jsFeature.ERROR : 0;
    features |= dispose !== undefined && jsHasMethod(value, dispose) ? jsFeature.DISPOSE : 0;
    features |=
      asyncDispose !== undefined && jsHasMethod(value, asyncDispose) ? jsFeature.ASYNC_DISPOSE : 0;
    features |= tag.endsWith("Element") ? jsFeature.ELEMENT : 0;
    features |= tag === "WeakRef" ? jsFeature.WEAK_REF : 0;
    features |= tag === "Response" ? jsFeature.RESPONSE : 0;
    return features;
  },
});
