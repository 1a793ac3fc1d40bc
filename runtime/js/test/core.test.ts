import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInNewContext, Script } from "node:vm";
import { describe, expect, test } from "vitest";

const CORE = new URL("../../core/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, CORE), "utf8");

/** The entries that the library files add, as Emscripten's linker gets them. */
function entriesOf(...files: string[]): Record<string, unknown> {
  const entries: Record<string, unknown> = {};
  const addToLibrary = (library: object) => void Object.assign(entries, library);
  for (const file of files) runInNewContext(read(file), { addToLibrary });
  return entries;
}

/** The lists `__deps` that the recipe makes for the entries without one. */
function madeLists(): Record<string, unknown> {
  const program = new URL("../../../recipes/pyodide-core/dependencies.mjs", import.meta.url);
  const folders = [CORE, new URL("../libc/", CORE)];
  const made = execFileSync(
    "node",
    [program, ...folders].map((url) => fileURLToPath(url)),
  ).toString();
  const lists = {};
  runInNewContext(made, { addToLibrary: (library: object) => Object.assign(lists, library) });
  return lists;
}

function numbersIn(text: string, line: RegExp): Record<string, number> {
  return Object.fromEntries([...text.matchAll(line)].map(([, name, n]) => [name, Number(n)]));
}

describe("C and JavaScript agree", () => {
  const layout = entriesOf("layout.js");
  const { $pyKind, $jsMissing } = layout;

  test("on the places in Python's structs", () => {
    const asserted = numbersIn(read("layout.c"), /^LAYOUT\((\w+), .*, (\d+)\);$/gm);
    const used = Object.entries(layout).flatMap(([name, entry]) => {
      const [, offset] = /=> .*\b\w+ \+ (\d+)\b/.exec(String(entry)) ?? [];
      return offset === undefined ? [] : [[name.slice(1), Number(offset)]];
    });
    expect(Object.fromEntries(used)).toEqual(asserted);
  });

  test("on the kinds of Python objects", () => {
    const [, kinds = ""] = /enum kind \{(.*?)\}/s.exec(read("core.h")) ?? [];
    expect($pyKind).toEqual(numbersIn(kinds, /KIND_(\w+) = (\d+),/g));
  });

  test("on the result that says that there is no such thing", () => {
    expect({ MISSING: $jsMissing }).toEqual(numbersIn(read("core.h"), /(MISSING) = (-?\d+)/g));
  });
});

describe("Each entry of the core's library has a list of what it uses", () => {
  const libc = ["clock.js", "dates.js", "sleep.js"].map((name) => `../libc/${name}`);
  const files = readdirSync(CORE).filter((name) => name.endsWith(".js"));
  const written = entriesOf(...files, ...libc);
  const entries = { ...madeLists(), ...written };
  const names = Object.keys(entries).filter((name) => !/__(deps|postset)$/.test(name));
  const deps = (name: string) => (entries[`${name}__deps`] ?? []) as string[];
  const known = new Set([...names, ...names.flatMap(deps)]);
  const isWritten = (name: string) => `${name}__deps` in written;

  test.each(names)("%s", (name) => {
    const code = sourceOf(entries[name]) + sourceOf(entries[`${name}__postset`]);
    const used = new Set(identifiers(code).map((id) => entryOf(id, known)));
    used.delete(name);
    const missing = [...used].filter((entry) => entry && !deps(name).includes(entry));
    expect(missing).toEqual([]);
    // A list that is made may also name a word of a text.
    if (isWritten(name)) expect(deps(name).filter((entry) => !used.has(entry))).toEqual([]);
  });
});

test("recipes/python/node.js is JavaScript but for the macros of Emscripten's linker", () => {
  const file = new URL("../../../recipes/python/node.js", import.meta.url);
  const text = readFileSync(file, "utf8").replace(/\{\{\{.*?\}\}\}/g, "0");
  expect(() => new Script(text)).not.toThrow();
});

/** What the linker copies of an entry. */
function sourceOf(value: unknown): string {
  if (typeof value === "object")
    return Object.values(value ?? {})
      .map(sourceOf)
      .join("\n");
  return typeof value === "number" ? "" : String(value);
}

/** The words of a program that can be variables: none of comments, strings or properties. */
function identifiers(source: string): string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/\$\{/g, " ");
  return [...code.matchAll(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g)].map(([word]) => word);
}

/** The library's name of a variable: `$name` for `name`, and the C function `name` for `_name`. */
function entryOf(identifier: string, known: Set<string>): string | undefined {
  if (known.has(`$${identifier}`)) return `$${identifier}`;
  const name = identifier.slice(1);
  return identifier.startsWith("_") && known.has(name) ? name : undefined;
}
