// How does a test make and serve a conda channel?
//
// This module writes the files of a channel and serves them from memory.

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Contents, headOf, pack, partsOf } from "./pack.js";

export interface TestPackage {
  name: string;
  version: string;
  subdir?: "emscripten-wasm32" | "noarch";
  depends?: string[];
  distributions?: Record<string, { version: string; extras: string[] }>;
  /** Null for a package without files. */
  contents: Contents | null;
  /** In bytes. */
  chunkSize?: number;
}

/** An empty WebAssembly module. */
export const emptyWasm = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]);

const digest = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/**
 * The files of a channel with these packages.
 *
 * @param locked names of the packages in lock.json
 * @param all names of further packages in default-lock.json
 */
export function makeChannel(
  packages: TestPackage[],
  locked: string[] = [],
  all: string[] = [],
): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const json = (path: string, content: unknown) =>
    files.set(path, new TextEncoder().encode(JSON.stringify(content)));
  const lock: ({ name: string } & Record<string, unknown>)[] = [];
  const imports: Record<string, string> = {};
  for (const subdir of ["emscripten-wasm32", "noarch"] as const) {
    const records: Record<string, unknown> = {};
    const bundles: Record<string, unknown> = {};
    for (const { name, version, contents, depends = [], ...rest } of packages) {
      if ((rest.subdir ?? "emscripten-wasm32") !== subdir) continue;
      const file = `${name}-${version}-h_0.conda`;
      const sha256 = digest(file);
      const record = { name, version, build: "h_0", build_number: 0, subdir, sha256, depends };
      const [bytes = null, ...others] = contents
        ? partsOf(pack(contents, rest.chunkSize, file))
        : [];
      const stem = `${name}-${version}-h_0`;
      const bundle = bytes && `${stem}${others.length > 0 ? ".1" : ""}.lz4b`;
      const parts = others.map((part, index) => {
        const file = `${stem}.${index + 2}.lz4b`;
        files.set(`${subdir}/${file}`, part);
        return { bundle: file, size: part.length, sha256: digest(part) };
      });
      const bundle_size = bytes?.length ?? 0;
      const bundle_sha256 = bytes && digest(bytes);
      const start = bytes ? headOf(bytes) : new Uint8Array();
      const bundle_head_size = start.length;
      const bundle_head_sha256 = bytes && digest(start);
      if (bytes) files.set(`${subdir}/${bundle}`, bytes);
      records[file] = record;
      bundles[file] = {
        bundle,
        size: bundle_size,
        sha256: bundle_sha256,
        head_size: bundle_head_size,
        head_sha256: bundle_head_sha256,
        ...(parts.length > 0 && { parts }),
        package_sha256: sha256,
        imports: contents ? [name] : [],
        distributions: rest.distributions ?? {},
      };
      imports[name] = name;
      if ([...locked, ...all].includes(name)) {
        const head = bundle && { bundle_head_size, bundle_head_sha256 };
        const more = parts.length > 0 && { bundle_parts: parts };
        const place = { bundle, bundle_size, bundle_sha256, ...head, ...more };
        lock.push({ ...record, file, constrains: [], ...place });
      }
    }
    json(`${subdir}/repodata.json`, {
      info: { subdir },
      packages: {},
      "packages.conda": records,
      repodata_version: 1,
    });
    json(`${subdir}/bundles.json`, { version: 3, subdir, bundles });
  }
  json("imports.json", { version: 1, imports });
  const platform = "emscripten-wasm32";
  const start = lock.filter(({ name }) => locked.includes(name));
  json("lock.json", { version: 2, platform, specs: locked, packages: start });
  json("default-lock.json", { version: 2, platform, specs: [...locked, ...all], packages: lock });
  return files;
}

/** Answers a request, or returns false for the normal answer. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array | undefined,
) => boolean;

export interface TestServer {
  /** Ends in "/". */
  url: string;
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** Requested paths, in order. */
  requests: string[];
  /** Path -> fault of its requests. */
  faults: Map<string, Fault>;
  close(): void;
}

/** Write the files of a channel into a new folder, and return the folder. */
export function write(files: ReadonlyMap<string, Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), "conda-emscripten-"));
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Serve files from memory on the loopback interface. */
export async function serve(files: Map<string, Uint8Array<ArrayBuffer>>): Promise<TestServer> {
  const requests: string[] = [];
  const faults = new Map<string, Fault>();
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").slice(1);
    requests.push(path);
    const content = files.get(path);
    if (faults.get(path)?.(request, response, content)) return;
    if (content) response.writeHead(200, { "content-length": content.length }).end(content);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    files,
    requests,
    faults,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
