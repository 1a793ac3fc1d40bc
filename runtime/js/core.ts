// How does the WebAssembly module of the interpreter start?
//
// Emscripten makes pyodide.asm.mjs. This module declares its exports (runtime/core/*.js).

import type { EmscriptenFS } from "../../loader/src/index.js";
import { compileWasm } from "./platform.js";
import type { StreamFS } from "./streams.js";

/** The part of the interpreter's module that the rest of runtime/js uses. */
export interface Core {
  FS: EmscriptenFS & StreamFS & FileSystem;
  /** Registers a compiled side module, whose file must exist. Never rejects. */
  registerLibrary(path: string, module: WebAssembly.Module): Promise<void>;
  /** Sets the buffer that CPython checks for signals. */
  setInterruptBuffer(buffer: InterruptBuffer | undefined): void;
  /** Handles a signal in the buffer. Throws what the handler raises, or an ErrnoError in a stream. */
  checkInterrupt(isInStream: boolean): void;
  /** Calls a Python function, which can wait if the engine can suspend stacks. */
  callAsync(callable: Value, args: unknown[]): Promise<unknown>;
  /** Imports a Python module, as a proxy. Throws a PythonError. */
  importModule(name: string): Value;
  /** Throws if the interpreter has crashed. */
  checkAlive(): void;
  /** Calls a function that may call Python, while Python has released the GIL to use a file. */
  withInterpreter<Result>(operation: () => Result): Result;
  /** Has the read of a file wait for a promise. Returns whether it can wait. */
  awaitInput(promise: Promise<unknown>): boolean;
  /** Starts Python. Returns false, after a message on stderr, if it cannot start. */
  startInterpreter(argv: string[], mode: ApiMode): boolean;
  /** The mode of the bridge. */
  apiMode: ApiMode;
  /** The digest of pyodide.asm.*. */
  coreHash: string;
  /** Why a snapshot cannot be made now; "" if it can. */
  snapshotBusy(): string;
  /** Calls a function of pyodide._snapshot. Throws a PythonError. */
  snapshotCall(name: string, text: string): string;
  /** The state of the interpreter, and its memory, which Python changes when it runs. */
  saveSnapshot(roots: Roots): { state: SnapshotState; heap: Uint8Array; reasons: string[] };
  /** Does not instantiate large side modules yet: `restoreSnapshot` does. */
  holdLibraries(): void;
  /** Makes a module in which Python has not started the interpreter of a snapshot. */
  restoreSnapshot(
    state: SnapshotState,
    start: { argv: string[]; orig_argv: string[] },
    mode: ApiMode,
    roots: Roots,
    fill: (heap: Uint8Array) => void,
  ): Promise<void>;
  /** Gives Python the values that a snapshot knows by a root. */
  nameValues(root: string, object: object): void;
  ENV: Record<string, string>;
  PATH: { join2(one: string, other: string): string; dirname(path: string): string };
  PATH_FS: object;
  /** The numbers of errors, by their names. */
  ERRNO_CODES: Record<string, number>;
  /** All C functions. */
  wasmExports: Record<string, unknown>;
  /** For the functions of `pyodide.canvas`. */
  canvas?: HTMLCanvasElement | undefined;
  /** `pyodide._api`; its `on_fatal` is called when the interpreter crashes. */
  API?: object;
}

/** How values cross the bridge; what is missing is as in Pyodide 0.16 (runtime/core/main.js). */
export interface ApiMode {
  /** Containers and buffers cross as proxies, in both directions. */
  today?: boolean;
  /** JavaScript's null becomes None, and not `jsnull`. */
  nullIsNone?: boolean;
  /** A PyProxy's toString() gives Python's repr, and not str. */
  toStringIsRepr?: boolean;
  /** toJs() makes LiteralMaps of dicts, and not objects. */
  dictIsLiteralMap?: boolean;
  /** Python's module `js`. */
  globals?: object;
  /** Errors for the use of destroyed proxies say more. */
  debug?: boolean;
  /** The symbol by which proxies of the library Comlink are known. */
  comlink?: symbol;
}

/** Objects by whose properties a snapshot knows JavaScript values. */
export type Roots = Record<string, object>;

/** What a snapshot has beside the memory (runtime/core/snapshot.d.ts). */
export interface SnapshotState {
  today: boolean;
  /** In bytes. */
  memory: number;
  stack: [end: number, base: number];
  /** The side modules that are instantiated. */
  libraries: { path: string }[];
}

/** The first element is the number of a signal, or 0. */
export type InterruptBuffer =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** A value of Python. */
// biome-ignore lint/suspicious/noExplicitAny: values of Python are of any type
export type Value = any;

/** The part of Emscripten's FS that the runtime uses. */
export interface FileSystem {
  mkdirTree(path: string): void;
  chdir(path: string): void;
  cwd(): string;
  readdir(path: string): string[];
  readFile(path: string): Uint8Array<ArrayBuffer>;
  writeFile(path: string, bytes: Uint8Array, options?: { canOwn: boolean }): void;
  utime(path: string, atime: number, mtime: number): void;
  stat(path: string): { mode: number; mtime: Date };
  rmdir(path: string): void;
  isFile(mode: number): boolean;
  isMountpoint(node: object): boolean;
  mount(type: object, options: object, path: string): void;
  syncfs(populate: boolean, callback: (error: unknown) => void): void;
  filesystems: Record<string, { mount(mount: object): object }>;
}

export interface CoreOptions {
  /** Environment variables. Names that begin with PYTHON configure the interpreter. */
  env?: Record<string, string> | undefined;
  /** Python's options and arguments; with 0.16's API, only arguments: sys.argv[1:]. */
  args?: string[] | undefined;
}

interface ModuleOptions extends Partial<Core> {
  locateFile(path: string): string;
  thisProgram: string;
  instantiateWasm(
    imports: WebAssembly.Imports,
    receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
  preRun: ((module: Core) => void)[];
  onAbort(reason: unknown): void;
}

/** The default export of pyodide.asm.mjs. */
export type CreateModule = (options: ModuleOptions) => Promise<Core>;

const HOME = "/home/pyodide";
const ENVIRONMENT = { HOME, USER: "pyodide", LANG: "C.UTF-8", LD_LIBRARY_PATH: "/lib" };

/**
 * Fetch and instantiate pyodide.asm.*. Does not start Python.
 *
 * @param indexURL the folder of the files; ends in "/"
 * @param createModule the default export of pyodide.asm.mjs, if it is imported already
 */
export function instantiate(
  indexURL: string,
  env: Record<string, string> | undefined,
  createModule?: CreateModule,
): Promise<Core> {
  const wasm = compileWasm(new URL("pyodide.asm.wasm", indexURL));
  const script: Promise<{ default: CreateModule }> = createModule
    ? Promise.resolve({ default: createModule })
    : import(`${indexURL}pyodide.asm.mjs`);
  // Emscripten does not learn that instantiateWasm failed: its promise would stay pending for ever.
  const failure = withResolvers<never>();
  const moduleOptions: ModuleOptions = {
    locateFile: (path) => path,
    thisProgram: "/bin/python", // os.environ["_"]; Emscripten's is a path of the machine
    instantiateWasm(imports, receive) {
      wasm
        .then(async (module) => receive(await WebAssembly.instantiate(module, imports), module))
        .catch(failure.reject);
      return {};
    },
    preRun: [
      (module) => {
        Object.assign(module.ENV, ENVIRONMENT, env);
      },
    ],
    onAbort: (reason) =>
      failure.reject(new Error(`The interpreter has aborted: ${String(reason)}`)),
  };
  const created = script.then(({ default: createModule }) => createModule(moduleOptions));
  const ready = Promise.race([created, failure.promise]);
  for (const promise of [wasm, failure.promise, ready]) {
    promise.catch(() => {}); // not unhandled: a caller that awaits the promise gets the error
  }
  return ready;
}

// Promise.withResolvers is not in Node 20.
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((...functions) => {
    [resolve, reject] = functions;
  });
  return { promise, resolve, reject };
}

/** The home folder of a start. */
export function homeOf({ env }: CoreOptions, mode: ApiMode): string {
  return (mode.today && env?.HOME) || HOME;
}

/**
 * Start Python in its home folder, after the standard library is mounted.
 *
 * @throws Error if it cannot start
 */
export function startPython(core: Core, options: CoreOptions, mode: ApiMode): void {
  const { args = [] } = options;
  const home = homeOf(options, mode);
  core.FS.mkdirTree(home);
  core.FS.chdir(home);
  if (!core.startInterpreter(["", ...args], mode)) {
    throw new Error(
      "Python could not start; stderr says why. Is the channel's package `python` complete?",
    );
  }
}
