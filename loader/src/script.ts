// How does a script run that was written for a page's <script>, wherever the loader runs?

import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";

/** Global variables that a script sees, and nobody else on the page. */
export class ScriptScope {
  readonly #values: Record<string, unknown>;
  readonly #before = new Map<string, PropertyDescriptor | undefined>();
  /** The element whose script sees the variables. */
  #script: HTMLScriptElement | undefined;
  #running = false;

  constructor(
    values: Record<string, unknown>,
    private readonly fetcher: Fetcher,
  ) {
    this.#values = values;
  }

  /** Define the variables. Throws a LoaderError if the page has declared one by `var`. */
  enter(): void {
    for (const [name, value] of Object.entries(this.#values)) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name);
      try {
        Object.defineProperty(globalThis, name, {
          configurable: true,
          get: () => (this.#visible ? value : before?.get ? before.get() : before?.value),
          // A script that was made to run alone starts with `var Module = ...`.
          set: (other) => {
            if (this.#visible) return;
            if (before && "value" in before) before.value = other;
            else before?.set?.(other);
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

  /** Put everything back. */
  leave(): void {
    for (const [name, before] of this.#before) {
      if (before) Object.defineProperty(globalThis, name, before);
      else delete (globalThis as Record<string, unknown>)[name];
    }
    this.#before.clear();
  }

  /** Call a function that the script has left. */
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
   * Fetch and run a script: in a page as an element, so that its Content-Security-Policy decides; in
   * a worker by importScripts; in Node by node:vm.
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
      // What is wrong with the address says more than the browser's "failed to load".
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
    script.crossOrigin = "anonymous"; // its errors can be read then
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

  /** A module worker has no importScripts: the script becomes a module that is told the variables. */
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

/** A module worker has the function, too, but it throws; in Firefox only if it is given something. */
function isClassicWorker(): boolean {
  try {
    importScripts("data:text/javascript,");
    return true;
  } catch (error) {
    return !(error instanceof TypeError);
  }
}
