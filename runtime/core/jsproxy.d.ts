// What do the files of js2py and of JsProxy define? core.d.ts says how names are declared.

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
declare function _js2py_bytes(length: number, isMutable: Truth, data: Pointer): Pointer;
declare function js2pyBytes(buffer: Value, isMutable: boolean): Pointer;
declare function jsBytes(buffer: Value): Uint8Array;
declare function _js2py_memoryview(bytes: Pointer, format: number): Pointer;
declare function _js2py_dict_set(dict: Pointer, key: Pointer, value: Pointer): number;
declare function _js2py_set_add(set: Pointer, key: Pointer): number;

// jsproxy.js, jsproxy.c
declare function jsNames(object: Value): string[];
declare var jsOperators: ((a: Value, b: Value) => boolean)[];
declare var jsHashes: { ids: WeakMap<object, number>; last: number };
declare function jsItemKey(object: Value, key: Pointer): Value;
declare function jsAssign(object: Value, key: Value, value: Pointer): number;
declare function jsIsEmpty(object: Value): boolean;
declare function _jsproxy_new(index: number, type: Pointer): Pointer;
declare function _jsproxy_new_method(index: number, self: Pointer): Pointer;

// jsprotocol.js
declare function jsLength(object: Value): number;
declare function jsIteration(result: Value): Pointer;
declare function jsTakeResult(value: Value): Pointer;

// jstypes.js, jstypes.c
declare var jsFeature: Record<string, number>;
declare var jsTypes: Map<number, Pointer>;
declare var jsNull: Pointer;
declare function jsProxy(value: Value): Pointer; // a JsDoubleProxy of a PyProxy
declare function jsFeatures(value: Value): number;
declare function jsIsPlain(value: Value): boolean;
declare var jsFeatureNames: Set<string>;
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
declare function jsKeep(borrowed: object[]): void;
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
declare function jsHasLive(value: Value): boolean;
declare function jsFile(
  operation: "read" | "write",
  buffer: Value,
  fd: number,
  canOwn: boolean,
): number;
declare function jsThen(promise: Value, onFulfilled: Value, onRejected: Value): Promise<Value>;
declare function jsStep(result: Value): Pointer;
declare function jsWithMemory(object: Pointer, use: (memory: Uint8Array) => void): void;
