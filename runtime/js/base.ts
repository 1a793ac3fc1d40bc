// What do the API of today and that of Pyodide 0.16 have in common?

import type { Loader, Lock, Store } from "../../loader/src/index.js";
import { PREFIX } from "./auto-snapshot.js";
import type { Core, InterruptBuffer, Value } from "./core.js";
import { makeSnapshot } from "./snapshot.js";

/** The cache of packages for the next visit. It is empty if the browser forbids storage. */
export class PackageCache {
  readonly #store: Store | null;
  readonly #loader: Loader;

  /** @internal */
  constructor(store: Store | null, loader: Loader) {
    this.#store = store;
    this.#loader = loader;
  }

  /** Resolves to the number of bytes, once every package loaded so far is in the cache. */
  async size(): Promise<number> {
    await this.#loader.stream();
    return (await this.#store?.size()) ?? 0;
  }

  /** Resolves to the number of bytes of the snapshots that `snapshot: "auto"` has made. */
  async snapshotSize(): Promise<number> {
    return (await this.#store?.size(PREFIX)) ?? 0;
  }

  /** Empty the cache. */
  async clear(): Promise<void> {
    await this.#loader.stream();
    await this.#store?.clear();
  }

  /** Ask the browser to keep the cache when storage gets scarce. Resolves to whether it agrees. */
  async persist(): Promise<boolean> {
    if (this.#store === null) return false;
    return globalThis.navigator?.storage ? navigator.storage.persist() : true;
  }
}

/** The parts of a started interpreter. */
export interface Parts {
  core: Core;
  loader: Loader;
  defaultChannel: string;
  store: Store | null;
}

export abstract class InterpreterAPI {
  readonly #core: Core;
  readonly #loader: Loader;
  readonly #defaultChannel: string;

  /** The cache of packages for the next visit. */
  readonly packageCache: PackageCache;

  /** @internal */
  constructor({ core, loader, store, defaultChannel }: Parts) {
    this.#core = core;
    this.#loader = loader;
    this.#defaultChannel = defaultChannel;
    this.packageCache = new PackageCache(store, loader);
    // A program may detach methods: `const { runPython } = pyodide`.
    const prototype = Object.getPrototypeOf(this);
    for (const owner of [InterpreterAPI.prototype, prototype]) {
      for (const name of Object.getOwnPropertyNames(owner)) {
        const { value } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
        if (typeof value === "function" && name !== "constructor") {
          Object.defineProperty(this, name, { value: value.bind(this), writable: true });
        }
      }
    }
  }

  /** Emscripten's file system (the File System API of its documentation). */
  get FS(): Core["FS"] & Record<string, Value> {
    return this.#core.FS;
  }

  /**
   * The lock of the loaded packages. `loadPyodide({ lock })` loads the same files again. The lock
   * lacks wheels that micropip has installed.
   *
   * @throws LoaderError if a package comes from an address instead of a channel
   */
  lock(): Lock {
    return this.#loader.lock();
  }

  /**
   * A snapshot of this interpreter, which goes on. `loadPyodide({ snapshot })` starts with it, of the
   * same distribution: with the same modules imported and the same variables.
   *
   * @returns the file of the snapshot (docs/reference/snapshot-format.md)
   * @throws SnapshotError with all reasons why the interpreter cannot be saved
   */
  snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    const [core, loader, defaultChannel] = [this.#core, this.#loader, this.#defaultChannel];
    return makeSnapshot({ core, loader, defaultChannel, api: this });
  }

  /**
   * Let another thread interrupt Python. It does so by writing a signal number, 2 for
   * KeyboardInterrupt, into the first element.
   *
   * @param buffer an array of integers, usually over a SharedArrayBuffer; undefined for none
   * @throws TypeError for any other value
   */
  setInterruptBuffer(buffer?: InterruptBuffer): void {
    this.#core.checkAlive();
    if (buffer !== undefined && !isInterruptBuffer(buffer)) {
      throw new TypeError(
        "setInterruptBuffer needs a typed array of integers with at least one element, over a " +
          "SharedArrayBuffer, or undefined",
      );
    }
    this.#core.setInterruptBuffer(buffer);
  }
}

function isInterruptBuffer(value: unknown): boolean {
  const kinds = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array];
  return kinds.some((kind) => value instanceof kind && value.length > 0);
}

/** @throws TypeError, which names the function, if the value is no string */
export function requireString(value: unknown, name: string): void {
  if (typeof value !== "string") {
    throw new TypeError(`${name} needs a string, not ${value === null ? "null" : typeof value}`);
  }
}
