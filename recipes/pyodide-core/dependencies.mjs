// Which symbols does each entry of the .js files use? Emscripten's linker takes only the entries that
// another one names in its list `__deps`. This program finds the names in the code of the entries
// without a list (those of runtime/libc have lists for bin/python), and writes a library of the lists:
// `node dependencies.mjs FOLDER...`.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// What these entries use of Emscripten's own libraries.
const EMSCRIPTEN = new Set(
  (
    "ERRNO_CODES FS GOT LDSO UTF8ToString addFunction convertJsFunctionToWasm " +
    "currentModuleWeakSymbols freeTableIndexes functionsInTableMap getDylinkMetadata " +
    "getEmptyTableSlot getEnvStrings growMemory isInternalSym isSymbolDefined loadDynamicLibrary " +
    "loadWebAssemblyModule preloadedWasm resolveGlobalSymbol setWasmTableEntry stackAlloc " +
    "stackRestore stackSave stringToNewUTF8 stringToUTF8OnStack wasmTable"
  ).split(" "),
);

const folders = process.argv.slice(2);
/** @param {string} extension */
const read = (extension) =>
  folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(extension))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );
const texts = read(".js");
const declarations = read(".d.ts").join(""); // a C function has `_` before its name

/** @type {Map<string, string>} the name of an entry -> its code */
const entries = new Map();
for (const text of texts) {
  // An entry of addToLibrary({...}) begins with two spaces.
  for (const entry of text.split(/^(?= {2}\$?\w+:\s)/m).slice(1)) {
    const [name, ...code] = entry.trimStart().split(":");
    entries.set(name, code.join(":").replaceAll(/(^| )\/\/.*$/gm, ""));
  }
}

/** @param {string} identifier */
function symbolOf(identifier) {
  if (entries.has(`$${identifier}`) || EMSCRIPTEN.has(identifier)) {
    return [`$${identifier}`];
  }
  return declarations.includes(`declare function ${identifier}(`) && identifier.startsWith("_")
    ? [identifier.slice(1)]
    : [];
}

/** @type {Record<string, string[]>} */
const lists = {};
for (const [name, code] of entries) {
  if (!/__(deps|postset)$/.test(name) && !entries.has(`${name}__deps`)) {
    // No property, but perhaps the operand of `...`.
    const whole = code + (entries.get(`${name}__postset`) ?? "");
    const identifiers = new Set(whole.match(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_]\w*/g));
    const used = [...identifiers].flatMap(symbolOf).filter((symbol) => symbol !== name);
    if (used.length > 0) {
      lists[`${name}__deps`] = used;
    }
  }
}
console.log(`addToLibrary(${JSON.stringify(lists, null, 2)});`);
