// Which members do proxies of Python objects have? (types only)
//
// A proxy has the members of each class that the Python type allows, and Python's attributes. The
// proxies are made in runtime/core; docs/reference/javascript.md describes their members.

import type { Value } from "./core.js";

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** Converts an object. `cache` notes the result before its parts are converted. */
export type Converter = (
  object: PyProxy,
  convert: (part: Value) => Value,
  cache: (object: Value, result: Value) => void,
) => Value;

export interface ToJsOptions {
  /** The number of converted levels; by default all. */
  depth?: number | undefined;
  /** Gets the proxies that the conversion makes. */
  pyproxies?: PyProxy[] | undefined;
  /** Whether the conversion may make proxies; by default it may. */
  create_pyproxies?: boolean | undefined;
  /** Makes the result of a dict; by default `Object.fromEntries`. */
  dict_converter?: ((pairs: Iterable<[key: Value, value: Value]>) => Value) | undefined;
  /** Called for objects without a conversion. */
  default_converter?: Converter | undefined;
  /** Called for each object before the other conversions. */
  eager_converter?: Converter | undefined;
}

/** A Python object in JavaScript. */
export interface PyProxy {
  /** Python's attributes. */
  [attribute: string]: Value;
  /** The name of the Python type, with its module unless that is `builtins` or `__main__`. */
  readonly type: string;
  /** Python's `str`. */
  toString(): string;
  /** Converts the object and its parts. */
  toJs(options?: ToJsOptions): Value;
  /** Another proxy of the same object. */
  copy(): this;
  /** Releases the object. Later uses throw an Error with the message. */
  destroy(options?: { message?: string; destroyRoundtrip?: boolean }): void;
  [Symbol.dispose](): void;
}

export interface PyProxyWithLength extends PyProxy {
  readonly length: number;
}

export interface PyProxyWithGet extends PyProxy {
  /** `object[key]`; undefined if there is no such item. */
  get(key: Value): Value;
  /** A view whose properties are the items. `JSON.stringify` accepts it. */
  asJsJson(): Value;
}

export interface PyProxyWithSet extends PyProxy {
  /** `object[key] = value` */
  set(key: Value, value: Value): void;
  /** `del object[key]` */
  delete(key: Value): void;
}

export interface PyProxyWithHas extends PyProxy {
  /** `key in object` */
  has(key: Value): boolean;
}

export interface PyIterable extends PyProxy {
  [Symbol.iterator](): Iterator<Value, Value, Value>;
}

export interface PyAsyncIterable extends PyProxy {
  [Symbol.asyncIterator](): AsyncIterator<Value, Value, Value>;
}

export interface PyIterator extends PyProxy {
  [Symbol.iterator](): this;
  next(value?: Value): IteratorResult<Value, Value>;
}

export interface PyGenerator extends PyIterator {
  return(value: Value): IteratorResult<Value, Value>;
  throw(error: Value): IteratorResult<Value, Value>;
}

export interface PyAsyncIterator extends PyProxy {
  [Symbol.asyncIterator](): this;
  next(value?: Value): Promise<IteratorResult<Value, Value>>;
}

export interface PyAsyncGenerator extends PyAsyncIterator {
  return(value: Value): Promise<IteratorResult<Value, Value>>;
  throw(error: Value): Promise<IteratorResult<Value, Value>>;
}

export interface PyDict
  extends PyProxyWithGet,
    PyProxyWithSet,
    PyProxyWithHas,
    PyProxyWithLength,
    PyIterable {}

export type ReadingMethods =
  | "at"
  | "concat"
  | "entries"
  | "every"
  | "filter"
  | "find"
  | "findIndex"
  | "forEach"
  | "includes"
  | "indexOf"
  | "join"
  | "keys"
  | "lastIndexOf"
  | "map"
  | "reduce"
  | "reduceRight"
  | "slice"
  | "some"
  | "values";

export interface PySequence extends PyProxy, Pick<Value[], ReadingMethods> {
  toJSON(): Value[];
  asJsJson(): Value;
}

export interface PyMutableSequence
  extends PyProxy,
    Pick<Value[], "pop" | "push" | "shift" | "splice" | "unshift"> {
  copyWithin(target: number, start?: number, end?: number): this;
  fill(value: Value, start?: number, end?: number): this;
  reverse(): this;
  sort(compare?: (one: Value, other: Value) => number): this;
}

export interface PyAwaitable extends PyProxy, Promise<Value> {
  toString(): string;
}

export interface CallOptions {
  /** The last argument is an object with keyword arguments. */
  kwargs?: boolean | undefined;
  /** Arguments for which the function has no parameters are dropped. */
  relaxed?: boolean | undefined;
  /** The call returns a promise, and may block where the browser allows it. */
  promising?: boolean | undefined;
}

export interface PyCallable extends PyProxy {
  (...values: Value[]): Value;
  call(thisValue: Value, ...values: Value[]): Value;
  apply(thisValue: Value, values: ArrayLike<Value>): Value;
  bind(thisValue: Value, ...values: Value[]): PyCallable;
  callWithOptions(options: CallOptions, ...values: Value[]): Value;
  callKwargs(...values: Value[]): Value;
  callRelaxed(...values: Value[]): Value;
  callKwargsRelaxed(...values: Value[]): Value;
  callPromising(...values: Value[]): Promise<Value>;
  callPromisingKwargs(...values: Value[]): Promise<Value>;
  /** A function that passes `this` as the first argument. */
  captureThis(): PyCallable;
}

export interface PyBuffer extends PyProxy {
  /** @param type such as "u8" or "dataview"; by default as the format of the buffer */
  getBuffer(type?: string): PyBufferView;
}

/** The memory of a buffer. */
export interface PyBufferView {
  readonly data: TypedArray | DataView;
  /** The index of the first item in `data`. */
  readonly offset: number;
  readonly shape: number[];
  /** In items. */
  readonly strides: number[];
  readonly ndim: number;
  readonly itemsize: number;
  readonly nbytes: number;
  readonly format: string;
  readonly readonly: boolean;
  readonly c_contiguous: boolean;
  readonly f_contiguous: boolean;
  release(): void;
  [Symbol.dispose](): void;
}

/** An uncaught Python exception. Its message is the traceback. */
export interface PythonError extends Error {
  /** The name of the exception's class. */
  readonly type: string;
}
