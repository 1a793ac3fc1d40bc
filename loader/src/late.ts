// When do the late parts of bundles arrive?
//
// This module fetches them in the background, one after the other: first those that loads wait for,
// then the others, while no load needs the connection. Until a part is there, its files are read on
// demand (ranges.ts).

import type { BundlePart } from "./formats.js";
import type { PartialFile } from "./ranges.js";

/** A part of a mounted bundle that has not arrived yet. */
export interface LatePart {
  url: string;
  part: BundlePart;
  file: PartialFile;
  /** Whether a load waits for it, as programs often import its modules. */
  isAwaited: boolean;
}

/** The late parts of all packages of a loader. */
export class LateParts {
  readonly #fetch: (late: LatePart) => Promise<void>;
  readonly #idle: () => Promise<unknown>;
  readonly #waiting = new Set<LatePart>();
  #isStarted = false;
  #awaited: Promise<void> = Promise.resolve();
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

  /** Resolves when the parts that loads wait for are there, or cannot be fetched. */
  awaited(): Promise<void> {
    return this.#awaited;
  }

  /** Resolves when all parts are there, or cannot be fetched. */
  all(): Promise<void> {
    return this.#all;
  }

  #continue(): void {
    if (!this.#isStarted) return;
    this.#awaited = this.#awaited.then(() => this.#fetchThe(true));
    this.#all = Promise.all([this.#all, this.#awaited]).then(() => this.#fetchThe(false));
  }

  async #fetchThe(isAwaited: boolean): Promise<void> {
    for (const late of this.#waiting) {
      if (late.isAwaited !== isAwaited) continue;
      if (!isAwaited) await this.#idle();
      try {
        await this.#fetch(late);
      } catch {
        return;
      }
      this.#waiting.delete(late);
    }
  }
}
