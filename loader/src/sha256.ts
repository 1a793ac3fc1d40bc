// What is the SHA-256 of some bytes?

import { sha256 as sha256InJavaScript } from "@noble/hashes/sha2.js";

/** Bytes of a digest. */
export const DIGEST_SIZE = 32;

/** The digest in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages that are neither https nor localhost have no `crypto.subtle`.
  return toHex(
    globalThis.crypto?.subtle
      ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
      : sha256InJavaScript(bytes),
  );
}

/** The same at once, where nothing can be awaited; slower for long inputs. */
export function sha256Sync(bytes: Uint8Array): string {
  return toHex(sha256InJavaScript(bytes));
}

/** Bytes in hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
