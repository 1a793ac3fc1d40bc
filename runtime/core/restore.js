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
    snapshotStart();
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
    await restoreLibraries(state.libraries);
    restoreFunctions(state);
    HEAPU8.fill(0, 0, state.stack[0]);
    HEAPU8.fill(0, state.stack[1]);
    fill(HEAPU8);
    restoreValues(state, roots);
    _core_resume();
    for (const { exports } of state.libraries) {
      exports.sqlite3_randomness?.(0, 0); // SQLite starts again with random bytes of the system
    }
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
  // and no constructors (dylink.js, relocateExports). As dlopen did, the last of those with one scope
  // loads the others, so that they follow each other in the same order.
  $libraryReplay: "undefined", // the side modules that are not instantiated yet
  $restoreLibraries: async (libraries) => {
    functionsInTableMap = undefined; // made again by the next addFunction
    libraryReplay = [...libraries];
    try {
      restoreTable();
      for (const library of libraries) {
        const last = libraries.findLast(({ scope }) => scope === library.scope);
        for (const { path, isOpen, isGlobal } of library.isOpen && last
          ? [last, library]
          : [library]) {
          if (isOpen ? LDSO.loadedLibsByName[path] : preloadedWasm[path]) {
            continue;
          }
          if (librariesPending.has(path) || !isOpen) {
            await instantiateLibrary(path);
          }
          if (isOpen) {
            librariesLoading.length = 0;
            libraryScope = {};
            const flags = { global: isGlobal, nodelete: true, allowUndefined: false };
            loadDynamicLibrary(libraryModules.has(path) ? `compiled:${path}` : path, flags, {});
          }
        }
        const dso = LDSO.loadedLibsByName[library.path];
        if (library.isGlobal && !dso.global) {
          mergeLibSymbols(library.exports, library.path);
          dso.global = true;
        }
        for (const handle of library.handles) {
          LDSO.loadedLibsByHandle[handle] = dso;
        }
      }
    } finally {
      libraryReplay = undefined;
      librariesLoading.length = 0;
    }
  },

  // Grows the table to the place of the next side module: the linker appends.
  $restoreTable: () => {
    const next = libraryReplay?.find(({ tableSize }) => tableSize > 0);
    if (next && next.tableBase > wasmTable.length) {
      wasmTable.grow(next.tableBase - wasmTable.length);
    }
  },

  // The place of the side module that is being instantiated.
  $restorePlace: () => {
    const path = librariesLoading.at(-1)?.path;
    return libraryReplay?.find((library) => library.path === path);
  },

  // Notes that a side module is instantiated.
  $restoreExports: (exports, found) => {
    const place = restorePlace();
    if (place?.memoryBase !== found.memoryBase || place.tableBase !== found.tableBase) {
      throw new Error(`${librariesLoading.at(-1)?.path} is at another place here`);
    }
    librariesNeeded.set(place.path.slice(place.path.lastIndexOf("/") + 1), place.needed);
    place.exports = exports;
    libraryReplay?.splice(libraryReplay.indexOf(place), 1);
    restoreTable();
  },

  $restoreFunctions: (state) => {
    if (state.table > wasmTable.length) {
      wasmTable.grow(state.table - wasmTable.length);
    }
    if (wasmTable.length !== state.table) {
      throw new Error("the table has another length here");
    }
    for (const [start, owner, names] of state.functions) {
      const from = owner === snapshotMain ? wasmImports : state.libraries[owner]?.exports;
      const functions =
        owner === snapshotJs
          ? names.map((name) => {
              const { sym } = resolveGlobalSymbol(name, true);
              return convertJsFunctionToWasm(sym, sym.sig);
            })
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
