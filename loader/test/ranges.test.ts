// Are only the opened parts of a bundle fetched?

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Callbacks,
  Loader,
  openRanges,
  openStore,
  type Progress,
  type Ranges,
  type Store,
} from "../src/index.js";
import { emptyWasm, type Fault, makeChannel, serve, type TestServer, write } from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { modules } from "./modules.js";

const block = 4096;
const text = (content: string) => new TextEncoder().encode(content);
/** Incompressible bytes. */
const noise = (size: number): Uint8Array => {
  let state = 1;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
};
const large = noise(200_000);
const library = Uint8Array.from([...emptyWasm, 0, 4, 3, 97, 98, 99]); // with a custom section
const bundle = "emscripten-wasm32/large-1.0-h_0.lz4b";
const packages = [
  { name: "python", version: "3.13.5", contents: { files: { "lib/os.py": text("os") } } },
  {
    name: "large",
    version: "1.0",
    chunkSize: 1024,
    contents: {
      files: { "data/first": text("first"), "data/large": large, "data/lib.so": library },
      libraries: ["data/lib.so"],
    },
  },
];

/** Answers a range request with the range. */
const withRanges: Fault = (request, response, content) => {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined || !content) return false;
  const part = content.subarray(Number(first), last ? Number(last) + 1 : undefined);
  const end = Number(first) + part.length - 1;
  const range = `bytes ${first}-${end}/${content.length}`;
  response.writeHead(206, { "content-range": range, "content-length": part.length }).end(part);
  return true;
};

describe.skipIf(skipped)("a loader with ranges", () => {
  let fs: TestFS;
  let server: TestServer;
  /** The synchronous reads. */
  let reads: [start: number, size: number][];
  let ranges: Ranges;

  let folder: string;

  const makeLoader = async (store: Store | null = null): Promise<Loader> => {
    fs = (await createModule()).FS;
    return new Loader({
      ...modules,
      FS: fs,
      channels: [server.url],
      fetch: { pause: 10, store },
      ranges,
    });
  };
  const load = async (callbacks: Callbacks = {}): Promise<Loader> => {
    const loader = await makeLoader();
    await loader.load(["large"], callbacks);
    return loader;
  };
  const isLargeThere = (): boolean => Buffer.from(fs.readFile("/data/large")).equals(large);
  const file = () => server.files.get(bundle) as Uint8Array<ArrayBuffer>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
    server = await serve(makeChannel(packages, ["python"], ["large"]));
    server.faults.set(bundle, withRanges);
    reads = [];
    ranges = {
      canRead: (url) => url.startsWith("http:"),
      // Not a synchronous request as in a worker: the server runs in the same thread.
      read(url, start, size) {
        reads.push([start, size]);
        return {
          start,
          bytes: (server.files.get(url.slice(server.url.length)) as Uint8Array).slice(
            start,
            start + size,
          ),
        };
      },
      block,
    };
  });

  afterEach(() => {
    vi.restoreAllMocks();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("fetches the head, and then each opened part once", async () => {
    const seen: Progress[] = [];
    await load({ onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1) as Progress;
    expect(last.bytes).toBeLessThan(file().length / 4);
    expect([last.bytes, last.files]).toEqual([last.totalBytes, last.totalFiles]);
    expect(fs.readFile("/data/first")).toEqual(text("first")); // in the same request as the head
    expect(reads).toEqual([]);
    const part = new Uint8Array(1000);
    const stream = fs.open("/data/large", "r");
    fs.read(stream, part, 0, 1000, 100_000);
    expect(part).toEqual(large.subarray(100_000, 101_000));
    expect(reads.length).toBe(1);
    expect(reads[0]?.[1]).toBeLessThanOrEqual(2 * block);
    fs.read(stream, part, 0, 1000, 100_000);
    expect(reads.length).toBe(1);
    expect(isLargeThere()).toBe(true);
    // One request for the bytes before the known ones and one for those after; no byte twice.
    const total = reads.reduce((sum, [, size]) => sum + size, 0);
    expect(reads.length).toBeLessThanOrEqual(3);
    expect(total).toBeLessThanOrEqual(file().length);
    expect(fs.readFile("/data/lib.so")).toEqual(library);
  });

  test("does not cache a bundle in parts, and uses a cached whole bundle", async () => {
    const digest = createHash("sha256").update(file()).digest("hex");
    const visit = async () => {
      const store = (await openStore({ folder })) as Store;
      await (await makeLoader(store)).load(["large"]);
      await store.settled();
    };
    await visit();
    expect(readdirSync(folder).length).toBeGreaterThan(0);
    expect(readdirSync(folder)).not.toContain(digest);
    server.faults.delete(bundle); // the host ignores ranges now
    await visit();
    expect(readdirSync(folder)).toContain(digest);
    server.requests.length = 0;
    server.faults.set(bundle, withRanges);
    await visit();
    expect(server.requests).not.toContain(bundle);
    expect([isLargeThere(), reads]).toEqual([true, []]);
  });

  test("fetches the whole bundle from a host that ignores ranges", async () => {
    server.faults.delete(bundle);
    await load();
    expect([isLargeThere(), reads]).toEqual([true, []]);
  });

  test("uses the whole file if the host ignores ranges after the head", async () => {
    await load();
    ranges.read = () => {
      reads.push([0, 0]);
      return { start: 0, bytes: file() };
    };
    expect(isLargeThere()).toBe(true);
    expect(fs.readFile("/data/lib.so")).toEqual(library);
    expect(reads.length).toBe(1);
  });

  test("fetches whole bundles that are small or have no head in the index", async () => {
    ranges.block = file().length;
    await load();
    expect([isLargeThere(), reads]).toEqual([true, []]);
    ranges.block = block;
    const lock = JSON.parse(new TextDecoder().decode(server.files.get("default-lock.json")));
    for (const entry of lock.packages) {
      delete entry.bundle_head_size;
      delete entry.bundle_head_sha256;
    }
    server.files.set("default-lock.json", text(JSON.stringify(lock)));
    await load();
    expect([isLargeThere(), reads]).toEqual([true, []]);
  });

  test("refuses a head with another hash than in the index", async () => {
    file()[20] = (file()[20] as number) ^ 1;
    await expect(load()).rejects.toThrow(/is not what the channel promises/);
    expect(fs.readdir("/")).not.toContain("data");
  });

  test("repeats a failed request, and reports an unreachable network if all fail", async () => {
    const { read } = ranges;
    const log = vi.spyOn(console, "error").mockReturnValue();
    let failures = 4;
    ranges.read = (...request) => {
      if (failures-- > 0) throw new Error("the server answers 503");
      return read(...request);
    };
    await load();
    expect(() => fs.readFile("/data/lib.so")).toThrow(expect.objectContaining({ errno: 40 }));
    expect(log.mock.calls.flat().join()).toMatch(/large-1.0-h_0.lz4b cannot be read.*answers 503/);
    expect(fs.readFile("/data/lib.so")).toEqual(library); // a later read may succeed
    failures = 3;
    expect(isLargeThere()).toBe(true);
    expect(failures).toBeLessThan(0);
  });

  test.each<[string, () => void]>([
    ["changed", () => file().fill(1, file().length - 100_000, file().length - 50_000)],
    ["cut", () => server.files.set(bundle, file().slice(0, -100_000))],
  ])(
    "reports an input/output error if the bundle is %s after it was mounted",
    async (_, change) => {
      const log = vi.spyOn(console, "error").mockReturnValue();
      await load();
      change();
      expect(() => fs.readFile("/data/large")).toThrow(expect.objectContaining({ errno: 29 }));
      expect(log.mock.calls.flat().join()).toMatch(/promises|other bytes/);
    },
  );

  test("restores a lock in parts, too", async () => {
    const lock = JSON.parse(JSON.stringify((await load()).lock()));
    fs = (await createModule()).FS;
    const loader = new Loader({ ...modules, FS: fs, channels: [server.url], ranges });
    await loader.restore(lock);
    expect(loader.lock()).toEqual(lock);
    expect([isLargeThere(), reads.length]).toEqual([true, 1]);
  });

  test("reads parts of a channel on the disk", async () => {
    const channel = write(server.files);
    const opened = { ...(await openRanges()), block } as Ranges;
    const read = vi.spyOn(opened, "read");
    fs = (await createModule()).FS;
    try {
      const channels = [pathToFileURL(`${channel}/`).href];
      await new Loader({ ...modules, FS: fs, channels, ranges: opened }).load(["large"]);
      expect(read.mock.calls.map(([, start]) => start)).toEqual([0]);
      expect(isLargeThere()).toBe(true);
      expect(opened.canRead("http://localhost/")).toBe(false);
    } finally {
      rmSync(channel, { recursive: true });
    }
  });
});
