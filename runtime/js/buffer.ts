// Which parts of Node's Buffer does seek-bzip use?
//
// Its constructor with a size, and its text in hexadecimal. In a page there is no Buffer, and
// seek-bzip 2.0.0, the newest version, needs one.

import { toHex } from "../../loader/src/sha256.js";

export class Buffer extends Uint8Array {
  /** @param encoding only "hex" is known */
  override toString(encoding?: string): string {
    return encoding === "hex" ? toHex(this) : super.toString();
  }
}
