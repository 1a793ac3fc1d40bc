// How do bytes come from a channel, in a page, a worker and Node?

import { LoaderError, reason } from "./errors.js";

/**
 * Fetch a file whole.
 *
 * @param url `http:`, `https:`, or, in Node, `file:`
 * @param cache as for `fetch`; "no-cache" asks the server whether the cached copy is still the newest
 * @returns the bytes, or null if there is no such file
 * @throws LoaderError when the server or the network fails
 */
export async function fetchBytes(
  url: string,
  cache: RequestCache = "default",
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (url.startsWith("file:")) return readLocal(url);
  let response: Response;
  try {
    response = await fetch(url, { cache });
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new LoaderError(
      `${url} cannot be fetched (${reason(error)}). Check the network and the channel's address.`,
      { cause: error },
    );
  }
  if (response.status === 404) return null;
  throw new LoaderError(
    `${url} cannot be fetched: the server answers ${response.status} ${response.statusText}.`,
  );
}

/** Fetch a file that must be there. Throws a LoaderError as `fetchBytes`, or when it is not. */
export async function fetchExisting(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fetchBytes(url);
  if (bytes === null) throw new LoaderError(`${url} is missing (404). Check the address.`);
  return bytes;
}

/**
 * Fetch and parse a JSON file, never an outdated copy.
 *
 * @returns its content, or null if there is no such file
 * @throws LoaderError as `fetchBytes`, or when it is not JSON
 */
export async function fetchJson<T>(url: string): Promise<T | null> {
  const bytes = await fetchBytes(url, "no-cache");
  if (bytes === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (error) {
    throw new LoaderError(`${url} is not JSON (${reason(error)}). Is it a conda channel?`, {
      cause: error,
    });
  }
}

async function readLocal(url: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const { readFile } = await import("node:fs/promises");
  try {
    return new Uint8Array(await readFile(new URL(url)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new LoaderError(`${url} cannot be read (${reason(error)}).`, { cause: error });
  }
}
