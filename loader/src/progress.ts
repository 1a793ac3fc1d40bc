// What is the progress of a load?
//
// This module adds up its files and bytes.

/** The argument of `onProgress`. */
export interface Progress {
  /** "download" includes the solver's work. */
  phase: "download" | "mount" | "done";
  /** Complete files. */
  files: number;
  /** All files known so far; grows while packages are resolved. */
  totalFiles: number;
  /** Received bytes, compressed. */
  bytes: number;
  /** Sum of the known file sizes; a file of unknown size counts as 0. */
  totalBytes: number;
}

/** Counts the files and bytes of one load. */
export class Meter {
  readonly #progress: Progress = {
    phase: "download",
    files: 0,
    totalFiles: 0,
    bytes: 0,
    totalBytes: 0,
  };
  readonly #onProgress: ((progress: Progress) => void) | undefined;

  constructor(onProgress: ((progress: Progress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /**
   * Add a file.
   *
   * @param size in bytes; 0 if unknown
   * @returns a function to call with received bytes; a negative number discards earlier bytes
   */
  addFile(size: number): (count: number) => void {
    this.#progress.totalFiles++;
    this.#progress.totalBytes += size;
    let received = 0;
    return (count) => {
      const before = received;
      received += count;
      this.#progress.bytes += count;
      if (size > 0) this.#progress.files += Number(received >= size) - Number(before >= size);
      this.#report();
    };
  }

  phase(phase: Progress["phase"]): void {
    this.#progress.phase = phase;
    if (phase !== "download") this.#progress.files = this.#progress.totalFiles;
    this.#report();
  }

  #report(): void {
    this.#onProgress?.({ ...this.#progress });
  }
}
