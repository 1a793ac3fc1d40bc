// Does a load either complete or change nothing?
//
// These tests break the network and the cache.

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FetcherOptions } from "../src/fetch.js";
import {
  type Callbacks,
  Loader,
  type Lock,
  openStore,
  type Progress,
  type Store,
} from "../src/index.js";
import {
  emptyWasm,
  type Fault,
  makeChannel,
  serve,
  type TestPackage,
  type TestServer,
} from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { loaderError } from "./errors.js";
import { modules } from "./modules.js";
import { solverWasm } from "./needs.js";

const site = "lib/python3.13/site-packages";
const text = (content: string) => new TextEncoder().encode(content);
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const noise = Uint8Array.from({ length: 200_000 }, (_, n) => (n * n * 7 + (n >> 3)) % 253);

const packages = (release = "one"): TestPackage[] => [
  {
    name: "python",
    version: "3.13.5",
    contents: { files: { "lib/python3.13/os.py": text("os") } },
  },
  {
    name: "numpy",
    version: "2.2.6",
    depends: ["python"],
    contents: {
      files: {
        [`${site}/numpy/__init__.py`]: text(release),
        [`${site}/numpy/data`]: noise,
        [`${site}/numpy/_core.so`]: emptyWasm,
      },
      libraries: [`${site}/numpy/_core.so`],
    },
  },
  { name: "six", version: "1.0", depends: ["python"], contents: { files: { six: text("six") } } },
];
const channel = (release?: string) => makeChannel(packages(release), ["python"], ["numpy", "six"]);
const bundle = "emscripten-wasm32/numpy-2.2.6-h_0.lz4b";

/** A fault for the first `count` requests. */
function times(count: number, fault: Fault): Fault {
  let left = count;
  return (...request) => left-- > 0 && fault(...request);
}

const answer =
  (status: number): Fault =>
  (_, response) => {
    response.writeHead(status).end("<html>");
    return true;
  };

/** Sends half of the file and drops the connection. */
const cut: Fault = (_, response, content) => {
  const { length } = content as Uint8Array;
  response.writeHead(200, { "content-length": length });
  response.write(content?.subarray(0, length >> 1), () => setTimeout(() => response.destroy(), 20));
  return true;
};

describe.skipIf(skipped)("a loader", () => {
  let fs: TestFS;
  let server: TestServer;
  let folder: string;

  const makeLoader = async (fetch: FetcherOptions = {}): Promise<Loader> => {
    fs = (await createModule()).FS;
    return new Loader({
      ...modules,
      FS: fs,
      solverWasm,
      channels: [server.url],
      fetch: { pause: 10, ...fetch },
    });
  };
  const exists = (path: string): boolean => {
    try {
      fs.stat(path);
      return true;
    } catch {
      return false;
    }
  };
  const isNumpyThere = (): boolean => exists(`/${site}/numpy`);
  const release = () => fs.readFile(`/${site}/numpy/__init__.py`, { encoding: "utf8" });
  const requests = (path: string): number =>
    server.requests.filter((requested) => requested === path).length;
  const open = (limit?: number) =>
    openStore({ folder, ...(limit !== undefined && { limit }) }) as Promise<Store>;

  beforeEach(async () => {
    server = await serve(channel());
    folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([500, 502, 503, 429])(
    "repeats a request that the server answers with %i",
    async (status) => {
      server.faults.set(bundle, times(2, answer(status)));
      server.faults.set("default-lock.json", times(1, answer(status)));
      await (await makeLoader()).load(["numpy"]);
      expect([requests(bundle), isNumpyThere()]).toEqual([3, true]);
    },
  );

  test("fails after four attempts with nothing mounted, and can be called again", async () => {
    const loader = await makeLoader();
    server.faults.set(bundle, answer(503));
    await expect(loader.load(["numpy", "six"])).rejects.toThrow(/the server answers 503/);
    expect([requests(bundle), isNumpyThere(), exists("/six")]).toEqual([4, false, false]);
    server.faults.clear();
    await loader.load(["numpy", "six"]);
    expect([isNumpyThere(), exists("/six")]).toEqual([true, true]);
  });

  test.each([403, 404])(
    "does not repeat a request that the server answers with %i",
    async (status) => {
      server.faults.set(bundle, answer(status));
      await expect((await makeLoader()).load(["numpy"])).rejects.toThrow(loaderError);
      // For a missing file the index may be stale: it is fetched again once.
      expect(requests(bundle)).toBe(status === 404 ? 2 : 1);
    },
  );

  test("resumes where the connection dropped", async () => {
    const ranges: (string | undefined)[] = [];
    const resume: Fault = (request, response, content) => {
      const { headers } = request;
      ranges.push(headers.range);
      if (ranges.length <= 2) return cut(request, response, content);
      const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1]);
      const { length } = content as Uint8Array;
      response.writeHead(206, {
        "content-range": `bytes ${start}-${length - 1}/${length}`,
        "content-length": length - start,
      });
      response.end(content?.subarray(start));
      return true;
    };
    server.faults.set(bundle, resume);
    const seen: Progress[] = [];
    await (await makeLoader()).load(["numpy"], { onProgress: (progress) => seen.push(progress) });
    const half = (server.files.get(bundle)?.length ?? 0) >> 1;
    expect(ranges).toEqual([undefined, `bytes=${half}-`, `bytes=${half}-`]);
    expect(isNumpyThere()).toBe(true);
    expect(seen.at(-1)).toMatchObject({ phase: "done", files: 2, totalFiles: 2 });
    expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.totalBytes);
  });

  test("starts again if the server ignores ranges", async () => {
    server.faults.set(bundle, times(2, cut));
    const seen: Progress[] = [];
    await (await makeLoader()).load(["numpy"], { onProgress: (progress) => seen.push(progress) });
    expect(isNumpyThere()).toBe(true);
    expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.totalBytes);
  });

  test("reports no progress after a failure, while another file still arrives", async () => {
    let arrived = 0;
    const trickle: Fault = (_, response, content) => {
      const bytes = content as Uint8Array;
      response.writeHead(200, { "content-length": bytes.length });
      const timer = setInterval(() => {
        response.write(bytes.subarray(100 * arrived, 100 * ++arrived));
        if (arrived === 100) clearInterval(timer);
      }, 5);
      return true;
    };
    server.faults.set(bundle, trickle);
    server.faults.set("emscripten-wasm32/six-1.0-h_0.lz4b", (_, response) => {
      setTimeout(() => response.writeHead(403).end(), 100);
      return true;
    });
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => void seen.push(progress);
    const loader = await makeLoader();
    await expect(loader.load(["numpy", "six"], { onProgress })).rejects.toThrow("403");
    const before = { arrived, seen: seen.length };
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(arrived).toBeGreaterThan(before.arrived);
    expect(seen).toHaveLength(before.seen);
    expect(seen.length).toBeGreaterThan(0);
  });

  test("repeats a request when no bytes arrive", async () => {
    server.faults.set(
      bundle,
      times(1, (_, response) => {
        response.writeHead(200);
        response.write("LZ4B"); // and nothing more
        return true;
      }),
    );
    await (await makeLoader({ stall: 100 })).load(["numpy"]);
    expect(isNumpyThere()).toBe(true);
  });

  test("waits for a slow server", async () => {
    server.faults.set(bundle, (_, response, content) => {
      const { length } = content as Uint8Array;
      response.writeHead(200, { "content-length": length });
      const send = (from: number): void => {
        if (from >= length) response.end();
        else
          response.write(content?.subarray(from, from + length / 5), () => {
            setTimeout(() => send(from + length / 5), 40);
          });
      };
      send(0);
      return true;
    });
    await (await makeLoader({ stall: 150 })).load(["numpy"]);
    expect([isNumpyThere(), requests(bundle)]).toEqual([true, 1]);
  });

  test("cancels a download that is larger than the file", async () => {
    server.faults.set(bundle, (_, response) => {
      response.writeHead(200);
      const send = (): void => {
        if (!response.destroyed) response.write(noise, () => setImmediate(send));
      };
      send();
      return true;
    });
    await expect((await makeLoader()).load(["numpy"])).rejects.toThrow(/is not what the channel/);
    expect(isNumpyThere()).toBe(false);
  });

  test("stops at once when the signal is aborted, during a load or before it starts", async () => {
    const loader = await makeLoader();
    const slow = new AbortController();
    const waiting = new AbortController();
    server.faults.set(bundle, (_, response) => {
      response.writeHead(200);
      response.write("LZ4B");
      setTimeout(() => {
        waiting.abort();
        setTimeout(() => slow.abort(new Error("enough")), 30);
      }, 30);
      return true;
    });
    const errors: string[] = [];
    const errorCallback = (line: string) => errors.push(line);
    const first = loader.load(["numpy"], { signal: slow.signal, errorCallback });
    const second = loader.load(["six"], { signal: waiting.signal });
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    await expect(first).rejects.toThrow("enough");
    expect([isNumpyThere(), exists("/six")]).toEqual([false, false]);
    server.faults.clear();
    await loader.load(["numpy"]);
    expect([isNumpyThere(), errors]).toEqual([true, ["enough"]]);
  });

  test("downloads each package once for a hundred simultaneous calls", async () => {
    const loader = await makeLoader();
    const calls = Array.from({ length: 100 }, (_, n) => loader.load([n % 2 ? "numpy" : "six"]));
    const loaded = (await Promise.all(calls)).flat().map(({ record }) => record.name);
    expect(loaded.sort()).toEqual(["numpy", "python", "six"]);
    expect([requests(bundle), requests("default-lock.json")]).toEqual([1, 1]);
  });

  test("fetches the indexes again when the channel changed between index and bundle", async () => {
    const loader = await makeLoader();
    await loader.load(["six"]); // reads the lock
    for (const [path, content] of channel("two")) server.files.set(path, content);
    await loader.load(["numpy"]);
    expect(release()).toBe("two");
  });

  test("refuses a wrong hash and does not cache the file", async () => {
    const store = await open();
    const wrong = (server.files.get(bundle) as Uint8Array<ArrayBuffer>).slice();
    wrong[1000] = (wrong[1000] as number) ^ 1;
    server.files.set(bundle, wrong);
    const loader = await makeLoader({ store });
    await expect(loader.load(["numpy"])).rejects.toThrow(/is not what the channel promises/);
    await store.settled();
    expect(await store.get(digest(wrong))).toBeNull();
    expect(isNumpyThere()).toBe(false);
  });

  describe("with a cache", () => {
    const visit = async (store: Store | null, specs = ["numpy"], callbacks: Callbacks = {}) => {
      await (await makeLoader({ store, attempts: 1 })).load(specs, callbacks);
      await store?.settled();
    };

    test("needs no server on the second visit", async () => {
      await visit(await open());
      server.close();
      const seen: Progress[] = [];
      await visit(await open(), ["numpy"], { onProgress: (progress) => seen.push(progress) });
      expect(release()).toBe("one");
      expect(seen.at(-1)?.bytes).toBe(seen.at(-1)?.totalBytes);
      await expect(visit(await open(), ["six"])).rejects.toThrow(loaderError); // was not cached
    });

    test("fetches only the indexes on the second visit", async () => {
      await visit(await open());
      server.requests.length = 0;
      await visit(await open());
      expect(server.requests.sort()).toEqual(["default-lock.json", "lock.json"]);
    });

    test("takes the newest packages as soon as the server is back", async () => {
      await visit(await open());
      for (const [path, content] of channel("two")) server.files.set(path, content);
      await visit(await open());
      expect(release()).toBe("two");
    });

    test("fetches a damaged file again", async () => {
      await visit(await open());
      for (const file of readdirSync(folder)) {
        if (/^[0-9a-f]{64}$/.test(file)) writeFileSync(join(folder, file), "LZ4B?");
      }
      await visit(await open());
      expect(release()).toBe("one");
      const bytes = server.files.get(bundle) as Uint8Array;
      expect(readFileSync(join(folder, digest(bytes)))).toEqual(Buffer.from(bytes));
    });

    test("stays below its limit, and clear() deletes all files", async () => {
      const size = server.files.get(bundle)?.length ?? 0;
      const store = await open(size + 1000);
      for (let number = 0; number < 5; number++) {
        store.put(`first ${number}`, noise.slice(0, size / 4));
        await new Promise((resolve) => setTimeout(resolve, 5)); // gives each file its own time
      }
      await visit(store);
      expect(await store.size()).toBeLessThanOrEqual(size + 1000);
      expect(await store.get("first 0")).toBeNull();
      expect(await store.get(digest(server.files.get(bundle) as Uint8Array))).not.toBeNull();
      await store.clear();
      expect(await store.size()).toBe(0);
    });

    test("works with two tabs, a full disk and a private window", async () => {
      let room = 500_000;
      const entries = new Map<string, Response>();
      const cache = {
        match: async (key: string) => entries.get(key)?.clone(),
        delete: async (key: string) => entries.delete(key),
        keys: async () => [...entries.keys()].map((url) => ({ url })),
        put: async (key: string, response: Response) => {
          const used = [...entries.values()].reduce(
            (sum, entry) => sum + Number(entry.headers.get("x-size")),
            0,
          );
          if (used + Number(response.headers.get("x-size")) > room) {
            throw new DOMException("full", "QuotaExceededError");
          }
          entries.set(key, response);
        },
      };
      vi.stubGlobal("caches", { open: async () => cache });
      const tabs = [(await openStore({})) as Store, (await openStore({})) as Store];
      await Promise.all(tabs.map((tab) => visit(tab)));
      expect(await tabs[0]?.size()).toBeGreaterThan(100_000);
      server.close();
      await visit(tabs[1] as Store);
      server = await serve(channel("two"));
      room = 100; // no file fits, even into an empty cache
      await visit((await openStore({})) as Store);
      expect(release()).toBe("two");
      vi.stubGlobal("caches", {
        open: async () => {
          throw new DOMException("private window", "SecurityError");
        },
      });
      expect(await openStore({})).toBeNull();
      vi.stubGlobal("caches", undefined);
      expect(await openStore({})).toBeNull();
      await visit(null);
      expect(release()).toBe("two");
    });
  });

  describe("with a lock", () => {
    const lockOf = async (...specs: string[]): Promise<Lock> => {
      const loader = await makeLoader();
      await loader.load(specs);
      return JSON.parse(JSON.stringify(loader.lock()));
    };

    test("restores the same files and no others", async () => {
      const lock = await lockOf("numpy", "python");
      expect(lock).toMatchObject({ version: 2, platform: "emscripten-wasm32" });
      expect(lock.specs).toEqual(["numpy", "python"]);
      expect(lock.packages.map(({ name }) => name)).toEqual(["numpy", "python"]);
      server.requests.length = 0;
      const loader = await makeLoader();
      await loader.restore(lock);
      expect(server.requests.sort()).toEqual([bundle, "emscripten-wasm32/python-3.13.5-h_0.lz4b"]);
      expect(loader.lock()).toEqual(lock);
      expect(await loader.load(["python", "numpy"])).toEqual([]);
    });

    test("reads a lock from an address, with channels relative to the lock", async () => {
      const lock = await lockOf("numpy");
      const relative = lock.packages.map((entry) => ({ ...entry, channel: "../" }));
      server.files.set("locks/a.json", text(JSON.stringify({ ...lock, packages: relative })));
      const loader = await makeLoader();
      await loader.restore(`${server.url}locks/a.json`);
      expect(loader.lock().packages).toEqual(lock.packages);
    });

    test.each([
      ["another version", { version: 9 }, /The lock has version 9, this loader reads 1 and 2/],
      ["another platform", { platform: "linux-64" }, /The lock is for linux-64, not for/],
      ["no packages", { packages: 1 }, /Make it again with pyodide.lock\(\)/],
    ])("refuses %s", async (_, change, message) => {
      const lock = { ...(await lockOf("numpy")), ...change } as Lock;
      await expect((await makeLoader()).restore(lock)).rejects.toThrow(message);
    });

    test("refuses files that have changed, and packages that differ from loaded ones", async () => {
      const lock = await lockOf("numpy");
      for (const [path, content] of channel("two")) server.files.set(path, content);
      await expect((await makeLoader()).restore(lock)).rejects.toThrow(/is not what the channel/);
      expect(isNumpyThere()).toBe(false);
      const loader = await makeLoader();
      await loader.load(["numpy"]);
      const changed = lock.packages.map((entry) => ({ ...entry, sha256: "0".repeat(64) }));
      await expect(loader.restore({ ...lock, packages: changed })).rejects.toThrow(
        /The lock wants numpy-2.2.6-h_0.conda, but numpy-2.2.6-h_0.conda is loaded from/,
      );
    });
  });
});
