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
declare function js2pyNumber(value: number): Pointer;
declare function js2pyBigInt(value: bigint): Pointer;
declare function js2pyInt(value: bigint): Pointer;
declare function js2pyObject(value: Value): Pointer;
declare function js2pyShared(value: Value): Pointer;
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
declare function _js2py_immutable_bytes(length: number, data: Pointer): Pointer;
declare function _js2py_dict_set(dict: Pointer, key: Pointer, value: Pointer): number;
declare function _js2py_set_add(set: Pointer, key: Pointer): number;

// py2js.js, py2js.c
interface Conversion {
  seen: Map<Pointer, Value>; // containers and their counterparts; owns references
  patches: (() => void)[]; // run at the end
  deep: DeepConversion | undefined; // only in toJs()
}
declare var pyTypes: Record<"int" | "float" | "str" | "method" | "builtin", Pointer>;
declare var pyAsciiDecoder: TextDecoder;
declare var pyPending: object;
declare function py2js(object: Pointer, context?: Conversion): Value;
declare function py2jsOther(object: Pointer, context?: Conversion): Value;
declare function py2jsWhole(context: Conversion, convert: () => Value): Value;
declare function py2jsRemember(context: Conversion, object: Pointer, value: Value): void;
declare function py2jsContainer(object: Pointer, kind: number, context: Conversion): Value;
declare function py2jsInt(object: Pointer): number | bigint;
declare function py2jsBigInt(object: Pointer): bigint;
declare function py2jsString(object: Pointer): string;
declare function py2jsSequence(object: Pointer, context: Conversion, isList: boolean): Value[];
declare function py2jsDict(dict: Pointer, context: Conversion): Value;
declare function _py2js_kind(object: Pointer): number;
declare function _py2js_int(object: Pointer): number;
declare function _py2js_float(object: Pointer): number;
declare function _py2js_bigint(object: Pointer): Pointer;
declare function _py2js_str_data(object: Pointer): Pointer;
declare function _py2js_dict_items(dict: Pointer, isToday: Truth): Pointer;
declare function _py2js_set_items(set: Pointer): Pointer;
declare function _py2js_is_scalar(object: Pointer): number;
declare function _py2js_raise(message: Pointer): void;

// pydeep.js. Options of toJs() and to_js():
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
interface DeepConversion {
  depth: number;
  proxies: object[] | undefined;
  dictConverter: ToJsOptions["dict_converter"];
  defaultConverter: ToJsConverter | undefined;
  eagerConverter: ToJsConverter | undefined;
  eager: Set<Pointer>; // objects that eagerConverter has seen
  convert: Parameters<ToJsConverter>[1];
  cacheConversion: Parameters<ToJsConverter>[2];
}
declare function py2jsDeep(object: Pointer, options?: ToJsOptions): Value;
declare function py2jsLevel(
  object: Pointer,
  kind: number,
  context: Conversion,
  deep: DeepConversion,
): Value;
declare function py2jsOpaque(object: Pointer, deep: DeepConversion): Value;
declare function py2jsConvert(
  object: Pointer,
  converter: ToJsConverter,
  deep: DeepConversion,
): Value;
declare function py2jsSet(object: Pointer, context: Conversion): Set<Value>;
declare function py2jsKey(object: Pointer, container: string): Value;
declare function py2jsFail(message: string): never;
declare var LiteralMap: new () => Map<Value, Value>;
declare var pyLiteralTraps: ProxyHandler<Map<Value, Value>>;
declare function pyIsLiteral(key: PropertyKey): boolean;

// buffer.js, buffer.c
type Row = { [index: number]: Value };
interface BufferItems {
  Row: new (...of: Value[]) => Row;
  packed: boolean;
  read(at: Pointer, context: Conversion): Value;
}
declare var pyBuffers: FinalizationRegistry<Pointer>;
declare function py2jsBuffer(object: Pointer, isArray: boolean, context: Conversion): Value;
declare var pyItemsOfFormats: {
  memory: ArrayBuffer;
  items: Map<string, BufferItems | undefined>;
};
declare var pyKnownItems: typeof pyBufferItems;
declare function pyBufferItems(
  format: string,
  itemsize: number,
  isToday: boolean,
): BufferItems | undefined;
declare function pyBufferLayout(
  view: Pointer,
  ndim: number,
): Record<"shape" | "strides" | "suboffsets", number[]>;
declare function _buffer_get(object: Pointer): Pointer;
declare function _buffer_get_strided(object: Pointer): Pointer;
declare function _buffer_is_contiguous(view: Pointer, order: number): number;
declare function _buffer_release(view: Pointer): void;

// pybuffer.js
declare var pyBufferTypes: Record<string, string>;
declare var pyBufferFormats: Record<string, string>;
declare function pyBufferTypeOf(format: string): [type: string, isSwapped: boolean];
declare function pyBufferOpen(view: Pointer, type: string | undefined): object;
declare var PyBufferView: new () => object;

// pyproxy.js, pyproxy.c. What proxies of one object with one life share:
interface PyReference {
  pointer: Pointer; // 0 once the object is released
  children: { owners: number; proxies: Map<Value, object> } | undefined; // copies share them
  promise: Promise<Value> | undefined; // of an awaitable
  message: string; // of the error for a use after destroy()
}
interface PyProxyOptions {
  captureThis?: boolean; // `this` of a call is the first argument
  roundtrip?: boolean; // Python sees the proxy as a JsProxy (create_proxy)
  bound?: { self: Value; args: Value[] } | undefined; // by bind()
}
// The handler of a PyProxy.
interface PyHandle extends Required<PyProxyOptions>, ProxyHandler<object> {
  reference: PyReference;
  flags: number; // of pyFlag
  origin: object | undefined; // the proxy that has the same reference and is not collected before
}
// The proxies that the conversion of a call's arguments has made; null while no arguments are
// converted. These proxies are destroyed after the call (pyDestroyAll), or, if the call returned a
// promise, when that is settled.
declare var pyBorrowed: object[] | null;
declare var pyHandleKey: symbol;
declare var pyFinalizer: FinalizationRegistry<PyReference>;
declare function pyProxy(object: Pointer, options?: PyProxyOptions): Value;
declare function pyNew(
  object: Pointer,
  flags: number,
  options?: PyProxyOptions,
  children?: PyReference["children"],
): Value;
declare function pyNewReference(pointer: Pointer): PyReference;
declare function pyAlias(
  reference: PyReference,
  flags: number,
  options?: PyProxyOptions,
  origin?: object,
): Value;
declare function pyHandle(value: Value): PyHandle | undefined;
declare function pyPointer(value: Value): Pointer | undefined;
declare function pyAlive(reference: PyReference | undefined): Pointer;
declare function pyRelease(reference: PyReference): void;
declare function pyCollect(reference: PyReference): void;
declare function pyDestroy(proxy: Value, message?: string, destroyRoundtrip?: boolean): void;
declare function pyDestroyAll(proxies: Iterable<object>, message?: string): void;
declare function pyDestroyed(proxy: Value, message: string | undefined): string;
declare function pyFinalize(operation: () => void): void;
declare function pyTake(object: Pointer): Value;
declare function pyString(object: Pointer, isRepr: boolean): string;
declare function pyOperation<Result>(operation: () => Result): Result;
declare function pyWith<Result>(
  proxy: object,
  operation: (object: Pointer, handle: PyHandle) => Result,
): Result;
declare function _pyproxy_call(
  callable: Pointer,
  args: Pointer,
  nargs: number,
  nkeywords: number,
): Pointer;
declare function _pyproxy_getattr(object: Pointer, name: Pointer): Pointer;
declare function _pyproxy_lookup(object: Pointer, name: Pointer): Pointer;
declare function _pyproxy_bind(method: Pointer, object: Pointer): Pointer;
declare function _pyproxy_hasattr(object: Pointer, name: Pointer): number;
declare function _pyproxy_setattr(object: Pointer, name: Pointer, value: Pointer): number;
declare function _pyproxy_getitem(object: Pointer, key: Pointer): Pointer;
declare function _pyproxy_setitem(object: Pointer, key: Pointer, value: Pointer): number;
declare function _pyproxy_contains(object: Pointer, item: Pointer): number;
declare function _pyproxy_length(object: Pointer): number;
declare function _pyproxy_splice(
  object: Pointer,
  start: number,
  end: number,
  items: Pointer,
): Pointer;
declare function _pyproxy_string(object: Pointer, isRepr: Truth): Pointer;
declare function _pyproxy_dir(object: Pointer): Pointer;
declare function _pyproxy_keys(object: Pointer): Pointer;
declare function _pyproxy_import(name: Pointer): Pointer;

// pyflags.js, pyflags.c
declare var pyFlag: Record<string, number>;
declare var pyFlagsKey: symbol;
declare var pyTypeFlags: Map<number, number>;
declare function pyFlags(object: Pointer): number;
declare function _pyflags_of(object: Pointer): number;

// pyhandles.js
interface PyTraps extends Required<Omit<ProxyHandler<object>, UnusedTraps>> {
  ownKeys(target: object): (string | symbol)[];
}
type UnusedTraps =
  | "construct"
  | "defineProperty"
  | "getPrototypeOf"
  | "isExtensible"
  | "setPrototypeOf";
declare var pyTraps: PyTraps & ThisType<PyHandle>;
declare var pySequenceTraps: Partial<PyTraps> & ThisType<PyHandle>;
declare var pyJsonTraps: Omit<PyTraps, "apply" | "preventExtensions"> & ThisType<PyHandle>;
declare var pyDictTraps: Partial<PyTraps> & ThisType<PyHandle>;
declare var pyJsonMembers: Set<PropertyKey>;
declare var pyFunctionKeys: Set<PropertyKey>;
declare function pyHandleOf(
  reference: PyReference,
  flags: number,
  options?: PyProxyOptions,
  origin?: object,
): PyHandle;
declare function pyIsMember(target: object, key: PropertyKey): boolean;

// pyaccess.js
declare function pyAttributeName(key: string): Pointer;
declare function pyGetAttribute(reference: PyReference, key: string): Value;
declare function pyAddChild(reference: PyReference, key: Value, value: Value): void;
declare function pyChild(
  reference: PyReference,
  key: number,
  object: Pointer,
  make: () => Value,
): Value;
declare function pyHasAttribute(reference: PyReference, key: string): boolean;
declare function pySetAttribute(
  reference: PyReference,
  key: string,
  ...value: [] | [Value]
): boolean;
declare function pyMake(...value: [] | [Value]): Pointer;
declare function pyGetItem(handle: PyHandle | undefined, key: Value): Value;
declare function pyTakeItem(handle: PyHandle | undefined, item: Pointer): Value;
declare function pySetItem(
  reference: PyReference | undefined,
  key: Value,
  ...value: [] | [Value]
): boolean;
declare function pyHasItem(reference: PyReference | undefined, item: Value): boolean;
declare function pyLength(reference: PyReference | undefined): number;
declare function pyIndex(key: PropertyKey): number | undefined;
declare function pyItemKey(reference: PyReference, key: PropertyKey): string | number | undefined;
declare function pyIsFound(type: string, operation: () => boolean): boolean;
declare function pyStrings(
  reference: PyReference,
  makeList: (object: Pointer) => Pointer,
): string[];

// pycall.js
type Keywords = Record<string, Value>;
declare function pyCall(callable: Pointer, args: ArrayLike<Value>, keywords?: Keywords): Value;
declare function pyApply(handle: PyHandle | undefined, self: Value, args: Value[]): Value;
declare function pyCallPython(
  module: string,
  name: string,
  args: Value[],
  keywords?: Keywords,
): Value;
declare function pyCallMethod(
  proxy: object,
  name: string,
  args: Value[],
  keywords?: Keywords,
): Value;
declare function pyCallNamed(
  object: Pointer,
  name: string,
  args: Value[],
  keywords?: Keywords,
): Value;
declare function pyPromise(awaitable: object): Promise<Value>;

// pyiter.js, pyiter.c
declare var pyResumption: Record<"NEXT" | "THROW" | "RETURN", number>;
declare function pyIterate(
  proxy: object,
  isAsync: boolean,
): Generator<Value> | AsyncGenerator<Value>;
declare var pyIterations: {
  plain(reference: PyReference, handle: PyHandle): Generator<Value>;
  awaited(reference: PyReference): AsyncGenerator<Value>;
};
declare function pyResume(proxy: object, how: number, value: Value): IteratorResult<Value>;
declare function pyResumeAsync(
  reference: PyReference | undefined,
  how: number,
  value?: Value,
): Promise<IteratorResult<Value>>;
declare function _pyiter_of(object: Pointer, isAsync: Truth): Pointer;
declare function _pyiter_next(iterator: Pointer): Pointer;
declare function _pyiter_resume(iterator: Pointer, how: number, value: Pointer): Pointer;
declare function _pyiter_resume_async(iterator: Pointer, how: number, value: Pointer): Pointer;

// pymembers.js, pyarray.js, pybuffer.js: the prototypes of these classes have the members.
declare var pyPrototypes: Map<number, object>;
declare function pyPrototype(flags: number): object;
type PyMembers = new () => object;
declare var PyProxy: PyMembers;
declare var PyLength: PyMembers;
declare var PyGetItem: PyMembers;
declare var PySetItem: PyMembers;
declare var PyContains: PyMembers;
declare var PyJson: PyMembers;
declare var PyIterable: PyMembers;
declare var PyIterator: PyMembers;
declare var PyGenerator: PyMembers;
declare var PyAsyncIterable: PyMembers;
declare var PyAsyncIterator: PyMembers;
declare var PyAsyncGenerator: PyMembers;
declare var PyAwaitable: PyMembers;
declare var PyBuffer: PyMembers;
declare var PyCallable: PyMembers;
declare var PySequence: PyMembers;
declare var PyMutableSequence: PyMembers;
interface CallOptions {
  kwargs?: boolean;
  relaxed?: boolean;
  promising?: boolean;
}
declare function pyCallWith(
  proxy: object,
  name: string,
  options: CallOptions,
  args: Value[],
): Value;
declare var pyArrayMethods: Record<"sequence" | "mutable", string[]>;
declare function pyArrayMembers(names: string[]): Record<string, Value>;

// pyold.js
declare var pyProxies: Map<number, WeakRef<object>>;
declare var pyOldMembers: Record<string, (this: object) => Value>;
declare var pyOldThen: Set<string>;
declare var pyOldFunction: Set<string>;
declare var pyOldTraps: ProxyHandler<object> & ThisType<PyHandle>;
declare function pyShared(object: Pointer): Value;
declare function pyForget(object: Pointer): void;
declare function pyKey(object: Pointer): number;
declare function pySame(one: Pointer, other: Pointer): boolean;

// jsproxy.js, jsproxy.c
declare var jsHashes: { ids: WeakMap<object, number>; last: number };
declare function jsItemKey(object: Value, key: Pointer): Value;
declare function jsAssign(object: Value, key: Value, value: Pointer): number;
declare function jsIsEmpty(object: Value): boolean;
declare function _jsproxy_new(index: number, type: Pointer): Pointer;
declare function _jsproxy_new_method(index: number, self: Pointer): Pointer;

// jsprotocol.js
declare function jsLength(object: Value): number;
declare function jsIteration(result: Value): Pointer;

// jstypes.js, jstypes.c
declare var jsFeature: Record<string, number>;
declare var jsTypes: Map<number, Pointer>;
declare var jsNull: Pointer;
declare function jsProxy(value: Value): Pointer; // a JsDoubleProxy of a PyProxy
declare function jsFeatures(value: Value): number;
declare function jsTag(value: Value): string;
declare function jsIsArray(value: Value): boolean;
declare function jsHasMethod(value: Value, key: string | symbol): boolean;
declare function jsHasProperty(value: Value, key: string): boolean;
declare function jsIsPyProxy(value: Value): boolean;
declare function _jstypes_make(features: number): Pointer;
declare function _jstypes_future(promise: Pointer): Pointer;
declare function _jstypes_bigint(value: Pointer): Pointer;

// jscall.js
declare var jsConstruct: symbol;
declare function jsArguments(args: Pointer, nargs: number, kwnames: Pointer): Value[];
declare function jsCall(
  callable: Value,
  self: Value,
  args: Pointer,
  nargs: number,
  kwnames: Pointer,
): Pointer;
declare function jsReturn(result: Value, borrowed: object[]): Pointer;
declare function jsGiveBack(borrowed: object[]): void;
declare function jsLendToGenerator(generator: Value, borrowed: object[]): object;

// jsdeep.js
interface DeepOptions {
  depth?: number; // of containers that are converted; -1: all
  defaultConverter?: DeepConverter | undefined;
}
type DeepConverter = (
  value: Value,
  convert: (value: Value) => Value,
  cacheConversion: (value: Value, result: object) => void,
) => Value;
interface DeepContext {
  seen: Map<object, Pointer>;
  depth: number;
  defaultConverter: DeepConverter | undefined;
  convert: (value: Value) => Value;
  cache: (value: Value, result: object) => void;
}
declare function js2pyDeep(value: Value, options?: DeepOptions): Pointer;
declare function jsIsImmutable(value: Value): boolean;
declare function jsDeep(value: Value, context: DeepContext): Pointer;
declare function jsDeepFill(
  value: object,
  context: DeepContext,
  container: Pointer,
  fill: (container: Pointer) => void,
): Pointer;
declare function jsDeepList(array: Value[], context: DeepContext): Pointer;
declare function jsDeepKey(key: Value, container: string): Pointer;
declare function jsDeepCheckKeys(container: Map<Value, Value> | Set<Value>, type: string): void;
declare function jsDeepDict(
  value: Value,
  entries: Iterable<[Value, Value]>,
  context: DeepContext,
): Pointer;
declare function jsDeepSet(value: Set<Value>, context: DeepContext): Pointer;

// jsmembers.js
declare var jsMembers: Record<string, (...args: Value[]) => Value>;
declare var jsRawMembers: Record<string, (...objects: Pointer[]) => Pointer>;
declare var jsReservedWords: Set<string>;
declare function jsAttribute(name: string): string;
declare function jsNames(object: Value): string[];
declare function jsHasLive(value: Value): boolean;
declare function jsBytes(buffer: Value): Uint8Array;
declare function jsFile(
  operation: "read" | "write",
  buffer: Value,
  fd: number,
  canOwn: boolean,
): number;
declare function jsThen(
  promise: Value,
  onFulfilled: Value,
  onRejected: Value,
  convertError?: (error: Value) => Value,
): Promise<Value>;
declare function jsStep(result: Value): Pointer;
declare function jsWithMemory(object: Pointer, use: (memory: Uint8Array) => void): void;

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
  pyproxy_background(callable: Pointer): Pointer;
  sleep_until_signal(milliseconds: number): number;
  table_release(index: number, isMethod: Truth): void;
}
