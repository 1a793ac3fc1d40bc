// Which random inputs do the property tests use?
//
// This module generates file contents and trees of files.

import fc from "fast-check";
import type { Contents } from "./pack.js";

const name = fc.stringMatching(/^[a-z0-9_.é-]{1,8}$/).filter((name) => !/^\.+$/.test(name));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

/** Bytes of any compressibility. */
export const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 0, max: 60 }))
    .map(([part, times]) =>
      Uint8Array.from(
        Array<number[]>(times)
          .fill([...part])
          .flat(),
      ),
    ),
);

/** Files in folders, some of them libraries. No path is both a file and a folder. */
export const tree: fc.Arbitrary<Contents> = fc
  .tuple(fc.dictionary(path, content, { maxKeys: 12 }), fc.infiniteStream(fc.boolean()))
  .map(([all, choice]) => {
    const paths = Object.keys(all).filter(
      (path) => !Object.keys(all).some((longer) => longer.startsWith(`${path}/`)),
    );
    return {
      files: Object.fromEntries(paths.map((path) => [path, all[path] as Uint8Array])),
      libraries: paths.filter(() => choice.next().value === true),
    };
  });
