// Of which classes are the objects that Python gives to JavaScript?
//
// The classes are for `instanceof` and for types; they have no constructors. They know the objects
// of every interpreter of the page, because each has its flags as a member (runtime/core/pyflags.js).
// A program may import this module before an interpreter starts.

import type { Value } from "./core.js";

/** What `toJs` does with containers and other objects. */
export interface ToJsOptions {
  /** How many levels of containers are converted. By default all. */
  depth?: number | undefined;
  /** Receives the proxies that the conversion makes, so that the program can destroy them. */
  pyproxies?: PyProxy[] | undefined;
  /** false: throw a ConversionError for an object without a counterpart, instead of a proxy. */
  create_pyproxies?: boolean | undefined;
  /** Makes the counterpart of a dict from its pairs, such as `Object.fromEntries`. */
  dict_converter?: ((pairs: Iterable<[key: string, value: Value]>) => Value) | undefined;
  /** Makes the counterpart of an object that has none. */
  default_converter?: ToJsConverter | undefined;
  /** Asked first for every object that is no scalar. */
  eager_converter?: ToJsConverter | undefined;
}

/**
 * @param object is destroyed after the call
 * @param convert converts a part of the object with the same options
 * @param cacheConversion makes a result known before it is complete, for objects inside themselves
 */
export type ToJsConverter = (
  object: PyProxy,
  convert: (object: PyProxy) => Value,
  cacheConversion: (object: PyProxy, result: Value) => void,
) => Value;

/** A Python object in JavaScript. Its properties are the attributes of the object. */
export interface PyProxy {
  /** The name of the object's type, such as "list" or "collections.OrderedDict". */
  readonly type: string;
  /** Python's `str` of the object; `repr` with loadPyodide's option `pyproxyToStringRepr`. */
  toString(): string;
  /**
   * Release the Python object. Every later use throws an Error.
   *
   * @param options `message` for that error; `destroyRoundtrip: false` keeps a proxy of Python's
   *   `create_proxy`
   */
  destroy(options?: { message?: string; destroyRoundtrip?: boolean }): void;
  [Symbol.dispose](): void;
  /** Another proxy of the same object, which is destroyed on its own. */
  copy(): this;
  /** Convert the object and the containers in it. Throws a PythonError (ConversionError). */
  toJs(options?: ToJsOptions): Value;
  [attribute: string]: Value;
}

/** Of an object with `__len__`. */
export interface PyProxyWithLength extends PyProxy {
  readonly length: number;
}

/** Of an object with `__getitem__`. */
export interface PyProxyWithGet extends PyProxy {
  /** The item of a key; undefined if Python raises KeyError or IndexError. */
  get(key: Value): Value;
  /** A view for JSON.stringify and the like: items are properties, at every level. */
  asJsJson(): PyProxy;
}

/** Of an object with `__setitem__` or `__delitem__`. */
export interface PyProxyWithSet extends PyProxy {
  set(key: Value, value: Value): void;
  delete(key: Value): void;
}

/** Of an object with `__contains__`. */
export interface PyProxyWithHas extends PyProxy {
  has(key: Value): boolean;
}

/** Of a dict. Its items are properties, too, after the attributes. */
export interface PyDict
  extends PyProxyWithGet,
    PyProxyWithSet,
    PyProxyWithHas,
    PyProxyWithLength,
    PyIterable {}

/** Of an object with `__iter__`. */
export interface PyIterable extends PyProxy {
  [Symbol.iterator](): Iterator<Value, Value, Value>;
}

/** Of an object with `__aiter__`. */
export interface PyAsyncIterable extends PyProxy {
  [Symbol.asyncIterator](): AsyncIterator<Value, Value, Value>;
}

/** Of an object with `__next__`. */
export interface PyIterator extends PyProxy {
  [Symbol.iterator](): this;
  /** The next item. A generator receives the value. */
  next(value?: Value): IteratorResult<Value, Value>;
}

/** Of an object with `__anext__`. */
export interface PyAsyncIterator extends PyProxy {
  [Symbol.asyncIterator](): this;
  next(value?: Value): Promise<IteratorResult<Value, Value>>;
}

/** Of an instance of `collections.abc.Generator`. */
export interface PyGenerator extends PyIterator {
  /** Raise an error inside the generator. */
  throw(error: Value): IteratorResult<Value, Value>;
  /** Raise GeneratorExit inside the generator. */
  return(value: Value): IteratorResult<Value, Value>;
}

/** Of an instance of `collections.abc.AsyncGenerator`. */
export interface PyAsyncGenerator extends PyAsyncIterator {
  throw(error: Value): Promise<IteratorResult<Value, Value>>;
  return(value: Value): Promise<IteratorResult<Value, Value>>;
}

/** Of an object with `__await__`. It is scheduled when JavaScript waits for it first. */
export interface PyAwaitable extends PyProxy, Promise<Value> {
  readonly [Symbol.toStringTag]: string;
}

/** Of an object with `__call__`. */
export interface PyCallable extends PyProxy {
  (...args: Value[]): Value;
  apply(thisArg: Value, args: Value): Value;
  call(thisArg: Value, ...args: Value[]): Value;
  /** A proxy that adds arguments. It is destroyed with this one. */
  bind(thisArg: Value, ...args: Value[]): PyCallable;
  /** A proxy that passes `this` as the first argument. It is destroyed with this one. */
  captureThis(): PyCallable;
  /** Call with keyword arguments, which are a record after the others. */
  callKwargs(...args: Value[]): Value;
  /** Call without the arguments that the function does not accept. */
  callRelaxed(...args: Value[]): Value;
  callKwargsRelaxed(...args: Value[]): Value;
  /** Call a function that may wait for a promise (`run_sync`). */
  callPromising(...args: Value[]): Promise<Value>;
  callPromisingKwargs(...args: Value[]): Promise<Value>;
  callWithOptions(
    options: { relaxed?: boolean; kwargs?: boolean; promising?: boolean },
    ...args: Value[]
  ): Value;
}

/** The members of JavaScript's arrays that do not change the array. */
type ArrayReader = Pick<
  Value[],
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
  | "values"
>;

/** Of an instance of `collections.abc.Sequence`. Whole numbers are indices. */
export interface PySequence extends PyProxyWithLength, PyProxyWithGet, PyIterable, ArrayReader {
  [index: number]: Value;
  readonly [Symbol.isConcatSpreadable]: boolean;
  toJSON(): Value[];
}

/** Of an instance of `collections.abc.MutableSequence`. */
export interface PyMutableSequence
  extends PySequence,
    Pick<Value[], "pop" | "push" | "shift" | "splice" | "unshift"> {
  copyWithin(target: number, start?: number, end?: number): this;
  fill(value: Value, start?: number, end?: number): this;
  reverse(): this;
  sort(compare?: (left: Value, right: Value) => number): this;
}

/** The type of the array over the memory. By default it follows from the buffer's format. */
export type BufferType =
  | "i8"
  | "u8"
  | "u8clamped"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f32"
  | "f64"
  | "dataview";

/** Of an object with a buffer, such as bytes or an array of NumPy. */
export interface PyBuffer extends PyProxy {
  /**
   * Open the memory of the buffer, without a copy. Call `release()` after use.
   *
   * @throws Error for formats and addresses that the type cannot represent; PythonError if Python
   *   has no such buffer
   */
  getBuffer(type?: BufferType): PyBufferView;
}

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

/**
 * The open memory of a Python buffer. The item `[i, j]` is
 * `data[offset + i * strides[0] + j * strides[1]]`.
 */
export interface PyBufferView {
  /** The memory from the first to the last item, with the gaps. Growing memory detaches it. */
  readonly data: TypedArray;
  /** Index of the item `[0, 0, …]` in `data`. */
  readonly offset: number;
  /** Length of each dimension. */
  readonly shape: number[];
  /** Distance of neighbours in each dimension, in items of `data`. */
  readonly strides: number[];
  readonly ndim: number;
  /** Whether Python forbids changes of the memory. */
  readonly readonly: boolean;
  /** A format of Python's module struct. */
  readonly format: string;
  /** Bytes of an item. */
  readonly itemsize: number;
  /** Bytes of `data`. */
  readonly nbytes: number;
  readonly c_contiguous: boolean;
  readonly f_contiguous: boolean;
  /** Let Python free or resize the buffer. `data` is undefined then. */
  release(): void;
  [Symbol.dispose](): void;
}

/** A Python exception that JavaScript sees. Its message is the traceback. */
export interface PythonError extends Error {
  /** The name of the exception's class. */
  readonly type: string;
}

/** A class that only answers to `instanceof`. */
export interface FfiClass<T> {
  readonly name: string;
  [Symbol.hasInstance](value: unknown): value is T;
}

// Bits of runtime/core/pyflags.js.
const LENGTH = 1 << 0;
const GET = 1 << 1;
const SET = 1 << 2;
const HAS = 1 << 3;
const ITERABLE = 1 << 4;
const ITERATOR = 1 << 5;
const AWAITABLE = 1 << 6;
const BUFFER = 1 << 7;
const CALLABLE = 1 << 8;
const ASYNC_ITERABLE = 1 << 9;
const ASYNC_ITERATOR = 1 << 10;
const GENERATOR = 1 << 11;
const ASYNC_GENERATOR = 1 << 12;
const SEQUENCE = 1 << 13;
const MUTABLE_SEQUENCE = 1 << 14;
const DICT = 1 << 17;
const BUFFER_VIEW = 1 << 18;
const ERROR = 1 << 19;
const PROXY = 1 << 20;

const FLAGS = Symbol.for("pyodide.flags");

function ffiClass<T>(name: string, flags: number): FfiClass<T> {
  const Class = class {
    constructor() {
      throw new TypeError(`${name} is not a constructor`);
    }
    static [Symbol.hasInstance](value: unknown): value is T {
      try {
        return (Object(value)[FLAGS] & flags) !== 0;
      } catch {
        return false; // a Proxy of the program, or a window of another site
      }
    }
  };
  Object.defineProperty(Class, "name", { value: name });
  return Class;
}

export const PyProxy = ffiClass<PyProxy>("PyProxy", PROXY);
export const PyProxyWithLength = ffiClass<PyProxyWithLength>("PyProxyWithLength", LENGTH);
export const PyProxyWithGet = ffiClass<PyProxyWithGet>("PyProxyWithGet", GET);
export const PyProxyWithSet = ffiClass<PyProxyWithSet>("PyProxyWithSet", SET);
export const PyProxyWithHas = ffiClass<PyProxyWithHas>("PyProxyWithHas", HAS);
export const PyDict = ffiClass<PyDict>("PyDict", DICT);
export const PyIterable = ffiClass<PyIterable>("PyIterable", ITERABLE | ITERATOR);
export const PyAsyncIterable = ffiClass<PyAsyncIterable>(
  "PyAsyncIterable",
  ASYNC_ITERABLE | ASYNC_ITERATOR,
);
export const PyIterator = ffiClass<PyIterator>("PyIterator", ITERATOR);
export const PyAsyncIterator = ffiClass<PyAsyncIterator>("PyAsyncIterator", ASYNC_ITERATOR);
export const PyGenerator = ffiClass<PyGenerator>("PyGenerator", GENERATOR);
export const PyAsyncGenerator = ffiClass<PyAsyncGenerator>("PyAsyncGenerator", ASYNC_GENERATOR);
export const PyAwaitable = ffiClass<PyAwaitable>("PyAwaitable", AWAITABLE);
export const PyCallable = ffiClass<PyCallable>("PyCallable", CALLABLE);
export const PyBuffer = ffiClass<PyBuffer>("PyBuffer", BUFFER);
export const PyBufferView = ffiClass<PyBufferView>("PyBufferView", BUFFER_VIEW);
export const PySequence = ffiClass<PySequence>("PySequence", SEQUENCE);
export const PyMutableSequence = ffiClass<PyMutableSequence>("PyMutableSequence", MUTABLE_SEQUENCE);
export const PythonError = ffiClass<PythonError>("PythonError", ERROR);

const Classes = {
  PyProxy,
  PyProxyWithLength,
  PyProxyWithGet,
  PyProxyWithSet,
  PyProxyWithHas,
  PyDict,
  PyIterable,
  PyAsyncIterable,
  PyIterator,
  PyAsyncIterator,
  PyGenerator,
  PyAsyncGenerator,
  PyAwaitable,
  PyCallable,
  PyBuffer,
  PyBufferView,
  PySequence,
  PyMutableSequence,
  PythonError,
};

/** The classes of this module, as `pyodide.ffi` has them. */
export type FFI = typeof Classes;

/** @internal */
export function ffiOf(_core: unknown): FFI {
  return Classes;
}
