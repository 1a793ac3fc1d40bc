// Which functions of Emscripten's dynamic linker are replaced? Each entry takes the place of the
// function or variable of that name in Emscripten 3.1.69 (src/library_dylink.js; readBinary is in
// src/shell.js), and says why.
//
// A new version of Emscripten needs a look at each of them: the linker calls them by name, and
// nothing checks that.

addToLibrary({
  // readBinary(name): the bytes of a file. loadDynamicLibrary reads a library with it, and accepts
  // a WebAssembly.Module in place of the bytes: so the registry's modules come in here.
  // Emscripten's own cannot read MEMFS in a page.
  //
  // The name comes from library.c, or is what a side module needs: a file name, looked up in /lib.
  $libraryRead__postset: "readBinary = libraryRead;",
  $libraryRead: (name) => {
    const [path] = libraryNames(name);
    if (librariesPending.has(path)) {
      librariesGiveUp(librariesPending.get(path));
    }
    const module = libraryModules.get(path);
    if (module !== undefined) {
      librariesLoading.push({ path, module });
      libraryModules.set(path, undefined);
      return module;
    }
    try {
      const bytes = FS.readFile(path);
      librariesLoading.push({ path, module: null });
      return bytes;
    } catch (error) {
      const { errno } = /** @type {{ errno: number }} */ (error);
      if (errno !== ERRNO_CODES.ENOENT) {
        libraryFailed(path, `cannot be read: ${UTF8ToString(_strerror(errno))}`);
      }
      const by = librariesLoading.at(-1)?.path ?? "";
      libraryFailed(
        by,
        `needs the shared library ${path}, which is not there. Load the package that holds it first`,
      );
    }
  },

  // newDSO: the linker's entry of a library. Emscripten's knows it by one name; here each of its
  // names leads to the one instance.
  $libraryScope: {}, // another one for each dlopen
  $newDSO: (name, handle, syms) => {
    if (handle !== undefined) {
      libraryScope = {};
    }
    const dso = { refcount: Infinity, name, exports: syms, global: true, scope: libraryScope };
    for (const each of libraryNames(name)) {
      LDSO.loadedLibsByName[each] = dso;
    }
    if (handle !== undefined) {
      LDSO.loadedLibsByHandle[handle] = dso;
    }
    return dso;
  },

  // GOTHandler: makes the entry of an imported symbol in the global offset table. Here it also
  // notes the symbols without an address, so that reportUndefinedSymbols need not search the whole
  // table.
  $librariesUnresolved: "new Set()", // names in GOT
  $GOTHandler: {
    get(_, name) {
      GOT[name] ??= new WebAssembly.Global({ value: "i32", mutable: true });
      const entry = GOT[name];
      if (!currentModuleWeakSymbols.has(name)) {
        entry.required = true;
      }
      if (entry.value === 0) {
        librariesUnresolved.add(name);
      }
      return entry;
    },
  },

  // reportUndefinedSymbols: gives an address to what has none. The linker calls it when a side
  // module is instantiated, before its constructors run. Emscripten's ignores functions that are
  // imported and not defined, and calling one ends in a TypeError; here the load fails, as with
  // RTLD_NOW, and leaves everything as it was.
  $reportUndefinedSymbols: () => {
    const loaded = librariesLoading.pop();
    if (libraryReplay) {
      return; // a snapshot has all addresses
    }
    const missing = loaded?.module ? libraryUndefined(loaded.path, loaded.module) : [];
    const expected = new Set([...librariesExporting.values()].flat());
    for (const name of librariesUnresolved) {
      if (expected.has(name)) {
        continue;
      }
      librariesUnresolved.delete(name);
      const entry = GOT[name];
      if (entry.value !== 0) {
        continue;
      }
      const { sym } = resolveGlobalSymbol(name, true);
      if (typeof sym === "function" && sym.sig) {
        // addFunction would first search the whole table for it.
        entry.value = getEmptyTableSlot();
        setWasmTableEntry(entry.value, convertJsFunctionToWasm(sym, sym.sig));
      } else if (typeof sym === "function") {
        entry.value = addFunction(sym);
      } else if (typeof sym === "number") {
        entry.value = sym;
      } else if (entry.required) {
        missing.push(name);
        delete GOT[name]; // otherwise every later load would fail, too
      }
    }
    if (missing.length === 0) {
      return;
    }
    if (loaded) {
      librariesLoading.push(loaded);
    }
    libraryFailed(
      loaded?.path ?? "a side module",
      `has undefined symbols: ${[...new Set(missing)].join(", ")}`,
    );
  },

  // getMemory: the memory for a side module, which starts with zeros. Here a snapshot may say where.
  // Emscripten's serves side modules that the main module needs, too; this one needs none.
  $getMemory: (size) => restorePlace()?.memoryBase ?? _calloc(size, 1),

  // updateTableMap: notes the addresses of a side module's functions, right before relocateExports.
  // Here both also note where the side module is, for snapshot.js.
  $libraryPlaces: "[]",
  $libraryTable: { tableBase: 0, tableSize: 0, order: 0 },
  $updateTableMap: (offset, count) => {
    libraryTable = {
      tableBase: offset,
      tableSize: count,
      order: count ? offset : wasmTable.length,
    };
    if (functionsInTableMap) {
      for (let index = offset; index < offset + count; index++) {
        const item = wasmTable.get(index);
        if (item) {
          functionsInTableMap.set(item, index);
        }
      }
    }
  },

  // mergeLibSymbols: makes the exports of a module importable for all. Emscripten's copies each of
  // them; the main module has 10,000, which become the prototype of the imports instead. dlsym asks
  // for own properties.
  $mergeLibSymbols: (exports, name) => {
    if (name === "main") {
      Object.setPrototypeOf(wasmImports, exports);
      const value = (/** @type {string} */ symbol) => symbol in wasmImports;
      Object.defineProperty(wasmImports, "hasOwnProperty", { value });
      return;
    }
    for (const symbol in exports) {
      if (!isSymbolDefined(symbol)) {
        wasmImports[symbol] = exports[symbol];
      }
    }
  },

  // relocateExports: gives the exports of a module, with addresses instead of offsets.
  $relocateExports: (exports, memoryBase, replace) => {
    /** @type {Exports} */
    const relocated = runtimeInitialized ? {} : Object.create(null);
    for (const name in exports) {
      const value = exports[name];
      const number = typeof value === "object" ? value.value : value;
      relocated[name] = typeof number === "number" ? number + memoryBase : number;
    }
    if (runtimeInitialized) {
      libraryPlaces.push({ ...libraryTable, exports: relocated, memoryBase });
    }
    if (libraryReplay) {
      // A snapshot has the data and the addresses.
      delete relocated.__wasm_apply_data_relocs;
      delete relocated.__wasm_call_ctors;
      restoreExports(relocated, { ...libraryTable, memoryBase });
    } else {
      updateGOT(relocated, replace);
    }
    return relocated;
  },

  // updateGOT: adds the exports of a module to the global offset table. Emscripten's updateGOT
  // makes a table entry and a WebAssembly.Global for each of the main module's 10,000 exports,
  // which delays the start. This updateGOT adds an export of the main module only when a side
  // module imports the symbol, and $reportUndefinedSymbols sets the value. As in Emscripten, all
  // modules use the first definition of a symbol.
  $updateGOT: (exports, replace) => {
    for (const name in runtimeInitialized ? exports : GOT) {
      if (!(name in exports) || isInternalSym(name)) {
        continue;
      }
      GOT[name] ??= new WebAssembly.Global({ value: "i32", mutable: true });
      if (replace || GOT[name].value === 0) {
        const value = !replace && isSymbolDefined(name) ? wasmImports[name] : exports[name];
        GOT[name].value = typeof value === "function" ? addFunction(value) : value;
      }
    }
  },

  // dlSetError: sets the message of dlerror(). Emscripten's begins with a line that names the file
  // a second time, and a library that could not be loaded counts as loaded at the next dlopen.
  $dlSetError: (message) => {
    if (message.startsWith("Could not load")) {
      librariesForget();
    }
    const stack = stackSave();
    ___dl_seterr(
      stringToUTF8OnStack(message.replace(/^Could not load dynamic lib: .*\n(Error: )?/, "")),
      0,
    );
    stackRestore(stack);
  },
});
