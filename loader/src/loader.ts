// How does a package get from a conda channel into a running Emscripten module?
//
// This module coordinates a load: it resolves specs, fetches the packages and mounts them, all or
// none.

import { Channel, type Distribution } from "./channel.js";
import { ChunkCache } from "./chunks.js";
import { condaMeta } from "./conda-meta.js";
import { type AddressPackageModule, type Batch, Downloads, type Job } from "./download.js";
import type { EmscriptenFS } from "./emscripten.js";
import { LoaderError, reason, StaleIndexError } from "./errors.js";
import { Fetcher, type FetcherOptions } from "./fetch.js";
import type { Lock } from "./formats.js";
import { fromLock, LOCK_VERSION, LOCK_VERSIONS, readLock, toLock, versionOf } from "./lock.js";
import { Mounter } from "./mount.js";
import type { Callbacks, FetchedPackage, ResolvedPackage, RestoreOptions } from "./packages.js";
import type { Ranges } from "./ranges.js";
import { isSatisfied, Resolver, type SolverModule } from "./resolve.js";
import { isURL, parseSpec } from "./specs.js";

export interface LoaderOptions {
  /** Target of the mounts; as a promise, fetching starts before the module exists. */
  FS: EmscriptenFS | PromiseLike<EmscriptenFS>;
  /** Channel URLs that end in "/"; a package is taken from the first channel that has its name. */
  channels: string[];
  /** The subdir beside `noarch`; "emscripten-wasm32" if absent. */
  platform?: string;
  /** Called with each compiled side module after its file is mounted; a promise is awaited. */
  registerLibrary?: (path: string, module: WebAssembly.Module) => unknown;
  /** Imports solver.ts, which few loads need. */
  importSolver: () => Promise<SolverModule>;
  /** Address of solver.wasm; by default beside the module that `importSolver` imports. */
  solverWasm?: string | URL;
  /** Imports address-package.ts, for packages from addresses and conda packages without bundles. */
  importAddressPackage: () => Promise<AddressPackageModule>;
  /** Settings of the network and the store; by default nothing is stored. */
  fetch?: FetcherOptions;
  /** Reads all of a bundle on demand; by default the first part of a bundle is fetched whole. */
  ranges?: Ranges | null | Promise<Ranges | null>;
  /** Reads late parts of bundles until they arrive; by default a load fetches all parts. */
  reads?: Ranges | null | Promise<Ranges | null>;
  /**
   * The global variables in which a script made by file_packager looks for the module that it adds
   * files to; by default only Emscripten's `Module`.
   */
  scriptGlobals?: (module: object) => Record<string, unknown>;
}

const MAKE_LOCK = "Make it again with pyodide.lock() or `conda-emscripten lock`.";

/** Loads conda packages into one Emscripten module. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #platform: string;
  readonly #channels: Channel[];
  readonly #fetcher: Fetcher;
  readonly #resolver: Resolver;
  readonly #downloads: Downloads;
  readonly #loaded = new Map<string, ResolvedPackage>();
  readonly #specs = new Set<string>();
  /** Settles when all earlier calls of `load` and `restore` are done. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: LoaderOptions) {
    const fetcher = new Fetcher(options.fetch);
    const channels = options.channels.map((url) => new Channel(url, fetcher));
    const platform = options.platform ?? "emscripten-wasm32";
    this.#options = options;
    this.#platform = platform;
    this.#channels = channels;
    this.#fetcher = fetcher;
    this.#resolver = new Resolver({
      channels,
      platform,
      fetcher,
      importSolver: options.importSolver,
      solverWasm: options.solverWasm,
    });
    this.#downloads = new Downloads({
      channels,
      platform,
      fetcher,
      ranges: options.ranges ?? null,
      reads: options.reads ?? null,
      importAddressPackage: options.importAddressPackage,
      scriptGlobals: options.scriptGlobals ?? ((Module) => ({ Module })),
      cache: new ChunkCache(),
      idle: () => this.#queue,
    });
  }

  /** Package name -> loaded package, in the order of loading. */
  get loaded(): ReadonlyMap<string, ResolvedPackage> {
    return this.#loaded;
  }

  /**
   * Resolve specs, and fetch, verify and mount the missing packages. Calls may overlap; each sees
   * the packages of all earlier calls. A loaded package is never replaced; an address of another
   * package of the same name is a warning.
   *
   * @param specs conda specs, such as "numpy" and "numpy >=2,<3", or addresses of packages (see
   *   address.ts)
   * @returns the packages that this call has loaded
   * @throws LoaderError with nothing mounted: an unknown package, no solution, a damaged or missing
   *   file, a network error
   */
  load(specs: string[], callbacks: Callbacks = {}): Promise<ResolvedPackage[]> {
    return this.#enqueue((reported) => this.#load(specs, reported), callbacks);
  }

  /**
   * Load exactly the packages of a lock, the same bytes as when it was made, without a solver.
   *
   * @param lock the result of `lock`, or the URL of a lock file
   * @throws LoaderError with nothing mounted: a lock for another platform, another build of a
   *   package is loaded, or a channel no longer has the file
   */
  restore(lock: Lock | string, options: RestoreOptions = {}): Promise<ResolvedPackage[]> {
    const { compiles } = options;
    return this.#enqueue((reported) => this.#restore(lock, { ...reported, compiles }), options);
  }

  /**
   * The lock of the loaded packages.
   *
   * @throws LoaderError if a package comes from an address
   */
  lock(): Lock {
    return {
      version: LOCK_VERSION,
      platform: this.#platform,
      specs: [...this.#specs],
      packages: [...this.#loaded.values()].map(toLock).sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  /**
   * Whether a load of the lock's specs would give exactly its packages. Loads nothing.
   *
   * @throws LoaderError if the specs have no solution any more
   */
  async isCurrent(lock: Lock): Promise<boolean> {
    const specs = lock.specs.map(parseSpec);
    const locked = [...(await this.#resolver.fromLocks(specs, new Map())).values()];
    const solved = await this.#resolver.solve(specs, locked);
    const digests = new Set([...locked, ...solved].map(({ record }) => record.sha256));
    const { packages } = lock;
    return digests.size === packages.length && packages.every(({ sha256 }) => digests.has(sha256));
  }

  /** The packages that provide modules. Modules that no channel knows are skipped. */
  async packagesFor(modules: Iterable<string>): Promise<string[]> {
    const indexes = await Promise.all(this.#channels.map((channel) => channel.imports()));
    const names = new Set<string>();
    for (const module of modules) {
      // The provider of "google.protobuf" also provides "google.protobuf.message".
      const parts = module.split(".");
      const prefixes = parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
      for (const index of indexes) {
        const provided = prefixes.find((prefix) => Object.hasOwn(index, prefix));
        if (provided === undefined) continue;
        names.add(index[provided] as string);
        break;
      }
    }
    return [...names];
  }

  /**
   * The packages that contain a Python project, for micropip: those of the first channel that has
   * any, in no particular order.
   *
   * @param project normalized name (PEP 503)
   */
  async distributions(project: string): Promise<Distribution[]> {
    for (const channel of this.#channels) {
      const subdirs = [this.#platform, "noarch"];
      const distributions = (
        await Promise.all(subdirs.map((subdir) => channel.distributions(project, subdir)))
      ).flat();
      if (distributions.length > 0) return distributions;
    }
    return [];
  }

  /** The Python projects that `load` would add. Loads nothing. */
  async preview(specs: string[]): Promise<Distribution[]> {
    await this.#queue;
    const missing = this.#missing(specs);
    const locked = [...(await this.#resolver.fromLocks(missing, this.#loaded)).values()];
    const solved = await this.#resolver.solve(missing, [...this.#loaded.values(), ...locked]);
    const distributions = [...locked, ...solved].map(({ record, channel }) =>
      this.#channels.find(({ url }) => url === channel)?.distributionsOf(record),
    );
    return (await Promise.all(distributions)).flatMap((projects) => projects ?? []);
  }

  /**
   * Fetch the late parts of the loaded packages in the background from now on. Until then, they do
   * not compete with other files for the connection.
   *
   * @returns resolves when all of them are there, or cannot be fetched
   */
  stream(): Promise<void> {
    this.#downloads.late.start();
    return this.#downloads.late.all();
  }

  /** Run a task after all earlier calls. Its progress is reported until it settles. */
  #enqueue(
    task: (callbacks: Callbacks) => Promise<ResolvedPackage[]>,
    callbacks: Callbacks,
  ): Promise<ResolvedPackage[]> {
    const { signal, errorCallback, onProgress } = callbacks;
    // Some downloads of a failed load still arrive.
    let settled = false;
    const reported: Callbacks = {
      ...callbacks,
      onProgress: (progress) => settled || onProgress?.(progress),
    };
    const result = this.#queue.then(async () => {
      signal?.throwIfAborted();
      try {
        return await task(reported);
      } catch (error) {
        if (!(error instanceof StaleIndexError)) throw error;
        for (const channel of this.#channels) channel.forget();
        this.#resolver.forget();
        return task(reported); // retry once with freshly fetched indexes
      }
    });
    this.#queue = result.catch((error) => errorCallback?.(reason(error)));
    // Imports follow: they would block the page for what they often need of the standard library.
    const importable = result.then(async (loaded) => {
      await this.#downloads.late.awaited();
      return loaded;
    });
    return abortable(importable, signal).finally(() => {
      settled = true;
    });
  }

  async #load(specs: string[], callbacks: Callbacks): Promise<ResolvedPackage[]> {
    const addresses = specs.filter(isURL);
    const missing = this.#missing(specs.filter((spec) => !isURL(spec)));
    const job = this.#downloads.startJob(callbacks);
    if (addresses.length + missing.length === 0) {
      job.meter.phase("done");
      return [];
    }
    const locked = [...(await this.#resolver.fromLocks(missing, this.#loaded)).values()];
    const present = [...this.#loaded.values(), ...locked];
    const lockedBatch = this.#downloads.start(locked, present, job); // while the solver runs
    const fromAddresses = await this.#downloads.openAddresses(addresses, present, job);
    const solved = await this.#resolver.solve(missing, present, fromAddresses);
    job.signal?.throwIfAborted();
    const solvedBatch = this.#downloads.start(solved, [...present, ...fromAddresses], job);
    return this.#install([lockedBatch, solvedBatch], fromAddresses, specs, job);
  }

  async #restore(source: Lock | string, callbacks: RestoreOptions): Promise<ResolvedPackage[]> {
    const isURL = typeof source === "string";
    const json = isURL
      ? await this.#fetcher.fetchJson<Lock>(source, { signal: callbacks.signal })
      : source;
    if (json === null && isURL) {
      throw new LoaderError(`${source} is missing (404). Check the address.`);
    }
    const base = isURL ? source : (this.#channels[0]?.url ?? "");
    if (!LOCK_VERSIONS.includes(json?.version as number)) {
      const versions = LOCK_VERSIONS.join(" and ");
      throw new LoaderError(
        `The lock has ${versionOf(json)}, this loader reads ${versions}. ${MAKE_LOCK}`,
      );
    }
    let lock: Lock;
    try {
      lock = readLock(json, "The lock is damaged");
    } catch (error) {
      throw new LoaderError(`${reason(error)}. ${MAKE_LOCK}`, { cause: error });
    }
    if (lock.platform !== this.#platform) {
      throw new LoaderError(`The lock is for ${lock.platform}, not for ${this.#platform}.`);
    }
    const job = this.#downloads.startJob(callbacks);
    const missing: ResolvedPackage[] = [];
    for (const pkg of lock.packages.map((entry) => fromLock(entry, base))) {
      const present = this.#loaded.get(pkg.record.name);
      if (!present) missing.push(pkg);
      else if (present.record.sha256 !== pkg.record.sha256) {
        throw new LoaderError(
          `The lock wants ${pkg.record.file}, but ${present.record.file} is loaded from ` +
            `${present.channel}. Give the lock to loadPyodide.`,
        );
      }
    }
    const batch = this.#downloads.start(missing, [...this.#loaded.values()], job);
    return this.#install([batch], [], lock.specs, job);
  }

  /** The specs that the loaded packages do not satisfy. */
  #missing(specs: string[]) {
    return specs.map(parseSpec).filter((spec) => !isSatisfied(spec, this.#loaded));
  }

  /** Wait for packages and mount them, all or none. */
  async #install(
    batches: Batch[],
    fromAddresses: FetchedPackage[],
    specs: string[],
    job: Job,
  ): Promise<ResolvedPackage[]> {
    const { messageCallback, errorCallback, signal, meter } = job;
    const located = (await Promise.all(batches.map((batch) => batch.located))).flat();
    const names = located
      .filter(({ bundle }) => bundle?.bundle !== null)
      .map(({ record }) => record.name);
    if (names.length) messageCallback?.(`Loading ${names.join(", ")}`);

    const fetched = (await Promise.all(batches.map((batch) => batch.fetched))).flat();
    const packages = [...fetched, ...fromAddresses];
    const fs = await this.#options.FS;
    signal?.throwIfAborted();
    meter.phase("mount");
    const archives = packages.flatMap(({ archive }) => archive ?? []);
    const kept = new Mounter(fs).mount([...archives, condaMeta(packages, specs)]);
    for (const path of kept) errorCallback?.(`${path} exists already and was kept.`);
    const libraries = packages.flatMap(({ libraries }) => libraries);
    const registered = libraries.map(([path, module]) =>
      this.#options.registerLibrary?.(`/${path}`, module),
    );
    // Without the archives and modules, which would keep their memory.
    const loaded = packages.map(({ archive: _, libraries: __, ...pkg }) => pkg);
    for (const pkg of loaded) this.#loaded.set(pkg.record.name, pkg);
    for (const spec of specs) this.#specs.add(spec);
    this.#downloads.finish(job);
    await Promise.all(registered);

    names.push(...fromAddresses.map(({ record }) => record.name));
    if (names.length) messageCallback?.(`Loaded ${names.join(", ")}`);
    meter.phase("done");
    return loaded;
  }
}

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
