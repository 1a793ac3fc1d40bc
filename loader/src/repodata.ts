// Which packages are in a subdir of a channel?
//
// This module reads repodata: the shards (CEP 16) of requested packages, or else the whole
// repodata.json.zst or repodata.json.

import { decode } from "@msgpack/msgpack";
import { damage, LoaderError } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { BundleLocation, PackageRecord, ShardBundle } from "./formats.js";
import { DIGEST_SIZE, sha256, toHex } from "./sha256.js";
import {
  bundleName,
  count,
  isObject,
  list,
  mapOf,
  nullOr,
  object,
  optional,
  partsOf,
  shaped,
  text,
} from "./shape.js";
import { getVerified } from "./store.js";
import { unzstd } from "./zstd.js";

/** A package of the repodata, with the fields that only the solver needs. */
export interface Candidate extends PackageRecord {
  constrains: string[];
  /** In milliseconds since 1970; 0 if unknown. */
  timestamp: number;
  /** Their number. */
  track_features: number;
  /** Absent if the shard does not say it. */
  bundle?: BundleLocation;
}

/** All versions, or those of the current repodata: the newest, and what these need. */
export type Versions = "all" | "current";

/** The packages of one subdir. */
export interface Repodata {
  has(name: string): boolean;
  /**
   * The versions of a package; all, if the subdir has no current repodata.
   *
   * @throws LoaderError if they cannot be fetched, or do not match the index
   */
  candidates(name: string, which: Versions): Promise<Candidate[]>;
}

/** A record as in the file: hashes are text in JSON and bytes in msgpack. */
interface RawRecord {
  name?: unknown;
  version?: unknown;
  build?: unknown;
  build_number?: unknown;
  sha256?: unknown;
  size?: unknown;
  depends?: unknown;
  constrains?: unknown;
  timestamp?: unknown;
  track_features?: unknown;
}

interface RawRepodata {
  info?: { base_url?: string | null } | null;
  packages?: Record<string, unknown> | null;
  "packages.conda"?: Record<string, unknown> | null;
  removed?: string[] | null;
  bundles?: Record<string, ShardBundle>;
}

interface ShardIndex {
  info: { base_url?: string; shards_base_url?: string };
  shards: Record<string, Uint8Array | string>;
  /** The shard of the current packages (conda_emscripten/current.py). */
  current?: Uint8Array | string;
}

/** A sha256: bytes in msgpack, text in JSON. */
const hash = (value: unknown): string | null => (isHash(value) ? null : " is not a sha256");

const infoShape = object({
  base_url: optional(nullOr(text)),
  shards_base_url: optional(nullOr(text)),
});

const indexShape = object({ info: infoShape, shards: mapOf(hash), current: optional(hash) });

/** Of the file; `asCandidate` checks each record, and leaves out those without required fields. */
const repodataShape = object({
  info: optional(nullOr(infoShape)),
  packages: optional(nullOr(mapOf(() => null))),
  "packages.conda": optional(nullOr(mapOf(() => null))),
  removed: optional(nullOr(list(text))),
  bundles: optional(
    mapOf(
      object({
        bundle: nullOr(bundleName),
        size: count,
        sha256: nullOr(hash),
        head_size: optional(count),
        head_sha256: optional(nullOr(hash)),
        parts: optional(partsOf(hash)),
      }),
    ),
  ),
});

/**
 * Open the repodata of a subdir, in the first of its forms that the channel has.
 *
 * @param channel URL that ends in "/"
 * @returns null if the channel has no such subdir
 * @throws LoaderError if the repodata cannot be fetched or read
 */
export async function openRepodata(
  fetcher: Fetcher,
  channel: string,
  subdir: string,
): Promise<Repodata | null> {
  const folder = `${channel}${subdir}/`;
  for (const [file, open] of [
    ["repodata_shards.msgpack.zst", openShards],
    ["repodata.json.zst", openWhole],
    ["repodata.json", openWhole],
  ] as const) {
    const bytes = await fetcher.fetchNewest(folder + file);
    if (bytes === null) continue;
    return parsed(folder + file, () => open(parse(bytes, file), fetcher, folder, subdir));
  }
  return null;
}

function openShards(json: unknown, fetcher: Fetcher, folder: string, subdir: string): Repodata {
  const index = shaped<ShardIndex>(json, indexShape, "its index");
  const shards = new Map(Object.entries(index.shards).map(([name, hash]) => [name, hex(hash)]));
  const base = folderAt(index.info.shards_base_url, folder);
  const fetched = new Map<string, Promise<Records>>();
  const fetchShard = async (digest: string): Promise<Records> => {
    const url = `${base}${digest}.msgpack.zst`;
    const store = await fetcher.storeFor(url);
    let bytes = store && (await getVerified(store, digest));
    if (!bytes) {
      bytes = await fetcher.fetchExisting(url);
      if ((await sha256(bytes)) !== digest) {
        throw new LoaderError(`${url} has another sha256 than its index says. Load it again.`);
      }
      store?.put(digest, bytes);
    }
    const shard = bytes;
    return parsed(url, () => {
      const content = parse(shard, url);
      const raw = isObject(content) ? { info: index.info, ...content } : content;
      return new Records(raw, folder, subdir);
    });
  };
  const open = (digest: string): Promise<Records> => {
    let shard = fetched.get(digest);
    if (!shard) {
      shard = fetchShard(digest);
      shard.catch(() => fetched.delete(digest)); // fetch again next time
      fetched.set(digest, shard);
    }
    return shard;
  };
  const current = index.current && hex(index.current);
  return {
    has: (name) => shards.has(name),
    async candidates(name, which) {
      const own = shards.get(name);
      if (which === "current" && current) {
        const shard = open(current); // also without the name: another name will need it
        return own ? (await shard).of(name) : [];
      }
      return own ? (await open(own)).of(name) : [];
    },
  };
}

function openWhole(repodata: unknown, _fetcher: Fetcher, folder: string, subdir: string): Repodata {
  const records = new Records(repodata, folder, subdir);
  return {
    has: (name) => records.of(name).length > 0,
    candidates: async (name) => records.of(name),
  };
}

/** The result of a task that reads a file. Its errors become LoaderErrors that name the file. */
function parsed<T>(url: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw new LoaderError(`${url} is no repodata (${damage(error)}). Is it a conda channel?`, {
      cause: error,
    });
  }
}

function parse(bytes: Uint8Array, file: string): unknown {
  const plain = file.endsWith(".zst") ? unzstd(bytes) : bytes;
  if (!file.includes(".msgpack")) return JSON.parse(new TextDecoder().decode(plain));
  // An item has at least a byte: a larger number is damage, and must not allocate.
  const most = plain.length;
  return decode(plain, { maxArrayLength: most, maxMapLength: most });
}

/** The valid records of a file by name, with the ".conda" of a package in preference to ".tar.bz2". */
class Records {
  /** Name -> file names and records. */
  readonly #raw = new Map<string, [string, RawRecord][]>();
  /** The names that were asked for: a page needs few of them. */
  readonly #read = new Map<string, Candidate[]>();
  readonly #bundles: Record<string, ShardBundle>;
  readonly #subdir: string;
  /** The folder of the packages, if it is not that of the repodata. */
  readonly #base: string | null;

  /** @throws LoaderError if the JSON is no repodata */
  constructor(json: unknown, folder: string, subdir: string) {
    const repodata = shaped<RawRepodata>(json, repodataShape, "its content");
    const packages = repodata.packages ?? {};
    const condas = repodata["packages.conda"] ?? {};
    const removed = new Set(repodata.removed ?? []);
    const isReplaced = (file: string): boolean =>
      Object.hasOwn(condas, file.replace(/\.tar\.bz2$/, ".conda"));
    const others = Object.entries(packages).filter(([file]) => !isReplaced(file));
    for (const [file, raw] of [...Object.entries(condas), ...others]) {
      if (removed.has(file) || !isObject(raw) || typeof raw.name !== "string") continue;
      const versions = this.#raw.get(raw.name);
      if (versions) versions.push([file, raw]);
      else this.#raw.set(raw.name, [[file, raw]]);
    }
    const base = folderAt(repodata.info?.base_url, folder);
    this.#base = base === folder ? null : base;
    this.#bundles = repodata.bundles ?? {};
    this.#subdir = subdir;
  }

  /** The packages of a name. */
  of(name: string): Candidate[] {
    let candidates = this.#read.get(name);
    if (!candidates) {
      const raw = this.#raw.get(name) ?? [];
      candidates = raw.flatMap(([file, record]) => this.#candidate(file, record) ?? []);
      this.#read.set(name, candidates);
    }
    return candidates;
  }

  #candidate(file: string, raw: RawRecord): Candidate | null {
    const candidate = asCandidate(file, raw, this.#subdir);
    if (!candidate) return null;
    if (this.#base !== null) candidate.url = this.#base + file;
    const bundle = Object.hasOwn(this.#bundles, file) ? this.#bundles[file] : undefined;
    if (bundle) candidate.bundle = locationOf(bundle);
    return candidate;
  }
}

function locationOf({ sha256, head_sha256, parts, ...rest }: ShardBundle): BundleLocation {
  return {
    ...rest,
    sha256: sha256 && hex(sha256),
    ...(head_sha256 && { head_sha256: hex(head_sha256) }),
    ...(parts && { parts: parts.map((part) => ({ ...part, sha256: hex(part.sha256) })) }),
  };
}

/** The candidate of a record; null if fields that conda requires (CEP 34) are missing. */
function asCandidate(file: string, raw: RawRecord, subdir: string): Candidate | null {
  const { name, version, build, build_number, sha256, timestamp, track_features }: RawRecord = raw;
  if (!isWord(name) || !isWord(version) || !isWord(build)) return null;
  return {
    name,
    version,
    build,
    build_number: whole(build_number),
    subdir,
    file,
    sha256: isHash(sha256) ? hex(sha256) : "",
    depends: strings(raw.depends),
    constrains: strings(raw.constrains),
    timestamp: whole(timestamp),
    track_features: strings(
      typeof track_features === "string" ? track_features.split(/[\s,]+/) : track_features,
    ).filter((feature) => feature !== "").length,
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^[^\s\0]+$/.test(value);
}

/** The number, or 0 for what is none. */
function whole(value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : 0;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function isHash(value: unknown): value is Uint8Array | string {
  if (value instanceof Uint8Array) return value.length === DIGEST_SIZE;
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function hex(hash: Uint8Array | string): string {
  return typeof hash === "string" ? hash : toHex(hash);
}

/** The address of a folder that is named relative to another. */
function folderAt(path: string | null | undefined, folder: string): string {
  const relative = path || ".";
  const withSlash = relative.endsWith("/") ? relative : `${relative}/`;
  if (!URL.canParse(withSlash, folder)) throw new LoaderError(`${relative} is not a URL`);
  return new URL(withSlash, folder).href;
}
