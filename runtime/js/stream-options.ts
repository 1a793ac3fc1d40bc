// Which handlers do the options of a program mean?
//
// The options are those of loadPyodide and of the functions setStdin, setStdout and setStderr.

import {
  ByteWriter,
  consoleWriter,
  type InputFunction,
  InputReader,
  LineWriter,
  type OutputFunction,
  platformReader,
  platformWriter,
  type Reader,
  type Size,
  TextWriter,
  type Writer,
} from "./stream-handlers.js";
import type { Handlers } from "./streams.js";

/** The options of loadPyodide. */
export interface StreamOptions {
  stdin?: InputFunction | undefined;
  stdout?: OutputFunction | undefined;
  stderr?: OutputFunction | undefined;
  /** The streams are a terminal of this size: Python's `isatty()` is true. */
  terminal?: (() => Size) | undefined;
}

/** At most one of `stdin`, `read` and `error`; without any, the platform's standard input. */
export interface StdinOptions extends Partial<Reader> {
  stdin?: InputFunction | undefined;
  /** Whether each read is an error. */
  error?: boolean | undefined;
  /** Whether each result of `stdin` that is no line is followed by the end of the input. */
  autoEOF?: boolean | undefined;
}

/** At most one of `batched`, `raw` and `write`; without any, the platform's output. */
export interface OutputOptions extends Partial<Writer> {
  /** Called with each line, and with the start of a line when it is flushed. */
  batched?: OutputFunction | undefined;
  /** Called with each byte. */
  raw?: ((byte: number) => void) | undefined;
}

/** The handlers at the start. In 0.16's API, Node's console has the output, in whole lines. */
export function startHandlers(options: StreamOptions, today: boolean): Handlers {
  const { stdin, terminal } = options;
  const isatty = terminal !== undefined;
  const writer = (name: "stdout" | "stderr"): Writer => {
    const print = options[name];
    if (print && terminal) return new TextWriter(print, terminal);
    if (print) return new LineWriter(print, today);
    return today ? platformWriter(name) : consoleWriter(name, false);
  };
  const input = stdin && !today ? () => lineOf(stdin()) : stdin;
  const platform = platformReader();
  const reader = input
    ? new InputReader(input, isatty, true)
    : { ...platform, read: platform.read.bind(platform), isatty: today && platform.isatty };
  return [reader, writer("stdout"), writer("stderr")];
}

function lineOf(line: ReturnType<InputFunction>): ReturnType<InputFunction> {
  if (line === null || line === undefined || typeof line === "string") return line;
  throw new TypeError(`stdin must give a string, null or undefined, not ${typeof line}`);
}

/**
 * The handler that setStdin's options mean.
 *
 * @throws TypeError for options that exclude each other
 */
export function readerOf(options: StdinOptions, failure: () => Error): Reader {
  const { stdin, read, error, autoEOF } = options;
  if (count(stdin, read, error) > 1) {
    throw new TypeError("At most one of stdin, read, and error must be provided.");
  }
  if (!stdin && autoEOF !== undefined) {
    throw new TypeError("The 'autoEOF' option can only be used with the 'stdin' option");
  }
  if (stdin) return new InputReader(stdin.bind(options), Boolean(options.isatty), autoEOF ?? true);
  if (read) return options as Reader;
  if (!error) return platformReader();
  return {
    read: () => {
      throw failure();
    },
  };
}

/**
 * The handler that the options of setStdout or setStderr mean.
 *
 * @throws TypeError for options that exclude each other
 */
export function writerOf(options: OutputOptions, name: "stdout" | "stderr"): Writer {
  const { batched, raw, write, isatty } = options;
  if (!raw && !write && isatty) {
    throw new TypeError("Cannot set 'isatty' to true unless 'raw' or 'write' is provided");
  }
  if (count(raw, batched, write) > 1) {
    throw new TypeError("At most one of 'raw', 'batched', and 'write' must be passed");
  }
  if (raw) return new ByteWriter(options as ConstructorParameters<typeof ByteWriter>[0]);
  if (batched) return new LineWriter(batched.bind(options), true);
  return write ? (options as Writer) : platformWriter(name);
}

function count(...values: unknown[]): number {
  return values.filter(Boolean).length;
}
