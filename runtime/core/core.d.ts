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
declare var HEAP8: Int8Array<ArrayBuffer>;
declare var HEAPU8: Uint8Array<ArrayBuffer>;
declare var HEAPU16: Uint16Array<ArrayBuffer>;
declare var HEAP32: Int32Array<ArrayBuffer>;
declare var HEAPU32: Uint32Array<ArrayBuffer>;
declare var HEAPF64: Float64Array<ArrayBuffer>;
declare var ENVIRONMENT_IS_WEB: boolean;
declare var FS: {
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
declare function _malloc(bytes: number): Pointer;
declare function _free(memory: Pointer): void;

// Emscripten's dynamic linker (dylink.js)
type Exports = Record<string, Value>;
interface Dso {
  refcount: number;
  name: string;
  exports: Exports | "loading";
  global: boolean;
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
declare function _PyErr_Occurred(): Pointer;
declare function _PyGILState_Check(): number;
declare function _PyList_New(length: number): Pointer;

// layout.js
declare var pyKind: Record<string, number>;
declare var jsMissing: number;
declare function pyType(object: Pointer): Pointer;
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
declare var jsProxies: Map<Value, Pointer>;
declare var pyNames: Map<string, Pointer>;
declare var pyNameStrings: Map<Pointer, string>;
declare function jsStore(value: Value): number;
declare function pyName(string: string): Pointer;
declare function pyNameString(name: Pointer): string;
declare function pyNameKeep(name: Pointer, string: string): void;

// js2py.js, js2py.c
declare var pyNone: Pointer;
declare var pyTrue: Pointer;
declare var pyFalse: Pointer;
declare var jsByteLength: () => number;
declare var jsBufferFormats: Record<string, string>;
declare function js2py(value: Value): Pointer;
declare function js2pyString(string: string): Pointer;
declare function js2pyBigInt(value: bigint): Pointer;
declare function js2pyBuffer(value: Value): Pointer; // an ArrayBuffer or a view of one
declare function js2pyList(array: ArrayLike<Value>, seen: Map<object, Pointer>): Pointer;
declare function jsIsArrayBuffer(value: Value): boolean;
declare function jsIsList(value: Value): boolean;
declare function _js2py_number(value: number): Pointer;
declare function _js2py_int32(value: number): Pointer;
declare function _js2py_int64(value: bigint): Pointer;
declare function _js2py_bigint(digits: Pointer): Pointer;
declare function _js2py_string(units: Pointer, length: number, surrogates: Truth): Pointer;
declare function _js2py_intern(string: Pointer): Pointer;
declare function _js2py_bytes(length: number, data: Pointer): Pointer;
declare function _js2py_memoryview(bytes: Pointer, format: number): Pointer;

// py2js.js, py2js.c
type Containers = Map<Pointer, Value>; // those that are being converted, and their counterparts
declare var pyTypes: Record<"int" | "float" | "str" | "method" | "builtin", Pointer>;
declare var pyAsciiDecoder: TextDecoder;
declare function py2js(object: Pointer, seen?: Containers): Value;
declare function py2jsOther(object: Pointer, seen?: Containers): Value;
declare function py2jsInt(object: Pointer): number | bigint;
declare function py2jsString(object: Pointer): string;
declare function py2jsSequence(object: Pointer, seen: Containers, isList: boolean): Value[];
declare function py2jsDict(dict: Pointer, seen: Containers): Record<string, Value>;
declare function _py2js_kind(object: Pointer): number;
declare function _py2js_int(object: Pointer): number;
declare function _py2js_float(object: Pointer): number;
declare function _py2js_bigint(object: Pointer): Pointer;
declare function _py2js_str_data(object: Pointer): Pointer;
declare function _py2js_dict_items(dict: Pointer): Pointer;

// buffer.js, buffer.c
type Row = { [index: number]: Value };
interface BufferItems {
  Row: new (...of: Value[]) => Row;
  packed: boolean;
  read(at: Pointer, seen: Containers): Value;
}
declare var pyBuffers: FinalizationRegistry<Pointer>;
declare function py2jsBuffer(object: Pointer, isArray: boolean, seen?: Containers): Value;
declare function pyBufferItems(format: string, itemsize: number): BufferItems | undefined;
declare function _buffer_get(object: Pointer): Pointer;
declare function _buffer_release(view: Pointer): void;

// pyproxy.js, pyproxy.c. The target of a Proxy holds the object; pointer is 0 once it is released.
interface Target {
  pointer: Pointer;
  [symbol: symbol]: Value;
}
// The proxies that the conversion of a call's arguments has made; null while no arguments are
// converted. These proxies are destroyed after the call (pyDestroyAll), or, if the call returned a
// promise, when that is settled.
declare var pyBorrowed: object[] | null;
interface PyProxyOptions {
  captureThis?: boolean; // `this` of a call is the first argument
  roundtrip?: boolean; // Python sees the proxy as a JsProxy (create_proxy)
}
// Options of toJs() and to_js().
interface ToJsOptions {
  depth?: number; // of containers that are converted; -1: all
  pyproxies?: object[]; // receives the new proxies
  create_pyproxies?: boolean; // false: ConversionError for an object without a counterpart
  dict_converter?: (pairs: [key: Value, value: Value][]) => Value;
  default_converter?: ToJsConverter;
  eager_converter?: ToJsConverter;
}
type ToJsConverter = (
  object: Value,
  convert: (object: Value) => Value,
  cacheConversion: (object: Value, result: Value) => void,
) => Value;
declare function py2jsDeep(object: Pointer, options?: ToJsOptions): Value;
declare function pyDestroy(proxy: object, message?: string, destroyRoundtrip?: boolean): void;
declare function pyDestroyAll(proxies: object[], message?: string): void;
declare var pyProxies: Map<number, WeakRef<object>>;
declare var pyTargets: WeakMap<object, Target>;
declare var pyFinalizer: FinalizationRegistry<Target>;
declare var pyMembers: Record<string, (this: object) => Value>;
declare var pyFunctionMembers: Record<string, Value>;
declare var pyHandler: ProxyHandler<Target>;
declare var pyThen: Record<string, (this: object, ...handlers: Value[]) => Promise<Value>>;
declare var pyIterable: { iterate(this: object): Generator<Value> };
// A new proxy of a borrowed object.
declare function pyProxy(object: Pointer, options?: PyProxyOptions): Value;
declare function pyKey(object: Pointer): number;
declare function pySame(one: Pointer, other: Pointer): boolean;
declare function pyRelease(target: Target): void;
declare function pyFinalize(operation: () => void): void;
declare function pyPointer(value: Value): Pointer | undefined;
declare function pyAlive(target: Target | undefined): Pointer;
declare function pyTake(object: Pointer): Value;
declare function pyOperation<Result>(operation: () => Result): Result;
declare function pyCall(callable: Pointer, args: Value[]): Value;
declare function pyPromise(awaitable: object): Promise<Value>;
declare function _pyproxy_call(callable: Pointer, args: Pointer, nargs: number): Pointer;
declare function _pyproxy_getattr(object: Pointer, name: Pointer): Pointer;
declare function _pyproxy_hasattr(object: Pointer, name: Pointer): number;
declare function _pyproxy_setattr(object: Pointer, name: Pointer, value: Pointer): number;
declare function _pyproxy_repr(object: Pointer): Pointer;
declare function _pyproxy_dir(object: Pointer): Pointer;
declare function _pyproxy_iter(object: Pointer): Pointer;
declare function _pyproxy_next(iterator: Pointer): Pointer;
declare function _pyproxy_import(name: Pointer): Pointer;
declare function _pyproxy_is_callable(object: Pointer): number;
declare function _pyproxy_is_iterable(object: Pointer): number;
declare function _pyproxy_is_awaitable(object: Pointer): number;

// jsproxy.js, jsproxy.c
declare var jsHashes: { ids: WeakMap<object, number>; last: number };
declare function jsItemKey(object: Value, key: Pointer): Value;
declare function jsAssign(object: Value, key: Value, value: Pointer): number;
declare function jsArguments(args: Pointer, nargs: number, kwnames: Pointer): Value[];
declare function _jsproxy_new(index: number, callable: Truth): Pointer;
declare function _jsproxy_new_method(index: number, self: Pointer): Pointer;

// errors.js, errors.c
declare var PythonError: new (
  message: string,
  type: string,
  exception: object,
) => Error & { type: string };
declare var pyErrors: WeakMap<Value, object>;
declare function pyThrow(): never;
declare function jsErrorOf(exception: Pointer): Value;
declare function jsRaise(error: Value, result: number): number;
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
declare function librariesGiveUp(error: Error | undefined): never;
declare function libraryOwner(path: string): string;
declare function libraryDefines(library: string, symbol: string): boolean;
declare function libraryUndefined(path: string, module: WebAssembly.Module): string[];

// main.js, main.c
declare var apiMode: {
  today: boolean;
  nullIsNone: boolean;
  toStringIsRepr: boolean;
  dictIsLiteral: boolean;
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
  jsproxy_equal(left: number, right: number): Truth;
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
  libc_max_rss(): number;
  libc_system_time(): number;
  libc_thread_time(): number;
  libc_user_time(): number;
  libc_zone_offset(seconds: number): number;
  library_is_registered(name: Pointer): Truth;
  pyproxy_background(callable: Pointer): Pointer;
  sleep_until_signal(milliseconds: number): number;
  table_release(index: number, isMethod: Truth): void;
}
