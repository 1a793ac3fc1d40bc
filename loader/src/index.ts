// How does a package get from a conda channel into a running Emscripten module?

import { type Archive, findFile, readFile } from "./archive.js";
import { Bundle } from "./bundle.js";
import {
  type BundleLocation,
  Channel,
  type Distribution,
  fromLock,
  LOCK_VERSION,
  type Lock,
  type PackageRecord,
} from "./channel.js";
import { ChunkCache } from "./chunks.js";
import type { openPackages, openRecord, pythonVersion } from "./custom.js";
import type { EmscriptenFS } from "./emscripten.js";
import { LoaderError, reason } from "./errors.js";
import { Fetcher, type FetcherOptions, type Limiter, limiter } from "./fetch.js";
import { Mounter } from "./mount.js";
import { prefixRecords } from "./prefix.js";
import { Meter, type Progress } from "./progress.js";
import { openPartial, type Ranges } from "./ranges.js";
import { sha256 } from "./sha256.js";
import type { Solver, SolverOptions } from "./solver.js";
import { isChannelOf, isURL, matches, nameOf, parseSpec, type Spec } from "./specs.js";
import { getVerified } from "./store.js";

export type { Distribution, Lock, PackageRecord } from "./channel.js";
export type { EmscriptenFS } from "./emscripten.js";
export { LoaderError } from "./errors.js";
export type { Progress } from "./progress.js";
export { openRanges, type Ranges } from "./ranges.js";
export { openStore, type Store } from "./store.js";

export interface LoaderOptions {
  /** Where packages are mounted; with a promise, fetching starts before the module is there. */
  FS: EmscriptenFS | PromiseLike<EmscriptenFS>;
  /** Channel URLs that end in "/"; a package is taken from the first channel that has its name. */
  channels: string[];
  platform?: string;
  /** Receives each side module, compiled, when its file is there; what it returns is waited for. */
  registerLibrary?: (path: string, module: WebAssembly.Module) => unknown;
  /** Imports the solver; for builds in which `import("./solver.js")` does not lead to it. */
  importSolver?: () => Promise<SolverModule>;
  /** Where solver.wasm is; by default beside the module that `importSolver` imports. */
  solverWasm?: string | URL;
  /** Imports what reads packages from addresses and those without bundles; as `importSolver`. */
  importCustom?: () => Promise<Custom>;
  /** How files are fetched, and where they are kept; by default they are not kept. */
  fetch?: FetcherOptions;
  /** Reads parts of bundles when they are opened; by default bundles are fetched whole. */
  ranges?: Ranges | null | Promise<Ranges | null>;
  /**
   * The global variables by which a package's script may look for the module that it adds files to;
   * by default only Emscripten's own, `Module`.
   */
  scriptGlobals?: (module: object) => Record<string, unknown>;
}

interface SolverModule {
  Solver: new (options: SolverOptions) => Solver;
}

interface Custom {
  openPackages: typeof openPackages;
  openRecord: typeof openRecord;
  pythonVersion: typeof pythonVersion;
}

export interface Callbacks {
  /** Receives lines such as "Loading numpy, libfoo" and "Loaded numpy, libfoo". */
  messageCallback?: ((message: string) => void) | undefined;
  /** Receives warnings, and the message of the error that `load` rejects with. */
  errorCallback?: ((message: string) => void) | undefined;
  /** Hears how far the load is. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the load: it rejects with the signal's reason, and nothing is mounted. */
  signal?: AbortSignal | undefined;
}

export interface LoadedPackage {
  /** Its version is "" if nothing said which it is. */
  record: PackageRecord;
  /** URL of the channel that it came from, or of the package itself. */
  channel: string;
  /** Whether `channel` is the address of the package. */
  isAddress?: boolean;
  /** Null: the package itself was fetched; absent: the channel knows. */
  bundle?: BundleLocation | null;
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
  readonly #importSolver: () => Promise<SolverModule>;
  readonly #importCustom: () => Promise<Custom>;
  readonly #fetcher: Fetcher;
  readonly #specs = new Set<string>();
  /** With the repodata that it has read; none before it is needed. */
  #solver: Solver | undefined;
  /** Settles when the calls of `load` before are done. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#fetcher = new Fetcher(options.fetch);
    this.#channels = options.channels.map((url) => new Channel(url, this.#fetcher));
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
    return this.#enqueue(() => this.#load(specs, callbacks), callbacks);
  }

  /**
   * Load exactly what a lock says: the same bytes as when it was made, without a solver.
   *
   * @param lock what `lock` has returned, or the URL of such a file
   * @throws LoaderError with nothing mounted: another platform, something else is loaded, or a
   *   channel no longer has the file
   */
  restore(lock: Lock | string, callbacks: Callbacks = {}): Promise<LoadedPackage[]> {
    return this.#enqueue(() => this.#restore(lock, callbacks), callbacks);
  }

  /**
   * The lock of what is loaded.
   *
   * @throws LoaderError for a package from a script, of which nothing says what it is
   */
  lock(): Lock {
    const packages = [...this.#loaded.values()].map(({ record, channel, isAddress, bundle }) => {
      if (isAddress) {
        throw new LoaderError(
          `${record.name} comes from ${channel}, not from a channel: a lock cannot name it. Put it ` +
            "into a channel with `conda-emscripten index`.",
        );
      }
      const where = bundle && {
        bundle: bundle.bundle,
        bundle_size: bundle.size,
        bundle_sha256: bundle.sha256,
        ...(bundle.head_sha256 && {
          bundle_head_size: bundle.head_size ?? 0,
          bundle_head_sha256: bundle.head_sha256,
        }),
      };
      return { ...record, channel, ...where };
    });
    return {
      version: LOCK_VERSION,
      platform: this.#platform,
      specs: [...this.#specs],
      packages: packages.sort((one, other) => (one.name < other.name ? -1 : 1)),
    };
  }

  /** Do something when the calls before are done. */
  #enqueue(
    task: () => Promise<LoadedPackage[]>,
    { signal, errorCallback }: Callbacks,
  ): Promise<LoadedPackage[]> {
    const result = this.#queue.then(async () => {
      signal?.throwIfAborted();
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof ChannelChanged)) throw error;
        for (const channel of this.#channels) channel.forget();
        this.#solver = undefined;
        return task(); // with files that are all of one time, unless it happens again
      }
    });
    this.#queue = result.catch((error) => errorCallback?.(reason(error)));
    return abortable(result, signal);
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
    const job = this.#job(callbacks);
    if (addresses.length + asked.length === 0) {
      job.meter.phase("done");
      return [];
    }
    const locked = await this.#locked(asked);
    const lockedFetched = this.#fetchAll([...locked.values()], job); // while the solver works
    lockedFetched.catch(() => {}); // awaited below
    const before = [...this.#loaded.values(), ...locked.values()];
    const custom = await this.#open(addresses, before, job);
    const solved = await this.#solve(asked, before, custom);
    job.signal?.throwIfAborted();
    const solvedFetched = this.#fetchAll(solved, job);
    const found = [...locked.values(), ...solved];
    return this.#install(found, [lockedFetched, solvedFetched], custom, specs, job);
  }

  async #restore(source: Lock | string, callbacks: Callbacks): Promise<LoadedPackage[]> {
    const isURL = typeof source === "string";
    const lock = isURL
      ? await this.#fetcher.fetchJson<Lock>(source, { signal: callbacks.signal })
      : source;
    if (lock === null) throw new LoaderError(`${source} is missing (404). Check the address.`);
    const base = isURL ? source : this.#channels[0]?.url;
    if (lock?.version !== LOCK_VERSION || !Array.isArray(lock.packages)) {
      throw new LoaderError(
        `The lock has version ${lock?.version}, this loader reads ${LOCK_VERSION}. Make it again ` +
          "with pyodide.lock() or `conda-emscripten lock`.",
      );
    }
    if (lock.platform !== this.#platform) {
      throw new LoaderError(`The lock is for ${lock.platform}, not for ${this.#platform}.`);
    }
    const job = this.#job(callbacks);
    const missing: LoadedPackage[] = [];
    for (const found of lock.packages.map((entry) => fromLock(entry, base ?? ""))) {
      const present = this.#loaded.get(found.record.name);
      if (!present) missing.push(found);
      else if (present.record.sha256 !== found.record.sha256) {
        throw new LoaderError(
          `The lock wants ${found.record.file}, but ${present.record.file} is loaded from ` +
            `${present.channel}. Give the lock to loadPyodide.`,
        );
      }
    }
    return this.#install(missing, [this.#fetchAll(missing, job)], [], lock.specs ?? [], job);
  }

  #job(callbacks: Callbacks): Job {
    const meter = new Meter(callbacks.onProgress);
    return { ...callbacks, meter, limit: limiter(COMPILING), fetched: [] };
  }

  #fetchAll(found: LoadedPackage[], job: Job): Promise<FetchedPackage[]> {
    return Promise.all(found.map((one) => this.#fetch(one, found, job)));
  }

  /** Wait for packages and mount them, all or none. */
  async #install(
    found: LoadedPackage[],
    fetching: Promise<FetchedPackage[]>[],
    custom: FetchedPackage[],
    specs: string[],
    job: Job,
  ): Promise<LoadedPackage[]> {
    const { messageCallback, errorCallback, signal, meter } = job;
    const arriving = Promise.all(fetching);
    arriving.catch(() => {}); // awaited below
    const locations = await Promise.all(found.map((one) => this.#locate(one)));
    const isOfUse = locations.map((location) => location?.bundle !== null);
    const names = found.filter((_, i) => isOfUse[i]).map(({ record }) => record.name);
    if (names.length) messageCallback?.(`Loading ${names.join(", ")}`);

    const fetched = [...(await arriving).flat(), ...custom];
    const fs = await this.#options.FS;
    signal?.throwIfAborted();
    meter.phase("mount");
    const records = fetched.map(({ archive, libraries: _, ...one }) => ({ one, archive }));
    const archives = fetched.flatMap(({ archive }) => archive ?? []);
    const kept = new Mounter(fs).mount([...archives, prefixRecords(records, specs)]);
    for (const path of kept) errorCallback?.(`${path} exists already and was kept.`);
    const libraries = fetched.flatMap(({ libraries }) => libraries);
    const registered = libraries.map(([path, module]) =>
      this.#options.registerLibrary?.(`/${path}`, module),
    );
    const loaded = records.map(({ one }) => one);
    for (const one of loaded) this.#loaded.set(one.record.name, one);
    for (const spec of specs) this.#specs.add(spec);
    this.#keep(job.fetched);
    await Promise.all(registered);

    names.push(...custom.map(({ record }) => record.name));
    if (names.length) messageCallback?.(`Loaded ${names.join(", ")}`);
    meter.phase("done");
    return loaded;
  }

  /** Keep files for the next visit, now that nobody waits. */
  #keep(files: [digest: string, bytes: Uint8Array<ArrayBuffer>][]): void {
    if (files.length === 0) return;
    this.#fetcher.store.then((store) => {
      for (const [digest, bytes] of files) store?.put(digest, bytes);
    });
  }

  /** Fetch the packages at addresses. */
  async #open(addresses: string[], present: LoadedPackage[], job: Job): Promise<FetchedPackage[]> {
    if (addresses.length === 0) return [];
    const { openPackages } = await this.#importCustom();
    return openPackages(addresses, present, {
      ...job,
      cache: this.#cache,
      fetcher: this.#fetcher,
      compile: (archive) => compileAll(archive, job.limit),
      scriptGlobals: this.#options.scriptGlobals ?? ((Module) => ({ Module })),
    });
  }

  /** What the first channel's ready solutions have for the specs, besides what is loaded. */
  async #locked(specs: Spec[]): Promise<ReadonlyMap<string, LoadedPackage>> {
    const [channel] = this.#channels;
    if (!channel || specs.length === 0) return noPackages;
    const start = this.#loaded.size === 0 ? await this.#lock(channel, "lock.json") : noPackages;
    const asked = specs.filter(({ name }) => start.has(name));
    // A version that is asked for may exclude the lock's of another package.
    if (!asked.every((spec) => isAmong(start, spec))) return noPackages;
    const first = asked.length > 0 ? start : noPackages;
    const rest = specs.filter(({ name }) => !first.has(name));
    if (rest.length === 0) return first;
    const whole = await this.#lock(channel, "default-lock.json");
    const present = new Map([...this.#loaded, ...first]);
    const fits = [...present].every(([name, one]) => isSame(one, whole.get(name)));
    const found = fits && rest.every((spec) => isAmong(whole, spec)) && closure(rest, whole);
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
    this.#solver ??= await this.#createSolver();
    // A package whose version nobody knows is not told to the solver, and taken off what it finds.
    const known = [...present.values()].filter(({ record }) => record.version !== "");
    const [channel] = this.#channels;
    const ready = channel ? await this.#lock(channel, "default-lock.json") : noPackages;
    const solution = await this.#solver.solve(specs, known, ready);
    return solution.filter(({ record }) => !present.has(record.name));
  }

  async #createSolver(): Promise<Solver> {
    const { Solver } = await this.#importSolver();
    return new Solver({
      channels: this.#channels.map(({ url }) => url),
      platform: this.#platform,
      fetcher: this.#fetcher,
      wasm: this.#options.solverWasm,
    });
  }

  async #locate(found: LoadedPackage): Promise<BundleLocation | null> {
    if (found.bundle === undefined) {
      found.bundle = await this.#channelOf(found).locate(found.record);
    }
    return found.bundle;
  }

  #channelOf(found: LoadedPackage): Channel {
    return this.#channels.find(({ url }) => url === found.channel) as Channel;
  }

  /** `batch`: what is loaded together with it. */
  async #fetch(found: LoadedPackage, batch: LoadedPackage[], job: Job): Promise<FetchedPackage> {
    const location = await this.#locate(found);
    const { record, channel } = found;
    if (location?.bundle === null) return { ...found, archive: null, libraries: [] };
    const folder = `${channel}${record.subdir}/`;
    const url = location ? folder + location.bundle : (record.url ?? folder + record.file);
    const expected = location ?? record;
    const kept = await this.#kept(url, expected, job);
    const partial = !kept && location ? await this.#openPartial(url, location, job) : null;
    // Its side modules are fetched, compiled and instantiated when they are imported.
    if (partial) return { ...found, archive: partial, libraries: [] };
    const bytes = kept ?? (await this.#fetchVerified(url, expected, job));
    try {
      const archive = location
        ? new Bundle(bytes, this.#cache)
        : await this.#convert(bytes, record, [...this.#loaded.values(), ...batch]);
      const libraries = await compileAll(archive, job.limit);
      return { ...found, archive, libraries };
    } catch (error) {
      throw new LoaderError(
        `${url}: ${reason(error)}. Delete it and run \`conda-emscripten index\`.`,
        { cause: error },
      );
    }
  }

  async #convert(
    bytes: Uint8Array<ArrayBuffer>,
    record: PackageRecord,
    present: LoadedPackage[],
  ): Promise<Archive> {
    const { openRecord, pythonVersion } = await this.#importCustom();
    return openRecord(bytes, record, pythonVersion(present));
  }

  async #openPartial(url: string, location: BundleLocation, job: Job): Promise<Bundle | null> {
    const ranges = await this.#options.ranges;
    if (!ranges) return null;
    return openPartial(url, location, {
      ranges,
      fetcher: this.#fetcher,
      cache: this.#cache,
      signal: job.signal,
      addFile: (size) => job.meter.addFile(size),
    });
  }

  /** The file, if it was kept on an earlier visit. */
  async #kept(
    url: string,
    { sha256: digest }: Expected,
    { meter }: Job,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    if (!digest) {
      throw new LoaderError(`${url} has no sha256 in its channel's index: it cannot be verified.`);
    }
    const store = url.startsWith("file:") ? null : await this.#fetcher.store;
    const kept = store && (await getVerified(store, digest));
    if (kept) meter.addFile(kept.length)(kept.length);
    return kept;
  }

  async #fetchVerified(
    url: string,
    { size, sha256: digest }: Expected,
    { signal, meter, fetched }: Job,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const store = url.startsWith("file:") ? null : await this.#fetcher.store;
    const onBytes = meter.addFile(size ?? 0);
    let found = "";
    // The browser's cache is not asked where there is a store, and may hold an older build's bundle.
    for (const cache of [store ? "no-store" : "default", "reload"] as const) {
      const limit = size === undefined ? {} : { size };
      const bytes = await this.#fetcher.fetch(url, { cache, signal, onBytes, ...limit });
      if (bytes === null) {
        throw new ChannelChanged(`${url} is missing. Run \`conda-emscripten index\`.`);
      }
      const actual = await sha256(bytes);
      if (actual === digest) {
        if (store) fetched.push([actual, bytes]);
        return bytes;
      }
      onBytes(-bytes.length);
      found = `${bytes.length} bytes with sha256 ${actual}`;
    }
    throw new ChannelChanged(
      `${url} is not what the channel promises: ${found} instead of ` +
        `${size === undefined ? "" : `${size} bytes with `}sha256 ${digest}. The download or the ` +
        "channel is damaged: load it again, or delete the bundle and run `conda-emscripten index`.",
    );
  }
}

/** What the index says of a file; of packages it does not say the size. */
interface Expected {
  size?: number;
  sha256: string | null;
}

/** One call of `load`. */
interface Job extends Callbacks {
  meter: Meter;
  /** Bounds the side modules that are compiled at a time. */
  limit: Limiter;
  /** What came over the network, by its sha256. */
  fetched: [digest: string, bytes: Uint8Array<ArrayBuffer>][];
}

/** A file is not what the index says: one of them may be of another time. */
class ChannelChanged extends LoaderError {}

/** The promise, or a rejection as soon as the signal is aborted. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Whether what the spec asks for is there for certain. */
function isAmong(packages: ReadonlyMap<string, LoadedPackage>, spec: Spec): boolean {
  const found = packages.get(spec.name);
  return (
    found !== undefined &&
    matches(found.record, spec) === true &&
    isChannelOf(found.channel, spec) &&
    (spec.subdir ?? found.record.subdir) === found.record.subdir
  );
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
    names.push(...one.record.depends.map(nameOf));
  }
  return [...found];
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
