// What package is at an address that a program names? (imported only when one does)

import { type Address, parseAddress } from "./address.js";
import type { Archive } from "./archive.js";
import { Bundle } from "./bundle.js";
import type { PackageRecord } from "./channel.js";
import type { ChunkCache } from "./chunks.js";
import { readConda } from "./conda.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { Callbacks, FetchedPackage, LoadedPackage } from "./index.js";
import { readPackaged } from "./packager.js";
import { DIGEST_SIZE, sha256, toHex } from "./sha256.js";
import { getVerified } from "./store.js";

export interface CustomOptions extends Callbacks {
  cache: ChunkCache;
  fetcher: Fetcher;
  /** Compiles the side modules. */
  compile: (archive: Archive) => Promise<FetchedPackage["libraries"]>;
  /** The global variables by which a script may look for the module that it adds files to. */
  scriptGlobals: (module: object) => Record<string, unknown>;
}

interface Opened {
  archive: Archive;
  record: PackageRecord;
}

/**
 * Fetch the packages at addresses, but for those whose names are there already: that is a warning. They are
 * verified as far as there is a hash: the one in the address, those of the files in a conda package, the one at
 * the end of a bundle.
 *
 * @param present packages that are loaded
 * @throws LoaderError that names the address
 */
export async function openPackages(
  addresses: string[],
  present: LoadedPackage[],
  options: CustomOptions,
): Promise<FetchedPackage[]> {
  const origins = new Map(present.map(({ record, channel }) => [record.name, channel]));
  const wanted: Address[] = [];
  for (const address of addresses.map(parseAddress)) {
    const { name, url } = address;
    const origin = origins.get(name);
    if (origin === undefined) {
      origins.set(name, url);
      wanted.push(address);
      options.messageCallback?.(`Loading ${name} from ${url}`);
    } else if (origin !== url) {
      options.errorCallback?.(`${name} is already loaded from ${origin}; ${url} is not loaded.`);
    }
  }
  const python = pythonVersion(present);
  return Promise.all(wanted.map((address) => openPackage(address, python, options)));
}

/** Such as "3.13"; "" without Python. */
export function pythonVersion(present: LoadedPackage[]): string {
  const version = present.find(({ record }) => record.name === "python")?.record.version ?? "";
  return version.split(".").slice(0, 2).join(".");
}

async function openPackage(
  address: Address,
  python: string,
  options: CustomOptions,
): Promise<FetchedPackage> {
  const { url, kind, name } = address;
  const { archive, record } =
    kind === "js"
      ? { archive: await readPackaged(url, options), record: recordOf(address, {}) }
      : await openFile(await fetchAddress(address, options), address, python, options.cache);
  try {
    if (record.name !== name) throw new LoaderError(`it holds the package ${record.name}`);
    const libraries = await options.compile(archive);
    return { archive, record, channel: url, isAddress: true, libraries };
  } catch (error) {
    throw new LoaderError(`${url} cannot be loaded: ${reason(error)}`, { cause: error });
  }
}

async function fetchAddress(
  { url, sha256: expected }: Address,
  { fetcher, signal }: CustomOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const store = await fetcher.store;
  const kept = store && expected && (await getVerified(store, expected));
  if (kept) return kept;
  const bytes = await fetcher.fetchExisting(url, { signal });
  if (expected && (await sha256(bytes)) === expected) store?.put(expected, bytes);
  return bytes;
}

async function openFile(
  bytes: Uint8Array<ArrayBuffer>,
  address: Address,
  python: string,
  cache: ChunkCache,
): Promise<Opened> {
  const { url, kind } = address;
  const digest = await sha256(bytes);
  if (address.sha256 !== null && address.sha256 !== digest) {
    throw new LoaderError(
      `${url} has the sha256 ${digest}, not ${address.sha256}. The download is damaged, or the ` +
        "address is of another build.",
    );
  }
  try {
    return kind === "lz4b"
      ? await openBundle(bytes, address, cache)
      : await readConda(bytes, digest, python);
  } catch (error) {
    throw new LoaderError(
      `${url} cannot be loaded: ${reason(error)}. The download or the file is damaged.`,
      { cause: error },
    );
  }
}

/**
 * The archive of a channel's package that has no bundle.
 *
 * @param bytes of the package, with the right sha256
 * @throws LoaderError for anything but a sound package; the message lacks its name
 */
export async function openRecord(
  bytes: Uint8Array<ArrayBuffer>,
  record: PackageRecord,
  python: string,
): Promise<Archive> {
  const { archive } = await readConda(bytes, record.sha256, python);
  return archive;
}

/** A bundle by itself: its own digest says whether it is whole (docs/reference/bundle-format.md). */
async function openBundle(
  bytes: Uint8Array<ArrayBuffer>,
  address: Address,
  cache: ChunkCache,
): Promise<Opened> {
  const archive = new Bundle(bytes, cache);
  const content = bytes.subarray(0, -DIGEST_SIZE);
  const promised = toHex(bytes.subarray(-DIGEST_SIZE));
  const digest = await sha256(content);
  if (digest !== promised) {
    throw new LoaderError(`the bundle is damaged: its sha256 is ${digest}, not ${promised}`);
  }
  const [, name, version, build] = /^(.+)-([^-]+)-([^-]+)\.conda$/.exec(archive.package) ?? [];
  if (!name || !version || !build) {
    throw new LoaderError(`the bundle is of ${archive.package}, which is no conda package`);
  }
  const { package: file, packageSha256 } = archive;
  const record = recordOf(address, { name, version, build, file, sha256: packageSha256 });
  return { archive, record };
}

function recordOf(address: Address, known: Partial<PackageRecord>): PackageRecord {
  const { name, url } = address;
  const subdir = url.split("/").at(-2) === "noarch" ? "noarch" : "emscripten-wasm32";
  const nothing = { version: "", build: "", build_number: 0, file: "", sha256: "", depends: [] };
  return { ...nothing, name, subdir, ...known };
}
