// How does a test make tar and zip files that it then damages?
//
// This module writes the simplest form of both: POSIX's ustar, and a zip of stored files.

import { concat } from "./pack.js";

const BLOCK = 512;
const encoder = new TextEncoder();

/** A tar file (POSIX, pax: ustar interchange format). */
export function tar(
  files: Record<string, Uint8Array>,
  symlinks: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const add = (path: string, type: string, content: Uint8Array, target = ""): void => {
    const header = new Uint8Array(BLOCK);
    const put = (at: number, text: string) => header.set(encoder.encode(text), at);
    put(0, path);
    put(100, path.startsWith("bin/") ? "0000755\0" : "0000644\0");
    put(124, `${content.length.toString(8).padStart(11, "0")}\0`);
    put(156, type);
    put(157, target);
    put(257, "ustar\x0000");
    parts.push(header, content, new Uint8Array((BLOCK - (content.length % BLOCK)) % BLOCK));
  };
  for (const [path, content] of Object.entries(files)) add(path, "0", content);
  for (const [path, target] of Object.entries(symlinks)) add(path, "2", new Uint8Array(), target);
  return withChecksums(concat([...parts, new Uint8Array(2 * BLOCK)]));
}

/** The tar file with right checksums in all blocks that look like a header. */
export function withChecksums(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(bytes);
  for (let start = 0; start + BLOCK <= changed.length; start += BLOCK) {
    const header = changed.subarray(start, start + BLOCK);
    if (String.fromCharCode(...header.subarray(257, 262)) !== "ustar") continue;
    header.fill(32, 148, 156);
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    header.set(encoder.encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  }
  return changed;
}

/** A zip of stored files (APPNOTE.TXT, 4.3). The CRCs are 0: the loader verifies files itself. */
export function zip(files: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = encoder.encode(path);
    const local = new DataView(new ArrayBuffer(30));
    local.setUint32(0, 0x04034b50, true);
    local.setUint16(4, 20, true);
    local.setUint32(18, content.length, true);
    local.setUint32(22, content.length, true);
    local.setUint16(26, name.length, true);
    const entry = new DataView(new ArrayBuffer(46));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(6, 20, true);
    entry.setUint32(20, content.length, true);
    entry.setUint32(24, content.length, true);
    entry.setUint16(28, name.length, true);
    entry.setUint32(42, offset, true);
    locals.push(new Uint8Array(local.buffer), name, content);
    central.push(new Uint8Array(entry.buffer), name);
    offset += 30 + name.length + content.length;
  }
  const directory = concat(central);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, Object.keys(files).length, true);
  end.setUint16(10, Object.keys(files).length, true);
  end.setUint32(12, directory.length, true);
  end.setUint32(16, offset, true);
  return concat([...locals, directory, new Uint8Array(end.buffer)]);
}
