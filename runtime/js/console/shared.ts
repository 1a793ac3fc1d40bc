// How do the page and the worker communicate while Python runs and the worker can receive no
// message?
//
// Through cells of a SharedArrayBuffer: the signal for Python, the line that input() waits for, the
// number of characters that the page has not shown yet, and the size of the terminal.

const CELLS = 6;
const [SIGNAL, INPUT, LENGTH, UNSHOWN, ROWS, COLUMNS] = [0, 1, 2, 3, 4, 5] as const;

/** Values of the cell INPUT. */
const [NOTHING, PART, LINE, END, INTERRUPTED] = [0, 1, 2, 3, 4] as const;

const CAPACITY = 65_536; // bytes of the longest part of a line
const FLOOD = 262_144; // characters of output that the page may have unshown
export const SIGINT = 2;

/** Each side makes an instance over the same buffer. */
export class Shared {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  /** The rest of the line for input(). */
  #rest = new Uint8Array();

  constructor(buffer = new SharedArrayBuffer(4 * CELLS + CAPACITY)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, CELLS);
    this.#bytes = new Uint8Array(buffer, 4 * CELLS);
  }

  // The page's side

  /** Raise KeyboardInterrupt in Python. */
  interrupt(): void {
    Atomics.store(this.#cells, SIGNAL, SIGINT);
    Atomics.notify(this.#cells, UNSHOWN);
  }

  /** Answer input(): a line, or null for the end of the input. */
  answer(line: string | null): void {
    if (line === null) {
      this.#wake(END);
    } else {
      this.#rest = new TextEncoder().encode(line);
      this.answerMore();
    }
  }

  /** Pass on the next part of the line. */
  answerMore(): void {
    const part = this.#rest.subarray(0, CAPACITY);
    this.#rest = this.#rest.subarray(part.length);
    this.#bytes.set(part);
    Atomics.store(this.#cells, LENGTH, part.length);
    this.#wake(this.#rest.length > 0 ? PART : LINE);
  }

  /** End input() by KeyboardInterrupt. */
  interruptInput(): void {
    Atomics.store(this.#cells, SIGNAL, SIGINT);
    this.#wake(INTERRUPTED);
  }

  /** Called when the page has shown that many characters. */
  shown(characters: number): void {
    Atomics.sub(this.#cells, UNSHOWN, characters);
    Atomics.notify(this.#cells, UNSHOWN);
  }

  set size({ rows, columns }: { rows: number; columns: number }) {
    Atomics.store(this.#cells, ROWS, rows);
    Atomics.store(this.#cells, COLUMNS, columns);
  }

  #wake(state: number): void {
    Atomics.store(this.#cells, INPUT, state);
    Atomics.notify(this.#cells, INPUT);
  }

  // The worker's side

  get size(): { rows: number; columns: number } {
    return {
      rows: Atomics.load(this.#cells, ROWS),
      columns: Atomics.load(this.#cells, COLUMNS),
    };
  }

  /** For pyodide.setInterruptBuffer. */
  get signals(): Int32Array {
    return this.#cells.subarray(SIGNAL, SIGNAL + 1);
  }

  /**
   * Wait for a line.
   *
   * @param ask asks the page for a line, or for more of a long line
   * @returns null at the end of the input
   * @throws AbortError when it is interrupted
   */
  readLine(ask: (what: "line" | "more") => void): string | null {
    const decoder = new TextDecoder();
    let line = "";
    ask("line");
    for (;;) {
      Atomics.wait(this.#cells, INPUT, NOTHING);
      const state = Atomics.exchange(this.#cells, INPUT, NOTHING);
      if (state === END) return null;
      if (state === INTERRUPTED) throw new DOMException("Ctrl-C", "AbortError");
      const part = this.#bytes.slice(0, Atomics.load(this.#cells, LENGTH));
      line += decoder.decode(part, { stream: state === PART });
      if (state === LINE) return line;
      ask("more");
    }
  }

  /** Wait while the page has much output unshown: Ctrl-C would take effect late. */
  writing(characters: number): void {
    Atomics.add(this.#cells, UNSHOWN, characters);
    for (;;) {
      const unshown = Atomics.load(this.#cells, UNSHOWN);
      if (unshown < FLOOD || Atomics.load(this.#cells, SIGNAL) !== 0) return;
      Atomics.wait(this.#cells, UNSHOWN, unshown, 100);
    }
  }
}
