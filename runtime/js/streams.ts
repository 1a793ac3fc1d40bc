// How are Python's standard streams connected?
//
// Each is a character device of Emscripten's file system with a handler (stream-handlers.ts), which
// a program may replace at any time.

import {
  InputPending,
  LineWriter,
  type Reader,
  type Size,
  type Writer,
} from "./stream-handlers.js";

/** The part of the streams of Emscripten's FS that devices use (src/library_fs.js of 3.1.69). */
interface Stream {
  fd: number;
  path?: string;
  node?: { rdev: number };
  /** Functions for ioctl (src/library_syscall.js). */
  tty?: { ops: { ioctl_tiocgwinsz(): [rows: number, columns: number] } } | undefined;
  seekable: boolean;
}

interface StreamOperations {
  open(stream: Stream): void;
  read(stream: Stream, buffer: Uint8Array, offset: number, length: number): number;
  write(stream: Stream, buffer: Uint8Array, offset: number, length: number): number;
  fsync(stream: Stream): void;
  close(stream: Stream): void;
}

/** The part of Emscripten's FS that makes devices. */
export interface StreamFS {
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: StreamOperations): void;
  mkdev(path: string, mode: number, device: number): void;
  unlink(path: string): void;
  open(path: string, flags: string): Stream;
  close(stream: Stream): void;
  streams: (Stream | null | undefined)[];
  ErrnoError: new (errno: number) => Error;
}

/** The functions of the core that devices use. */
export interface StreamCore {
  FS: StreamFS;
  /** Calls a function that may call Python. */
  withInterpreter<Result>(operation: () => Result): Result;
  /** Has the read wait for a promise and try again after EAGAIN. Returns whether it can wait. */
  awaitInput(promise: Promise<unknown>): boolean;
  /** The numbers of errors, by their names. */
  ERRNO_CODES: Record<string, number>;
}

export type Handlers = [stdin: Reader, stdout: Writer, stderr: Writer];

const EIO = 29; // WASI's numbers, which Emscripten uses
const EINTR = 27;
const EAGAIN = 6;
const MAJOR = 64;
const SIZE: Size = { rows: 24, columns: 80 };

/** The devices of descriptors 0, 1 and 2. */
export class Streams {
  readonly #core: StreamCore;
  readonly #handlers: Handlers;
  readonly #devices: number[] = [];
  /** Whether a handler runs: then Python waits in a call of its system. */
  isHandling = false;

  constructor(core: StreamCore, handlers: Handlers) {
    const { FS } = core;
    this.#core = core;
    this.#handlers = handlers;
    const files = [
      ["stdin", "r"],
      ["stdout", "w"],
      ["stderr", "w"],
    ] as const;
    for (const [fd, [name, mode]] of files.entries()) {
      const open = FS.streams[fd];
      if (open) FS.close(open);
      FS.unlink(`/dev/${name}`);
      const device = FS.makedev(MAJOR, fd);
      this.#devices[fd] = device;
      FS.registerDevice(device, this.#operations(fd));
      FS.mkdev(`/dev/${name}`, 0o666, device);
      FS.open(`/dev/${name}`, mode); // takes the lowest free descriptor, which is fd
    }
  }

  /** Replace the handler of a descriptor, also of its copies. The old one gets its partial line. */
  set<Descriptor extends 0 | 1 | 2>(fd: Descriptor, handler: Handlers[Descriptor]): void {
    this.#handlers[fd].fsync?.();
    this.#handlers[fd] = handler;
    for (const stream of this.#core.FS.streams) {
      if (stream?.node?.rdev === this.#devices[fd]) stream.tty = this.#terminal(fd);
    }
  }

  #operations(fd: number): StreamOperations {
    const handler = () => this.#handlers[fd] as Reader & Writer;
    return {
      open: (stream) => {
        stream.seekable = false;
        stream.tty = this.#terminal(fd);
      },
      read: (_stream, buffer, offset, length) => {
        if (!handler().read) return 0;
        this.#showPrompt();
        return this.#transfer("read", () => handler().read(bytesOf(buffer, offset, length)));
      },
      write: (_stream, buffer, offset, length) => {
        if (!handler().write) return length;
        return this.#transfer("write", () => handler().write(bytesOf(buffer, offset, length)));
      },
      fsync: () => this.#guard(() => handler().fsync?.()),
      close: () => this.#guard(() => handler().fsync?.()),
    };
  }

  #terminal(fd: number): Stream["tty"] {
    if (!this.#handlers[fd]?.isatty) return undefined;
    const ioctl_tiocgwinsz = (): [number, number] => {
      const { rows = SIZE.rows, columns = SIZE.columns } =
        (this.#handlers[fd] as Writer).getTerminalSize?.() ?? {};
      return [rows, columns];
    };
    return { ops: { ioctl_tiocgwinsz } };
  }

  /** A question such as input("name? ") has no newline, and the handler waits for one. */
  #showPrompt(): void {
    for (const handler of this.#handlers) {
      if (handler instanceof LineWriter && handler.showsPrompts) {
        this.#guard(() => handler.fsync());
      }
    }
  }

  #transfer(method: string, operation: () => number): number {
    const count = this.#guard(operation);
    if (count === undefined) {
      console.warn(`${method} returned undefined; a correct implementation must return a number`);
      throw new this.#core.FS.ErrnoError(EIO);
    }
    return count;
  }

  /**
   * Call a program's function. Its exception must not pass through the interpreter, whose data it
   * would leave inconsistent: the console shows the exception, and Python gets an OSError. For an
   * exception with the number or the name of a system error, Python gets this error.
   */
  #guard<Result>(operation: () => Result): Result {
    const { FS, ERRNO_CODES, withInterpreter, awaitInput } = this.#core;
    const outer = this.isHandling;
    this.isHandling = true;
    try {
      return withInterpreter(() => repeated(operation));
    } catch (caught) {
      const error = caught as { name?: unknown; code?: unknown; errno?: unknown } | null;
      if (error instanceof FS.ErrnoError) throw error;
      if (caught instanceof InputPending) {
        if (awaitInput(caught.promise)) throw new FS.ErrnoError(EAGAIN);
        console.error("stdin gave a promise, but this call of Python cannot wait (run_sync)");
        throw new FS.ErrnoError(EIO);
      }
      if (error?.name === "AbortError") throw new FS.ErrnoError(EINTR);
      const code = ERRNO_CODES[String(error?.code)];
      if (code !== undefined) throw new FS.ErrnoError(code);
      console.error(caught);
      throw new FS.ErrnoError(EIO);
    } finally {
      this.isHandling = outer;
    }
  }
}

/** The bytes that the file system hands over, which may be signed. */
function bytesOf(buffer: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
}

/** Repeats an operation that Node cannot do yet, because a descriptor does not block. */
function repeated<Result>(operation: () => Result): Result {
  for (;;) {
    try {
      return operation();
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== "EAGAIN") throw error;
      pause(error);
    }
  }
}

/** Blocks for a tenth of a second; throws the error on a page, which must not block. */
function pause(error: unknown): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // milliseconds
  } catch {
    throw error;
  }
}
