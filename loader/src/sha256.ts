// How is a SHA-256 computed?
//
// This module uses the browser's implementation where there is one, otherwise one in JavaScript.

import { sha256 as sha256InJavaScript } from "@noble/hashes/sha2.js";

/** Size of a digest in bytes. */
export const DIGEST_SIZE = 32;

/** The digest in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Only secure contexts (https and localhost) have `crypto.subtle`.
  return toHex(
    globalThis.crypto?.subtle
      ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
      : sha256InJavaScript(bytes),
  );
}

/** The digest in hexadecimal, synchronously; slower for long inputs. */
export function sha256Sync(bytes: Uint8Array): string {
  return toHex(sha256InJavaScript(bytes));
}

/** Bytes in hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
