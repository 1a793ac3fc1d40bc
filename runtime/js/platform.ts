// What differs between a page, a worker and Node?

export const isNode =
  typeof process === "object" &&
  typeof process.versions?.node === "string" &&
  !("window" in globalThis);

/**
 * Compile a WebAssembly module, during the download if the server's type is application/wasm.
 *
 * @param url `http:`, `https:`, or, in Node, `file:`
 * @throws Error with the address if there is no such file
 */
export async function compileWasm(url: URL): Promise<WebAssembly.Module> {
  let why: unknown;
  try {
    if (isFile(url)) return await compileFile(url);
    const content = await fetchExisting(url);
    const type = content.headers.get("content-type") ?? "";
    return /^application\/wasm\b/i.test(type)
      ? await WebAssembly.compileStreaming(content)
      : await WebAssembly.compile(await content.arrayBuffer());
  } catch (error) {
    why = error instanceof Error ? error.message : error;
  }
  throw new Error(`${url} cannot be loaded (${why}). Does indexURL lead to the distribution?`);
}

/** Compile a file and free its bytes, 11 MB, which no garbage collection would free during the start. */
async function compileFile(url: URL): Promise<WebAssembly.Module> {
  const { open } = await import("node:fs/promises");
  const file = await open(url);
  try {
    const { size } = await file.stat();
    const buffer = new ArrayBuffer(size, { maxByteLength: size });
    for (let at = 0, more = 1; at < size && more > 0; at += more) {
      more = (await file.read(new Uint8Array(buffer, at), { position: at })).bytesRead;
    }
    const module = await WebAssembly.compile(buffer);
    buffer.resize(0);
    return module;
  } finally {
    await file.close();
  }
}

/** Whether a module of usual size can be compiled when Python imports it: not in a page of old Chromiums. */
export function canCompileAtImport(): boolean {
  const size = 8192;
  const empty = new Uint8Array(8 + 3 + size); // magic and version, and a section without a meaning
  empty.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 0x80 | (size & 0x7f), size >> 7]);
  try {
    new WebAssembly.Module(empty);
    return true;
  } catch {
    return false;
  }
}

/**
 * Fetch a file.
 *
 * @param address a URL; in Node also of the scheme `file:`
 * @param integrity of the bytes, as in an HTML element: "sha256-" and Base64
 * @throws Error with the address
 */
export async function fetchBytes(
  address: string,
  integrity?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const url = new URL(address);
    if (isFile(url)) {
      const { readFile } = await import("node:fs/promises");
      return await readFile(url);
    }
    return new Uint8Array(await (await fetchExisting(url, integrity)).arrayBuffer());
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Error(`${address} cannot be fetched: ${why}`, { cause: error });
  }
}

/** Whether Node reads the file itself: it loads the code of fetch on the first use, which takes time. */
function isFile(url: URL): boolean {
  return url.protocol === "file:" && isNode;
}

async function fetchExisting(url: URL, integrity?: string): Promise<Response> {
  const response = await fetch(url, integrity === undefined ? {} : { integrity });
  if (response.ok) return response;
  throw new Error(`${response.status} ${response.statusText}`.trim());
}

/** The folder of the distribution as a URL that ends in "/"; in Node a path is allowed. */
export async function folderURL(folder: string): Promise<string> {
  return absoluteURL(folder.endsWith("/") ? folder : `${folder}/`);
}

/** The part of an address up to its last slash. */
export function folderOf(address: string): string {
  return address.slice(0, address.lastIndexOf("/") + 1);
}

/** A URL, relative to the page's; in Node a path is allowed. */
export async function absoluteURL(address: string): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(address)) {
    return address;
  }
  if (isNode) {
    const { pathToFileURL } = await import("node:url");
    return pathToFileURL(address).href;
  }
  return new URL(address, globalThis.location.href).href;
}

/** Node's folder for caches (XDG Base Directory Specification); undefined elsewhere. */
export async function cacheFolder(): Promise<string | undefined> {
  if (!isNode) return undefined;
  const { homedir } = await import("node:os");
  const { join } = await import("node:path");
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "conda-emscripten/loader");
}
