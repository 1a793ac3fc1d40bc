// How are files fetched, in a page, a worker and Node?
//
// This module fetches them over HTTP or from the disk. It repeats failed requests and resumes
// dropped connections.

import { LoaderError, reason } from "./errors.js";
import type { Store } from "./store.js";

export interface FetchOptions {
  /** Expected, in bytes. */
  size?: number;
  /** Fetch only the first bytes; empty from a host that ignores ranges. */
  first?: number;
  /** As for `fetch`; "no-cache" revalidates a cached copy with the server. */
  cache?: RequestCache;
  signal?: AbortSignal | undefined;
  /** Called with the number of received bytes; a negative number discards earlier bytes. */
  onBytes?: (count: number) => void;
}

export interface FetcherOptions {
  /** Cache for fetched files; null: none. */
  store?: Store | null | Promise<Store | null>;
  /** Simultaneous connections. */
  connections?: number;
  /** Attempts per request. */
  attempts?: number;
  /** Milliseconds before the second attempt; the pause doubles with each further attempt. */
  pause?: number;
  /** Milliseconds without a byte after which the connection counts as dropped. */
  stall?: number;
}

/** HTTP statuses worth another attempt (RFC 9110; 425 and 429: RFC 8470 and 6585). */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Upper bound for pauses in milliseconds, also for those that a server requests. */
const LONGEST_PAUSE = 10_000;

/** Fetches files, with retries that resume a dropped connection. */
export class Fetcher {
  readonly #options: Required<FetcherOptions>;
  readonly #connections: Limiter;

  constructor(options: FetcherOptions = {}) {
    this.#options = {
      store: null,
      connections: 6,
      attempts: 4,
      pause: 250,
      stall: 30_000,
      ...options,
    };
    this.#connections = limiter(this.#options.connections);
  }

  /** The cache of fetched files, if there is one. */
  get store(): Promise<Store | null> {
    return Promise.resolve(this.#options.store);
  }

  /** The cache for a file at an address; null for files on the disk. */
  async storeFor(url: string): Promise<Store | null> {
    return url.startsWith("file:") ? null : this.store;
  }

  /**
   * Fetch a whole file.
   *
   * @param url `http:`, `https:`, or, in Node, `file:`
   * @returns the bytes, not verified, or null if there is no such file
   * @throws LoaderError if the last attempt fails; the signal's reason
   */
  async fetch(url: string, options: FetchOptions = {}): Promise<Uint8Array<ArrayBuffer> | null> {
    options.signal?.throwIfAborted();
    if (url.startsWith("file:")) {
      const bytes = await readLocal(url);
      options.onBytes?.(bytes?.length ?? 0);
      return bytes;
    }
    return this.#connections(() => new Download(url, options, this.#options).run());
  }

  /** Fetch a file that must exist. Throws as `fetch`, and a LoaderError if the file is missing. */
  async fetchExisting(url: string, options?: FetchOptions): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.fetch(url, options);
    if (bytes === null) throw new LoaderError(`${url} is missing (404). Check the address.`);
    return bytes;
  }

  /**
   * Fetch and parse a JSON file, as `fetchNewest`.
   *
   * @returns its content, or null if there is no such file
   * @throws LoaderError as `fetch`, or if the file is not JSON
   */
  async fetchJson<T>(url: string, options: FetchOptions = {}): Promise<T | null> {
    const bytes = await this.fetchNewest(url, options);
    if (bytes === null) return null;
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as T;
    } catch (error) {
      throw new LoaderError(`${url} is not JSON (${reason(error)}). Is it a conda channel?`, {
        cause: error,
      });
    }
  }

  /**
   * Fetch the newest version of an index or, without a network, the last fetched one.
   *
   * @returns its bytes, or null if there is no such file
   * @throws LoaderError as `fetch`
   */
  async fetchNewest(
    url: string,
    options: FetchOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const store = await this.storeFor(url);
    try {
      const bytes = await this.fetch(url, { ...options, cache: "no-cache" });
      // No index is empty: an empty file stands for one that does not exist.
      store?.put(url, bytes ?? new Uint8Array());
      return bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      const stored = await store?.get(url);
      if (!stored) throw error;
      return stored.length > 0 ? stored : null;
    }
  }
}

/** The download of one file. */
class Download {
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #received = 0;
  #pause: number;

  constructor(
    readonly url: string,
    readonly options: FetchOptions,
    readonly settings: Required<FetcherOptions>,
  ) {
    this.#pause = settings.pause;
  }

  async run(): Promise<Uint8Array<ArrayBuffer> | null> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt();
      } catch (error) {
        this.options.signal?.throwIfAborted();
        if (attempt >= this.settings.attempts || !isTemporary(error)) throw this.#failure(error);
        const requested = error instanceof StatusError ? error.retryAfter : 0;
        await this.#wait(Math.min(Math.max(this.#pause, requested), LONGEST_PAUSE));
        this.#pause *= 2;
      }
    }
  }

  async #attempt(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { first, signal, cache = "default" } = this.options;
    const stalled = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restartTimer = (): void => {
      clearTimeout(timer);
      const seconds = this.settings.stall / 1000;
      timer = setTimeout(
        () => stalled.abort(new Dropped(`no byte came for ${seconds} s`)),
        this.settings.stall,
      );
    };
    const abort = (): void => stalled.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    restartTimer();
    try {
      // With a range, `fetch` asks for no content encoding: offsets are those of the file.
      const end = first === undefined ? "" : first - 1;
      const isPart = this.#received > 0 || first !== undefined;
      const headers = isPart ? { range: `bytes=${this.#received}-${end}` } : undefined;
      const response = await fetch(this.url, {
        cache,
        signal: stalled.signal,
        ...(headers && { headers }),
      });
      if (response.status === 404) return null;
      if (response.status === 200 && first !== undefined) {
        stalled.abort(); // the host ignores ranges
        return new Uint8Array();
      }
      const isRest = response.status === 206 && isPart && this.#continues(response);
      if (!isRest) this.#startOver();
      if (!response.ok || (response.status === 206 && !isRest)) throw new StatusError(response);
      await this.#receive(response, restartTimer);
      return this.#whole();
    } catch (error) {
      throw stalled.signal.aborted ? stalled.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async #receive(response: Response, restartTimer: () => void): Promise<void> {
    const { first, size = first, onBytes } = this.options;
    const reader = response.body?.getReader();
    if (!reader) return;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      restartTimer();
      this.#parts.push(value as Uint8Array<ArrayBuffer>);
      this.#received += value.length;
      onBytes?.(value.length);
      if (size !== undefined && this.#received > size) {
        await reader.cancel();
        return; // too large: its hash cannot match
      }
    }
    if (size !== undefined && this.#received < size) {
      const length = Number(response.headers.get("content-length"));
      // If content-length agrees with the received bytes, the file itself is shorter.
      if (length !== this.#received) {
        throw new Dropped(`the connection ended after ${this.#received} of ${size} bytes`);
      }
    }
  }

  /** Whether the response starts where the connection dropped. CORS may hide the header. */
  #continues(response: Response): boolean {
    const range = response.headers.get("content-range");
    return range === null || range.startsWith(`bytes ${this.#received}-`);
  }

  #startOver(): void {
    this.options.onBytes?.(-this.#received);
    this.#parts = [];
    this.#received = 0;
  }

  #whole(): Uint8Array<ArrayBuffer> {
    const [first] = this.#parts;
    if (first && this.#parts.length === 1) return first;
    const whole = new Uint8Array(this.#received);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  #wait(milliseconds: number): Promise<void> {
    const { signal } = this.options;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(done, milliseconds * (1 + Math.random() / 4));
      function abort(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      function done(): void {
        signal?.removeEventListener("abort", abort);
        resolve();
      }
      signal?.addEventListener("abort", abort, { once: true });
    });
  }

  #failure(error: unknown): LoaderError {
    const cause =
      error instanceof StatusError
        ? `: the server answers ${error.message}.`
        : ` (${reason(error)}). Check the network and the channel's address.`;
    return new LoaderError(`${this.url} cannot be fetched${cause}`, { cause: error });
  }
}

/** The connection ended before the file did. */
class Dropped extends Error {}

class StatusError extends Error {
  readonly status: number;
  /** Milliseconds. */
  readonly retryAfter: number;

  constructor(response: Response) {
    super(`${response.status} ${response.statusText}`.trim());
    this.status = response.status;
    this.retryAfter = 1000 * (Number(response.headers.get("retry-after")) || 0);
  }
}

function isTemporary(error: unknown): boolean {
  if (error instanceof StatusError) return TEMPORARY.has(error.status);
  return globalThis.navigator?.onLine !== false; // false: the browser is certainly offline
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

export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs at most `count` tasks at a time. */
export function limiter(count: number): Limiter {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
