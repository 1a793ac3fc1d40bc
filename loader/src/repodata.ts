// Which packages are in a subdir of a channel?
//
// This module reads repodata: the shards (CEP 16) of requested packages, or else the whole
// repodata.json.zst or repodata.json.

import { decode } from "@msgpack/msgpack";
import { decompress } from "fzstd";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { BundleLocation, PackageRecord, ShardBundle } from "./formats.js";
import { sha256, toHex } from "./sha256.js";
import { getVerified } from "./store.js";

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

/** The packages of one subdir. */
export interface Repodata {
  has(name: string): boolean;
  /**
   * All versions of a package.
   *
   * @throws LoaderError if they cannot be fetched, or do not match the index
   */
  candidates(name: string): Promise<Candidate[]>;
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
  info?: { base_url?: string };
  packages?: Record<string, RawRecord>;
  "packages.conda"?: Record<string, RawRecord>;
  removed?: string[];
  bundles?: Record<string, ShardBundle>;
}

interface ShardIndex {
  info: { base_url?: string; shards_base_url?: string };
  shards: Record<string, Uint8Array>;
}

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

function openShards(index: ShardIndex, fetcher: Fetcher, folder: string, subdir: string): Repodata {
  const shards = new Map(Object.entries(index.shards).map(([name, hash]) => [name, hex(hash)]));
  const base = new URL(withSlash(index.info.shards_base_url ?? "."), folder);
  const fetched = new Map<string, Promise<Candidate[]>>();
  const fetchShard = async (digest: string): Promise<Candidate[]> => {
    const url = new URL(`${digest}.msgpack.zst`, base).href;
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
      const content: RawRepodata = parse(shard, url);
      return read({ info: index.info, ...content }, folder, subdir);
    });
  };
  return {
    has: (name) => shards.has(name),
    candidates(name) {
      const digest = shards.get(name);
      if (!digest) return Promise.resolve([]);
      let candidates = fetched.get(name);
      if (!candidates) {
        candidates = fetchShard(digest);
        candidates.catch(() => fetched.delete(name)); // fetch again next time
        fetched.set(name, candidates);
      }
      return candidates;
    },
  };
}

function openWhole(
  repodata: RawRepodata,
  _fetcher: Fetcher,
  folder: string,
  subdir: string,
): Repodata {
  const byName = new Map<string, Candidate[]>();
  for (const candidate of read(repodata, folder, subdir)) {
    const versions = byName.get(candidate.name);
    if (versions) versions.push(candidate);
    else byName.set(candidate.name, [candidate]);
  }
  return {
    has: (name) => byName.has(name),
    candidates: async (name) => byName.get(name) ?? [],
  };
}

/** The result of a task that reads a file. Its errors become LoaderErrors that name the file. */
function parsed<T>(url: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw new LoaderError(`${url} is no repodata (${reason(error)}). Is it a conda channel?`, {
      cause: error,
    });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the content is untrusted; `read` checks each field.
function parse(bytes: Uint8Array, file: string): any {
  const plain = file.endsWith(".zst") ? decompress(bytes) : bytes;
  return file.includes(".msgpack") ? decode(plain) : JSON.parse(new TextDecoder().decode(plain));
}

/** The valid records, with the ".conda" file of a package in preference to the ".tar.bz2". */
function read(repodata: RawRepodata, folder: string, subdir: string): Candidate[] {
  const { info, bundles } = repodata;
  const packages = repodata.packages ?? {};
  const condas = repodata["packages.conda"] ?? {};
  const removed = new Set(repodata.removed);
  const isReplaced = (file: string): boolean =>
    Object.hasOwn(condas, file.replace(/\.tar\.bz2$/, ".conda"));
  const others = Object.entries(packages).filter(([file]) => !isReplaced(file));
  const base = new URL(withSlash(info?.base_url ?? "."), folder).href;
  const candidates: Candidate[] = [];
  for (const [file, raw] of [...Object.entries(condas), ...others]) {
    const candidate = removed.has(file) ? null : asCandidate(file, raw, subdir);
    if (!candidate) continue;
    if (base !== folder) candidate.url = base + file;
    const bundle = bundles?.[file];
    if (bundle) candidate.bundle = locationOf(bundle);
    candidates.push(candidate);
  }
  return candidates;
}

function locationOf({ sha256, head_sha256, ...rest }: ShardBundle): BundleLocation {
  return {
    ...rest,
    sha256: sha256 && hex(sha256),
    ...(head_sha256 && { head_sha256: hex(head_sha256) }),
  };
}

/** The candidate of a record; null if fields that conda requires (CEP 34) are missing. */
function asCandidate(file: string, raw: RawRecord | null, subdir: string): Candidate | null {
  if (raw === null) return null;
  const { name, version, build, build_number, sha256, timestamp, track_features } = raw;
  if (!isWord(name) || !isWord(version) || !isWord(build)) return null;
  return {
    name,
    version,
    build,
    build_number: Number(build_number ?? 0) || 0,
    subdir,
    file,
    sha256: sha256 ? hex(sha256) : "",
    depends: strings(raw.depends),
    constrains: strings(raw.constrains),
    timestamp: Number(timestamp ?? 0) || 0,
    track_features: strings(
      typeof track_features === "string" ? track_features.split(/[\s,]+/) : track_features,
    ).filter((feature) => feature !== "").length,
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && /^\S+$/.test(value);
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function hex(value: unknown): string {
  if (typeof value === "string") return value;
  return toHex(value as Uint8Array);
}

/** The address of a folder. */
function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
