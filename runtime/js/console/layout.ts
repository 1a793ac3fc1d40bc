// On which rows of the terminal are a text with its prompts, and a list of words?

import { width } from "./width.js";

const LISTED = 200; // candidates that are shown at once
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no cells
const COLOURS = /\x1b\[[0-9;]*m/g;

/** A row of the screen. */
export interface Row {
  text: string;
  /** Whether it is full, so that the terminal goes to the next row by itself. */
  wraps: boolean;
}

export interface Prompts {
  /** Prompt of the first line. It may have colours; if it is not empty, it ends with one. */
  prompt: string;
  /** Prompt of the other lines. */
  continuation: string;
  /** Cells that the program has written before the prompt in this row. */
  column: number;
}

/** The rows that prompts and text take, and where among them the cursor is. */
export function layOut(
  text: string,
  offset: number,
  { prompt, continuation, column }: Prompts,
  columns: number,
): { rows: Row[]; cursor: { row: number; column: number } } {
  const rows: Row[] = [];
  let cursor = { row: 0, column: 0 };
  let at = 0;
  let row = "";
  let used = column; // cells
  const note = (): void => {
    if (at === offset) cursor = { row: rows.length, column: used };
  };
  const wrap = (): void => {
    rows.push({ text: row, wraps: true });
    row = "";
    used = 0;
  };
  for (const [index, line] of text.split("\n").entries()) {
    const before = index === 0 ? prompt : continuation;
    row += before;
    used += cells(before.replace(COLOURS, ""));
    const lineStart = at;
    for (const character of line) {
      // A combining character at the start has none to join: it takes a cell.
      const own = width(character.codePointAt(0) as number);
      const taken = at === lineStart ? Math.max(own, 1) : own;
      if (used + taken > columns) wrap();
      note();
      row += character;
      used += taken;
      at += character.length;
    }
    if (used >= columns) {
      // The terminal stays in the full row until a character comes.
      wrap();
      row = " ";
    }
    note();
    rows.push({ text: row, wraps: false });
    row = "";
    used = 0;
    at++; // the newline
  }
  return { rows, cursor };
}

function cells(text: string): number {
  return [...text].reduce((sum, character) => sum + width(character.codePointAt(0) as number), 0);
}

/** Candidates in columns, as `ls` lists files. */
export function inColumns(candidates: string[], columns: number): string {
  const shown = candidates.slice(0, LISTED);
  const cell = Math.max(...shown.map((one) => one.length)) + 2;
  const perRow = Math.max(1, Math.floor(columns / cell));
  let text = "";
  for (let at = 0; at < shown.length; at += perRow) {
    text += `${shown
      .slice(at, at + perRow)
      .map((one) => one.padEnd(cell))
      .join("")
      .trimEnd()}\r\n`;
  }
  const more = candidates.length - shown.length;
  return more > 0 ? `${text}and ${more} more\r\n` : text;
}
