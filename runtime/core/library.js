// How does a side module get loaded that JavaScript compiled beforehand? This is the registry of
// compiled modules; dylink.js connects it to Emscripten's dynamic linker.
//
// registerLibrary(path, module) stores a compiled module. dlopen instantiates it when Python
// imports the file.
//
// Chromium refuses to instantiate more than 8 MB synchronously on a page's main thread. Such a
// module is instantiated asynchronously when it is registered, and dlopen finds the instance.

addToLibrary({
  $libraryModules: "new Map()", // path -> WebAssembly.Module; undefined once it is instantiated

  $registerLibrary: async (path, module) => {
    snapshotStart();
    if (libraryModules.has(path)) {
      return;
    }
    libraryModules.set(path, module);
    if (ENVIRONMENT_IS_WEB && FS.stat(path).size > 8 << 20) {
      librariesPending.set(path, new Error(`${path} is not instantiated yet: await loadPackage`));
    }
    if (librariesPending.size > 0 && !librariesHeld) {
      await instantiateLibraries();
    }
  },

  // path of a module that is too large for Chromium -> why it is not instantiated
  $librariesPending: "new Map()",
  $librariesInstantiated: "Promise.resolve()",
  $instantiateLibraries: () => {
    librariesInstantiated = librariesInstantiated.then(async () => {
      for (const path of librariesPending.keys()) {
        // A missing symbol may come with another package. If it does not, the import reports this
        // error.
        await instantiateLibrary(path).catch((error) => librariesPending.set(path, error));
      }
    });
    return librariesInstantiated;
  },

  // Instantiates a large module and the libraries that it needs. The exports go to Emscripten's
  // $preloadedWasm, where dlopen looks first.
  $instantiateLibrary: async (path) => {
    const module = /** @type {WebAssembly.Module} */ (libraryModules.get(path));
    const flags = { global: false, nodelete: true, allowUndefined: true };
    libraryScope = {};
    for (const needed of getDylinkMetadata(module).neededDynlibs) {
      const [neededPath] = libraryNames(needed);
      if (librariesPending.has(neededPath)) {
        await instantiateLibrary(neededPath);
      }
      librariesLoading.splice(0, Infinity, { path, module: null });
      loadDynamicLibrary(needed, { ...flags, allowUndefined: false }, {});
    }
    const missing = libraryUndefined(path, module);
    if (missing.length > 0) {
      libraryFailed(path, `has undefined symbols: ${missing.join(", ")}`);
    }
    librariesExporting.set(
      path,
      WebAssembly.Module.exports(module).map(({ name }) => name),
    );
    librariesLoading.splice(0, Infinity, { path, module: null });
    try {
      const exports = await loadWebAssemblyModule(
        FS.readFile(path),
        { ...flags, loadAsync: true },
        path,
        {},
      );
      librariesExporting.delete(path);
      librariesLoading.splice(0, Infinity, { path, module: null });
      reportUndefinedSymbols();
      for (const name of libraryNames(path)) {
        preloadedWasm[name] = exports;
      }
      libraryModules.set(path, undefined);
      librariesPending.delete(path);
    } finally {
      librariesExporting.delete(path);
    }
  },
  // path of a library that is being instantiated -> names that it will define
  $librariesExporting: "new Map()",

  // All names of one library: its path, the name that library.c makes of the path, and for a file
  // in /lib the file name alone, by which side modules need it. Emscripten puts the script's folder
  // before a name that it takes for a URL; `locateFile` takes that folder off.
  $libraryNames: (name) => {
    const path = name.replace(/^compiled:/, "");
    const file = path.replace(/^\/lib\/(?=[^/]*$)/, "");
    return file.includes("/")
      ? [path, `compiled:${path}`]
      : [`/lib/${file}`, `compiled:/lib/${file}`, file];
  },

  // The libraries that are being loaded: the one that dlopen was called for, and those that it
  // needs. The last is instantiated next.
  $librariesLoading: "[]", // { path: string, module: WebAssembly.Module | null }

  library_is_registered: (name) => {
    const [path] = libraryNames(UTF8ToString(name));
    const isRegistered = libraryModules.has(path);
    librariesLoading.length = 0;
    if (!isRegistered) {
      librariesLoading.push({ path, module: null }); // Emscripten reads it by itself
    }
    return isRegistered;
  },

  // Throws an Error; its message is that of dlerror().
  $libraryFailed: (path, what) =>
    librariesGiveUp(new Error(`${path}${libraryOwner(path)} ${what}`)),

  // Throws the error.
  $librariesGiveUp: (error) => {
    librariesForget();
    throw error;
  },

  // Every library that is being loaded can be loaded again.
  $librariesForget: () => {
    for (const [name, { exports }] of Object.entries(LDSO.loadedLibsByName)) {
      if (exports === "loading") {
        delete LDSO.loadedLibsByName[name];
      }
    }
    for (const { path, module } of librariesLoading) {
      if (module) {
        libraryModules.set(path, module);
      }
    }
    librariesLoading.length = 0;
  },

  // " of the package numpy 2.2.6", or "" if no package in /conda-meta lists the file.
  $libraryOwner: (path) => {
    try {
      for (const file of FS.readdir("/conda-meta").filter((name) => name.endsWith(".json"))) {
        const record = JSON.parse(FS.readFile(`/conda-meta/${file}`, { encoding: "utf8" }));
        if (record.files.includes(path.slice(1))) {
          return ` of the package ${record.name} ${record.version}`;
        }
      }
    } catch {
      // The owner is a detail of another error's message.
    }
    return "";
  },

  // The functions that a module imports and that are defined nowhere: not in the main module, not
  // in the module itself, and not in a library that it needs.
  $librariesNeeded: "new Map()", // file name -> file names of the libraries that it needs
  $libraryUndefined: (path, module) => {
    const { neededDynlibs, weakImports } = getDylinkMetadata(module);
    librariesNeeded.set(path.slice(path.lastIndexOf("/") + 1), neededDynlibs);
    const own = new Set(WebAssembly.Module.exports(module).map(({ name }) => name));
    const needed = new Set(neededDynlibs);
    for (const name of needed) {
      for (const further of librariesNeeded.get(name) ?? []) {
        needed.add(further); // the loop visits it, too
      }
    }
    /** @param {string} name */
    const isDefined = (name) =>
      isSymbolDefined(name) ||
      own.has(name) ||
      own.has(`__em_js__${name}`) ||
      weakImports.has(name) ||
      [...needed].some((library) => libraryDefines(library, name));
    return WebAssembly.Module.imports(module)
      .filter(({ module, kind }) => kind === "function" && module === "env")
      .map(({ name }) => name)
      .filter((name) => !isDefined(name));
  },

  $libraryDefines: (library, symbol) => {
    const exports = LDSO.loadedLibsByName[library]?.exports;
    if (exports !== "loading") {
      return exports !== undefined && symbol in exports;
    }
    // Two libraries that need each other. Emscripten looks the symbol up in this one when it is
    // called; by then the library is instantiated.
    const [path] = libraryNames(library);
    const module = librariesLoading.find((loading) => loading.path === path)?.module;
    return module ? WebAssembly.Module.exports(module).some(({ name }) => name === symbol) : false;
  },
});
