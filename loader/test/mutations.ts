// How do the fuzz tests damage valid files?
//
// This module has the mutations of bytes and of parsed JSON, and what a reader may answer.

import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect } from "vitest";

/** Something that changes a file; `toStringMethod` is for fast-check's report of a failure. */
interface Change<T> {
  (content: T): T;
  [fc.toStringMethod]: () => string;
}

function change<T>(what: string, apply: (content: T) => T): Change<T> {
  return Object.assign((content: T) => apply(content), { [fc.toStringMethod]: () => what });
}

/** One to four changes, one after the other. */
function several<T>(one: fc.Arbitrary<Change<T>>): fc.Arbitrary<Change<T>> {
  return fc
    .array(one, { minLength: 1, maxLength: 4 })
    .map((all) =>
      change(all.map((each) => each[fc.toStringMethod]()).join(", then "), (content) =>
        all.reduce((changed, each) => each(changed), content),
      ),
    );
}

/** A place: its remainder by the length of the file. */
const place = fc.nat();
const length = fc.oneof(fc.nat(8), fc.nat(600));

/** Values of length fields that a reader must not believe. */
const extreme = fc.constantFrom(
  ...[0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0xffffn, 0x7fff_ffffn, 0x8000_0000n],
  ...[0xffff_fff0n, 0xffff_ffffn, 0x1_0000_0000n, (1n << 53n) + 1n, (1n << 63n) - 1n, -1n],
);

const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A change at a place, with the place as its index in the bytes. */
const atPlace = (
  at: number,
  what: string,
  apply: (bytes: Uint8Array, index: number) => Uint8Array,
): Change<Uint8Array> =>
  change(`${what} at ${at}`, (bytes) =>
    bytes.length === 0 ? bytes : apply(bytes, at % bytes.length),
  );

const mutation: fc.Arbitrary<Change<Uint8Array>> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(([at, bit]) =>
    atPlace(at, `flip bit ${bit}`, (bytes, index) => {
      const changed = bytes.slice();
      changed[index] = (changed[index] as number) ^ (1 << bit);
      return changed;
    }),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 6 })).map(([at, some]) =>
    atPlace(at, `write [${some}]`, (bytes, index) => {
      const changed = bytes.slice();
      changed.set(some.subarray(0, bytes.length - index), index);
      return changed;
    }),
  ),
  place.map((at) => atPlace(at, "end", (bytes, index) => bytes.slice(0, index))),
  place.map((at) => atPlace(at, "start", (bytes, index) => bytes.slice(index))),
  fc
    .tuple(place, length)
    .map(([at, size]) =>
      atPlace(at, `remove ${size}`, (bytes, index) =>
        join(bytes.subarray(0, index), bytes.subarray(index + size)),
      ),
    ),
  fc.tuple(place, length, fc.integer({ min: 1, max: 40 })).map(([at, size, times]) =>
    atPlace(at, `repeat ${size}, ${times} times`, (bytes, index) => {
      const copies = Array<Uint8Array>(times).fill(bytes.subarray(index, index + size));
      return join(bytes.subarray(0, index), ...copies, bytes.subarray(index));
    }),
  ),
  fc.tuple(place, length, place).map(([at, size, from]) =>
    atPlace(at, `copy ${size} from ${from}`, (bytes, index) => {
      const start = from % bytes.length;
      const part = bytes.subarray(start, start + size);
      return join(bytes.subarray(0, index), part, bytes.subarray(index + part.length));
    }),
  ),
  fc
    .tuple(place, extreme, fc.constantFrom(1, 2, 4, 8), fc.boolean())
    .map(([at, value, width, isLittle]) =>
      atPlace(at, `write the number ${value} (${width} bytes, ${isLittle})`, (bytes, index) => {
        const changed = bytes.slice();
        for (let byte = 0; byte < width && index + byte < bytes.length; byte++) {
          const shift = BigInt(8 * (isLittle ? byte : width - 1 - byte));
          changed[index + byte] = Number((value >> shift) & 0xffn);
        }
        return changed;
      }),
    ),
);

/** Changes of bytes. fast-check makes them fewer and smaller after a failure. */
export const mutations: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = several(mutation);

const strange = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, false, 0, -1, 1.5, 1e300, 2 ** 53, 2 ** 32, "", "/", "..", "../../x", "a\0b"],
    ...["__proto__", "constructor", "http://[", "\ud800", [], {}, [null], [[]], { "": null }],
  ),
  fc.jsonValue(),
);

type Container = Record<string, unknown>;

/** All containers in a value, the value itself first. */
function containers(value: unknown): Container[] {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [];
  return [value as Container, ...Object.values(value).flatMap(containers)];
}

/** Changes parsed JSON, in place, at one of its keys or items. */
const jsonMutation: fc.Arbitrary<Change<unknown>> = fc
  .record({
    container: place,
    key: place,
    kind: fc.constantFrom("replace", "replace", "delete", "rename", "copy", "wrap"),
    value: strange,
    other: place,
  })
  .map(({ container, key, kind, value, other }) =>
    change(`${kind} ${key} of ${container}: ${JSON.stringify(value)}, ${other}`, (whole) => {
      const all = containers(whole);
      if (all.length === 0) return value;
      const target = all[container % all.length] as Container;
      const keys = Object.keys(target);
      if (keys.length === 0) return whole;
      const name = keys[key % keys.length] as string;
      const set = (key: string, value: unknown): void => {
        // An assignment to "__proto__" sets no key.
        const attributes = { value, configurable: true, enumerable: true, writable: true };
        Object.defineProperty(target, key, attributes);
      };
      if (kind === "replace") set(name, structuredClone(value));
      else if (kind === "delete") Reflect.deleteProperty(target, name);
      else if (kind === "wrap") set(name, [target[name]]);
      else if (kind === "copy") {
        set(name, structuredClone(target[keys[other % keys.length] as string]));
      } else if (!Array.isArray(target)) {
        set(typeof value === "string" ? value : JSON.stringify(value), target[name]);
        Reflect.deleteProperty(target, name);
      }
      return whole;
    }),
  );

/** Changes of parsed JSON; the original value stays as it is. */
export const jsonMutations: fc.Arbitrary<(value: unknown) => unknown> = several(jsonMutation).map(
  (all) => change(all[fc.toStringMethod](), (value) => all(structuredClone(value))),
);

/** Words of a language's error, which tell a user nothing. */
const RAW =
  /Cannot (read|set|convert|destructure|mix|assign)|is not (a function|iterable|a constructor|extensible)|undefined|Invalid (typed )?array|Maximum call stack|allocation failed|outside the bounds|(offset|access) (is )?out of bounds|\bNaN\b|\[object /;

/** Fails unless a reader refused its input with an error for users. */
export function expectRefusal(error: unknown, names: string[] = ["LoaderError"]): void {
  expect(names, String((error as Error)?.stack)).toContain((error as Error)?.name);
  const { message } = error as Error;
  expect(message).not.toBe("");
  expect(message).not.toMatch(RAW);
}

/** The most bytes that a reader may allocate for an input. */
const mostMemory = (size: number): number => 100 * 2 ** 20 + 300 * size;
/** Milliseconds of processor time that a reader may need for an input; others share the machine. */
const MOST_TIME = 5000;
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The result of a reader, which must not need more memory and time than its input justifies. */
export function bounded<T>(size: number, task: () => T): T {
  const memory = (): number => {
    const { external, arrayBuffers } = process.memoryUsage();
    return external + arrayBuffers;
  };
  const before = memory();
  const start = processorTime();
  const checkAll = (): void => {
    expect(processorTime() - start, "milliseconds").toBeLessThan(MOST_TIME);
    expect(memory() - before, "bytes").toBeLessThan(mostMemory(size));
  };
  let result: T;
  try {
    result = task();
  } catch (error) {
    checkAll();
    throw error;
  }
  if (result instanceof Promise) return result.finally(checkAll) as T;
  checkAll();
  return result;
}

/** Thousands of inputs for each kind of file, and the seed; see CONTRIBUTING.md. */
const THOUSANDS = Number(process.env.CONDA_EMSCRIPTEN_FUZZ ?? 1);
const SEED = Number(process.env.CONDA_EMSCRIPTEN_FUZZ_SEED ?? 1);

/** Milliseconds of processor time for one input after which the process counts as hung. */
const HANG = 30_000;

/** A thread that ends the process if a reader does not return: nothing else can stop a loop. */
const WATCH = `
const { parentPort, workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
let last = -1;
let start = 0;
setInterval(() => {
  const [count, isActive] = workerData.state;
  const { user, system } = process.cpuUsage();
  const now = (user + system) / 1000;
  if (!isActive || count !== last) {
    last = count;
    start = now;
  } else if (now - start > ${HANG}) {
    writeSync(2, \`A reader hangs at input \${count} of seed ${SEED}.\\n\`);
    process.kill(process.pid, "SIGKILL");
  }
}, 1000);
`;
const state = new Int32Array(new SharedArrayBuffer(8));
let watch: Worker | undefined;

/**
 * Give many inputs to a reader.
 *
 * @param share of each thousand inputs
 * @param task throws for a wrong answer
 */
export async function fuzz<T>(
  arbitrary: fc.Arbitrary<T>,
  share: number,
  task: (input: T) => unknown,
): Promise<void> {
  watch ??= new Worker(WATCH, { eval: true, workerData: { state } });
  watch.unref();
  const property = fc.asyncProperty(arbitrary, async (input) => {
    state[0] = (state[0] as number) + 1;
    await task(input);
  });
  state.set([0, 1]);
  try {
    await fc.assert(property, { numRuns: share * THOUSANDS, seed: SEED });
  } finally {
    state[1] = 0;
  }
}

/** Of a test in milliseconds. */
export const timeout: number = 60_000 * THOUSANDS;
