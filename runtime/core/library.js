// How does a side module get loaded that JavaScript compiled beforehand?
//
// registerLibrary(path, module) stores a compiled module. Emscripten's loader reads a library through
// `readBinary`, and takes a WebAssembly.Module in place of bytes; so that function, replaced here, is
// the whole hook. The instance is made on import. What it lacks is an error then, as with RTLD_NOW, and leaves
// everything as it was; Emscripten would call an undefined function and crash.
//
// Chromium refuses to instantiate more than 8 MB there and then on a page's main thread. Such a module is
// instantiated when it is registered, where that can be waited for, and lies ready for the import.

addToLibrary({
  $libraryModules: "new Map()", // path -> WebAssembly.Module; undefined once it is instantiated
  $libraryModules__postset: "readBinary = libraryRead;",
  $libraryModules__deps: ["$libraryRead"],

  $registerLibrary__deps: ["$libraryModules", "$librariesPending", "$instantiateLibraries", "$FS"],
  $registerLibrary: async (path, module) => {
    if (libraryModules.has(path)) return;
    libraryModules.set(path, module);
    if (ENVIRONMENT_IS_WEB && FS.stat(path).size > 8 << 20) {
      librariesPending.set(path, new Error(`${path} is not instantiated yet: await loadPackage`));
    }
    if (librariesPending.size > 0) await instantiateLibraries();
  },

  $librariesPending: "new Map()", // path of a module that is too large for Chromium -> why it is not instantiated
  $librariesInstantiated: "Promise.resolve()",
  $instantiateLibraries__deps: ["$librariesPending", "$librariesInstantiated", "$instantiateLibrary"],
  $instantiateLibraries: () => {
    librariesInstantiated = librariesInstantiated.then(async () => {
      for (const path of librariesPending.keys()) {
        // What it lacks may come with another package. If not, the import says so.
        await instantiateLibrary(path).catch((error) => librariesPending.set(path, error));
      }
    });
    return librariesInstantiated;
  },

  // Instantiates a large module and what it needs; dlopen finds it among what Emscripten calls preloaded.
  $instantiateLibrary__deps: ["$libraryModules", "$librariesPending", "$librariesLoading", "$libraryNames",
    "$libraryUndefined", "$libraryFailed", "$reportUndefinedSymbols", "$getDylinkMetadata", "$loadDynamicLibrary",
    "$loadWebAssemblyModule", "$preloadedWasm", "$librariesExporting", "$FS"],
  $instantiateLibrary: async (path) => {
    const module = libraryModules.get(path);
    const flags = { global: false, nodelete: true, allowUndefined: true };
    for (const needed of getDylinkMetadata(module).neededDynlibs) {
      const [other] = libraryNames(needed);
      if (librariesPending.has(other)) await instantiateLibrary(other);
      librariesLoading.splice(0, Infinity, { path, module: null });
      loadDynamicLibrary(needed, { ...flags, allowUndefined: false }, {});
    }
    const missing = libraryUndefined(path, module);
    if (missing.length > 0) libraryFailed(path, `has undefined symbols: ${missing.join(", ")}`);
    librariesExporting.set(path, WebAssembly.Module.exports(module).map(({ name }) => name));
    try {
      const exports = await loadWebAssemblyModule(FS.readFile(path), { ...flags, loadAsync: true }, path, {});
      librariesExporting.delete(path);
      librariesLoading.splice(0, Infinity, { path, module: null });
      reportUndefinedSymbols();
      for (const name of libraryNames(path)) preloadedWasm[name] = exports;
      libraryModules.set(path, undefined);
      librariesPending.delete(path);
    } finally {
      librariesExporting.delete(path);
    }
  },
  $librariesExporting: "new Map()", // path -> names that will be defined when it is instantiated

  // The names of one library: its path, what library.c makes of that, and the file name alone, by which side
  // modules need what is in /lib. Emscripten puts the script's folder before a name that it takes for a URL;
  // `locateFile` takes it off.
  $libraryNames: (name) => {
    const path = name.replace(/^compiled:/, "");
    const file = path.replace(/^\/lib\/(?=[^/]*$)/, "");
    return file.includes("/") ? [path, `compiled:${path}`] : [`/lib/${file}`, `compiled:/lib/${file}`, file];
  },

  // As Emscripten's, but a library is found by each of its names.
  $newDSO__deps: ["$LDSO", "$libraryNames"],
  $newDSO: (name, handle, syms) => {
    const dso = { refcount: Infinity, name, exports: syms, global: true };
    for (const each of libraryNames(name)) LDSO.loadedLibsByName[each] = dso;
    if (handle !== undefined) LDSO.loadedLibsByHandle[handle] = dso;
    return dso;
  },

  // What is being loaded: the library that dlopen was called for, and those that it needs, of which the last is next.
  $librariesLoading: "[]", // { path: string, module: WebAssembly.Module | null }

  library_is_registered__deps: ["$libraryModules", "$librariesLoading", "$libraryNames", "$UTF8ToString"],
  library_is_registered: (name) => {
    const [path] = libraryNames(UTF8ToString(name));
    const isRegistered = libraryModules.has(path);
    librariesLoading.length = 0;
    if (!isRegistered) librariesLoading.push({ path, module: null }); // Emscripten reads it by itself
    return isRegistered;
  },

  // `name` comes from library.c, or is what a side module says it needs: a file name, looked up in /lib.
  $libraryRead__deps: ["$libraryModules", "$librariesPending", "$librariesLoading", "$libraryNames",
    "$libraryFailed", "$librariesGiveUp", "$FS"],
  $libraryRead: (name) => {
    const [path] = libraryNames(name);
    if (librariesPending.has(path)) librariesGiveUp(librariesPending.get(path));
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
    } catch {
      const by = librariesLoading.at(-1)?.path ?? "";
      libraryFailed(by, `needs the shared library ${path}, which is not there. Load the package that holds it first`);
    }
  },

  // Throws what dlerror() says then.
  $libraryFailed__deps: ["$libraryOwner", "$librariesGiveUp"],
  $libraryFailed: (path, what) => librariesGiveUp(new Error(`${path}${libraryOwner(path)} ${what}`)),

  // Throws the error. All that was to be loaded can be loaded another time.
  $librariesGiveUp__deps: ["$libraryModules", "$librariesLoading", "$LDSO"],
  $librariesGiveUp: (error) => {
    for (const [name, { exports }] of Object.entries(LDSO.loadedLibsByName)) {
      if (exports === "loading") delete LDSO.loadedLibsByName[name];
    }
    for (const { path, module } of librariesLoading) {
      if (module) libraryModules.set(path, module);
    }
    librariesLoading.length = 0;
    throw error;
  },

  // " of the package numpy 2.2.6", if a package says that the file is its own.
  $libraryOwner__deps: ["$FS"],
  $libraryOwner: (path) => {
    try {
      for (const file of FS.readdir("/conda-meta").filter((name) => name.endsWith(".json"))) {
        const record = JSON.parse(FS.readFile(`/conda-meta/${file}`, { encoding: "utf8" }));
        if (record.files.includes(path.slice(1))) return ` of the package ${record.name} ${record.version}`;
      }
    } catch {
      // Nobody knows.
    }
    return "";
  },

  // As Emscripten's, but what has no address yet is remembered, so that nobody need look through the whole table.
  $librariesUnresolved: "new Set()", // names in GOT
  $GOTHandler__deps: ["$GOT", "$currentModuleWeakSymbols", "$librariesUnresolved"],
  $GOTHandler: {
    get(_, name) {
      const entry = (GOT[name] ??= new WebAssembly.Global({ value: "i32", mutable: true }));
      if (!currentModuleWeakSymbols.has(name)) entry.required = true;
      if (entry.value === 0) librariesUnresolved.add(name);
      return entry;
    },
  },

  // Called when a side module is instantiated, before its constructors run: a function that it imports is an
  // empty promise so far.
  $reportUndefinedSymbols__deps: ["$GOT", "$resolveGlobalSymbol", "$addFunction", "$librariesLoading",
    "$libraryFailed", "$libraryUndefined", "$librariesExporting", "$librariesUnresolved"],
  $reportUndefinedSymbols: () => {
    const loaded = librariesLoading.pop();
    const missing = loaded?.module ? libraryUndefined(loaded.path, loaded.module) : [];
    const expected = new Set([...librariesExporting.values()].flat());
    for (const name of librariesUnresolved) {
      if (expected.has(name)) continue;
      librariesUnresolved.delete(name);
      const entry = GOT[name];
      if (entry.value !== 0) continue;
      const { sym } = resolveGlobalSymbol(name, true);
      if (typeof sym === "function") {
        entry.value = addFunction(sym, sym.sig);
      } else if (typeof sym === "number") {
        entry.value = sym;
      } else if (entry.required) {
        missing.push(name);
        delete GOT[name]; // or all that is loaded from now on would fail, too
      }
    }
    if (missing.length === 0) return;
    if (loaded) librariesLoading.push(loaded);
    libraryFailed(loaded?.path ?? "a side module", `has undefined symbols: ${[...new Set(missing)].join(", ")}`);
  },

  // The functions that a module imports and nobody has: not the main module, not itself, no library that it needs.
  $librariesNeeded: "new Map()", // file name -> those of the libraries that it needs
  $libraryUndefined__deps: ["$isSymbolDefined", "$getDylinkMetadata", "$librariesNeeded", "$LDSO"],
  $libraryUndefined: (path, module) => {
    const { neededDynlibs, weakImports } = getDylinkMetadata(module);
    librariesNeeded.set(path.slice(path.lastIndexOf("/") + 1), neededDynlibs);
    const own = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
    const needed = new Set(neededDynlibs);
    for (const name of needed) librariesNeeded.get(name)?.forEach((other) => needed.add(other));
    const scopes = [...needed].map((name) => LDSO.loadedLibsByName[name]?.exports ?? {});
    return WebAssembly.Module.imports(module)
      .filter(({ module, kind }) => kind === "function" && module === "env")
      .map(({ name }) => name)
      .filter((name) => !isSymbolDefined(name) && !own.has(name) && !own.has(`__em_js__${name}`) &&
        !weakImports.has(name) && !scopes.some((exports) => name in exports));
  },

  $dlSetError__deps: ["__dl_seterr", "$stringToUTF8OnStack", "$stackSave", "$stackRestore"],
  $dlSetError: (message) => {
    const stack = stackSave();
    ___dl_seterr(stringToUTF8OnStack(message.replace(/^Could not load dynamic lib: .*\n(Error: )?/, "")), 0);
    stackRestore(stack);
  },

  // Emscripten 3.1.69 makes a table entry and a WebAssembly.Global for each of the main module's 10,000
  // exports, which is a good part of the time to start. Here an entry of the main module is made when a side
  // module asks for it; Emscripten's $reportUndefinedSymbols fills it in then. As before, what is defined
  // first is what everybody gets.
  $updateGOT__deps: ["$GOT", "$isInternalSym", "$isSymbolDefined", "$addFunction"],
  $updateGOT: (exports, replace) => {
    for (const name in exports) {
      if (isInternalSym(name) || (!runtimeInitialized && !(name in GOT))) {
        continue;
      }
      GOT[name] ??= new WebAssembly.Global({ value: "i32", mutable: true });
      if (replace || GOT[name].value === 0) {
        const value = !replace && isSymbolDefined(name) ? wasmImports[name] : exports[name];
        GOT[name].value = typeof value === "function" ? addFunction(value) : value;
      }
    }
  },
});
