// How does a classic script run outside a page?
//
// This module runs a script that was written for a <script> element, in pages, workers and Node.

import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";

/** Global variables that only one script sees. */
export class ScriptScope {
  readonly #values: Record<string, unknown>;
  readonly #before = new Map<string, PropertyDescriptor | undefined>();
  /** The element whose script sees the variables, in a page. */
  #script: HTMLScriptElement | undefined;
  #running = false;

  constructor(
    values: Record<string, unknown>,
    private readonly fetcher: Fetcher,
  ) {
    this.#values = values;
  }

  /** Define the variables. Throws a LoaderError if the page has declared one with `var`. */
  enter(): void {
    for (const [name, value] of Object.entries(this.#values)) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name);
      try {
        Object.defineProperty(globalThis, name, {
          configurable: true,
          get: () => (this.#visible ? value : before?.get ? before.get() : before?.value),
          // A standalone script starts with `var Module = ...`, which must not take effect.
          set: (assigned) => {
            if (this.#visible) return;
            if (before && "value" in before) before.value = assigned;
            else before?.set?.(assigned);
          },
        });
      } catch (error) {
        this.leave();
        throw new LoaderError(
          `The global variable ${name} is in the way (${reason(error)}). Give yours another name.`,
          { cause: error },
        );
      }
      this.#before.set(name, before);
    }
  }

  /** Restore the former variables. */
  leave(): void {
    for (const [name, before] of this.#before) {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete (globalThis as Record<string, unknown>)[name];
    }
    this.#before.clear();
  }

  /** Call a function of the script. */
  call<T>(callback: () => T): T {
    const before = this.#running;
    this.#running = true;
    try {
      return callback();
    } finally {
      this.#running = before;
    }
  }

  /**
   * Fetch and run a script: in a page as an element, which its Content-Security-Policy governs, in
   * a worker with importScripts, in Node with node:vm.
   *
   * @throws LoaderError that names the address
   */
  async run(url: string): Promise<void> {
    try {
      if (globalThis.document) await this.#runElement(url);
      else if (!isWorker()) await this.#runInNode(url);
      else if (isClassicWorker()) this.call(() => importScripts(url));
      else await this.#runModule(url);
    } catch (error) {
      // An error of the address is clearer than the browser's "failed to load".
      await this.fetcher.fetchExisting(url);
      throw new LoaderError(`${url} cannot be run as a script: ${reason(error)}`, { cause: error });
    }
  }

  get #visible(): boolean {
    const script = this.#script;
    return this.#running || (script !== undefined && document.currentScript === script);
  }

  async #runElement(url: string): Promise<void> {
    const script = document.createElement("script");
    const href = new URL(url, document.baseURI).href;
    script.src = href;
    script.crossOrigin = "anonymous"; // otherwise the browser hides its errors
    this.#script = script;
    let thrown: unknown;
    const onError = (event: ErrorEvent): void => {
      if (event.filename === href) thrown = event.error ?? event.message;
    };
    addEventListener("error", onError);
    try {
      await new Promise<void>((resolve, reject) => {
        script.onload = () => resolve();
        script.onerror = () =>
          reject(new Error("the browser refuses it; does the Content-Security-Policy allow it?"));
        document.head.append(script);
      });
    } finally {
      removeEventListener("error", onError);
      script.remove();
      this.#script = undefined;
    }
    if (thrown !== undefined) throw thrown;
  }

  /** In a module worker, which has no importScripts, as a module with the variables on top. */
  async #runModule(url: string): Promise<void> {
    const text = new TextDecoder().decode(await this.fetcher.fetchExisting(url));
    const key = `loader script ${Math.random()}`;
    const names = Object.keys(this.#values);
    const source = `var { ${names.join(", ")} } = globalThis[${JSON.stringify(key)}];\n${text}`;
    const blob = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    Object.assign(globalThis, { [key]: this.#values });
    try {
      await import(blob);
    } finally {
      delete (globalThis as Record<string, unknown>)[key];
      URL.revokeObjectURL(blob);
    }
  }

  async #runInNode(url: string): Promise<void> {
    const text = new TextDecoder().decode(await this.fetcher.fetchExisting(url));
    const vm = await import("node:vm");
    this.call(() => vm.runInThisContext(text, { filename: url }));
  }
}

declare function importScripts(...urls: string[]): void;

function isWorker(): boolean {
  return typeof importScripts === "function";
}

/** In a module worker importScripts exists but throws; in Firefox only if it has an argument. */
function isClassicWorker(): boolean {
  try {
    importScripts("data:text/javascript,");
    return true;
  } catch (error) {
    return !(error instanceof TypeError);
  }
}
