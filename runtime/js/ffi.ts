// Which classes has a program for `instanceof`?

import type { Core } from "./core.js";
import type {
  PyAsyncGenerator,
  PyAsyncIterable,
  PyAsyncIterator,
  PyAwaitable,
  PyBuffer,
  PyBufferView,
  PyCallable,
  PyDict,
  PyGenerator,
  PyIterable,
  PyIterator,
  PyMutableSequence,
  PyProxy,
  PyProxyWithGet,
  PyProxyWithHas,
  PyProxyWithLength,
  PyProxyWithSet,
  PySequence,
  PythonError,
} from "./proxies.js";

export type * from "./proxies.js";

/** A class that a program can use for `instanceof`, and not construct. */
export interface ClassOf<Instance> {
  readonly prototype: Instance;
  [Symbol.hasInstance](value: unknown): value is Instance;
}

/** The classes of PyProxies and of errors. */
export interface FFI {
  PyProxy: ClassOf<PyProxy>;
  PyProxyWithLength: ClassOf<PyProxyWithLength>;
  PyProxyWithGet: ClassOf<PyProxyWithGet>;
  PyProxyWithSet: ClassOf<PyProxyWithSet>;
  PyProxyWithHas: ClassOf<PyProxyWithHas>;
  PyDict: ClassOf<PyDict>;
  PyIterable: ClassOf<PyIterable>;
  PyAsyncIterable: ClassOf<PyAsyncIterable>;
  PyIterator: ClassOf<PyIterator>;
  PyAsyncIterator: ClassOf<PyAsyncIterator>;
  PyGenerator: ClassOf<PyGenerator>;
  PyAsyncGenerator: ClassOf<PyAsyncGenerator>;
  PyAwaitable: ClassOf<PyAwaitable>;
  PyCallable: ClassOf<PyCallable>;
  PyBuffer: ClassOf<PyBuffer>;
  PyBufferView: ClassOf<PyBufferView>;
  PySequence: ClassOf<PySequence>;
  PyMutableSequence: ClassOf<PyMutableSequence>;
  PythonError: ClassOf<PythonError>;
}

/**
 * The classes of an interpreter.
 *
 * @internal
 */
export function ffiOf(core: Core): FFI {
  return (core as Core & { ffi: FFI }).ffi;
}
