// How does a module in which Python has not started become the interpreter of a snapshot? (See
// snapshot.js.)

addToLibrary({
  // Side modules are registered, and large ones are not instantiated yet: a snapshot says where.
  $librariesHeld: false,
  $holdLibraries: () => {
    librariesHeld = true;
  },

  // Makes this module the interpreter of a snapshot. Throws an Error that says what differs; then
  // the module is not usable. `fill` writes the memory except the stack, whose bytes are 0 before.
  $restoreSnapshot: async (state, start, mode, roots, fill) => {
    Object.assign(apiMode, mode);
    tableStart = wasmTable.length;
    if (tableStart !== state.start || _emscripten_stack_get_base() >>> 0 !== state.stack[1]) {
      throw new Error("the interpreter starts in another way here");
    }
    if (state.memory > HEAPU8.length && !growMemory(state.memory)) {
      throw new RangeError(`there are no ${state.memory} bytes of memory`);
    }
    for (const name in state.got) {
      if (GOT[name] === undefined) {
        GOT[name] = new WebAssembly.Global({ value: "i32", mutable: true }, state.got[name]);
      } else if (GOT[name].value !== state.got[name]) {
        throw new Error(`the symbol ${name} has another address here`);
      }
    }
    librariesUnresolved.clear();
    const exports = await restoreLibraries(state.libraries);
    restoreFunctions(state, exports);
    HEAPU8.fill(0, 0, state.stack[0]);
    HEAPU8.fill(0, state.stack[1]);
    fill(HEAPU8);
    restoreValues(state, roots);
    _core_resume();
    const runtime = wasmImports._Py_emscripten_runtime();
    const system = { environ: getEnvStrings(), runtime: UTF8ToString(runtime) };
    _free(runtime);
    snapshotCall("resume", JSON.stringify({ ...start, ...system }));
    librariesHeld = false;
    if (librariesPending.size > 0) {
      await instantiateLibraries();
    }
  },

  // Instantiates the side modules at their places. Their data come with the memory: no relocations
  // and no constructors (dylink.js, relocateExports).
  $libraryReplay: "undefined",
  $restoreLibraries: async (libraries) => {
    /** @type {Map<number, Exports>} */
    const scopes = new Map();
    /** @type {Exports[]} */
    const exports = [];
    functionsInTableMap = undefined; // made again by the next addFunction
    try {
      for (const library of libraries) {
        const { path, needed, isOpen, isGlobal, scope, tableBase, tableSize } = library;
        libraryReplay = library;
        librariesNeeded.set(path.slice(path.lastIndexOf("/") + 1), needed);
        if (tableSize > 0 && tableBase > wasmTable.length) {
          wasmTable.grow(tableBase - wasmTable.length);
        }
        const local = scopes.get(scope) ?? {};
        scopes.set(scope, local);
        const flags = { global: isGlobal, nodelete: true, allowUndefined: true };
        if (librariesPending.has(path) || !isOpen) {
          await instantiateLibrary(path);
        }
        if (isOpen) {
          const name = libraryModules.has(path) ? `compiled:${path}` : path;
          loadDynamicLibrary(name, flags, local);
          const dso = LDSO.loadedLibsByName[path];
          dso.scope = local;
          for (const handle of library.handles) {
            LDSO.loadedLibsByHandle[handle] = dso;
          }
        }
        const place = libraryPlaces.at(-1);
        if (place?.memoryBase !== library.memoryBase || place.tableBase !== tableBase) {
          throw new Error(`${path} is at another place here`);
        }
        exports.push(place.exports);
      }
    } finally {
      libraryReplay = undefined;
      librariesLoading.length = 0;
    }
    return exports;
  },

  $restoreFunctions: (state, exports) => {
    if (state.table > wasmTable.length) {
      wasmTable.grow(state.table - wasmTable.length);
    }
    if (wasmTable.length !== state.table) {
      throw new Error("the table has another length here");
    }
    for (const [start, owner, names] of state.functions) {
      const from = owner === snapshotMain ? wasmExports : exports[owner];
      const functions =
        owner === snapshotJs
          ? libraryWrap(names.map((name) => resolveGlobalSymbol(name, true).sym))
          : names.map((name) => from[name]);
      functions.forEach((f, i) => {
        setWasmTableEntry(start + i, f);
      });
    }
    freeTableIndexes.push(...state.free);
  },

  $restoreValues: (state, roots) => {
    const { values, freeValues, proxies, hashes, lastHash, types } = state;
    for (const [features, type] of types) {
      jsTypes.set(features, type);
    }
    jsFreeIndices.splice(0, Infinity, ...freeValues);
    jsValues.length = values.length + freeValues.length;
    jsHashes.last = lastHash;
    const pointers = new Map(proxies.map((proxy) => [jsIndex(proxy), proxy]));
    valuesToName = values.map(([index, ...name], i) => [
      name,
      index,
      pointers.get(index),
      hashes[i],
    ]);
    for (const [root, object] of Object.entries(roots)) {
      nameValues(root, object);
    }
  },

  // Gives Python the values that a snapshot knows by a root. The root `pyodide` exists only after
  // the memory is restored.
  $valuesToName: "[]",
  $nameValues: (root, object) => {
    valuesToName = valuesToName.filter(([[first, ...names], index, proxy, hash]) => {
      if (first !== root) {
        return true;
      }
      const value = names.reduce((owner, name) => owner?.[name], /** @type {Value} */ (object));
      if (value === undefined) {
        throw new Error(`Python needs ${[first, ...names].join(".")}, which does not exist here`);
      }
      jsValues[index] = value;
      if (proxy !== undefined) {
        jsProxies.set(value, proxy);
      }
      if (hash !== 0) {
        jsHashes.ids.set(value, hash);
      }
      return false;
    });
  },
});
