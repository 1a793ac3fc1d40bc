// How does WebAssembly in text form become part of a script? As a module whose default export has
// its bytes.

import { readFile } from "node:fs/promises";
import openWabt from "wabt";

const SUFFIX = /\.wat$/;

/** @param {string} path */
async function moduleOf(path) {
  const { parseWat } = await openWabt();
  const parsed = parseWat(path, await readFile(path, "utf8"));
  const { buffer } = parsed.toBinary({});
  parsed.destroy();
  const base64 = Buffer.from(buffer).toString("base64");
  return `export default Uint8Array.from(atob("${base64}"), (character) => character.charCodeAt(0));`;
}

/**
 * For esbuild.
 *
 * @type {import("esbuild").Plugin}
 */
export const esbuildWat = {
  name: "wat",
  setup: ({ onLoad }) =>
    onLoad({ filter: SUFFIX }, async ({ path }) => ({ contents: await moduleOf(path) })),
};

/**
 * For Vitest.
 *
 * @type {import("vite").Plugin}
 */
export const viteWat = {
  name: "wat",
  load: (path) => (SUFFIX.test(path) ? moduleOf(path) : null),
};
