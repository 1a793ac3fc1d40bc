import { afterEach, expect, test, vi } from "vitest";
import { type StreamOptions, startHandlers } from "../stream-options.js";
import { type StreamFS, Streams } from "../streams.js";

afterEach(() => vi.restoreAllMocks());

type Operations = Parameters<StreamFS["registerDevice"]>[1];

/** Opens the streams on a file system that only remembers what was registered. */
function open(
  options: StreamOptions,
  today = false,
  awaitInput: (promise: Promise<unknown>) => boolean = () => false,
) {
  const devices: Operations[] = [];
  const FS: StreamFS = {
    makedev: (_major, minor) => minor,
    registerDevice: (device, operations) => {
      devices[device] = operations;
    },
    mkdev: () => {},
    unlink: () => {},
    open: () => ({ fd: 0, seekable: true }),
    close: () => {},
    streams: [null, null, null],
    ErrnoError: class extends Error {
      constructor(readonly errno: number) {
        super();
      }
    },
  };
  const withInterpreter = <Result>(operation: () => Result) => operation();
  const core = { FS, withInterpreter, awaitInput, ERRNO_CODES: {} };
  new Streams(core, startHandlers(options, today));
  const stream: Parameters<Operations["open"]>[0] = { fd: 0, seekable: true };
  const [stdin, stdout] = devices as [Operations, Operations, Operations];
  return {
    read(length: number): string {
      const buffer = new Uint8Array(length + 2);
      const count = stdin.read(stream, buffer, 2, length);
      return new TextDecoder().decode(buffer.subarray(2, 2 + count));
    },
    write(bytes: Uint8Array): void {
      expect(stdout.write(stream, bytes, 0, bytes.length)).toBe(bytes.length);
    },
    flush: () => stdout.fsync(stream),
    tty() {
      stdout.open(stream);
      return stream.tty;
    },
  };
}

test("output arrives in whole lines, however it is cut", () => {
  const text = "first\n\nnaïve ☃ 🐍\nlast";
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const lines: string[] = [];
    const streams = open({ stdout: (line) => lines.push(line) });
    for (let i = 0; i < bytes.length; i += size) {
      streams.write(bytes.subarray(i, i + size));
    }
    expect(lines).toEqual(["first", "", "naïve ☃ 🐍"]);
    streams.flush();
    expect(lines.at(-1)).toBe("last");
    streams.flush();
    expect(lines).toHaveLength(4);
  }
});

test("input is read in pieces of any length, and ends with null or undefined", () => {
  for (const end of [null, undefined]) {
    const input = ["one", "two\n", "☃", end];
    const streams = open({ stdin: () => input.shift() });
    let read = "";
    for (let piece = streams.read(4); piece !== ""; piece = streams.read(4)) {
      read += piece;
    }
    expect(read).toBe("one\ntwo\n☃\n");
    expect(input).toEqual([]);
  }
});

test("a read waits for a promise, and then reads its result or throws its error", async () => {
  const items = [Promise.resolve("a line"), Promise.reject(new Error("closed"))];
  const promises: Promise<unknown>[] = [];
  const streams = open(
    { stdin: () => items.shift() },
    true,
    (promise) => promises.push(promise) > 0,
  );
  const again = expect.objectContaining({ errno: 6 });
  expect(() => streams.read(99)).toThrow(again);
  expect(() => streams.read(99)).toThrow(again); // a signal has ended the first wait
  expect(promises[0]).toBe(promises[1]);
  await promises[0];
  expect(streams.read(99)).toBe("a line\n");
  expect(() => streams.read(99)).toThrow(again);
  await promises[2];
  vi.spyOn(console, "error").mockImplementation(() => {});
  expect(() => streams.read(99)).toThrow(expect.objectContaining({ errno: 29 }));
});

test("a read that cannot wait for a promise is an error", () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const streams = open({ stdin: () => Promise.resolve("a line") }, true);
  expect(() => streams.read(99)).toThrow(expect.objectContaining({ errno: 29 }));
  expect(console.error).toHaveBeenCalledWith(expect.stringContaining("cannot wait"));
});

test("input that is no string is an error of the read", () => {
  const streams = open({ stdin: () => 7 as unknown as string });
  expect(() => streams.read(1)).toThrow(expect.objectContaining({ errno: 29 }));
});

test("what a function throws is shown, and is an error of the read or write", () => {
  const shown = vi.spyOn(console, "error").mockImplementation(() => {});
  const thrown = new Error("mine");
  const fail = () => {
    throw thrown;
  };
  const streams = open({ stdin: fail, stdout: fail });
  expect(() => streams.read(1)).toThrow(expect.objectContaining({ errno: 29 }));
  expect(() => streams.write(new TextEncoder().encode("line\n"))).toThrow(
    expect.objectContaining({ errno: 29 }),
  );
  expect(shown.mock.calls).toEqual([[thrown], [thrown]]);
});

test("an AbortError interrupts the read", () => {
  const abort = (): never => {
    throw new DOMException("Ctrl-C", "AbortError");
  };
  expect(() => open({ stdin: abort }).read(1)).toThrow(expect.objectContaining({ errno: 27 }));
});

test("output of a terminal arrives as it is written, and characters whole", () => {
  const pieces: string[] = [];
  const terminal = () => ({ rows: 24, columns: 80 });
  const streams = open({ stdout: (text) => pieces.push(text), terminal });
  const bytes = new TextEncoder().encode("50% ☃\n");
  streams.write(bytes.subarray(0, 5));
  streams.write(bytes.subarray(5));
  expect(pieces).toEqual(["50% ", "☃\n"]);
  expect(streams.tty()?.ops.ioctl_tiocgwinsz()).toEqual([24, 80]);
  expect(open({}).tty()).toBeUndefined();
});
