// How does a package get from a conda channel into a running Emscripten module?

import { type Archive, findFile, readFile } from "./archive.js";
import { Bundle } from "./bundle.js";
import { type BundleLocation, Channel, type Distribution, type PackageRecord } from "./channel.js";
import { ChunkCache } from "./chunks.js";
import type { openPackages } from "./custom.js";
import type { EmscriptenFS } from "./emscripten.js";
import { LoaderError, reason } from "./errors.js";
import { fetchBytes } from "./fetch.js";
import { Mounter } from "./mount.js";
import { sha256 } from "./sha256.js";
import type { solve } from "./solver.js";
import { isURL, parseSpec, type Spec } from "./specs.js";

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
  /** Imports what reads packages from addresses; as `importSolver`. */
  importCustom?: () => Promise<{ openPackages: typeof openPackages }>;
  /**
   * The global variables by which a package's script may look for the module that it adds files to;
   * by default only Emscripten's own, `Module`.
   */
  scriptGlobals?: (module: object) => Record<string, unknown>;
}

export interface Callbacks {
  /** Receives lines such as "Loading numpy, libfoo" and "Loaded numpy, libfoo". */
  messageCallback?: ((message: string) => void) | undefined;
  /** Receives warnings, and the message of the error that `load` rejects with. */
  errorCallback?: ((message: string) => void) | undefined;
}

export interface LoadedPackage {
  /** Its version is "" if nothing said which it is. */
  record: PackageRecord;
  /** URL of the channel that it came from, or of the package itself. */
  channel: string;
}

/** @internal */
export interface FetchedPackage extends LoadedPackage {
  archive: Archive | null;
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
  readonly #importCustom: () => Promise<{ openPackages: typeof openPackages }>;
  /** Settles when the calls of `load` before are done. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#channels = options.channels.map((url) => new Channel(url));
    this.#platform = options.platform ?? "emscripten-wasm32";
    this.#importSolver = options.importSolver ?? (() => import("./solver.js"));
    this.#importCustom = options.importCustom ?? (() => import("./custom.js"));
  }

  /** Package name -> what is loaded, in the order of loading. */
  get loaded(): ReadonlyMap<string, LoadedPackage> {
    return this.#loaded;
  }

  /**
   * Resolve specs, and fetch, verify and mount what is missing. Calls may overlap; each sees what
   * those before it have loaded. Packages that are loaded already are never replaced; that they came
   * from elsewhere is a warning.
   *
   * @param specs conda specs: "numpy", "numpy >=2,<3"; or addresses of packages: see address.ts
   * @returns the packages that this call has loaded
   * @throws LoaderError with nothing mounted: an unknown package, no solution, a damaged or missing
   *   file, a network error
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
    const locked = [...(await this.#locked(wanted)).values()];
    const solved = await this.#solve(wanted, [...this.#loaded.values(), ...locked], []);
    const found = [...locked, ...solved].map((one) =>
      this.#channelOf(one).distributionsOf(one.record),
    );
    return (await Promise.all(found)).flat();
  }

  async #load(specs: string[], callbacks: Callbacks): Promise<LoadedPackage[]> {
    const addresses = specs.filter(isURL);
    const wanted = specs.filter((text) => !isURL(text)).map(parseSpec);
    const asked = wanted.filter((spec) => !isAmong(this.#loaded, spec));
    if (addresses.length + asked.length === 0) return [];

    const limit = limiter(COMPILING);
    const fetchAll = (found: LoadedPackage[]): Promise<FetchedPackage[]> =>
      Promise.all(found.map((one) => this.#fetch(one, limit)));
    const locked = await this.#locked(asked);
    const lockedFetched = fetchAll([...locked.values()]); // while the solver works
    lockedFetched.catch(() => {}); // awaited below
    const before = [...this.#loaded.values(), ...locked.values()];
    const custom = await this.#open(addresses, before, limit, callbacks);
    const solved = await this.#solve(asked, before, custom);

    const missing = [...locked.values(), ...solved];
    const locations = await Promise.all(missing.map((found) => this.#locate(found)));
    const names = missing.filter((_, i) => locations[i]?.bundle).map(({ record }) => record.name);
    if (names.length) callbacks.messageCallback?.(`Loading ${names.join(", ")}`);

    const fetched = [...(await Promise.all([lockedFetched, fetchAll(solved)])).flat(), ...custom];
    const mounter = new Mounter(await this.#options.FS);
    const kept = mounter.mount(fetched.flatMap(({ archive }) => archive ?? []));
    for (const path of kept) callbacks.errorCallback?.(`${path} exists already and was kept.`);
    for (const [path, module] of fetched.flatMap(({ libraries }) => libraries)) {
      this.#options.registerLibrary?.(`/${path}`, module);
    }
    const loaded = fetched.map(({ record, channel }) => ({ record, channel }));
    for (const one of loaded) this.#loaded.set(one.record.name, one);

    names.push(...custom.map(({ record }) => record.name));
    if (names.length) callbacks.messageCallback?.(`Loaded ${names.join(", ")}`);
    return loaded;
  }

  /** Fetch the packages at addresses. */
  async #open(
    addresses: string[],
    present: LoadedPackage[],
    limit: Limiter,
    callbacks: Callbacks,
  ): Promise<FetchedPackage[]> {
    if (addresses.length === 0) return [];
    const { openPackages } = await this.#importCustom();
    return openPackages(addresses, present, {
      ...callbacks,
      cache: this.#cache,
      compile: (archive) => compileAll(archive, limit),
      scriptGlobals: this.#options.scriptGlobals ?? ((Module) => ({ Module })),
    });
  }

  /** What the first channel's ready solutions have for the specs, besides what is loaded. */
  async #locked(specs: Spec[]): Promise<ReadonlyMap<string, LoadedPackage>> {
    const [channel] = this.#channels;
    const bare = specs.filter(({ constraint }) => constraint === "");
    if (!channel || bare.length === 0) return noPackages;
    const start = this.#loaded.size === 0 ? await this.#lock(channel, "lock.json") : noPackages;
    const first = bare.some(({ name }) => start.has(name)) ? start : noPackages;
    const rest = bare.filter(({ name }) => !first.has(name));
    // A version that is asked for may exclude the lock's of another package.
    if (rest.length === 0 || bare.length < specs.length) return first;
    const whole = await this.#lock(channel, "default-lock.json");
    const present = new Map([...this.#loaded, ...first]);
    const fits = [...present].every(([name, one]) => isSame(one, whole.get(name)));
    const found = fits && closure(rest, whole);
    if (!found) return first;
    return new Map([...first, ...found.filter(([name]) => !present.has(name))]);
  }

  async #lock(
    channel: Channel,
    file: "lock.json" | "default-lock.json",
  ): Promise<ReadonlyMap<string, LoadedPackage>> {
    const records = await channel.lock(file, this.#platform);
    return new Map(records.map((record) => [record.name, { record, channel: channel.url }]));
  }

  /** What must be loaded for the specs and for `custom`, besides these and those from `before`. */
  async #solve(
    asked: Spec[],
    before: LoadedPackage[],
    custom: LoadedPackage[],
  ): Promise<LoadedPackage[]> {
    const present = new Map([...before, ...custom].map((one) => [one.record.name, one]));
    for (const { name, constraint } of asked) {
      const found = present.get(name);
      if (found?.record.version === "" && constraint !== "") {
        throw new LoaderError(
          `Whether ${name} is ${constraint} is not known: it comes from ${found.channel}.`,
        );
      }
    }
    const specs = [
      ...asked.filter((spec) => !isAmong(present, spec)),
      ...custom.flatMap(({ record }) => record.depends.map(parseSpec)),
    ];
    if (specs.length === 0) return [];
    for (const channel of this.#channels) {
      for (const subdir of [this.#platform, "noarch"]) channel.prepare(subdir);
    }
    const { solve } = await this.#importSolver();
    const urls = this.#channels.map(({ url }) => url);
    // A package whose version nobody knows is not told to the solver, and taken off what it finds.
    const known = [...present.values()].filter(({ record }) => record.version !== "");
    const solution = await solve(specs, urls, this.#platform, known);
    return solution.filter(({ record }) => !present.has(record.name));
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
    if (location.bundle === null) return { record, channel, archive: null, libraries: [] };
    const url = `${channel}${record.subdir}/${location.bundle}`;
    const bytes = await fetchVerified(url, location);
    try {
      const archive = new Bundle(bytes, this.#cache);
      return { record, channel, archive, libraries: await compileAll(archive, limit) };
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

function isSame(one: LoadedPackage, other: LoadedPackage | undefined): boolean {
  const { record, channel } = one;
  return channel === other?.channel && record.sha256 === other.record.sha256;
}

/** The packages and all that they need, out of a solution; null if that does not have it all. */
function closure(
  specs: Spec[],
  solution: ReadonlyMap<string, LoadedPackage>,
): [name: string, found: LoadedPackage][] | null {
  const found = new Map<string, LoadedPackage>();
  const names = specs.map(({ name }) => name);
  for (const name of names) {
    if (found.has(name) || name.startsWith("__")) continue; // virtual packages are the platform's
    const one = solution.get(name);
    if (!one) return null;
    found.set(name, one);
    names.push(...one.record.depends.map((depend) => depend.split(/[\s=<>!~]/)[0] as string));
  }
  return [...found];
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

/** The side modules of a package, compiled. */
function compileAll(archive: Archive, limit: Limiter): Promise<[string, WebAssembly.Module][]> {
  return Promise.all(archive.libraries.map((path) => limit(() => compile(archive, path))));
}

async function compile(
  archive: Archive,
  path: string,
): Promise<[path: string, module: WebAssembly.Module]> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(readFile(findFile(archive.directories, path)));
  } catch (error) {
    throw new LoaderError(`${path} cannot be compiled: ${reason(error)}`, { cause: error });
  }
  // Emscripten renamed the section when it changed what is in it (2.0.30, 2021).
  if (WebAssembly.Module.customSections(module, "dylink").length > 0) {
    throw new LoaderError(`${path} was made by an Emscripten that is too old: build it again`);
  }
  return [path, module];
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
