// Which protocols does a Python object implement? A PyProxy has the members of these.

addToLibrary({
  // Up to DICT the same numbers as in pyflags.c.
  $pyFlag: {
    LENGTH: 1 << 0,
    GET: 1 << 1,
    SET: 1 << 2,
    HAS: 1 << 3,
    ITERABLE: 1 << 4,
    ITERATOR: 1 << 5,
    AWAITABLE: 1 << 6,
    BUFFER: 1 << 7,
    CALLABLE: 1 << 8,
    ASYNC_ITERABLE: 1 << 9,
    ASYNC_ITERATOR: 1 << 10,
    GENERATOR: 1 << 11,
    ASYNC_GENERATOR: 1 << 12,
    SEQUENCE: 1 << 13,
    MUTABLE_SEQUENCE: 1 << 14,
    JSON_DICT: 1 << 15, // of asJsJson()
    JSON_SEQUENCE: 1 << 16,
    DICT: 1 << 17,
    BUFFER_VIEW: 1 << 18, // no proxy
    ERROR: 1 << 19,
    PROXY: 1 << 20,
    SINGLE: 1 << 30,
  },
  // The member by which pyodide/ffi knows what comes from an interpreter (runtime/js/ffi.ts).
  $pyFlagsKey: 'Symbol.for("pyodide.flags")',
  $pyTypeFlags: "new Map()", // version of a type -> its flags

  // CPython gives a type a new version when the type or a base changes, and never gives a version
  // twice; 0 is none.
  $pyFlags: (object) => {
    const type = pyType(object);
    let version = pyTypeVersion(type);
    const known = pyTypeFlags.get(version);
    if (known !== undefined) {
      return known;
    }
    const flags = _pyflags_of(object);
    if (flags & pyFlag.SINGLE) {
      return flags ^ pyFlag.SINGLE;
    }
    version = pyTypeVersion(type);
    if (version !== 0) {
      pyTypeFlags.set(version, flags);
    }
    return flags;
  },
});
