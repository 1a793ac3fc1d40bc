// Which messages do the page and the worker that runs Python send each other?

import type { Completions } from "./editor.js";

export type ToWorker =
  /** `shared`: see shared.ts; undefined on a page that is not cross-origin isolated. */
  | { kind: "start"; shared: SharedArrayBuffer | undefined; rows: number; columns: number }
  | { kind: "run"; source: string }
  /** End the statements that wait. Those that run get the signal through `shared`. */
  | { kind: "interrupt" }
  /** The line for input() of which a message asked; null for the end of the input. */
  | { kind: "answer"; line: string | null }
  /** End this input() by KeyboardInterrupt. */
  | { kind: "interruptInput" }
  | { kind: "isComplete" | "complete"; text: string }
  | { kind: "cache" };

export type FromWorker =
  | { kind: "ready"; version: string }
  | { kind: "failed"; message: string }
  | { kind: "output"; text: string }
  /** A message of the loader; "" when it is done. */
  | { kind: "loading"; message: string }
  /** Progress of a load, from 0 to 1; 1 is its end. */
  | { kind: "progress"; share: number }
  | { kind: "warning"; message: string }
  /** input() wants a line: in a message, or through `shared`, from which it may want more of one. */
  | { kind: "input"; what: "message" | "line" | "more" }
  | { kind: "isComplete"; answer: boolean }
  | { kind: "complete"; answer: Completions }
  /** The standard library is in the cache of packages. */
  | { kind: "cached" }
  /** The statements are done; `exited`: Python ends. */
  | { kind: "done"; exited: boolean };
