// How is a started interpreter saved, and made again without a start?
//
// A snapshot has the memory, and in an object for JSON (`SnapshotState`, snapshot.d.ts) what
// JavaScript has made: the side modules and their places, the functions in the table, the addresses
// of symbols, and the names of the JavaScript values that Python holds. A module of the same
// pyodide.asm.* in which Python has not started takes the state over. docs/snapshots.md says what
// cannot be kept.

addToLibrary({
  // The length of the table before Python starts and side modules are instantiated, which is the
  // same each time.
  $tableStart: 0,
  $snapshotStart: () => {
    tableStart ||= wasmTable.length;
  },

  // Why the interpreter cannot be saved now; "" if it can. Python code must not run.
  $snapshotBusy: () => {
    if (pyCrash.cause !== undefined) {
      return "Python has crashed";
    }
    if (pySuspended.size > 0) {
      return `${pySuspended.size} calls of Python wait for JavaScript (run_sync)`;
    }
    const isRunning = pyEntry() !== 0 || stackSave() !== _emscripten_stack_get_base();
    return isRunning || !_PyGILState_Check() ? "Python code is running" : "";
  },

  // Calls a function of pyodide._snapshot with a text, and returns its text. No PyProxy is made,
  // whose reference the snapshot would keep for ever.
  $snapshotCall: (name, text) => {
    checkAlive();
    const stack = stackSave();
    try {
      const argument = js2pyString(text) || pyThrow();
      return pyOperation(() => pyTake(_core_snapshot_call(stringToUTF8OnStack(name), argument)));
    } finally {
      stackRestore(stack);
    }
  },

  // The state of the interpreter, and its memory without the stack, which the caller must copy
  // before Python runs again. `reasons` says what of it cannot be kept. `roots` are the objects by
  // which values have names.
  $saveSnapshot: (roots) => {
    /** @type {string[]} */
    const reasons = [];
    // What is in the caches of names would stay alive for ever.
    pyNamesForget();
    const libraries = snapshotLibraries(reasons);
    const { values, unnamed } = snapshotValues(roots);
    if (unnamed.length > 0) {
      reasons.push(`Python holds JavaScript values without a name: ${unnamed.join(", ")}`);
    }
    /** @type {SnapshotState} */
    const state = {
      today: apiMode.today,
      memory: HEAPU8.length,
      stack: [_emscripten_stack_get_end() >>> 0, _emscripten_stack_get_base() >>> 0],
      start: tableStart,
      table: wasmTable.length,
      libraries: libraries.map((library) => ({ ...library, exports: {} })),
      functions: snapshotFunctions(libraries, reasons),
      free: [...freeTableIndexes],
      got: Object.fromEntries(Object.entries(GOT).map(([name, { value }]) => [name, value])),
      values,
      freeValues: [...jsFreeIndices],
      proxies: [...jsProxies.values()].map((proxy) => proxy >>> 0),
      hashes: values.map(([index]) => jsHashes.ids.get(jsValues[index]) ?? 0),
      lastHash: jsHashes.last,
      types: [...jsTypes],
    };
    return { state, heap: HEAPU8, reasons };
  },

  // The side modules, in the order of their places in the table, which is that of their loading.
  $snapshotLibraries: (reasons) => {
    const opened = new Map(Object.values(LDSO.loadedLibsByName).map((dso) => [dso.exports, dso]));
    const loaded = new Map(Object.entries(preloadedWasm).map(([name, exports]) => [exports, name]));
    /** @type {Map<Dso, number[]>} */
    const handles = new Map();
    for (const [handle, dso] of Object.entries(LDSO.loadedLibsByHandle)) {
      handles.set(dso, [...(handles.get(dso) ?? []), Number(handle)]);
    }
    const scopes = [...new Set([...opened.values()].map(({ scope }) => scope))];
    /** @type {SavedLibrary[]} */
    const libraries = [];
    for (const { exports, memoryBase, tableBase, tableSize } of [...libraryPlaces].sort(
      (a, b) => a.order - b.order,
    )) {
      const dso = opened.get(exports);
      const name = dso?.name ?? loaded.get(exports);
      if (name === undefined) {
        reasons.push("a side module was not loaded to its end: an import failed");
        continue;
      }
      const [path] = libraryNames(name);
      libraries.push({
        ...{ path, exports, memoryBase, tableBase, tableSize },
        needed: librariesNeeded.get(path.slice(path.lastIndexOf("/") + 1)) ?? [],
        isOpen: dso !== undefined,
        isGlobal: dso?.global ?? false,
        scope: dso === undefined ? -1 : scopes.indexOf(dso.scope),
        handles: (dso && handles.get(dso)) ?? [],
      });
    }
    return libraries;
  },

  // The functions that were put into the table after the start, outside the places of side modules:
  // runs of adjacent ones that one module exports, as [index, module, names]. The module is an index
  // of `libraries`, $snapshotMain, or $snapshotJs.
  $snapshotMain: -1,
  $snapshotJs: -2, // functions of JavaScript (dylink.js)
  $snapshotFunctions: (libraries, reasons) => {
    /** @type {Map<Value, [number, string]>} */
    const owners = new Map();
    /** @type {(exports: Exports, owner: number) => void} */
    const note = (exports, owner) => {
      for (const name in exports) {
        const value = exports[name];
        if (typeof value === "function" && !isInternalSym(name) && !owners.has(value)) {
          owners.set(value, [owner, name]);
        }
      }
    };
    for (const [index, { exports }] of libraries.entries()) {
      note(exports, index);
    }
    note(wasmImports, snapshotMain);
    for (const [name, { value }] of Object.entries(GOT)) {
      if (value >= tableStart && resolveGlobalSymbol(name, true).sym?.sig) {
        owners.set(wasmTable.get(value), [snapshotJs, name]);
      }
    }
    const free = new Set(freeTableIndexes);
    /** @type {SavedFunctions[]} */
    const runs = [];
    let unknown = 0;
    for (let index = tableStart; index < wasmTable.length; index++) {
      const place = libraries.find(
        ({ tableBase, tableSize }) => index >= tableBase && index < tableBase + tableSize,
      );
      if (place) {
        index = place.tableBase + place.tableSize - 1;
        continue;
      }
      if (free.has(index)) {
        continue;
      }
      const [owner, name] = owners.get(wasmTable.get(index)) ?? [];
      if (owner === undefined || name === undefined) {
        unknown++;
        continue;
      }
      const last = runs.at(-1);
      if (last && last[1] === owner && last[0] + last[2].length === index) {
        last[2].push(name);
      } else {
        runs.push([index, owner, [name]]);
      }
    }
    if (unknown > 0) {
      reasons.push(
        `${unknown} functions have an address and belong to no package, such as callbacks of ctypes`,
      );
    }
    return runs;
  },

  // The names of the values that Python holds: [index, root, property, ...].
  $snapshotValues: (roots) => {
    const free = new Set(jsFreeIndices);
    /** @type {SavedValue[]} */
    const values = [];
    /** @type {string[]} */
    const unnamed = [];
    for (const [index, value] of jsValues.entries()) {
      if (free.has(index)) {
        continue;
      }
      const name = snapshotName(value, roots);
      if (name) {
        values.push([index, ...name]);
      } else {
        unnamed.push(snapshotDescription(value));
      }
    }
    return { values, unnamed };
  },

  $snapshotDescription: (value) => {
    try {
      if (jsIsPyProxy(value)) {
        return "a PyProxy";
      }
      if (typeof value === "function") {
        return `the function ${value.name || "without a name"}`;
      }
      return jsIsA(value, Error) ? String(value) : `an object of ${value.constructor?.name}`;
    } catch {
      return "a Proxy";
    }
  },

  // [root, property, ...] of a value that is a root, a property of one, or a function that is a
  // property of a property and has its name.
  $snapshotName: (value, roots) => {
    /** @type {(owner: Value, name: string) => Value} */
    const read = (owner, name) => {
      try {
        return owner[name];
      } catch {
        return undefined; // a getter
      }
    };
    const named = Object.entries(roots);
    for (const [root, object] of named) {
      if (value === object) {
        return [root];
      }
    }
    const own = typeof value === "function" && typeof read(value, "name") === "string";
    for (const [root, object] of named) {
      if (own && read(object, value.name) === value) {
        return [root, value.name];
      }
    }
    for (const [root, object] of named) {
      for (const name of Object.getOwnPropertyNames(object)) {
        const member = read(object, name);
        if (member === value) {
          return [root, name];
        }
        const isObject = typeof member === "function" || (typeof member === "object" && member);
        if (own && isObject && read(member, value.name) === value) {
          return [root, name, value.name];
        }
      }
    }
    return undefined;
  },
});
