// How does a package get from a conda channel into a running Emscripten module?

import { Bundle, ChunkCache } from "./bundle.js";
import { type BundleLocation, Channel, type Distribution, type PackageRecord } from "./channel.js";
import type { EmscriptenFS } from "./emscripten.js";
import { LoaderError, reason } from "./errors.js";
import { fetchBytes } from "./fetch.js";
import { Mounter } from "./mount.js";
import { sha256 } from "./sha256.js";
import type { solve } from "./solver.js";
import { parseSpec, type Spec } from "./specs.js";

export type { Distribution, PackageRecord } from "./channel.js";
export type { EmscriptenFS } from "./emscripten.js";
export { LoaderError } from "./errors.js";

export interface LoaderOptions {
  /** Where packages are mounted; with a promise, fetching starts before the module is there. */
  FS: EmscriptenFS | PromiseLike<EmscriptenFS>;
  /** Channel URLs that end in "/"; a package is taken from the first channel that has its name. */
  channels: string[];
  platform?: string;
  /** Receives each side module, compiled, before the package counts as loaded. */
  registerLibrary?: (path: string, module: WebAssembly.Module) => void;
  /** Imports the solver; for builds in which `import("./solver.js")` does not lead to it. */
  importSolver?: () => Promise<{ solve: typeof solve }>;
}

export interface Callbacks {
  /** Receives lines such as "Loading numpy, libfoo" and "Loaded numpy, libfoo". */
  messageCallback?: ((message: string) => void) | undefined;
  /** Receives warnings, and the message of the error that `load` rejects with. */
  errorCallback?: ((message: string) => void) | undefined;
}

export interface LoadedPackage {
  record: PackageRecord;
  /** URL of the channel that it came from. */
  channel: string;
}

interface FetchedPackage extends LoadedPackage {
  bundle: Bundle | null;
  libraries: [path: string, module: WebAssembly.Module][];
}

/** Side modules that are decompressed and compiled at a time: bounds the memory it takes. */
const COMPILING = 4;

const noPackages: ReadonlyMap<string, LoadedPackage> = new Map();

/** Loads conda packages into one Emscripten module. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #channels: Channel[];
  readonly #platform: string;
  readonly #cache = new ChunkCache();
  readonly #loaded = new Map<string, LoadedPackage>();
  readonly #importSolver: () => Promise<{ solve: typeof solve }>;
  /** Settles when the calls of `load` before are done. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#channels = options.channels.map((url) => new Channel(url));
    this.#platform = options.platform ?? "emscripten-wasm32";
    this.#importSolver = options.importSolver ?? (() => import("./solver.js"));
  }

  /** Package name -> what is loaded, in the order of loading. */
  get loaded(): ReadonlyMap<string, LoadedPackage> {
    return this.#loaded;
  }

  /**
   * Resolve specs, and fetch, verify and mount what is missing. Calls may overlap; each sees what
   * those before it have loaded. Packages that are loaded already are never replaced.
   *
   * @param specs conda specs: "numpy", "numpy >=2,<3"
   * @returns the packages that this call has loaded
   * @throws LoaderError with nothing mounted: an unknown package, no solution, a damaged or missing
   *   bundle, a network error
   */
  load(specs: string[], callbacks: Callbacks = {}): Promise<LoadedPackage[]> {
    const result = this.#queue.then(() => this.#load(specs, callbacks));
    this.#queue = result.catch((error) => callbacks.errorCallback?.(reason(error)));
    return result;
  }

  /** The packages that provide modules; a module that no channel knows is left out. */
  async packagesFor(modules: Iterable<string>): Promise<string[]> {
    const indexes = await Promise.all(this.#channels.map((channel) => channel.imports()));
    const names = new Set<string>();
    for (const module of modules) {
      // "google.protobuf.message" is provided by who provides "google.protobuf".
      const parts = module.split(".");
      const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
      for (const index of indexes) {
        const known = prefixes.find((prefix) => Object.hasOwn(index, prefix));
        if (known === undefined) continue;
        names.add(index[known] as string);
        break;
      }
    }
    return [...names];
  }

  /**
   * What the channels have of a Python project, for micropip: that of the first channel which knows
   * its name, in no particular order.
   *
   * @param project normalized name (PEP 503)
   */
  async distributions(project: string): Promise<Distribution[]> {
    for (const channel of this.#channels) {
      const found = await Promise.all(
        [this.#platform, "noarch"].map((subdir) => channel.distributions(project, subdir)),
      );
      if (found.some(({ length }) => length > 0)) return found.flat();
    }
    return [];
  }

  /** The Python projects that `load` would bring, without loading anything. */
  async preview(specs: string[]): Promise<Distribution[]> {
    await this.#queue;
    const wanted = specs.map(parseSpec).filter((spec) => !isAmong(this.#loaded, spec));
    const solved = await this.#solve(wanted, [...this.#loaded.values()]);
    const found = solved.map((one) => this.#channelOf(one).distributionsOf(one.record));
    return (await Promise.all(found)).flat();
  }

  async #load(specs: string[], callbacks: Callbacks): Promise<LoadedPackage[]> {
    const wanted = specs.map(parseSpec).filter((spec) => !isAmong(this.#loaded, spec));
    if (wanted.length === 0) return [];

    const limit = limiter(COMPILING);
    const fetchAll = (found: LoadedPackage[]): Promise<FetchedPackage[]> =>
      Promise.all(found.map((one) => this.#fetch(one, limit)));
    const locked = this.#loaded.size === 0 ? await this.#lock(wanted) : noPackages;
    const lockedFetched = fetchAll([...locked.values()]); // while the solver works
    lockedFetched.catch(() => {}); // awaited below
    const solved = await this.#solve(
      wanted.filter((spec) => !isAmong(locked, spec)),
      [...this.#loaded.values(), ...locked.values()],
    );

    const missing = [...locked.values(), ...solved];
    const locations = await Promise.all(missing.map((found) => this.#locate(found)));
    const names = missing.filter((_, i) => locations[i]?.bundle).map(({ record }) => record.name);
    if (names.length) callbacks.messageCallback?.(`Loading ${names.join(", ")}`);

    const fetched = (await Promise.all([lockedFetched, fetchAll(solved)])).flat();
    const mounter = new Mounter(await this.#options.FS);
    const kept = mounter.mount(fetched.flatMap(({ bundle }) => bundle ?? []));
    for (const path of kept) callbacks.errorCallback?.(`${path} exists already and was kept.`);
    for (const [path, module] of fetched.flatMap(({ libraries }) => libraries)) {
      this.#options.registerLibrary?.(`/${path}`, module);
    }
    for (const found of missing) this.#loaded.set(found.record.name, found);

    if (names.length) callbacks.messageCallback?.(`Loaded ${names.join(", ")}`);
    return missing;
  }

  /** The first channel's ready solution, if it answers at least one of the specs. */
  async #lock(specs: Spec[]): Promise<ReadonlyMap<string, LoadedPackage>> {
    const [channel] = this.#channels;
    if (!channel || specs.every(({ constraint }) => constraint !== "")) return noPackages;
    const records = (await channel.lock(this.#platform)) ?? [];
    const locked = new Map(
      records.map((record) => [record.name, { record, channel: channel.url }]),
    );
    return specs.some((spec) => isAmong(locked, spec)) ? locked : noPackages;
  }

  /** What must be loaded for the specs besides what is `present`. */
  async #solve(specs: Spec[], present: LoadedPackage[]): Promise<LoadedPackage[]> {
    if (specs.length === 0) return [];
    for (const channel of this.#channels) {
      for (const subdir of [this.#platform, "noarch"]) channel.prepare(subdir);
    }
    const { solve } = await this.#importSolver();
    const urls = this.#channels.map(({ url }) => url);
    const solution = await solve(specs, urls, this.#platform, present);
    const names = new Set(present.map(({ record }) => record.name));
    return solution.filter(({ record }) => !names.has(record.name));
  }

  #locate(found: LoadedPackage): Promise<BundleLocation> {
    return this.#channelOf(found).locate(found.record);
  }

  #channelOf(found: LoadedPackage): Channel {
    return this.#channels.find(({ url }) => url === found.channel) as Channel;
  }

  async #fetch(found: LoadedPackage, limit: Limiter): Promise<FetchedPackage> {
    const { record, channel } = found;
    const location = await this.#locate(found);
    if (location.bundle === null) return { record, channel, bundle: null, libraries: [] };
    const url = `${channel}${record.subdir}/${location.bundle}`;
    const bytes = await fetchVerified(url, location);
    try {
      const bundle = new Bundle(bytes, this.#cache);
      const libraries = await Promise.all(
        bundle.libraries.map((path) => limit(() => compile(bundle, path))),
      );
      return { record, channel, bundle, libraries };
    } catch (error) {
      throw new LoaderError(
        `${url}: ${reason(error)}. Delete it and run \`conda-emscripten index\`.`,
        { cause: error },
      );
    }
  }
}

/** Whether the spec is a bare name, and a package of that name is there. */
function isAmong(packages: ReadonlyMap<string, LoadedPackage>, spec: Spec): boolean {
  return spec.constraint === "" && packages.has(spec.name);
}

async function fetchVerified(
  url: string,
  { size, sha256: expected }: BundleLocation,
): Promise<Uint8Array<ArrayBuffer>> {
  let found = "";
  // A second time past the cache: it may hold the bundle of an older build of the same name.
  for (const cache of ["default", "reload"] as const) {
    const bytes = await fetchBytes(url, cache);
    if (bytes === null) {
      throw new LoaderError(`${url} is missing. Run \`conda-emscripten index\`.`);
    }
    const digest = await sha256(bytes);
    if (digest === expected) return bytes;
    found = `${bytes.length} bytes with sha256 ${digest}`;
  }
  throw new LoaderError(
    `${url} is not what the channel promises: ${found} instead of ${size} bytes with sha256 ` +
      `${expected}. The download or the channel is damaged: load it again, or delete the bundle ` +
      "and run `conda-emscripten index`.",
  );
}

async function compile(
  bundle: Bundle,
  path: string,
): Promise<[path: string, module: WebAssembly.Module]> {
  const { position, size } = bundle.find(path);
  const bytes = new Uint8Array(size);
  bundle.read(position, bytes);
  try {
    return [path, await WebAssembly.compile(bytes)];
  } catch (error) {
    throw new LoaderError(`${path} cannot be compiled: ${reason(error)}`, { cause: error });
  }
}

type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs at most `count` tasks at a time. */
function limiter(count: number): Limiter {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
