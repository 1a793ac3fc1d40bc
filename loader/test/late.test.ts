// Are the parts of a bundle there when they are needed?

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  foreignFiles,
  Loader,
  openReads,
  openStore,
  type Ranges,
  type Store,
} from "../src/index.js";
import { emptyWasm, makeChannel, serve, type TestServer, write } from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { modules } from "./modules.js";

const text = (content: string) => new TextEncoder().encode(content);
const contents = (name: string) => ({
  files: {
    [`${name}/start`]: text("start ".repeat(40)),
    [`${name}/lib.so`]: emptyWasm,
    [`${name}/code`]: text(`code of ${name} `.repeat(40)),
    [`${name}/rare`]: text(`rare code of ${name} `.repeat(40)),
    [`${name}/source`]: text(`source of ${name} `.repeat(40)),
  },
  libraries: [`${name}/lib.so`],
  late: [[`${name}/code`], [`${name}/rare`], [`${name}/source`]],
});
const packages = ["python", "large"].map((name) => ({
  name,
  version: "3.13.5",
  contents: contents(name),
}));
const file = (name: string, part: number) => `emscripten-wasm32/${name}-3.13.5-h_0.${part}.lz4b`;

describe.skipIf(skipped)("a bundle in parts", () => {
  let fs: TestFS;
  let server: TestServer;
  /** The files that were read synchronously. */
  let reads: string[];
  let isReachable: boolean;
  let folder: string;

  const makeLoader = async (options: { store?: Store; reads?: Ranges | null } = {}) => {
    fs = (await createModule()).FS;
    const ranges: Ranges = {
      canRead: (url) => url.startsWith("http:"),
      read(url, start, size) {
        if (!isReachable) throw new Error("the server is gone");
        const path = url.slice(server.url.length);
        reads.push(path);
        return { start, bytes: (server.files.get(path) as Uint8Array).slice(start, start + size) };
      },
    };
    const { store = null } = options;
    const fetch = { attempts: 1, store };
    const channels = [server.url];
    return new Loader({ ...modules, FS: fs, channels, fetch, reads: ranges, ...options });
  };
  const bundles = () => server.requests.filter((path) => path.endsWith(".lz4b"));
  const content = (path: string) => Buffer.from(fs.readFile(path)).toString();
  /** The server answers requests for a file only when the returned function is called. */
  const hold = (path: string) => {
    let answer = () => {};
    server.faults.set(path, (_request, response, bytes) => {
      answer = () => response.writeHead(200).end(bytes);
      return true;
    });
    return () => answer();
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
    server = await serve(makeChannel(packages, ["python"], ["large"]));
    reads = [];
    isReachable = true;
  });

  afterEach(() => {
    vi.restoreAllMocks();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("a load waits for the first part, and the others are read on demand", async () => {
    const loader = await makeLoader();
    await loader.load(["python"]);
    expect(bundles()).toEqual([file("python", 1)]);
    expect(content("/python/start")).toMatch(/^start/);
    expect(fs.readFile("/python/lib.so")).toEqual(emptyWasm);
    expect(reads).toEqual([]);
    expect(content("/python/code")).toMatch(/^code of python/);
    expect(content("/python/code")).toMatch(/^code of python/);
    expect(reads).toEqual([file("python", 2)]);
  });

  test("the others arrive in the background, what loads wait for first", async () => {
    const loader = await makeLoader();
    await loader.load(["python"]);
    const all = loader.stream();
    await loader.load(["large"]);
    // A load waits for the code that imports often read, of all packages, but for no more.
    await all;
    await loader.stream();
    const later = bundles().filter((path) => !path.includes(".1.lz4b"));
    expect(later.slice(0, 1)).toEqual([file("python", 2)]);
    expect(later.sort()).toEqual(
      ["large", "python"].flatMap((name) => [2, 3, 4].map((part) => file(name, part))),
    );
    for (const name of ["python", "large"]) {
      expect(content(`/${name}/code`)).toMatch(/^code/);
      expect(content(`/${name}/rare`)).toMatch(/^rare/);
      expect(content(`/${name}/source`)).toMatch(/^source/);
    }
    expect(reads).toEqual([]);
  });

  test("a load resolves when imports find the code of the packages before it", async () => {
    const loader = await makeLoader();
    await loader.load(["python"]);
    const answer = hold(file("python", 2));
    loader.stream();
    let isDone = false;
    const load = loader.load(["python"]).then(() => {
      isDone = true;
    });
    await vi.waitFor(() => expect(bundles()).toContain(file("python", 2)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isDone).toBe(false);
    answer();
    await load;
    expect(content("/python/code")).toMatch(/^code/);
    expect(reads).toEqual([]);
  });

  test("rare code and the sources leave the connection to a load", async () => {
    const loader = await makeLoader();
    await loader.load(["python"]);
    const answer = hold(file("large", 1));
    const load = loader.load(["large"]);
    await vi.waitFor(() => expect(bundles()).toContain(file("large", 1)));
    const all = loader.stream();
    await vi.waitFor(() => expect(bundles()).toContain(file("python", 2)));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bundles()).not.toContain(file("python", 3));
    answer();
    await load;
    await all;
    expect(bundles()).toContain(file("python", 3));
    expect(bundles()).toContain(file("python", 4));
  });

  test("a load that fails does not wait for parts", async () => {
    const loader = await makeLoader();
    await loader.load(["python"]);
    const answer = hold(file("python", 2));
    const all = loader.stream();
    await vi.waitFor(() => expect(bundles()).toContain(file("python", 2)));
    server.files.delete(file("large", 1));
    await expect(loader.load(["large"])).rejects.toThrow(/large-3.13.5-h_0.1.lz4b is missing/);
    answer();
    await all;
  });

  test("a snapshot may be made before, while and after parts arrive", async () => {
    const loader = await makeLoader();
    const without = ["/dev", "/proc"];
    const before = foreignFiles(fs, without);
    await loader.load(["python"]);
    const lock = loader.lock();
    expect(foreignFiles(fs, without)).toEqual(before);
    content("/python/code"); // on demand
    expect(foreignFiles(fs, without)).toEqual(before);
    await loader.stream();
    expect(foreignFiles(fs, without)).toEqual(before);
    expect(loader.lock()).toEqual(lock);
    expect(await (await makeLoader()).isCurrent(lock)).toBe(true);
  });

  test("parts in the cache are there at once, and need no server", async () => {
    const store = (await openStore({ folder })) as Store;
    const first = await makeLoader({ store });
    await first.load(["python"]);
    await first.stream();
    await store.settled();
    const names = readdirSync(folder);
    server.close();
    isReachable = false;
    const second = await makeLoader({ store });
    await second.load(["python"]);
    expect(content("/python/code")).toMatch(/^code/);
    expect(content("/python/source")).toMatch(/^source/);
    expect(readdirSync(folder)).toEqual(names);
  });

  test("without synchronous reads, a load fetches all parts, or nothing is mounted", async () => {
    const loader = await makeLoader({ reads: null });
    await loader.load(["python"]);
    expect(bundles().sort()).toEqual([1, 2, 3, 4].map((part) => file("python", part)));
    expect(content("/python/source")).toMatch(/^source/);
    server.files.delete(file("large", 4));
    await expect(loader.load(["large"])).rejects.toThrow(/large-3.13.5-h_0.4.lz4b is missing/);
    expect(fs.readdir("/")).not.toContain("large");
  });

  test("a file that cannot be fetched does not open, and later it does", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const loader = await makeLoader();
    await loader.load(["python"]);
    isReachable = false;
    const answer = server.files.get(file("python", 2)) as Uint8Array<ArrayBuffer>;
    server.files.delete(file("python", 2));
    await loader.stream(); // the sources are fetched all the same
    const streams = (): number =>
      (fs as unknown as { streams: object[] }).streams.filter(Boolean).length;
    const open = streams();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(() => fs.open("/python/code", "r")).toThrow(expect.objectContaining({ errno: 40 }));
    }
    expect(streams()).toBe(open);
    expect(log.mock.calls.flat().join()).toMatch(/python-3.13.5-h_0.2.lz4b cannot be read.*gone/);
    expect(content("/python/source")).toMatch(/^source/);
    server.files.set(file("python", 2), answer);
    await loader.load(["large"]); // fetches again what is missing
    expect(content("/python/code")).toMatch(/^code/);
    expect(reads).toEqual([]);
  });

  test("a damaged part is not used", async () => {
    const log = vi.spyOn(console, "error").mockReturnValue();
    const loader = await makeLoader();
    await loader.load(["python"]);
    const bytes = server.files.get(file("python", 2)) as Uint8Array<ArrayBuffer>;
    bytes[5] = (bytes[5] as number) ^ 1;
    await loader.stream();
    expect(() => content("/python/code")).toThrow(expect.objectContaining({ errno: 29 }));
    expect(log.mock.calls.flat().join()).toMatch(/chunk \d+ is not what the bundle's header/);
  });

  test("a lock names the parts", async () => {
    const loader = await makeLoader();
    await loader.load(["large", "python"]);
    const lock = JSON.parse(JSON.stringify(loader.lock()));
    expect(lock.packages[0].bundle_parts).toHaveLength(3);
    const again = await makeLoader();
    await again.restore(lock);
    expect(again.lock()).toEqual(lock);
    const { bundle_parts: _, ...rest } = lock.packages[0];
    const wrong = { ...lock, packages: [{ ...rest, bundle: null, bundle_parts: [] }] };
    await expect((await makeLoader()).restore(wrong)).rejects.toThrow(/parts of no bundle/);
  });

  test("a channel of an older release is read", async () => {
    const old = packages.map(({ contents: { late: _, ...contents }, ...rest }) => {
      return { ...rest, contents };
    });
    server.files.clear();
    for (const [path, bytes] of makeChannel(old, ["python"], ["large"])) {
      server.files.set(path, bytes);
    }
    for (const path of ["lock.json", "default-lock.json", "emscripten-wasm32/bundles.json"]) {
      const json = JSON.parse(new TextDecoder().decode(server.files.get(path)));
      server.files.set(path, text(JSON.stringify({ ...json, version: json.version - 1 })));
    }
    const loader = await makeLoader();
    await loader.load(["large", "python"]);
    expect(content("/large/source")).toMatch(/^source/);
    server.files.delete("default-lock.json"); // so bundles.json is read
    server.files.delete("lock.json");
    const again = await makeLoader();
    expect(await again.distributions("large")).toHaveLength(1);
  });

  test("an index with other parts than the bundle has is refused", async () => {
    const lock = JSON.parse(new TextDecoder().decode(server.files.get("lock.json")));
    lock.packages[0].bundle_parts.pop();
    server.files.set("lock.json", text(JSON.stringify(lock)));
    await expect((await makeLoader()).load(["python"])).rejects.toThrow(/it has 4 parts, not 3/);
  });

  test.each(["large-3.13.5-h_0.lz4b", "large-3.13.5-h_0.1.lz4b"])(
    "an address: %s",
    async (name) => {
      const loader = await makeLoader();
      await loader.load([`${server.url}emscripten-wasm32/${name}`]);
      expect(content("/large/code")).toMatch(/^code/);
      expect(content("/large/source")).toMatch(/^source/);
      expect(reads).toEqual([]);
      server.files.delete(file("large", 4));
      const again = await makeLoader();
      const load = again.load([`${server.url}emscripten-wasm32/${name}`]);
      await expect(load).rejects.toThrow(/the bundle is damaged: it is truncated/);
    },
  );

  test("parts on the disk are read, and arrive", async () => {
    const channel = write(server.files);
    fs = (await createModule()).FS;
    const channels = [pathToFileURL(`${channel}/`).href];
    try {
      const loader = new Loader({ ...modules, FS: fs, channels, reads: openReads() });
      await loader.load(["python"]);
      expect(content("/python/code")).toMatch(/^code/);
      await loader.stream();
    } finally {
      rmSync(channel, { recursive: true });
    }
    expect(content("/python/source")).toMatch(/^source/);
  });
});
