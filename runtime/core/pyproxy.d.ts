// What do the files of py2js and of PyProxy define? core.d.ts says how names are declared.

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
declare function py2jsCopy(object: Pointer, kind: number, context: Conversion): Value;
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
declare var pyBufferTypes: Record<string, [name: string, formats: string]>;
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
  waits?: boolean; // a call from an event can wait
  roundtrip?: boolean; // Python sees the proxy as a JsProxy (create_proxy)
  bound?: { self: Value; args: Value[] } | undefined; // by bind()
}
// The handler of a PyProxy.
interface PyHandle extends Required<PyProxyOptions>, ProxyHandler<object> {
  key: symbol; // pyHandleKey
  reference: PyReference;
  flags: number; // of pyFlag
  origin: object | undefined; // the proxy that has the same reference and is not collected before
}
// The proxies that the conversion of a call's arguments has made; null while no arguments are
// converted. These proxies are destroyed after the call (pyDestroyAll), or, if the call returned a
// promise, when that is settled.
declare var pyBorrowed: object[] | null;
declare var pyNoneBorrowed: object[];
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
declare function PyProxy_getPtr(proxy: Value): Pointer;
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
declare function pyCall(
  callable: Pointer,
  args: ArrayLike<Value>,
  keywords?: Keywords,
  start?: TaskStart,
): Value;
declare function pyCallResult(result: Pointer): Value;
declare function pyApply(handle: PyHandle | undefined, self: Value, args: Value[]): Value;
declare function pyCallPython(
  module: string,
  name: string,
  args: Value[],
  keywords?: Keywords,
  start?: TaskStart,
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
  start?: TaskStart,
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
declare var pyArrayMethods: Record<"sequence" | "mutable", string>;
declare function pyArrayMembers(names: string): Record<string, Value>;

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
