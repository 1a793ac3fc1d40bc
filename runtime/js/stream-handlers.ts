// What reads Python's standard input, and what writes its output?
//
// This module makes handlers for streams.ts from a program's functions, and those for the platform.

import { isNode } from "./platform.js";

const NEWLINE = 10;

/** In cells. */
export interface Size {
  rows: number;
  columns: number;
}

/** Reads Python's standard input. */
export interface Reader {
  /** Python's `isatty()`. */
  isatty?: boolean | undefined;
  /** Puts bytes into the buffer and returns their number; 0 at the end of the input. */
  read(buffer: Uint8Array): number;
  fsync?(): void;
}

/** Writes Python's standard output or standard error. */
export interface Writer {
  /** Python's `isatty()`. */
  isatty?: boolean | undefined;
  /** Takes bytes from the start of the buffer and returns their number. */
  write(buffer: Uint8Array): number;
  /** Called when Python synchronizes or closes the file, and before another handler is set. */
  fsync?(): void;
  /** For a terminal; without a result, it has 24 rows and 80 columns. */
  getTerminalSize?(): Size | undefined;
}

/** Called with one line without its newline; for a terminal, with text as Python writes it. */
export type OutputFunction = (line: string) => void;
/** A string, to which a newline is added unless it ends with one; bytes; or one byte as a number. */
type Input = string | ArrayBuffer | Uint8Array | number | null | undefined;
/**
 * Returns some input, or a promise of it, for which the read waits (`run_sync`). Null or undefined
 * is the end of the input. An error whose name is "AbortError" interrupts the read for a signal.
 */
export type InputFunction = () => Input | PromiseLike<Input>;

/** Thrown by a read that a promise has to precede. */
export class InputPending {
  constructor(readonly promise: Promise<unknown>) {}
}

/** Calls a function with each line, and with the start of a line at a synchronization. */
export class LineWriter implements Writer {
  #decoder = new TextDecoder();
  #partial = "";

  /** @param showsPrompts whether the start of a line is shown before Python waits for input */
  constructor(
    private readonly print: OutputFunction,
    readonly showsPrompts: boolean,
  ) {}

  write(buffer: Uint8Array): number {
    const lines = (this.#partial + decode(this.#decoder, buffer)).split("\n");
    this.#partial = lines.pop() as string;
    for (const line of lines) this.print(line);
    return buffer.length;
  }

  fsync(): void {
    const rest = this.#partial;
    this.#partial = "";
    if (rest !== "") this.print(rest);
  }
}

/** Calls a function with text as Python writes it, for a terminal. */
export class TextWriter implements Writer {
  readonly isatty = true;
  readonly #decoder = new TextDecoder();

  constructor(
    private readonly print: OutputFunction,
    readonly getTerminalSize: () => Size,
  ) {}

  write(buffer: Uint8Array): number {
    const text = decode(this.#decoder, buffer);
    if (text !== "") this.print(text);
    return buffer.length;
  }
}

/** Calls a function with each byte. */
export class ByteWriter implements Writer {
  readonly isatty: boolean;

  constructor(
    private readonly options: {
      raw(byte: number): void;
      isatty?: boolean | undefined;
      getTerminalSize?(): Size | undefined;
    },
  ) {
    this.isatty = Boolean(options.isatty);
  }

  write(buffer: Uint8Array): number {
    for (const byte of buffer) this.options.raw(byte);
    return buffer.length;
  }

  getTerminalSize(): Size | undefined {
    return this.options.getTerminalSize?.();
  }
}

/**
 * Reads what a function returns. With `autoEOF`, each result that is no line is followed by the end
 * of the input; what comes later is read after that.
 */
export class InputReader implements Reader {
  #rest = new Uint8Array();
  #ends = false;
  #pending: Promise<unknown> | undefined;
  #arrived: (() => Input) | undefined;

  constructor(
    private readonly input: InputFunction,
    readonly isatty: boolean,
    private readonly autoEOF: boolean,
  ) {}

  read(buffer: Uint8Array): number {
    if (this.#ends) {
      this.#ends = false;
      return 0;
    }
    let count = 0;
    while (count < buffer.length) {
      let isByte = false;
      if (this.#rest.length === 0) {
        const item = this.#next();
        isByte = typeof item === "number";
        this.#rest = inputBytes(item);
        if (this.#rest.length === 0) {
          this.#ends = this.autoEOF && count > 0;
          break;
        }
      }
      const piece = this.#rest.subarray(0, buffer.length - count);
      buffer.set(piece, count);
      this.#rest = this.#rest.subarray(piece.length);
      count += piece.length;
      if (this.autoEOF && !isByte) {
        this.#ends = this.#rest.length === 0 && buffer[count - 1] !== NEWLINE;
        break;
      }
    }
    return count;
  }

  /** What the function returned; if that is a promise, its result once it has settled. */
  #next(): Input {
    const arrived = this.#arrived;
    if (arrived) {
      this.#arrived = this.#pending = undefined;
      return arrived();
    }
    if (!this.#pending) {
      const item = this.input();
      if (!isPromise(item)) return item;
      this.#pending = Promise.resolve(item).then(
        (value) => {
          this.#arrived = () => value;
        },
        (error) => {
          this.#arrived = () => {
            throw error;
          };
        },
      );
    }
    throw new InputPending(this.#pending);
  }
}

function isPromise(item: Input | PromiseLike<Input>): item is PromiseLike<Input> {
  return typeof (item as PromiseLike<Input> | null | undefined)?.then === "function";
}

function inputBytes(item: Input): Uint8Array<ArrayBuffer> {
  if (item === null || item === undefined) return new Uint8Array();
  if (typeof item === "number") return Uint8Array.of(item);
  if (typeof item === "string") {
    return new TextEncoder().encode(item.endsWith("\n") ? item : `${item}\n`);
  }
  if (item instanceof ArrayBuffer) return new Uint8Array(item);
  if (ArrayBuffer.isView(item) && (item as Uint8Array).BYTES_PER_ELEMENT === 1) {
    return Uint8Array.from(item as Uint8Array);
  }
  throw new TypeError(
    "Expected result to be undefined, null, string, array buffer, or array buffer view",
  );
}

function decode(decoder: TextDecoder, buffer: Uint8Array): string {
  // slice, because TextDecoder refuses views of shared memory
  return decoder.decode(buffer.slice(), { stream: true });
}

// getBuiltinModule (since 20.16) needs no import that a browser would have to resolve.
const node = () => ({
  fs: process.getBuiltinModule("node:fs"),
  tty: process.getBuiltinModule("node:tty"),
});

/** The platform's standard input: a dialog on a page, the descriptor in Node, none in a worker. */
export function platformReader(): Reader {
  if (!isNode) {
    const prompt = () => (typeof globalThis.prompt === "function" ? globalThis.prompt() : null);
    return new InputReader(prompt, false, true);
  }
  const { fs, tty } = node();
  return { isatty: tty.isatty(0), read: (buffer) => fs.readSync(0, buffer) };
}

/** The platform's output: the descriptor in Node, else lines on the console. */
export function platformWriter(name: "stdout" | "stderr"): Writer {
  if (!isNode) return consoleWriter(name, true);
  const { fs, tty } = node();
  const fd = name === "stdout" ? 1 : 2;
  return {
    isatty: tty.isatty(fd),
    write: (buffer) => fs.writeSync(fd, buffer),
    getTerminalSize: () => process[name],
  };
}

/** Writes lines on the console. */
export function consoleWriter(name: "stdout" | "stderr", showsPrompts: boolean): Writer {
  const print = (line: string) => (name === "stdout" ? console.log(line) : console.warn(line));
  return new LineWriter(print, showsPrompts);
}
