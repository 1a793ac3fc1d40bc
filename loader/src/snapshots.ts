// How does a snapshot of a channel arrive?
//
// A channel lists its snapshots in snapshots.json, each with its sha256. This module fetches one,
// verifies it, and caches it for the next visit, as packages are.

import { LoaderError } from "./errors.js";
import { Fetcher, type FetcherOptions } from "./fetch.js";
import type { SnapshotsJson } from "./formats.js";
import { sha256 } from "./sha256.js";
import { count, digest, mapOf, object, shaped } from "./shape.js";
import { getVerified } from "./store.js";

const VERSION = 1;
const snapshotsShape = object({ snapshots: mapOf(object({ sha256: digest, size: count })) });

/**
 * The file of a snapshot.
 *
 * @param name as listed in the snapshots.json of a channel
 * @param channels URLs that end in "/"; the first that lists the name is taken
 * @throws LoaderError if no channel lists it, or its file is damaged or cannot be fetched
 */
export async function fetchSnapshot(
  name: string,
  channels: readonly string[],
  options: FetcherOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const fetcher = new Fetcher(options);
  for (const channel of channels) {
    const address = `${channel}snapshots.json`;
    const json = await fetcher.fetchJson<SnapshotsJson>(address);
    if (json === null) continue;
    if (json.version !== VERSION) {
      throw new LoaderError(
        `${address} has version ${json.version}, this loader reads ${VERSION}.`,
      );
    }
    const { snapshots } = shaped<SnapshotsJson>(json, snapshotsShape, address);
    const entry = Object.hasOwn(snapshots, name) ? snapshots[name] : undefined;
    if (entry) return fetchVerified(`${channel}snapshots/${entry.sha256}.snap`, entry, fetcher);
  }
  throw new LoaderError(
    `No channel lists the snapshot ${name} (${channels.join(", ")}). Make it with ` +
      `\`conda-emscripten snapshot\`, or give the address of a file: "./${name}".`,
  );
}

async function fetchVerified(
  url: string,
  { sha256: expected, size }: { sha256: string; size: number },
  fetcher: Fetcher,
): Promise<Uint8Array<ArrayBuffer>> {
  const store = await fetcher.storeFor(url);
  const stored = store && (await getVerified(store, expected));
  if (stored) return stored;
  const bytes = await fetcher.fetchExisting(url, { size, cache: store ? "no-store" : "default" });
  const actual = await sha256(bytes);
  if (actual !== expected) {
    throw new LoaderError(`${url} is damaged: its sha256 is ${actual}. Load it again.`);
  }
  store?.put(expected, bytes);
  return bytes;
}
