// Which classes has a program for `instanceof`?

import type { Core } from "./core.js";

// biome-ignore lint/suspicious/noExplicitAny: the constructors of errors take any arguments
export type FFI = Record<string, abstract new (...args: any[]) => object>;

/** The classes of PyProxies and of errors of an interpreter. */
export function ffiOf(core: Core): FFI {
  return (core as Core & { ffi?: FFI }).ffi ?? {};
}
