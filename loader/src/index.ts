// What is the public interface of the loader?
//
// This module exports it.

export type { Distribution } from "./channel.js";
export type { EmscriptenFS } from "./emscripten.js";
export { LoaderError } from "./errors.js";
export type { Lock, PackageRecord } from "./formats.js";
export { Loader, type LoaderOptions } from "./loader.js";
export type { Callbacks, ResolvedPackage } from "./packages.js";
export type { Progress } from "./progress.js";
export { openRanges, type Ranges } from "./ranges.js";
export { openStore, type Store } from "./store.js";
