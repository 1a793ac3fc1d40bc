// Which package is at an address?
//
// This module fetches and verifies packages that a program names by their addresses. It is
// imported on demand, and also converts the conda packages of channels without bundles.

import { type Address, parseAddress } from "./address.js";
import type { Archive } from "./archive.js";
import { Bundle } from "./bundle.js";
import type { ChunkCache } from "./chunks.js";
import { readConda } from "./conda.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import { parseFileName } from "./file-name.js";
import { readPackaged } from "./file-packager.js";
import type { PackageRecord } from "./formats.js";
import {
  type Callbacks,
  type FetchedPackage,
  pythonVersion,
  type ResolvedPackage,
} from "./packages.js";
import { DIGEST_SIZE, sha256, toHex } from "./sha256.js";
import { getVerified } from "./store.js";

export interface AddressOptions extends Callbacks {
  /** The platform of packages in folders that are not called `noarch`. */
  platform: string;
  cache: ChunkCache;
  fetcher: Fetcher;
  /** Compiles the side modules. */
  compile: (archive: Archive) => Promise<FetchedPackage["libraries"]>;
  /** As in LoaderOptions. */
  scriptGlobals: (module: object) => Record<string, unknown>;
}

interface Opened {
  archive: Archive;
  record: PackageRecord;
}

/**
 * Fetch the packages at addresses. A package with the name of a present package is skipped; if the
 * present one is not from the same address, `errorCallback` receives a warning.
 *
 * Each package is verified with the hashes that exist: in the address, in the conda package for
 * its files, at the end of the bundle.
 *
 * @throws LoaderError that names the address
 */
export async function openPackages(
  addresses: string[],
  present: ResolvedPackage[],
  options: AddressOptions,
): Promise<FetchedPackage[]> {
  const origins = new Map(present.map(({ record, channel }) => [record.name, channel]));
  const missing: Address[] = [];
  for (const address of addresses.map(parseAddress)) {
    const { name, url } = address;
    const origin = origins.get(name);
    if (origin === undefined) {
      origins.set(name, url);
      missing.push(address);
      options.messageCallback?.(`Loading ${name} from ${url}`);
    } else if (origin !== url) {
      options.errorCallback?.(`${name} is already loaded from ${origin}; ${url} is not loaded.`);
    }
  }
  const python = pythonVersion(present);
  return Promise.all(missing.map((address) => openPackage(address, python, options)));
}

/**
 * Convert a conda package of a channel without bundles.
 *
 * @param bytes of the package, verified
 * @param python version for `noarch: python` packages, such as "3.13"
 * @throws LoaderError for a damaged package; the message does not name it
 */
export async function convert(
  bytes: Uint8Array<ArrayBuffer>,
  record: PackageRecord,
  python: string,
): Promise<Archive> {
  const { archive } = await readConda(bytes, record.sha256, python);
  return archive;
}

async function openPackage(
  address: Address,
  python: string,
  options: AddressOptions,
): Promise<FetchedPackage> {
  const { url, kind, name } = address;
  const { archive, record } =
    kind === "js"
      ? {
          archive: await readPackaged(url, options),
          record: recordOf(address, options.platform),
        }
      : await openFile(await fetchAddress(address, options), address, python, options);
  try {
    if (record.name !== name) throw new LoaderError(`it holds the package ${record.name}`);
    const libraries = await options.compile(archive);
    return { archive, record, channel: url, isAddress: true, libraries };
  } catch (error) {
    throw new LoaderError(`${url} cannot be loaded: ${reason(error)}`, { cause: error });
  }
}

async function fetchAddress(
  address: Address,
  options: AddressOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { sha256: expected } = address;
  const store = await options.fetcher.store;
  const stored = store && expected && (await getVerified(store, expected));
  if (stored) return stored;
  const bytes = await fetchFile(address, options);
  if (expected && (await sha256(bytes)) === expected) store?.put(expected, bytes);
  return bytes;
}

/** A file, or the concatenated parts of a bundle, if its address is of the first or of none. */
async function fetchFile(
  { url, kind }: Address,
  { fetcher, signal }: AddressOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const address = new URL(url);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  if (kind === "lz4b") {
    const [stem, isPart] = address.pathname.split(/(\.1)?\.lz4b$/);
    const whole = isPart ? null : await fetcher.fetch(url, { signal });
    if (whole) return whole;
    for (;;) {
      address.pathname = `${stem}.${parts.length + 1}.lz4b`;
      const part = await fetcher.fetch(address.href, { signal });
      if (!part) break;
      parts.push(part);
    }
  }
  if (parts.length === 0) return fetcher.fetchExisting(url, { signal });
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function openFile(
  bytes: Uint8Array<ArrayBuffer>,
  address: Address,
  python: string,
  options: AddressOptions,
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
      ? await openBundle(bytes, address, options)
      : await readConda(bytes, digest, python);
  } catch (error) {
    throw new LoaderError(
      `${url} cannot be loaded: ${reason(error)}. The download or the file is damaged.`,
      { cause: error },
    );
  }
}

/** A bundle, verified with the sha256 at its end (docs/reference/bundle-format.md). */
async function openBundle(
  bytes: Uint8Array<ArrayBuffer>,
  address: Address,
  { cache, platform }: AddressOptions,
): Promise<Opened> {
  const archive = new Bundle(bytes, cache);
  const content = bytes.subarray(0, -DIGEST_SIZE);
  const promised = toHex(bytes.subarray(-DIGEST_SIZE));
  const digest = await sha256(content);
  if (digest !== promised) {
    throw new LoaderError(`the bundle is damaged: its sha256 is ${digest}, not ${promised}`);
  }
  const { package: file, packageSha256 } = archive;
  const fileName = parseFileName(file);
  if (fileName?.extension !== "conda") {
    throw new LoaderError(`the bundle is of ${file}, which is not a conda package`);
  }
  const { name, version, build } = fileName;
  const known = { name, version, build, file, sha256: packageSha256 };
  return { archive, record: recordOf(address, platform, known) };
}

/** A record of the known fields of the package at an address. */
function recordOf(
  { name, url }: Address,
  platform: string,
  known: Partial<PackageRecord> = {},
): PackageRecord {
  const subdir = url.split("/").at(-2) === "noarch" ? "noarch" : platform;
  const unknown = { version: "", build: "", build_number: 0, file: "", sha256: "", depends: [] };
  return { ...unknown, name, subdir, ...known };
}
