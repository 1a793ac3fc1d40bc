// How many cells of the terminal does a character take? The editor and the terminal must agree.

import { eastAsianWidth } from "get-east-asian-width";

const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;

/** Cells that a code point takes. */
export function width(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x7f) return codePoint < 0x20 ? 0 : 1;
  if (codePoint < 0xa0) return 0; // control characters
  if (codePoint !== 0xad && ZERO.test(String.fromCodePoint(codePoint))) return 0;
  return eastAsianWidth(codePoint) as 1 | 2;
}

/** The same for xterm.js: an IUnicodeVersionProvider. */
export const unicode = {
  version: "editor",
  wcwidth: width,
  /** Bits as xterm.js 6 packs them: joins the preceding character (1), width (2). */
  charProperties(codePoint: number, preceding: number): number {
    let cells: number = width(codePoint);
    let joins = cells === 0 && preceding !== 0;
    if (joins) {
      const before = (preceding >> 1) & 3;
      if (before === 0) joins = false;
      else cells = before;
    } else if (cells === 0) {
      cells = 1; // there is nothing to join
    }
    return (cells << 1) | (joins ? 1 : 0);
  },
};
