// How does a side module get loaded that JavaScript compiled beforehand?
//
// registerLibrary(path, module) stores a compiled module. Emscripten's loader reads a library through
// `readBinary`, and takes a WebAssembly.Module in place of bytes; so that function, replaced here, is
// the whole hook. The instance is made on import.

addToLibrary({
  $libraryModules: "new Map()", // path -> WebAssembly.Module; undefined once it is instantiated
  $libraryModules__postset: "readBinary = libraryRead;",
  $libraryModules__deps: ["$libraryRead"],

  $registerLibrary__deps: ["$libraryModules"],
  $registerLibrary: (path, module) => {
    if (!libraryModules.has(path)) {
      libraryModules.set(path, module);
    }
  },

  library_is_registered__deps: ["$libraryModules", "$UTF8ToString"],
  library_is_registered: (path) => libraryModules.has(UTF8ToString(path)),

  // `name` comes from library.c, or is what a side module says it needs: a file name, looked up in /lib.
  $libraryRead__deps: ["$libraryModules", "$FS"],
  $libraryRead: (name) => {
    // Emscripten puts the script's folder before a name that it takes for a URL; `locateFile` takes it off.
    const path = name.startsWith("compiled:") ? name.slice(9) : name.includes("/") ? name : `/lib/${name}`;
    const module = libraryModules.get(path);
    if (module !== undefined) {
      libraryModules.set(path, undefined);
      return module;
    }
    try {
      return FS.readFile(path);
    } catch {
      throw new Error(`${path}: no such shared library; load the package that holds it first`);
    }
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
