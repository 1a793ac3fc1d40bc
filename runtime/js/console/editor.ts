// How does a user edit a statement of several lines in a terminal, with history and completion?
//
// xterm.js turns keys into escape sequences, as a terminal sends them. The editor reads these and
// writes escape sequences. It keeps the whole text and draws it anew after each change.

import type { History } from "./history.js";
import { inColumns, layOut, type Prompts } from "./layout.js";

export interface EditorOptions {
  /** Writes to the terminal. */
  write(text: string): void;
  /** Width of the terminal in cells. */
  columns(): number;
  /** Height of the terminal in rows. */
  rows(): number;
  /** Whether the text can run. If not, it continues in the next line. */
  isComplete(text: string): Promise<boolean>;
  /** Candidates to replace the end of a text, from `start` on. */
  complete(text: string): Promise<Completions>;
}

export interface Completions {
  /** Where in the text the candidates start. */
  start: number;
  candidates: string[];
}

/** The end of an input: a text, or a key. */
export type Input =
  | { kind: "text"; text: string }
  | { kind: "interrupt" } // Ctrl-C
  | { kind: "end" }; // Ctrl-D on an empty line

export interface ReadOptions extends Prompts {
  /** For input(): one line, without completion and history. */
  isPlain: boolean;
  history: History;
}

const INDENT = "    ";

// A pasted text, a control sequence, Alt with a key, or one character.
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what terminals send
  /\x1b\[200~[\s\S]*?\x1b\[201~|\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|\x1b[\s\S]|[\s\S]/gu;
const PASTE = "\x1b[200~";
const GRAPHEMES = new Intl.Segmenter();

export class LineEditor {
  readonly #options: EditorOptions;
  #read: (ReadOptions & { resolve(input: Input): void }) | undefined;
  #text = "";
  /** Offset in the text. */
  #cursor = 0;
  /** The first drawn row of the text, if not all rows fit. */
  #top = 0;
  /** The row of the cursor on the screen, counted from the first drawn row. */
  #row = 0;
  /** The text that Ctrl-K, Ctrl-U or Ctrl-W removed last. */
  #cut = "";
  /** Keys that wait to be handled. */
  #queue: string[] = [];
  #busy = false;

  constructor(options: EditorOptions) {
    this.#options = options;
  }

  /** Whether an input is under way. */
  get isReading(): boolean {
    return this.#read !== undefined;
  }

  /** Start an input. Keys that were pressed before are part of it. */
  read(options: ReadOptions): Promise<Input> {
    return new Promise((resolve) => {
      this.#read = { ...options, resolve };
      this.#text = "";
      this.#cursor = 0;
      this.#redraw();
      this.#work();
    });
  }

  /** Handle the terminal's keys. */
  feed(data: string): void {
    this.#queue.push(...(data.match(TOKEN) ?? []));
    this.#work();
  }

  /** Drop the keys that wait to be handled. */
  discard(): void {
    this.#queue = [];
  }

  /** Give up the input. */
  abandon(): void {
    this.#read = undefined;
    this.#queue = [];
  }

  /** Draw anew after the terminal has changed its size and wrapped its rows. */
  resized(): void {
    if (!this.#read) return;
    const { cursor } = layOut(this.#text, this.#cursor, this.#read, this.#options.columns());
    this.#row = Math.min(cursor.row, this.#options.rows() - 1);
    this.#draw();
  }

  /** Draw everything from the cursor's row on, after the screen was cleared. */
  #redraw(): void {
    this.#row = 0;
    this.#top = 0;
    this.#draw();
  }

  /** Handle keys one after the other. Some wait for Python. */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#read && this.#queue.length > 0) {
        await this.#key(this.#queue.shift() as string);
      }
    } finally {
      this.#busy = false;
    }
  }

  static readonly #KEYS: Record<string, (editor: LineEditor) => void | Promise<void>> = {
    "\r": (editor) => editor.#enter(),
    "\n": (editor) => editor.#newLine(), // Ctrl-J
    "\x1b\r": (editor) => editor.#newLine(), // Alt-Enter
    "\t": (editor) => editor.#complete(),
    "\x03": (editor) => editor.#finish({ kind: "interrupt" }), // Ctrl-C
    "\x04": (editor) => editor.#endOrDelete(), // Ctrl-D
    "\x0c": (editor) => editor.#clearScreen(), // Ctrl-L
    "\x7f": (editor) => editor.#backspace(),
    "\b": (editor) => editor.#backspace(), // Ctrl-H
    "\x1b[3~": (editor) => editor.#delete(editor.#cursor, editor.#after()),
    "\x1b[D": (editor) => editor.#moveTo(editor.#before()),
    "\x1b[C": (editor) => editor.#moveTo(editor.#after()),
    "\x1b[A": (editor) => editor.#vertical(-1),
    "\x1b[B": (editor) => editor.#vertical(1),
    "\x1b[H": (editor) => editor.#moveTo(editor.#lineStart()),
    "\x1b[F": (editor) => editor.#moveTo(editor.#lineEnd()),
    "\x1b[1;5D": (editor) => editor.#moveTo(editor.#wordStart()), // Ctrl-Left
    "\x1b[1;5C": (editor) => editor.#moveTo(editor.#wordEnd()),
    "\x1b[1;5H": (editor) => editor.#moveTo(0),
    "\x1b[1;5F": (editor) => editor.#moveTo(editor.#text.length),
    "\x0b": (editor) => editor.#cutOut(editor.#cursor, editor.#lineEnd()), // Ctrl-K
    "\x15": (editor) => editor.#cutOut(editor.#lineStart(), editor.#cursor), // Ctrl-U
    "\x17": (editor) => editor.#cutOut(editor.#wordStart(), editor.#cursor), // Ctrl-W
    "\x1bd": (editor) => editor.#cutOut(editor.#cursor, editor.#wordEnd()),
    "\x19": (editor) => editor.#insert(editor.#cut), // Ctrl-Y
  };

  /** Other sequences for the same keys, from other modes of terminals and from Emacs. */
  static readonly #SAME: Record<string, string> = {
    ...{ "\x1bOD": "\x1b[D", "\x1bOC": "\x1b[C", "\x1bOA": "\x1b[A", "\x1bOB": "\x1b[B" },
    ...{ "\x02": "\x1b[D", "\x06": "\x1b[C", "\x10": "\x1b[A", "\x0e": "\x1b[B" },
    ...{ "\x1bOH": "\x1b[H", "\x1b[1~": "\x1b[H", "\x01": "\x1b[H" },
    ...{ "\x1bOF": "\x1b[F", "\x1b[4~": "\x1b[F", "\x05": "\x1b[F" },
    ...{ "\x1b[1;3D": "\x1b[1;5D", "\x1bb": "\x1b[1;5D" },
    ...{ "\x1b[1;3C": "\x1b[1;5C", "\x1bf": "\x1b[1;5C" },
    "\x1b\x7f": "\x17",
  };

  async #key(key: string): Promise<void> {
    const action = LineEditor.#KEYS[LineEditor.#SAME[key] ?? key];
    if (action) await action(this);
    else if (key.startsWith(PASTE)) this.#paste(key.slice(PASTE.length, -PASTE.length));
    else if (key >= " ") this.#insert(key);
  }

  // Editing

  #insert(text: string): void {
    this.#text = this.#text.slice(0, this.#cursor) + text + this.#text.slice(this.#cursor);
    this.#cursor += text.length;
    this.#draw();
  }

  #newLine(): void | Promise<void> {
    if (this.#read?.isPlain) return this.#enter();
    this.#insert("\n");
  }

  #delete(from: number, to: number): void {
    this.#text = this.#text.slice(0, from) + this.#text.slice(to);
    this.#cursor = from;
    this.#draw();
  }

  #cutOut(from: number, to: number): void {
    if (from < to) this.#cut = this.#text.slice(from, to);
    this.#delete(from, to);
  }

  #endOrDelete(): void {
    if (this.#text === "") this.#finish({ kind: "end" });
    else this.#delete(this.#cursor, this.#after());
  }

  #clearScreen(): void {
    this.#options.write("\x1b[H\x1b[2J\x1b[3J");
    this.#redraw();
  }

  /** Delete a character, or in the indentation one level of it. */
  #backspace(): void {
    const line = this.#text.slice(this.#lineStart(), this.#cursor);
    const isIndent = line !== "" && line.trim() === "" && line.length % INDENT.length === 0;
    this.#delete(isIndent ? this.#cursor - INDENT.length : this.#before(), this.#cursor);
  }

  #paste(pasted: string): void {
    const text = pasted.replace(/\r\n?/g, "\n").replace(/\t/g, INDENT);
    if (this.#read?.isPlain) {
      const [first = "", ...rest] = text.split("\n");
      this.#insert(first);
      // Each further line is entered by itself.
      this.#queue.unshift(...rest.flatMap((line) => ["\r", ...line]));
    } else {
      this.#insert(text.replace(/\n$/, ""));
    }
  }

  async #enter(): Promise<void> {
    const read = this.#read as ReadOptions;
    // A last line of only indentation ends a block.
    const text = read.isPlain ? this.#text : this.#text.replace(/\n[ \t]*$/, "\n");
    if (read.isPlain || text.trim() === "" || (await this.#options.isComplete(text))) {
      if (!read.isPlain) read.history.add(text.trimEnd());
      this.#finish({ kind: "text", text });
    } else {
      const line = this.#text.slice(this.#lineStart(), this.#cursor);
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      this.#insert(`\n${indent}${/:\s*(#.*)?$/.test(line) ? INDENT : ""}`);
    }
  }

  async #complete(): Promise<void> {
    const before = this.#text.slice(0, this.#cursor);
    if (this.#read?.isPlain) return;
    if (before.slice(this.#lineStart()).trim() === "") {
      this.#insert(INDENT);
      return;
    }
    const { start, candidates } = await this.#options.complete(before);
    const [first = ""] = candidates;
    let common = first;
    for (const one of candidates) while (!one.startsWith(common)) common = common.slice(0, -1);
    if (candidates.length > 0 && common.length > before.length - start) {
      this.#delete(start, this.#cursor);
      this.#insert(common);
    } else if (candidates.length > 1) {
      const cursor = this.#cursor;
      this.#moveTo(this.#text.length);
      this.#options.write(`\r\n${inColumns(candidates, this.#options.columns())}`);
      this.#cursor = cursor;
      this.#redraw();
    }
  }

  // Moving

  #moveTo(cursor: number): void {
    this.#cursor = cursor;
    this.#draw();
  }

  /** Move to the line above or below; from the first or last line, go through the history. */
  #vertical(by: -1 | 1): void {
    const lines = this.#text.split("\n");
    const row = this.#text.slice(0, this.#cursor).split("\n").length - 1;
    const target = lines[row + by];
    if (target !== undefined) {
      const column = Math.min(this.#cursor - this.#lineStart(), target.length);
      const start = lines.slice(0, row + by).reduce((sum, line) => sum + line.length + 1, 0);
      this.#moveTo(start + column);
      return;
    }
    const entry = this.#read?.history.step(by, this.#text);
    if (entry === undefined) return;
    this.#text = entry;
    this.#moveTo(entry.length);
  }

  /** Start of the visible character before the cursor, which may have several code points. */
  #before(): number {
    return GRAPHEMES.segment(this.#text).containing(this.#cursor - 1)?.index ?? 0;
  }

  /** End of the visible character after the cursor. */
  #after(): number {
    const next = GRAPHEMES.segment(this.#text).containing(this.#cursor);
    return next ? next.index + next.segment.length : this.#cursor;
  }

  #lineStart(): number {
    return this.#text.lastIndexOf("\n", this.#cursor - 1) + 1;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#cursor);
    return end < 0 ? this.#text.length : end;
  }

  #wordStart(): number {
    return (
      /[\p{L}\p{M}\p{N}_]*[^\p{L}\p{M}\p{N}_]*$/u.exec(this.#text.slice(0, this.#cursor))?.index ??
      0
    );
  }

  #wordEnd(): number {
    const rest = this.#text.slice(this.#cursor);
    return this.#cursor + (/^[^\p{L}\p{M}\p{N}_]*[\p{L}\p{M}\p{N}_]*/u.exec(rest)?.[0].length ?? 0);
  }

  // Drawing

  /** Draw the whole text, and put the cursor below it. */
  #finish(input: Input): void {
    this.#cursor = this.#text.length;
    this.#draw(Number.POSITIVE_INFINITY);
    this.#options.write(input.kind === "interrupt" ? "^C\r\n" : "\r\n");
    const read = this.#read;
    this.#read = undefined;
    read?.resolve(input);
  }

  /** Draw as many rows around the cursor as fit, and place the cursor. */
  #draw(height = this.#options.rows()): void {
    const read = this.#read;
    if (!read) return;
    // Never inside a character.
    const at = GRAPHEMES.segment(this.#text).containing(this.#cursor);
    if (at && at.index < this.#cursor) this.#cursor = at.index + at.segment.length;
    const { rows, cursor } = layOut(this.#text, this.#cursor, read, this.#options.columns());
    if (cursor.row < this.#top) this.#top = cursor.row;
    if (cursor.row >= this.#top + height) this.#top = cursor.row - height + 1;
    if (height >= rows.length) this.#top = 0;
    const shown = rows.slice(this.#top, this.#top + height);

    const up = this.#row > 0 ? `\x1b[${this.#row}A` : "";
    const start = this.#top === 0 && read.column > 0 ? `\x1b[${read.column}C` : "";
    this.#row = cursor.row - this.#top;
    const back = shown.length - 1 - this.#row;
    const drawn = shown.map(({ text, wraps }, at) =>
      wraps || at === shown.length - 1 ? text : `${text}\r\n`,
    );
    this.#options.write(
      `\x1b[?25l${up}\r${start}\x1b[J${drawn.join("")}${back > 0 ? `\x1b[${back}A` : ""}\r` +
        `${cursor.column > 0 ? `\x1b[${cursor.column}C` : ""}\x1b[?25h`,
    );
  }
}
