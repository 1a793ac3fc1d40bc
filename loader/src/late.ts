// When do the late parts of bundles arrive?
//
// This module fetches them in the background, one after the other, the sources last and while no
// load waits for the connection. Until a part is there, its files are read on demand (ranges.ts).

import type { BundlePart } from "./formats.js";
import type { PartialFile } from "./ranges.js";

/** A part of a mounted bundle that has not arrived yet. */
export interface LatePart {
  url: string;
  part: BundlePart;
  file: PartialFile;
  /** Whether it is the last part, the sources: no import waits for it. */
  isLast: boolean;
}

/** The late parts of all packages of a loader. */
export class LateParts {
  readonly #fetch: (late: LatePart) => Promise<void>;
  readonly #idle: () => Promise<unknown>;
  readonly #waiting = new Set<LatePart>();
  #isStarted = false;
  #code: Promise<void> = Promise.resolve();
  #all: Promise<void> = Promise.resolve();

  /**
   * @param fetch fetches and verifies a part; rejects if it cannot be fetched now
   * @param idle resolves when no load is running
   */
  constructor(fetch: (late: LatePart) => Promise<void>, idle: () => Promise<unknown>) {
    this.#fetch = fetch;
    this.#idle = idle;
  }

  /** Start to fetch parts, or only note them before the first call of `start`. */
  add(parts: Iterable<LatePart>): void {
    for (const late of parts) this.#waiting.add(late);
    this.#continue();
  }

  /** Fetch the parts from now on. A part that cannot be fetched is fetched again after a load. */
  start(): void {
    this.#isStarted = true;
    this.#continue();
  }

  /** Resolves when imports find the parts, or they cannot be fetched. */
  code(): Promise<void> {
    return this.#code;
  }

  /** Resolves when all parts are there, or cannot be fetched. */
  all(): Promise<void> {
    return this.#all;
  }

  #continue(): void {
    if (!this.#isStarted) return;
    this.#code = this.#code.then(() => this.#fetchThe(false));
    this.#all = Promise.all([this.#all, this.#code]).then(() => this.#fetchThe(true));
  }

  async #fetchThe(isLast: boolean): Promise<void> {
    for (const late of this.#waiting) {
      if (late.isLast !== isLast) continue;
      if (isLast) await this.#idle();
      try {
        await this.#fetch(late);
      } catch {
        return;
      }
      this.#waiting.delete(late);
    }
  }
}
