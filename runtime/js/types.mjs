// Writes the types of the API for TypeScript programs.
//
// tsc makes a declaration file of each module. This script puts the declarations that a program can
// reach from one module into one file, so that a program needs no other file of the site.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file of the site -> the module whose exports it has. */
const FILES = { "pyodide.d.ts": "module", "ffi.d.ts": "ffi" };

// tsc starts each statement, and the comment before it, at the left margin.
const STATEMENT =
  /^(?:\/\*\*[\s\S]*?\*\/\n)?(?:import|export|declare|interface|type)\b.*(?:\n(?!\/\*\*|import|export|declare|interface|type).*)*/gm;
const COMMENT = /\/\*\*[\s\S]*?\*\//g;
const DECLARED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/m;
const LISTED = /^export (type )?\{([^}]*)\}/;
const ALL = /^export (?:type )?\* from "\.\/(.*)\.js"/;

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Write `pyodide.d.ts` and `ffi.d.ts`.
 *
 * @param {string} folder
 * @throws Error if tsc finds an error, or if two declarations of a file have the same name
 */
export function writeTypes(folder) {
  const emitted = mkdtempSync(join(tmpdir(), "types-"));
  try {
    const tsc = here("../../node_modules/typescript/bin/tsc");
    const options = ["--project", here("tsconfig.types.json"), "--outDir", emitted];
    execFileSync(process.execPath, [tsc, ...options], { stdio: "inherit" });
    const declarations = readDeclarations(emitted);
    for (const [file, module] of Object.entries(FILES)) {
      const exported = exportsOf(join(emitted, "runtime/js"), module);
      const names = exported.map((name) => name.replace("type ", ""));
      const texts = [...reachable(names, declarations), `export { ${exported.join(", ")} };\n`];
      writeFileSync(join(folder, file), texts.join("\n"));
    }
  } finally {
    rmSync(emitted, { recursive: true });
  }
}

/**
 * The declarations of all modules, by name.
 *
 * @param {string} emitted the folder of the declaration files
 */
function readDeclarations(emitted) {
  /** @type {Map<string, Set<string>>} */
  const declarations = new Map();
  for (const path of readdirSync(emitted, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".d.ts")) continue;
    for (const [statement] of readFileSync(join(emitted, path), "utf8").matchAll(STATEMENT)) {
      const [, name] = DECLARED.exec(statement.replace(COMMENT, "").trimStart()) ?? [];
      if (name === undefined) continue;
      const text = statement.replace(/^export (?=declare|interface|type)/m, "").trimEnd();
      declarations.set(name, (declarations.get(name) ?? new Set()).add(text));
    }
  }
  return declarations;
}

/**
 * The names that a module exports; `type` is before names that are only types.
 *
 * @param {string} folder of the module's declaration file
 * @param {string} module
 * @returns {string[]}
 */
function exportsOf(folder, module) {
  const text = readFileSync(join(folder, `${module}.d.ts`), "utf8");
  const names = Array.from(text.matchAll(STATEMENT), ([statement]) => {
    const plain = statement.replace(COMMENT, "").trimStart();
    const [, declared] = DECLARED.exec(plain) ?? [];
    const [, type = "", listed] = LISTED.exec(plain) ?? [];
    const [, other] = ALL.exec(plain) ?? [];
    if (!plain.startsWith("export")) return [];
    if (other !== undefined) return exportsOf(folder, other);
    return declared ?? listed?.split(",").map((name) => `${type}${name.trim()}`) ?? [];
  });
  return [...new Set(names.flat())].filter((name) => name !== "");
}

/**
 * The declarations of names, and of the types in these, whose names begin with a capital.
 *
 * @param {string[]} names
 * @param {Map<string, Set<string>>} declarations
 * @returns {string[]} texts, sorted
 */
function reachable(names, declarations) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const pending = [...names]; pending.length > 0; ) {
    const name = pending.pop() ?? "";
    const texts = [...(declarations.get(name) ?? [])].sort();
    if (texts.length === 0 || found.has(name)) continue;
    // A class of pyodide/ffi is an interface and a constant.
    const isClass = texts.length === 2 && /^declare const/m.test(texts.join("\n"));
    if (texts.length > 1 && !isClass) throw new Error(`Two declarations are called ${name}`);
    const text = texts.join("\n");
    found.set(name, text);
    pending.push(...(text.replace(COMMENT, "").match(/\b[A-Z]\w*/g) ?? []));
  }
  return [...found.values()];
}
