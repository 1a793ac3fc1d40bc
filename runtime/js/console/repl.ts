// How does a console work from the start of an interpreter to its end?

import type { Terminal } from "@xterm/xterm";
import { type Input, LineEditor, type ReadOptions } from "./editor.js";
import { History, type Store } from "./history.js";
import { Session } from "./session.js";

const [PROMPT, CONTINUATION] = ["\x1b[1;34m>>> \x1b[0m", "\x1b[34m... \x1b[0m"] as const;
const PATIENCE = 300; // longest time of an interrupt without a signal, milliseconds

export type State = "loading" | "ready" | "busy" | "failed";

export interface ReplOptions {
  terminal: Terminal;
  /** Shows the state of the console. */
  show(state: State, text: string): void;
  /** Shows the progress of a load, from 0 to 1. */
  progress(share: number): void;
  /** The standard library is in the cache of packages. */
  cached(): void;
  /** The store of the history. */
  store: Store | undefined;
}

/** Thrown to start the interpreter anew. */
class Restart extends Error {}

export class Repl {
  readonly #terminal: Terminal;
  readonly #show: ReplOptions["show"];
  readonly #progress: ReplOptions["progress"];
  readonly #cached: ReplOptions["cached"];
  readonly #history: History;
  readonly #editor: LineEditor;
  #session: Session | undefined;
  /** The action of Ctrl-C while statements run. */
  #interrupt: (() => void) | undefined;
  /** Ends the interpreter, whatever it does. */
  #end: (reason: Error) => void = () => {};

  constructor({ terminal, show, progress, cached, store }: ReplOptions) {
    this.#terminal = terminal;
    this.#show = show;
    this.#progress = progress;
    this.#cached = cached;
    this.#history = new History(store, "conda-emscripten console");
    this.#editor = new LineEditor({
      write: (text) => terminal.write(text),
      columns: () => terminal.cols,
      rows: () => terminal.rows,
      isComplete: async (text) => (await this.#session?.isComplete(text)) ?? true,
      complete: async (text) =>
        (await this.#session?.complete(text)) ?? { start: text.length, candidates: [] },
    });
    terminal.onData((data) => this.type(data));
    terminal.onResize(({ rows, cols }) => {
      this.#session?.resize(rows, cols);
      this.#editor.resized();
    });
  }

  /** Handle the terminal's keys. */
  type(data: string): void {
    if (data === "\x03" && this.#interrupt && !this.#editor.isReading) {
      this.#editor.discard();
      this.#interrupt();
    } else {
      this.#editor.feed(data);
    }
  }

  /** Start the interpreter anew, whatever it does. */
  restart(): void {
    this.#end(new Restart());
  }

  /** Run one interpreter after the other. */
  async run(): Promise<never> {
    for (;;) {
      const ended = new Promise<never>((_resolve, reject) => {
        this.#end = reject;
      });
      ended.catch(() => {}); // not unhandled: Promise.race gets the error
      try {
        await Promise.race([this.#live(), ended]);
        await this.#goodbye("ended", faint("Python has ended."), ended);
      } catch (error) {
        if (error instanceof Restart) {
          this.#leave();
          await this.#say(faint("Python starts anew."));
        } else {
          await this.#goodbye("failed", red((error as Error).message), ended).catch(() => {});
        }
      }
    }
  }

  /** One interpreter, until a statement or a key ends it. */
  async #live(): Promise<void> {
    const started = performance.now();
    this.#show("loading", "loading …");
    const { rows, cols } = this.#terminal;
    const session = new Session({
      output: (text, shown) => this.#terminal.write(text, shown),
      loading: (message) => this.#loading(message),
      progress: this.#progress,
      warning: (message) => this.#say(red(message)),
      input: () => this.#input(session),
      failed: (message) => this.#end(new Error(message)),
    });
    this.#session = session;
    const version = await session.start(rows, cols);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    session.cached().then(this.#cached);
    await this.#greet(version, session);
    for (;;) {
      this.#show("ready", `Python ${version}, ready in ${seconds} s`);
      await this.#say();
      const prompts = { prompt: PROMPT, continuation: CONTINUATION, isPlain: false };
      const input = await this.#read({ ...prompts, history: this.#history });
      if (input.kind === "end") return;
      const source = input.kind === "text" ? input.text : "";
      if (source.trim() !== "" && (await this.#runStatements(session, source))) return;
    }
  }

  /** @returns whether Python ends */
  async #runStatements(session: Session, source: string): Promise<boolean> {
    const busy = setTimeout(() => this.#show("busy", "busy"), 150);
    let asked = 0;
    this.#interrupt = () => {
      this.#terminal.write("^C");
      session.interrupt();
      asked++;
      if (session.isInterruptible) return;
      if (asked > 1) this.restart();
      else setTimeout(() => this.#interrupt && this.#say(faint(CANNOT_INTERRUPT)), PATIENCE);
    };
    try {
      return await session.run(source);
    } finally {
      clearTimeout(busy);
      this.#interrupt = undefined;
    }
  }

  /** Answer Python's input(). */
  async #input(session: Session): Promise<void> {
    this.#show("busy", "waiting for input");
    const input = await this.#readPlain();
    this.#show("busy", "busy");
    if (input.kind === "text") session.answer(`${input.text}\n`);
    else if (input.kind === "end") session.answer(null);
    else session.interruptInput();
  }

  #loading(message: string): void {
    if (message) this.#say(faint(message));
    this.#show("busy", message ? `${message.replace(/ from .*/, "")} …` : "busy");
  }

  async #greet(version: string, session: Session): Promise<void> {
    const hints = [
      `Python ${version} in WebAssembly. Packages are loaded when they are imported.`,
      "Tab completes, ↑ recalls, Ctrl-C interrupts, Shift-Enter starts a new line.",
      ...(session.hasInput ? [] : [`${NOT_ISOLATED} input() has nothing to read.`]),
    ];
    await this.#say(hints.map((hint) => faint(inRows(hint, this.#terminal.cols))).join("\r\n"));
  }

  /** End the interpreter, and wait for a key that starts a new one. */
  async #goodbye(state: string, message: string, ended: Promise<never>): Promise<void> {
    this.#leave();
    this.#show("failed", state);
    await this.#say(message);
    await this.#say(faint("Press Enter to start Python again."));
    await Promise.race([this.#readPlain(), ended]);
  }

  #leave(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#interrupt = undefined;
    this.#editor.abandon();
  }

  // The terminal

  /** Write rows of text from the first column on. Without a text, only move the cursor there. */
  #say(text?: string): Promise<void> {
    return new Promise((resolve) => {
      // The column of the cursor is known when everything written is on the screen.
      this.#terminal.write("", () => {
        const start = this.#terminal.buffer.active.cursorX > 0 ? "\r\n" : "";
        this.#terminal.write(start + (text === undefined ? "" : `${text}\r\n`), resolve);
      });
    });
  }

  /** Start an input after the written text. */
  async #read(options: Omit<ReadOptions, "column">): Promise<Input> {
    await new Promise<void>((resolve) => this.#terminal.write("", resolve));
    return this.#editor.read({ ...options, column: this.#terminal.buffer.active.cursorX });
  }

  #readPlain(): Promise<Input> {
    const history = new History(undefined, "");
    return this.#read({ prompt: "", continuation: "", isPlain: true, history });
  }
}

const NOT_ISOLATED = "This page is not cross-origin isolated:";
const CANNOT_INTERRUPT =
  `${NOT_ISOLATED} Python cannot be interrupted. ` +
  "Ctrl-C once more starts it anew; its variables are lost then.";

const faint = (text: string): string => `\x1b[90m${text}\x1b[39m`;
const red = (text: string): string => `\x1b[31m${text.trimEnd().replaceAll("\n", "\r\n")}\x1b[39m`;

/** A text in rows of whole words. */
function inRows(text: string, columns: number): string {
  const rows: string[] = [];
  for (const word of text.split(" ")) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 1 + word.length <= columns) {
      rows[rows.length - 1] = `${row} ${word}`;
    } else {
      rows.push(word);
    }
  }
  return rows.join("\r\n");
}
