// What is the public interface of the loader?
//
// This module exports it.

export type { Distribution } from "./channel.js";
export type { EmscriptenFS } from "./emscripten.js";
export { LoaderError, reason } from "./errors.js";
export { type Foreign, foreignFiles } from "./foreign.js";
export type { Lock, PackageRecord } from "./formats.js";
export { Loader, type LoaderOptions } from "./loader.js";
export { decompressBlock } from "./lz4.js";
export { Mounter } from "./mount.js";
export type { Callbacks, ResolvedPackage, RestoreOptions } from "./packages.js";
export type { Progress } from "./progress.js";
export { openRanges, openReads, type Ranges } from "./ranges.js";
export { sha256, toHex } from "./sha256.js";
export { fetchSnapshot } from "./snapshots.js";
export { openStore, type Store } from "./store.js";
