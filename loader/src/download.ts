// How do the files of a resolved package arrive?
//
// This module locates the bundle of a package, takes it from the store, in parts, or from the
// network, verifies it, converts a conda package without a bundle, and compiles side modules.

import { type Archive, findFile } from "./archive.js";
import { Bundle } from "./bundle.js";
import type { Channel } from "./channel.js";
import { type ChunkCache, type ChunkFile, verifiedFile } from "./chunks.js";
import { LoaderError, reason, StaleIndexError } from "./errors.js";
import { type Fetcher, type Limiter, limiter } from "./fetch.js";
import type { BundleLocation, PackageRecord } from "./formats.js";
import { type LatePart, LateParts } from "./late.js";
import {
  type FetchedPackage,
  type LocatedPackage,
  pythonVersion,
  type ResolvedPackage,
  type RestoreOptions,
} from "./packages.js";
import { Meter } from "./progress.js";
import { openPartial, PartialFile, type Ranges } from "./ranges.js";
import { sha256 } from "./sha256.js";
import { getVerified } from "./store.js";

export type AddressPackageModule = Pick<
  typeof import("./address-package.js"),
  "openPackages" | "convert"
>;

export interface DownloadsOptions {
  channels: Channel[];
  platform: string;
  fetcher: Fetcher;
  /** As in LoaderOptions. */
  ranges: Ranges | null | Promise<Ranges | null>;
  /** As in LoaderOptions. */
  reads: Ranges | null | Promise<Ranges | null>;
  importAddressPackage: () => Promise<AddressPackageModule>;
  /** As in LoaderOptions. */
  scriptGlobals: (module: object) => Record<string, unknown>;
  cache: ChunkCache;
  /** Resolves when no load is running. */
  idle: () => Promise<unknown>;
}

/** A call of `load` or `restore`. */
export interface Job extends RestoreOptions {
  meter: Meter;
  /** Bounds the side modules that are compiled at a time. */
  limit: Limiter;
  /** Memory for the side module that is decompressed next. */
  room: Uint8Array<ArrayBuffer>;
  /** Files from the network, by sha256, that the store does not have. */
  received: [digest: string, bytes: Uint8Array<ArrayBuffer>][];
  /** Parts of bundles that the load does not wait for. */
  late: LatePart[];
}

/** Packages that are being fetched. A rejection may stay unhandled. */
export interface Batch {
  located: Promise<LocatedPackage[]>;
  fetched: Promise<FetchedPackage[]>;
}

/** Properties of a file in an index; that of a conda package has no size. */
interface Expected {
  size?: number;
  sha256: string | null;
}

/** Fetches packages. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly late: LateParts;

  constructor(options: DownloadsOptions) {
    this.#options = options;
    this.late = new LateParts((late) => this.#fetchLate(late), options.idle);
  }

  /**
   * Start to fetch packages.
   *
   * @param present packages that are loaded before or together with these
   */
  start(packages: ResolvedPackage[], present: ResolvedPackage[], job: Job): Batch {
    const python = pythonVersion([...present, ...packages]);
    const locating = packages.map((pkg) => this.#locate(pkg));
    const located = Promise.all(locating);
    const fetched = Promise.all(locating.map(async (pkg) => this.#fetch(await pkg, python, job)));
    for (const promise of [located, fetched]) promise.catch(() => {});
    return { located, fetched };
  }

  /** Fetch the packages at addresses, except those with the name of a present package. */
  async openAddresses(
    addresses: string[],
    present: ResolvedPackage[],
    job: Job,
  ): Promise<FetchedPackage[]> {
    if (addresses.length === 0) return [];
    const { importAddressPackage, ...options } = this.#options;
    const { openPackages } = await importAddressPackage();
    const compile = (archive: Archive) => compileAll(archive, job);
    return openPackages(addresses, present, { ...options, ...job, compile });
  }

  /** A new call of `load` or `restore`. */
  startJob(callbacks: RestoreOptions): Job {
    const meter = new Meter(callbacks.onProgress);
    const room = new Uint8Array();
    return { ...callbacks, meter, limit: limiter(COMPILING), room, received: [], late: [] };
  }

  /** Store the received files for the next visit, and fetch the late parts, in the background. */
  async finish({ received, late }: Job): Promise<void> {
    this.late.add(late);
    if (received.length === 0) return;
    const store = await this.#options.fetcher.store;
    for (const [digest, bytes] of received) store?.put(digest, bytes);
  }

  async #locate(pkg: ResolvedPackage): Promise<LocatedPackage> {
    const channel = this.#options.channels.find(({ url }) => url === pkg.channel) as Channel;
    const { bundle = await channel.locate(pkg.record) } = pkg;
    return { ...pkg, bundle };
  }

  async #fetch(pkg: LocatedPackage, python: string, job: Job): Promise<FetchedPackage> {
    const { record, channel, bundle: location } = pkg;
    if (location?.bundle === null) return { ...pkg, archive: null, libraries: [] };
    const folder = `${channel}${record.subdir}/`;
    const url = location ? folder + location.bundle : (record.url ?? folder + record.file);
    const expected = location ?? record;
    const parts = this.#openParts(folder, location, job);
    parts.catch(() => {}); // not unhandled: it is awaited below
    const stored = await this.#fetchStored(url, expected, job);
    const partial = !stored && location ? await this.#openPartial(url, location, job) : null;
    const bytes = stored ?? partial?.head ?? (await this.#fetchVerified(url, expected, job));
    const files = [partial?.file ?? verifiedFile(bytes), ...(await parts)];
    try {
      const archive = location
        ? new Bundle(bytes, this.#options.cache, files)
        : await this.#convert(bytes as Uint8Array<ArrayBuffer>, record, python);
      // With parts on demand, side modules are fetched and compiled when they are imported.
      const libraries = partial ? [] : await compileAll(archive, job);
      return { ...pkg, archive, libraries };
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
    python: string,
  ): Promise<Archive> {
    const { convert } = await this.#options.importAddressPackage();
    return convert(bytes, record, python);
  }

  async #openPartial(url: string, location: BundleLocation, job: Job) {
    const { fetcher } = this.#options;
    const ranges = await this.#options.ranges;
    if (!ranges) return null;
    const addFile = (size: number) => job.meter.addFile(size);
    return openPartial(url, location, { ranges, fetcher, signal: job.signal, addFile });
  }

  /** The further parts of a bundle: from the store, on demand, or, without such reads, fetched. */
  #openParts(folder: string, location: BundleLocation | null, job: Job): Promise<ChunkFile[]> {
    const parts = location?.parts ?? [];
    const opened = parts.map(async (part, index) => {
      const url = folder + part.bundle;
      const stored = await this.#fetchStored(url, part, job);
      if (stored) return verifiedFile(stored);
      const ranges = await this.#options.ranges;
      const reads = ranges ?? (await this.#options.reads);
      if (!reads?.canRead(url)) return verifiedFile(await this.#fetchVerified(url, part, job));
      const file = new PartialFile(url, part.size, reads);
      const isAwaited = index < parts.length - NOT_AWAITED;
      if (!ranges) job.late.push({ url, part, file, isAwaited });
      return file;
    });
    return Promise.all(opened);
  }

  async #fetchLate({ url, part, file }: LatePart): Promise<void> {
    const job = this.startJob({});
    file.complete(await this.#fetchVerified(url, part, job));
    await this.finish(job);
  }

  /** The file from the store, or null. */
  async #fetchStored(
    url: string,
    { sha256: digest }: Expected,
    { meter }: Job,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    if (!digest) {
      throw new LoaderError(`${url} has no sha256 in its channel's index: it cannot be verified.`);
    }
    const store = await this.#options.fetcher.storeFor(url);
    const stored = store && (await getVerified(store, digest));
    if (stored) meter.addFile(stored.length)(stored.length);
    return stored;
  }

  async #fetchVerified(
    url: string,
    { size, sha256: digest }: Expected,
    { signal, meter, received }: Job,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { fetcher } = this.#options;
    const store = await fetcher.storeFor(url);
    const onBytes = meter.addFile(size ?? 0);
    let actual = "";
    // With a store, the HTTP cache is not asked: it may hold the bundle of an older build.
    for (const cache of [store ? "no-store" : "default", "reload"] as const) {
      const limit = size === undefined ? {} : { size };
      const bytes = await fetcher.fetch(url, { cache, signal, onBytes, ...limit });
      if (bytes === null) {
        throw new StaleIndexError(`${url} is missing. Run \`conda-emscripten index\`.`);
      }
      const actualDigest = await sha256(bytes);
      if (actualDigest === digest) {
        if (store) received.push([digest, bytes]);
        return bytes;
      }
      onBytes(-bytes.length);
      actual = `${bytes.length} bytes with sha256 ${actualDigest}`;
    }
    throw new StaleIndexError(
      `${url} is not what the channel promises: ${actual} instead of ` +
        `${size === undefined ? "" : `${size} bytes with `}sha256 ${digest}. The download or the ` +
        "channel is damaged: load it again, or delete the bundle and run `conda-emscripten index`.",
    );
  }
}

/** The last parts of a bundle, that no load waits for: rare modules and the sources. */
const NOT_AWAITED = 2;

/** Side modules that are decompressed and compiled at a time: bounds the memory for it. */
const COMPILING = 4;

/** Bytes; Chromium compiles no larger module when a page imports it. */
const LARGEST_AT_IMPORT = 8 << 20;

/** The side modules of a package, compiled: all, or those that a job asks for. */
function compileAll(archive: Archive, job: Job): Promise<FetchedPackage["libraries"]> {
  const { limit, compiles = () => true } = job;
  const paths = archive.libraries.filter((path) => {
    // What is in /lib itself is no extension module: other side modules need it.
    if (compiles(path) || /^lib\/[^/]+$/.test(path)) return true;
    return findFile(archive.directories, path).size > LARGEST_AT_IMPORT;
  });
  return Promise.all(paths.map((path) => limit(() => compile(archive, path, job))));
}

async function compile(
  archive: Archive,
  path: string,
  job: Job,
): Promise<[path: string, module: WebAssembly.Module]> {
  let module: WebAssembly.Module;
  try {
    const file = findFile(archive.directories, path);
    if (job.room.length < file.size) job.room = new Uint8Array(file.size);
    const bytes = job.room.subarray(0, file.size);
    file.read(0, bytes);
    // The call copies the bytes before it returns (WebAssembly JavaScript Interface, 5.1), so the
    // next side module can have their memory: new memory costs more than the decompression.
    module = await WebAssembly.compile(bytes);
  } catch (error) {
    throw new LoaderError(`${path} cannot be compiled: ${reason(error)}`, { cause: error });
  }
  // Emscripten 2.0.30 (2021) changed the contents of this section and renamed it to dylink.0.
  if (WebAssembly.Module.customSections(module, "dylink").length > 0) {
    throw new LoaderError(`${path} was made by an Emscripten that is too old: build it again`);
  }
  return [path, module];
}
