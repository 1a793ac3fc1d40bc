import fc from "fast-check";
import { expect, test } from "vitest";
import type { LockedPackage } from "../src/formats.js";
import { fromLock, toLock } from "../src/lock.js";
import { loaderError } from "./errors.js";

const word = fc.stringMatching(/^[a-z0-9_]{1,8}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);

const record = fc.record({
  name: word,
  version: word,
  build: word,
  build_number: fc.nat(),
  subdir: fc.constantFrom("noarch", "emscripten-wasm32"),
  file: word,
  sha256: digest,
  depends: fc.array(word),
  constrains: fc.array(word),
  channel: word.map((name) => `https://example.org/${name}/`),
});
const elsewhere = fc.constantFrom({}, { url: "https://example.org/other.conda" });
const bundle = fc.oneof(
  fc.constant({}),
  fc.constant({ bundle: null, bundle_size: 0, bundle_sha256: null }),
  fc.record({ bundle: word, bundle_size: fc.nat(), bundle_sha256: digest }),
  fc.record({
    bundle: word,
    bundle_size: fc.nat(),
    bundle_sha256: digest,
    bundle_head_size: fc.nat(),
    bundle_head_sha256: digest,
  }),
);
const entry = fc
  .tuple(record, elsewhere, bundle)
  .map((parts): LockedPackage => Object.assign({}, ...parts));

test("an entry of a lock is the same after it was read and written", () => {
  fc.assert(
    fc.property(entry, (locked) => {
      expect(toLock(fromLock(locked, "https://example.org/lock.json"))).toEqual(locked);
    }),
  );
});

test.each([
  [undefined, "https://example.org/a/"],
  ["../b/", "https://example.org/b/"],
  ["https://example.com/c/", "https://example.com/c/"],
])("the channel %j is relative to the lock", (channel, url) => {
  const [locked] = fc.sample(record, 1) as [LockedPackage];
  const { channel: _, ...rest } = locked;
  const pkg = fromLock({ ...rest, ...(channel && { channel }) }, "https://example.org/a/lock.json");
  expect(pkg.channel).toBe(url);
});

test("a package from an address has no entry in a lock", () => {
  const [locked] = fc.sample(record, 1) as [LockedPackage];
  const pkg = { ...fromLock(locked, locked.channel ?? ""), isAddress: true };
  expect(() => toLock(pkg)).toThrow(loaderError);
  expect(() => toLock(pkg)).toThrow(/a lock cannot name it/);
});
