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
  jstypes_set__deps: ["$jsTypes"],
  jstypes_set: (features, type) => {
    jsTypes.set(features, type);
  },

  $jsNull: 0, // address of the Python object `jsnull`
  jstypes_set_null__deps: ["$jsNull"],
  jstypes_set_null: (null_) => {
    jsNull = null_;
  },

  jstypes_copy__deps: ["$jsStore", "$jsValues"],
  jstypes_copy: (index) => jsStore(jsValues[index]),

  // A new JsProxy, of the class that the features of the object choose.
  $jsProxy__deps: ["$jsFeatures", "$jsTypes", "$jsStore", "jsproxy_new", "jstypes_make"],
  $jsProxy: (value) => {
    const features = jsFeatures(value);
    const type = jsTypes.get(features) ?? _jstypes_make(features);
    return type && _jsproxy_new(jsStore(value), type);
  },

  $jsIsPyProxy__deps: ["$pyHandle"],
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

  // The features of an object or a function. Functions that are no proxies have one feature only.
  $jsFeatures__deps: [
    "$jsFeature",
    "$jsTag",
    "$jsIsArray",
    "$jsHasMethod",
    "$jsHasProperty",
    "$pyHandle",
    "$apiMode",
  ],
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
    /** @type {[boolean, number][]} */
    const all = [
      [isFunction, jsFeature.CALLABLE],
      [isPyProxy, jsFeature.DOUBLE_PROXY],
      [hasLength || jsHasProperty(value, "size"), jsFeature.LENGTH],
      [jsHasMethod(value, "get"), jsFeature.GET],
      [jsHasMethod(value, "set"), jsFeature.SET],
      [jsHasMethod(value, "has") || jsHasMethod(value, "includes"), jsFeature.HAS],
      [iterable, jsFeature.ITERABLE],
      [iterator, jsFeature.ITERATOR],
      [asyncIterable, jsFeature.ASYNC_ITERABLE],
      [next && (asyncIterable || !iterable), jsFeature.ASYNC_ITERATOR],
      [tag === "Generator", jsFeature.GENERATOR],
      [tag === "AsyncGenerator", jsFeature.ASYNC_GENERATOR],
      [jsHasMethod(value, "then"), jsFeature.PROMISE],
      [isArray, jsFeature.ARRAY],
      [hasLength && iterable && !iterator && !isArray && !isTypedArray, jsFeature.ARRAY_LIKE],
      [isTypedArray, jsFeature.TYPED_ARRAY],
      [isBuffer, jsFeature.BUFFER],
      [isError, jsFeature.ERROR],
      [dispose !== undefined && jsHasMethod(value, dispose), jsFeature.DISPOSE],
      [asyncDispose !== undefined && jsHasMethod(value, asyncDispose), jsFeature.ASYNC_DISPOSE],
      [tag.endsWith("Element"), jsFeature.ELEMENT],
      [tag === "WeakRef", jsFeature.WEAK_REF],
      [tag === "Response", jsFeature.RESPONSE],
    ];
    let features = 0;
    for (const [present, feature] of all) {
      features |= present ? feature : 0;
    }
    return features;
  },
});
