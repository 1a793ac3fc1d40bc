// What do the .js files of the core define and use? Emscripten's linker puts all of them into one
// script, in which the entry `$name` of a library is the variable `name`, and the C function `name`
// is `_name`. Those are declared here.

// A value of a program.
// biome-ignore lint/suspicious/noExplicitAny: it may be anything
type Value = any;
// The address of a PyObject or another place in memory. Pointers above 2 GB may arrive as negative
// numbers.
type Pointer = number;
// An int that is a truth value: WebAssembly converts a boolean.
type Truth = boolean | number;

type Globals = typeof globalThis;

// What a file may define: entries `$name` are variables of the script, or a string with the
// variable's value; the others are functions that C calls.
type Library = {
  [Name in keyof Globals & string as `$${Name}`]?: Globals[Name] | string;
} & Partial<Imports> & {
    [Deps in `${string}__deps`]: Dependency[];
  } & {
    [Postset in `${string}__postset`]: string;
  };
type Dependency =
  | `$${keyof Globals & string}`
  | keyof Imports
  | (keyof Globals & string extends infer Name ? (Name extends `_${infer C}` ? C : never) : never);

declare function addToLibrary(library: Library): void;

// Emscripten
type FileOperation = (
  stream: object,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position?: number,
  canOwn?: boolean,
) => number;
declare var HEAP8: Int8Array<ArrayBuffer>;
declare var HEAPU8: Uint8Array<ArrayBuffer>;
declare var HEAPU16: Uint16Array<ArrayBuffer>;
declare var HEAP32: Int32Array<ArrayBuffer>;
declare var HEAPU32: Uint32Array<ArrayBuffer>;
declare var HEAPF64: Float64Array<ArrayBuffer>;
declare var ENVIRONMENT_IS_WEB: boolean;
declare var FS: {
  getStream(fd: number): object;
  read: FileOperation;
  write: FileOperation;
  stat(path: string): { size: number };
  readdir(path: string): string[];
  readFile(path: string): Uint8Array<ArrayBuffer>;
  readFile(path: string, options: { encoding: "utf8" }): string;
  ErrnoError: new (errno: number) => Error;
};
declare var ERRNO_CODES: Record<string, number>;
declare var Module: { API?: { on_fatal?: (cause: Value) => void } };
declare function stackSave(): Pointer;
declare function stackAlloc(bytes: number): Pointer;
declare function stackRestore(top: Pointer): void;
declare function UTF8ToString(string: Pointer): string;
declare function stringToNewUTF8(string: string): Pointer;
declare function stringToUTF8OnStack(string: string): Pointer;
declare function _strerror(errno: number): number;
declare function _malloc(bytes: number): Pointer;
declare function _free(memory: Pointer): void;

// Emscripten's dynamic linker (dylink.js)
type Exports = Record<string, Value>;
interface Dso {
  refcount: number;
  name: string;
  exports: Exports | "loading";
  global: boolean;
  scope: object; // the same for the libraries of one dlopen
}
interface GotEntry extends WebAssembly.Global {
  required?: boolean;
}
interface LinkerFlags {
  global: boolean;
  nodelete: boolean;
  allowUndefined: boolean;
  loadAsync?: boolean;
}
declare var LDSO: {
  loadedLibsByName: Record<string, Dso>;
  loadedLibsByHandle: Record<Pointer, Dso>;
};
declare var GOT: Record<string, GotEntry>;
declare var wasmImports: Exports;
declare var currentModuleWeakSymbols: Set<string>;
declare var preloadedWasm: Record<string, Exports>;
declare var runtimeInitialized: boolean;
declare var readBinary: (name: string) => Uint8Array | WebAssembly.Module;
declare function addFunction(f: (...args: Value[]) => Value, signature?: string): number;
declare function getEmptyTableSlot(): number;
declare function setWasmTableEntry(index: number, f: Value): void;
declare function convertJsFunctionToWasm(f: Value, signature: string): Value;
declare function isInternalSym(name: string): boolean;
declare function isSymbolDefined(name: string): boolean;
declare function resolveGlobalSymbol(name: string, direct: boolean): { sym?: Value };
declare function getDylinkMetadata(module: WebAssembly.Module): {
  neededDynlibs: string[];
  weakImports: Set<string>;
};
declare function loadDynamicLibrary(name: string, flags: LinkerFlags, scope: Exports): void;
declare function loadWebAssemblyModule(
  binary: Uint8Array,
  flags: LinkerFlags,
  name: string,
  scope: Exports,
): Promise<Exports>;
declare function ___dl_seterr(message: Pointer, argument: number): void;
declare function newDSO(name: string, handle: Pointer | undefined, syms: Dso["exports"]): Dso;
declare var GOTHandler: { get(target: object, name: string): GotEntry };
declare function reportUndefinedSymbols(): void;
declare function updateGOT(exports: Exports, replace?: boolean): void;
declare function dlSetError(message: string): void;

// CPython
declare function _Py_IncRef(object: Pointer): void;
declare function _PyErr_GetRaisedException(): Pointer;
declare function _PyErr_CheckSignals(): number;
declare function _PyErr_NoMemory(): 0;
declare function _PyDict_New(): Pointer;
declare function _PyFloat_FromDouble(value: number): Pointer;
declare function _PyErr_Occurred(): Pointer;
declare function _PyGILState_Check(): number;
declare function _PyList_New(length: number): Pointer;
declare function _PySet_New(iterable: Pointer | 0): Pointer;

// layout.js
declare var pyKind: Record<string, number>;
declare var jsMissing: number;
declare function pyType(object: Pointer): Pointer;
declare function pyTypeName(type: Pointer): Pointer;
declare function pyTypeVersion(type: Pointer): number;
declare function pySize(object: Pointer): number;
declare function pyFloatValue(float: Pointer): number;
declare function pyIntTag(int: Pointer): number;
declare function pyIntDigit(int: Pointer): number;
declare function pyListItems(list: Pointer): Pointer;
declare function pyTupleItems(tuple: Pointer): Pointer;
declare function pyStrLength(str: Pointer): number;
declare function pyStrState(str: Pointer): number;
declare function pyStrAsciiData(str: Pointer): Pointer;
declare function pyStrCompactData(str: Pointer): Pointer;
declare function pyStrKind(state: number): number;
declare function pyStrIsCompact(state: number): boolean;
declare function pyStrIsAscii(state: number): boolean;
declare function pyMethodFunction(method: Pointer): Pointer;
declare function pyMethodSelf(method: Pointer): Pointer;
declare function pyBufferStart(view: Pointer): Pointer;
declare function pyBufferLength(view: Pointer): number;
declare function pyBufferItemsize(view: Pointer): number;
declare function pyBufferReadonly(view: Pointer): number;
declare function pyBufferDimensions(view: Pointer): number;
declare function pyBufferFormat(view: Pointer): Pointer;
declare function pyBufferShape(view: Pointer): Pointer;
declare function pyBufferStrides(view: Pointer): Pointer;
declare function pyBufferSuboffsets(view: Pointer): Pointer;
declare function pyListItem(list: Pointer, i: number): Pointer;
declare function pyListSetItem(list: Pointer, i: number, item: Pointer): void;
declare function pyTupleItem(tuple: Pointer, i: number): Pointer;
declare function jsIndex(proxy: Pointer): number;
declare function jsValueOf(proxy: Pointer): Value;

// table.js
declare var jsValues: Value[];
declare var jsFreeIndices: number[];
declare var jsLent: Set<Value>;
declare var jsProxies: Map<Value, Pointer>;
declare var pyNames: Map<string, Pointer>;
declare var pyNameStrings: Map<Pointer, string>;
declare function jsStore(value: Value): number;
declare function pyName(string: string): Pointer;
declare function pyNameString(name: Pointer): string;
declare function pyNameKeep(name: Pointer, string: string): string;

// errors.js, errors.c
declare var PythonError: new (
  message: string,
  type: string,
  reference: PyReference,
) => Error & { type: string };
declare var pyErrors: WeakMap<Value, PyReference>;
declare var pyExceptions: FinalizationRegistry<Pointer>;
declare function pyThrow(): never;
declare function jsErrorOf(exception: Pointer): Value;
declare var PyError: new (type: string, message: string) => Error & { type: string };
declare function jsRaise(error: Value, result: number): number;
declare function jsTry<Result>(failure: number, operation: () => Result): Result | number;
declare function jsAsError(error: Value): Error;
declare function jsThrowable(exception: Pointer): Error;
declare function _errors_raise_builtin(type: Pointer, message: Pointer): void;
declare function _errors_stop_iteration(value: Pointer): void;
declare function _errors_raise(value: Pointer): void;
declare function _errors_raise_recursion(): void;
declare function _errors_message(exception: Pointer): Pointer;
declare function _errors_type_name(exception: Pointer): Pointer;
declare function _errors_is_js(exception: Pointer): number;
declare function _errors_js_error(exception: Pointer): Pointer;

// enter.js, enter.c
declare var InternalError: ErrorConstructor | undefined; // Firefox
declare var pyEntries: Pointer;
declare var pyCrash: { cause: Value };
declare var pyWaiting: Set<(error: Error) => void>;
declare function pyEntry(): Pointer;
declare function pyLeave(error: Value, outer: Pointer): Value;
declare function pyCrashError(): Error;
declare function pyCrashed(cause: Value): Error;
declare function checkAlive(): void;
declare function withInterpreter<Result>(operation: () => Result): Result;
declare function jsIsA(value: Value, Class: abstract new (...args: never) => object): boolean;
declare function jsIsTrap(error: Value): boolean;
declare function jsIsStackOverflow(error: Value): boolean;
declare function _enter_unwind(outer: Pointer): Pointer;
declare function _enter_release(object: Pointer): void;
declare function _enter_attach(): number;
declare function _enter_detach(): void;

// library.js
declare var libraryModules: Map<string, WebAssembly.Module | undefined>;
declare var librariesPending: Map<string, Error>;
declare var librariesInstantiated: Promise<void>;
declare var librariesExporting: Map<string, string[]>;
declare var librariesLoading: { path: string; module: WebAssembly.Module | null }[];
declare var librariesNeeded: Map<string, string[]>;
declare var librariesUnresolved: Set<string>;
declare function registerLibrary(path: string, module: WebAssembly.Module): Promise<void>;
declare function instantiateLibraries(): Promise<void>;
declare function instantiateLibrary(path: string): Promise<void>;
declare function libraryNames(name: string): [path: string, ...others: string[]];
declare function libraryRead(name: string): Uint8Array | WebAssembly.Module;
declare function libraryFailed(path: string, what: string): never;
declare function librariesForget(): void;
declare function librariesGiveUp(error: Error | undefined): never;
declare function libraryOwner(path: string): string;
declare function libraryDefines(library: string, symbol: string): boolean;
declare function libraryUndefined(path: string, module: WebAssembly.Module): string[];

// main.js, main.c
declare var apiMode: {
  today: boolean;
  nullIsNone: boolean;
  toStringIsRepr: boolean;
  dictIsLiteralMap: boolean;
  globals: object | undefined;
  comlink: symbol | undefined;
  debug: boolean;
};
declare function startInterpreter(argv: string[], mode: Partial<typeof apiMode>): boolean;
type InterruptBuffer = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
declare var interruptBuffer: InterruptBuffer | undefined;
declare function setInterruptBuffer(buffer: InterruptBuffer | undefined): void;
declare function checkInterrupt(isInStream: boolean): void;
declare function importModule(name: string): Value;
declare function _core_start(argc: number, argv: Pointer): number;
declare function _core_watch_interrupts(watch: Truth): void;

// runtime/libc
interface LibcProcess {
  cpuUsage(): { user: number; system: number };
  threadCpuUsage?(): { user: number; system: number };
  resourceUsage(): { maxRSS: number };
}
declare var libcProcess: LibcProcess | undefined;
declare var sleepCell: Int32Array;
declare function sleepPause(milliseconds: number): void;
declare function _emscripten_get_now(): number;
declare function _libc_user_time(): number;
declare function _libc_system_time(): number;

// What C calls: "Imports from" a .js file at the top of each .c file.
interface Imports {
  errors_make(name: Pointer, message: Pointer, stack: Pointer): Pointer;
  core_set_addresses(...addresses: Pointer[]): void;
  core_is_today(): Truth;
  core_global_this(): Pointer;
  core_take_signal(): number;
  jsproxy_apply(
    index: number,
    thisIndex: number,
    args: Pointer,
    nargs: number,
    kwnames: Pointer,
  ): Pointer;
  jsproxy_construct(index: number, args: Pointer, nargs: number, kwnames: Pointer): Pointer;
  jsproxy_contains(index: number, item: Pointer): Truth;
  jsproxy_dir(index: number): Pointer;
  jsproxy_bind(index: number, instance: Pointer): Pointer;
  jsproxy_compare(left: number, right: number, operation: number): Truth;
  jsproxy_getattr(index: number, name: Pointer, self: Pointer): Pointer;
  jsproxy_getitem(index: number, key: Pointer): Pointer;
  jsproxy_identity(index: number): number;
  jsproxy_is_array(index: number): Truth;
  jsproxy_iterator(index: number): Pointer;
  jsproxy_length(index: number): number;
  jsproxy_nested_list(index: number): Pointer;
  jsproxy_next(index: number): Pointer;
  jsproxy_repr(index: number): Pointer;
  jsproxy_setattr(index: number, name: Pointer, value: Pointer): number;
  jsproxy_setitem(index: number, key: Pointer, value: Pointer): number;
  jsproxy_truth(index: number): Truth;
  jsproxy_typeof(index: number): Pointer;
  jsmembers_run(args: Pointer, nargs: number): Pointer;
  jsprotocol_get(index: number, key: Pointer): Pointer;
  jsprotocol_has(index: number, item: Pointer): Truth;
  jsprotocol_item(index: number, i: number): Pointer;
  jsprotocol_iterator(index: number, ofKeys: Truth): Pointer;
  jsprotocol_length(index: number): number;
  jsprotocol_set(index: number, key: Pointer, value: Pointer): number;
  jsprotocol_set_item(index: number, i: number, value: Pointer): number;
  jstypes_copy(index: number): number;
  jstypes_set(features: number, type: Pointer): void;
  jstypes_set_null(null_: Pointer): void;
  libc_max_rss(): number;
  libc_system_time(): number;
  libc_thread_time(): number;
  libc_user_time(): number;
  libc_zone_offset(seconds: number): number;
  library_is_registered(name: Pointer): Truth;
  pyproxy_background(callable: Pointer, onWait: Pointer): Pointer;
  sleep_until_signal(milliseconds: number): number;
  table_release(index: number, isMethod: Truth): void;
}
