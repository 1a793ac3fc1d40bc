// How do bytes come from a channel, in a page, a worker and Node, whatever happens to the connection?

import { LoaderError, reason } from "./errors.js";
import type { Store } from "./store.js";

export interface FetchOptions {
  /** Expected, in bytes. */
  size?: number;
  /** Only so many bytes from the start are wanted; nothing comes from a host that would send all. */
  first?: number;
  /** As for `fetch`; "no-cache" asks the server whether the copy at hand is still the newest. */
  cache?: RequestCache;
  signal?: AbortSignal | undefined;
  /** Hears of bytes that have come; a negative number takes back what was counted in vain. */
  onBytes?: (count: number) => void;
}

export interface FetcherOptions {
  /** Keeps what was fetched; null: nothing does. */
  store?: Store | null | Promise<Store | null>;
  /** Connections at a time. */
  connections?: number;
  /** How often a request is made before it has failed. */
  attempts?: number;
  /** Pause before the second attempt in milliseconds; it doubles from then on. */
  pause?: number;
  /** Milliseconds without a byte after which a connection counts as dropped. */
  stall?: number;
}

/** Answers that a second attempt may mend (RFC 9110; 425 and 429: RFC 8470 and 6585). */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Milliseconds that a server may ask to wait. */
const LONGEST_PAUSE = 10_000;

/** Fetches files, again and from where it stopped if a connection drops. */
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

  /** What was fetched before, if it is kept. */
  get store(): Promise<Store | null> {
    return Promise.resolve(this.#options.store);
  }

  /**
   * Fetch a file whole.
   *
   * @param url `http:`, `https:`, or, in Node, `file:`
   * @returns the bytes, not verified, or null if there is no such file
   * @throws LoaderError when the server or the network fails for good; the signal's reason
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

  /** Fetch a file that must be there. Throws a LoaderError as `fetch`, or when it is not. */
  async fetchExisting(url: string, options?: FetchOptions): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.fetch(url, options);
    if (bytes === null) throw new LoaderError(`${url} is missing (404). Check the address.`);
    return bytes;
  }

  /**
   * Fetch and parse a JSON file, as `fetchNewest`.
   *
   * @returns its content, or null if there is no such file
   * @throws LoaderError as `fetch`, or when it is not JSON
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
   * Fetch an index: the newest, or, without a network, the one that was fetched last.
   *
   * @returns its bytes, or null if there is no such file
   * @throws LoaderError as `fetch`
   */
  async fetchNewest(
    url: string,
    options: FetchOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const store = url.startsWith("file:") ? null : await this.store;
    try {
      const bytes = await this.fetch(url, { ...options, cache: "no-cache" });
      // No index is empty: an empty file stands for one that does not exist.
      store?.put(url, bytes ?? new Uint8Array());
      return bytes;
    } catch (error) {
      options.signal?.throwIfAborted();
      const kept = await store?.get(url);
      if (!kept) throw error;
      return kept.length > 0 ? kept : null;
    }
  }
}

/** One file on its way. */
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
        const asked = error instanceof StatusError ? error.retryAfter : 0;
        await this.#wait(Math.min(Math.max(this.#pause, asked), LONGEST_PAUSE));
        this.#pause *= 2;
      }
    }
  }

  async #attempt(): Promise<Uint8Array<ArrayBuffer> | null> {
    const { first, signal, cache = "default" } = this.options;
    const stalled = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wakeUp = (): void => {
      clearTimeout(timer);
      const seconds = this.settings.stall / 1000;
      timer = setTimeout(
        () => stalled.abort(new Dropped(`no byte came for ${seconds} s`)),
        this.settings.stall,
      );
    };
    const abort = (): void => stalled.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    wakeUp();
    try {
      // Fetch asks for the range of the file as it is, not of a compressed form of it.
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
        stalled.abort(); // the host knows no ranges
        return new Uint8Array();
      }
      const isRest = response.status === 206 && isPart && this.#continues(response);
      if (!isRest) this.#startOver();
      if (!response.ok || (response.status === 206 && !isRest)) throw new StatusError(response);
      await this.#receive(response, wakeUp);
      return this.#whole();
    } catch (error) {
      throw stalled.signal.aborted ? stalled.signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async #receive(response: Response, wakeUp: () => void): Promise<void> {
    const { first, size = first, onBytes } = this.options;
    const reader = response.body?.getReader();
    if (!reader) return;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      wakeUp();
      this.#parts.push(value as Uint8Array<ArrayBuffer>);
      this.#received += value.length;
      onBytes?.(value.length);
      if (size !== undefined && this.#received > size) {
        await reader.cancel();
        return; // its hash will be wrong: nobody wants to know how much more there is
      }
    }
    if (size !== undefined && this.#received < size) {
      const length = Number(response.headers.get("content-length"));
      // A server that says itself that the file is shorter has another file.
      if (length !== this.#received) {
        throw new Dropped(`the connection ended after ${this.#received} of ${size} bytes`);
      }
    }
  }

  /** Whether the answer starts where the connection dropped; the header is not always to be seen. */
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
    const [only] = this.#parts;
    if (only && this.#parts.length === 1) return only;
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
    const what =
      error instanceof StatusError
        ? `: the server answers ${error.message}.`
        : ` (${reason(error)}). Check the network and the channel's address.`;
    return new LoaderError(`${this.url} cannot be fetched${what}`, { cause: error });
  }
}

/** The connection has ended before the file has. */
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
  return globalThis.navigator?.onLine !== false; // the browser knows that there is no network
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
