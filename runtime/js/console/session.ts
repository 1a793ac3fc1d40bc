// How does a page use a worker that runs Python?

import type { Completions } from "./editor.js";
import type { FromWorker, ToWorker } from "./protocol.js";
import { Shared } from "./shared.js";

export interface SessionHandlers {
  /** @param shown must be called when the text is on the screen */
  output(text: string, shown: () => void): void;
  /** A message of the loader; "" when it is done. */
  loading(message: string): void;
  /** Progress of a load, from 0 to 1. */
  progress(share: number): void;
  warning(message: string): void;
  /** input() wants a line: `answer` or `interruptInput` end it. */
  input(): void;
  /** The interpreter has crashed or could not start. */
  failed(message: string): void;
}

/** One interpreter. */
export class Session {
  readonly #worker: Worker;
  readonly #handlers: SessionHandlers;
  readonly #shared: Shared | undefined;
  /** Whether the worker waits for a message with the line for input(). */
  #wantsMessage = false;
  /** The pending requests, at most one of each kind. */
  readonly #waiting = new Map<FromWorker["kind"], (message: FromWorker) => void>();

  constructor(handlers: SessionHandlers) {
    this.#handlers = handlers;
    this.#shared = globalThis.crossOriginIsolated ? new Shared() : undefined;
    this.#worker = new Worker(new URL("console-worker.js", document.baseURI));
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = (event) => handlers.failed(event.message || "The worker cannot start.");
  }

  /** Whether running statements can be interrupted. */
  get isInterruptible(): boolean {
    return this.#shared !== undefined;
  }

  /** Whether input() can wait for a line. */
  get hasInput(): boolean {
    return this.#shared !== undefined || "Suspending" in WebAssembly;
  }

  /** Start Python. @returns its version */
  async start(rows: number, columns: number): Promise<string> {
    this.resize(rows, columns);
    const shared = this.#shared?.buffer;
    return (await this.#ask({ kind: "start", shared, rows, columns }, "ready")).version;
  }

  /** Resolves when the standard library is in the cache of packages. */
  async cached(): Promise<void> {
    await this.#ask({ kind: "cache" }, "cached");
  }

  /** Run statements. @returns whether Python ends */
  async run(source: string): Promise<boolean> {
    return (await this.#ask({ kind: "run", source }, "done")).exited;
  }

  /** Whether statements end here. */
  async isComplete(text: string): Promise<boolean> {
    return (await this.#ask({ kind: "isComplete", text }, "isComplete")).answer;
  }

  async complete(text: string): Promise<Completions> {
    return (await this.#ask({ kind: "complete", text }, "complete")).answer;
  }

  /** End the statements by KeyboardInterrupt, whether they run or wait. */
  interrupt(): void {
    this.#shared?.interrupt();
    this.#post({ kind: "interrupt" });
  }

  answer(line: string | null): void {
    if (this.#wantsMessage) this.#post({ kind: "answer", line });
    else this.#shared?.answer(line);
  }

  interruptInput(): void {
    if (this.#wantsMessage) this.#post({ kind: "interruptInput" });
    else this.#shared?.interruptInput();
  }

  resize(rows: number, columns: number): void {
    if (this.#shared) this.#shared.size = { rows, columns };
  }

  end(): void {
    this.#worker.onmessage = null;
    this.#worker.terminate();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #ask<Kind extends FromWorker["kind"]>(
    message: ToWorker,
    kind: Kind,
  ): Promise<Extract<FromWorker, { kind: Kind }>> {
    return new Promise((resolve) => {
      this.#waiting.set(kind, (answer) => resolve(answer as Extract<FromWorker, { kind: Kind }>));
      this.#post(message);
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind === "output") {
      const { text } = message;
      this.#handlers.output(text, () => this.#shared?.shown(text.length));
    } else if (message.kind === "input") {
      this.#wantsMessage = message.what === "message";
      if (message.what === "more") this.#shared?.answerMore();
      else this.#handlers.input();
    } else if (message.kind === "progress") {
      this.#handlers.progress(message.share);
    } else if (
      message.kind === "loading" ||
      message.kind === "warning" ||
      message.kind === "failed"
    ) {
      this.#handlers[message.kind](message.message);
    } else {
      const resolve = this.#waiting.get(message.kind);
      this.#waiting.delete(message.kind);
      resolve?.(message);
    }
  }
}
