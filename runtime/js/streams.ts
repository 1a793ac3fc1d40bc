// How are Python's standard streams connected?
//
// Each is a character device of Emscripten's file system. Output functions get whole lines.

import { isNode } from "./platform.js";

/** Called with one line without its newline; for a terminal, with text as Python writes it. */
export type OutputFunction = (line: string) => void;
/**
 * Returns one line, with or without a newline; null or undefined at the end of the input. An error
 * whose name is "AbortError" interrupts the read for a signal.
 */
export type InputFunction = () => string | null | undefined;

export interface StreamOptions {
  stdin?: InputFunction | undefined;
  stdout?: OutputFunction | undefined;
  stderr?: OutputFunction | undefined;
  /** The streams are a terminal of this size, in cells: Python's `isatty()` is true. */
  terminal?: (() => { rows: number; columns: number }) | undefined;
}

interface Stream {
  fd: number;
  /** Functions for ioctl (src/library_syscall.js). */
  tty?: { ops: { ioctl_tiocgwinsz(): [rows: number, columns: number] } };
  seekable: boolean;
}

interface StreamOperations {
  open(stream: Stream): void;
  read(stream: Stream, buffer: Uint8Array, offset: number, length: number): number;
  write(stream: Stream, buffer: Uint8Array, offset: number, length: number): number;
  fsync(stream: Stream): void;
  close(stream: Stream): void;
}

/** The part of Emscripten's FS that makes devices (src/library_fs.js of 3.1.69). */
export interface StreamFS {
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: StreamOperations): void;
  mkdev(path: string, mode: number, device: number): void;
  unlink(path: string): void;
  open(path: string, flags: string): Stream;
  close(stream: Stream): void;
  streams: (Stream | null)[];
  ErrnoError: new (errno: number) => Error;
}

const EIO = 29; // WASI's numbers, which Emscripten uses
const EINTR = 27;
const MAJOR = 64;

/**
 * Connect descriptors 0, 1 and 2 to the given functions, or to the platform's console.
 *
 * @param withInterpreter calls a function that may call Python
 */
export function openStreams(
  FS: StreamFS,
  options: StreamOptions,
  withInterpreter: <Result>(operation: () => Result) => Result,
): void {
  const { terminal } = options;
  const isTerminal = terminal !== undefined;
  const streams: [name: string, mode: string, operations: StreamOperations][] = [
    ["stdin", "r", inputDevice(options.stdin ? lines(FS, options.stdin) : defaultInput(FS))],
    ["stdout", "w", outputDevice(options.stdout ?? ((line) => console.log(line)), isTerminal)],
    ["stderr", "w", outputDevice(options.stderr ?? ((line) => console.warn(line)), isTerminal)],
  ];
  for (const [fd, [name, mode, operations]] of streams.entries()) {
    const open = FS.streams[fd];
    if (open) {
      FS.close(open);
    }
    FS.unlink(`/dev/${name}`);
    const device = FS.makedev(MAJOR, fd);
    const guardedOperations = guarded(FS, withInterpreter, operations);
    FS.registerDevice(device, terminal ? withSize(guardedOperations, terminal) : guardedOperations);
    FS.mkdev(`/dev/${name}`, 0o666, device);
    FS.open(`/dev/${name}`, mode); // takes the lowest free descriptor, which is fd
  }
}

/**
 * Call a page's function. Its exception must not pass through the interpreter, whose data it would
 * leave inconsistent: the console shows the exception, and Python gets an OSError.
 */
function guarded(
  FS: StreamFS,
  withInterpreter: <Result>(operation: () => Result) => Result,
  operations: StreamOperations,
): StreamOperations {
  const guard =
    <Arguments extends unknown[], Result>(operation: (...values: Arguments) => Result) =>
    (...values: Arguments): Result => {
      try {
        return withInterpreter(() => operation(...values));
      } catch (error) {
        if (error instanceof FS.ErrnoError) {
          throw error;
        }
        console.error(error);
        throw new FS.ErrnoError(EIO);
      }
    };
  return {
    open: guard(operations.open),
    read: guard(operations.read),
    write: guard(operations.write),
    fsync: guard(operations.fsync),
    close: guard(operations.close),
  };
}

/** A device that is a terminal. */
function withSize(
  operations: StreamOperations,
  size: NonNullable<StreamOptions["terminal"]>,
): StreamOperations {
  const ioctl_tiocgwinsz = (): [number, number] => {
    const { rows, columns } = size();
    return [rows, columns];
  };
  return {
    ...operations,
    open(stream) {
      operations.open(stream);
      stream.tty = { ops: { ioctl_tiocgwinsz } };
    },
  };
}

function outputDevice(print: OutputFunction, isTerminal: boolean): StreamOperations {
  let decoder = new TextDecoder();
  let partial = "";
  const flush = (): void => {
    if (partial !== "") {
      print(partial);
      partial = "";
    }
  };
  return {
    ...nothing,
    write(_stream, buffer, offset, length) {
      // slice, because TextDecoder refuses views of shared memory
      partial += decoder.decode(buffer.slice(offset, offset + length), { stream: true });
      if (isTerminal) {
        flush();
        return length;
      }
      const lines = partial.split("\n");
      partial = lines.pop() as string;
      for (const line of lines) {
        print(line);
      }
      return length;
    },
    fsync: flush,
    close() {
      partial += decoder.decode();
      decoder = new TextDecoder();
      flush();
    },
  };
}

/** Returns some bytes; null at the end of the input. */
type ReadFunction = () => Uint8Array | null;

function inputDevice(read: ReadFunction): StreamOperations {
  let pending: Uint8Array | null = new Uint8Array();
  return {
    ...nothing,
    read(_stream, buffer, offset, length) {
      if (!pending?.length) {
        pending = read();
      }
      if (pending === null) {
        return 0;
      }
      const piece = pending.subarray(0, length);
      buffer.set(piece, offset);
      pending = pending.subarray(piece.length);
      return piece.length;
    },
  };
}

function lines(FS: StreamFS, input: InputFunction): ReadFunction {
  const encoder = new TextEncoder();
  return () => {
    let line: string | null | undefined;
    try {
      line = input();
    } catch (error) {
      throw (error as Error)?.name === "AbortError" ? new FS.ErrnoError(EINTR) : error;
    }
    if (line === null || line === undefined) {
      return null;
    }
    if (typeof line !== "string") {
      console.error(`stdin must give a string, null or undefined, not ${typeof line}`);
      throw new FS.ErrnoError(EIO);
    }
    return encoder.encode(line.endsWith("\n") ? line : `${line}\n`);
  };
}

const nothing: StreamOperations = {
  open(stream) {
    stream.seekable = false;
  },
  read: () => 0,
  write: (_stream, _buffer, _offset, length) => length,
  fsync() {},
  close() {},
};

/** The default input: a dialog on a page, standard input in Node, none in a worker. */
function defaultInput(FS: StreamFS): ReadFunction {
  if (!isNode) {
    return lines(FS, () => (typeof globalThis.prompt === "function" ? globalThis.prompt() : null));
  }
  // getBuiltinModule (since 20.16) needs no import that a browser would have to resolve.
  const fs = process.getBuiltinModule("node:fs");
  const buffer = new Uint8Array(65536);
  return () => {
    const count = fs.readSync(0, buffer);
    return count === 0 ? null : buffer.slice(0, count);
  };
}
