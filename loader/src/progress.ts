// How far is a load?

/** What `onProgress` hears. */
export interface Progress {
  /** "download" from the start on, also while the solver works; "mount"; "done". */
  phase: "download" | "mount" | "done";
  /** Files that are there. */
  files: number;
  /** Files that are wanted, as far as is known: it grows while packages are found. */
  totalFiles: number;
  /** Bytes that are there, compressed, of the totalBytes. */
  bytes: number;
  /** 0 for a file of unknown size. */
  totalBytes: number;
}

/** Adds up the files of one load. */
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

  /** Expect a file of a size in bytes. Returns what is told of its bytes; negative: in vain. */
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
