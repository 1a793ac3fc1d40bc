// How is a snapshot a file?
//
// docs/reference/snapshot-format.md describes the format. conda_emscripten/snapshot_file.py
// compresses the blocks.

import { decompressBlock, type Lock, sha256, toHex } from "../../loader/src/index.js";
import type { SnapshotState } from "./core.js";

/** A snapshot cannot be made or used. The message says why, and what to do next. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
}

/** What a snapshot says of itself. */
export interface SnapshotHead {
  version: number;
  /** Digest of the interpreter: `coreHash` of pyodide.asm.mjs. */
  core: string;
  /** The packages; a package without a channel is in the first channel of the start. */
  lock: Lock;
  /** Folders of no package. */
  folders: string[];
  /** The current folder; null: the home folder. */
  cwd: string | null;
  state: SnapshotState;
  pages: {
    /** Runs of the pages that are not all zeros, and not in the stack: the first, and how many. */
    runs: [first: number, count: number][];
    /** Bytes that each block has in the file. */
    blocks: number[];
    /** Of the blocks in the file. */
    sha256: string;
  };
}

export interface Snapshot {
  head: SnapshotHead;
  /** The compressed blocks. */
  blocks: Uint8Array<ArrayBuffer>;
  /** Rejects with a SnapshotError if the blocks are damaged. The packages load meanwhile. */
  verified: Promise<void>;
}

const MAGIC = "CESNAP1\n";
const VERSION = 1;
const DIGEST = 32;
const HEAD_START = MAGIC.length + 4 + DIGEST;
const PAGE = 4096;
const BLOCK = 64 * 1024;

/** The error of a snapshot that cannot be used. */
export function unusable(why: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    `The snapshot cannot be used: ${why}. Make it again with pyodide.snapshot() or ` +
      "`conda-emscripten snapshot` of this distribution. With the option snapshotFallback: true, " +
      "loadPyodide starts without it.",
    { cause },
  );
}

/** The pages of a memory that a snapshot keeps, as runs and as their bytes. */
export function packPages(
  heap: Uint8Array,
  [stackEnd, stackBase]: [end: number, base: number],
): { runs: [number, number][]; bytes: Uint8Array<ArrayBuffer> } {
  const words = new Int32Array(heap.buffer, 0, heap.length >> 2);
  const runs: [number, number][] = [];
  let count = 0;
  for (let page = 0; page * PAGE < heap.length; page++) {
    const inStack = page * PAGE >= stackEnd && (page + 1) * PAGE <= stackBase;
    if (inStack || isZero(words, (page * PAGE) >> 2)) continue;
    const last = runs.at(-1);
    if (last && last[0] + last[1] === page) last[1]++;
    else runs.push([page, 1]);
    count++;
  }
  const bytes = new Uint8Array(count * PAGE);
  let position = 0;
  for (const [first, length] of runs) {
    bytes.set(heap.subarray(first * PAGE, (first + length) * PAGE), position);
    position += length * PAGE;
  }
  return { runs, bytes };
}

function isZero(words: Int32Array, start: number): boolean {
  for (let index = start; index < start + PAGE / 4; index++) {
    if (words[index] !== 0) return false;
  }
  return true;
}

/** The file of a snapshot. Its blocks are not compressed. */
export async function writeSnapshot(
  head: Omit<SnapshotHead, "version" | "pages">,
  runs: [number, number][],
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = [];
  for (let rest = bytes.length; rest > 0; rest -= BLOCK) blocks.push(Math.min(rest, BLOCK));
  const pages = { runs, blocks, sha256: await sha256(bytes) };
  const json = new TextEncoder().encode(JSON.stringify({ version: VERSION, ...head, pages }));
  const digest = fromHex(await sha256(json));
  const file = new Uint8Array(HEAD_START + json.length + bytes.length);
  file.set(new TextEncoder().encode(MAGIC));
  new DataView(file.buffer).setUint32(MAGIC.length, json.length, true);
  file.set(digest, MAGIC.length + 4);
  file.set(json, HEAD_START);
  file.set(bytes, HEAD_START + json.length);
  return file;
}

/**
 * Read the file of a snapshot.
 *
 * @param integrity its digest, as in an HTML element: "sha256-" and Base64
 * @param isVerified whether the whole file has been verified, as that of a channel is
 * @throws SnapshotError if it is damaged, or of another version
 */
export async function readSnapshot(
  file: Uint8Array<ArrayBuffer>,
  integrity?: string,
  isVerified = false,
): Promise<Snapshot> {
  if (integrity !== undefined) {
    const actual = `sha256-${btoa(String.fromCharCode(...fromHex(await sha256(file))))}`;
    if (actual !== integrity) throw unusable(`its digest is ${actual}, not ${integrity}`);
  }
  const magic = new TextDecoder().decode(file.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw unusable("it does not begin with CESNAP1");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const size = file.length < HEAD_START ? 0 : view.getUint32(MAGIC.length, true);
  const json = file.subarray(HEAD_START, HEAD_START + size);
  const blocks = file.subarray(HEAD_START + size);
  const digest = file.subarray(MAGIC.length + 4, HEAD_START);
  if ((await sha256(json)) !== toHex(digest)) throw unusable("its head is damaged");
  const head: SnapshotHead = JSON.parse(new TextDecoder().decode(json));
  if (head.version !== VERSION) {
    throw unusable(`it has version ${head.version}, this site reads ${VERSION}`);
  }
  const isKnown = isVerified || integrity !== undefined;
  const verified = verify(blocks, head.pages, isKnown);
  verified.catch(() => {}); // not unhandled
  return { head, blocks, verified };
}

async function verify(
  bytes: Uint8Array<ArrayBuffer>,
  { blocks, sha256: expected }: SnapshotHead["pages"],
  isKnown: boolean,
): Promise<void> {
  const size = blocks.reduce((sum, block) => sum + block, 0);
  if (size !== bytes.length || (!isKnown && (await sha256(bytes)) !== expected)) {
    throw unusable("its pages are damaged");
  }
}

/** Write the pages of a snapshot into a memory. */
export function unpackPages({ head, blocks }: Snapshot, heap: Uint8Array): void {
  const { runs, blocks: sizes } = head.pages;
  let missing = runs.reduce((sum, [, count]) => sum + count, 0) * PAGE;
  const buffer = new Uint8Array(BLOCK);
  const places = runs.values();
  let start = 0; // of the next bytes in the memory
  let end = 0;
  let from = 0;
  for (const size of sizes) {
    const stored = blocks.subarray(from, from + size);
    const raw = buffer.subarray(0, Math.min(missing, BLOCK));
    from += size;
    missing -= raw.length;
    if (stored.length === raw.length) raw.set(stored);
    else decompressBlock(stored, raw);
    for (let done = 0; done < raw.length; ) {
      if (start === end) {
        const [first, count] = places.next().value as [first: number, count: number];
        start = first * PAGE;
        end = start + count * PAGE;
      }
      const length = Math.min(end - start, raw.length - done);
      heap.set(raw.subarray(done, done + length), start);
      start += length;
      done += length;
    }
  }
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
