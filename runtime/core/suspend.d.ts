// suspend.js, suspend.c, blocking.c
interface Cell {
  promise: Value;
  value: Value; // with which the promise settled
  timer: ReturnType<typeof setTimeout> | undefined;
}
type Settle = (outcome: number, value: Value) => void;
declare namespace WebAssembly {
  // JavaScript promise integration, which TypeScript's library does not declare.
  var Suspending: (new (wait: (cell: number) => Promise<number>) => Value) | undefined;
  function promising(run: (task: Pointer) => void): (task: Pointer) => Promise<void>;
}
declare var wasmExports: Exports;
// Makes a call of pyproxy_call, with its arguments and result.
type TaskStart = (callable: Pointer, argv: Pointer, nargs: number, nkeywords: number) => Pointer;
declare var taskStart: TaskStart & { run?: (task: Pointer) => Promise<void> };
declare var taskWaits: { result: number; promise: Promise<Value> | undefined };
declare var suspendMissing: string;
declare var pySuspended: Set<Settle>;
declare var watchInterrupts: { (): void; timer?: ReturnType<typeof setTimeout> | undefined };
declare var inputPromise: Promise<unknown> | undefined;
declare function taskStartOf(): TaskStart | undefined;
declare function callPromising(call: (start: TaskStart) => Value): Promise<Value>;
declare function callAsync(proxy: Value, args: Value[]): Promise<Value>;
declare function suspendedCall(task: Pointer, promise: Promise<void>): Promise<Value>;
declare function suspendable(wait: (cell: number) => Promise<number>): Value;
declare function awaitInput(promise: Promise<unknown>): boolean;
declare function jsMayWait(handler: Value): Value;
declare function _task_new(
  callable: Pointer,
  argv: Pointer,
  nargs: number,
  nkeywords: number,
): Pointer;
declare function _task_run(task: Pointer): void;
declare function _task_is_done(task: Pointer): number;
declare function _task_is_lost(task: Pointer): number;
declare function _task_unwind(task: Pointer): Pointer;
declare function _task_end(task: Pointer): Pointer;
declare function _table_release(index: number, isMethod: Truth): void;
declare function _suspend_drop(cell: number): void;
declare function _suspend_possible(): number;

interface Imports {
  suspend_cell(awaited: Pointer): number;
  suspend_drop(cell: number): void;
  suspend_input(): number;
  suspend_missing(): Pointer;
  suspend_result(cell: number, outcome: number): Pointer;
  suspend_timer(milliseconds: number): number;
  suspend_wait(cell: number): Promise<number>;
}
