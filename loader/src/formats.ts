// Which JSON does the loader share with the Python package?
//
// This module declares the files that conda_emscripten writes and the loader reads, and nothing
// else. docs/reference/bundle-format.md describes them, docs/reference/schema/ has their schemas.

/** A conda package, with the fields and names of repodata (CEP 34). */
export interface PackageRecord {
  name: string;
  version: string;
  build: string;
  build_number: number;
  subdir: string;
  /** File name of the conda package. */
  file: string;
  /** Of the conda package, in hexadecimal. */
  sha256: string;
  depends: string[];
  constrains?: string[];
  /** Address of the conda package, if not in the subdir of its channel (`base_url` of CEP 15). */
  url?: string;
}

/** A further part of a bundle. */
export interface BundlePart {
  /** File name in the subdir. */
  bundle: string;
  /** In bytes. */
  size: number;
  /** Of the part, in hexadecimal. */
  sha256: string;
}

/** Location of the bundle of a package. */
export interface BundleLocation {
  /** File name of the bundle, or of its first part; null if the package has no files for a page. */
  bundle: string | null;
  /** Of this file, in bytes. */
  size: number;
  /** Of this file, in hexadecimal. */
  sha256: string | null;
  /** Bytes before the first chunk; absent in the index of an older channel. */
  head_size?: number;
  /** Of the bytes before the first chunk, in hexadecimal. */
  head_sha256?: string | null;
  /** The further parts; absent if the bundle is one file. */
  parts?: BundlePart[];
}

/** `<subdir>/bundles.json`. */
export interface BundlesJson {
  version: number;
  subdir: string;
  /** File name of the conda package -> its bundle. */
  bundles: Record<string, BundleEntry>;
}

/** A package in `bundles.json`. */
export interface BundleEntry extends BundleLocation {
  /** Of the conda package that the bundle was made from, in hexadecimal. */
  package_sha256: string;
  /** Modules that the package provides. */
  imports: string[];
  /** Normalized name (PEP 503) of each Python project in the package -> its metadata. */
  distributions: Record<string, ProjectEntry>;
}

/** A Python project in `bundles.json`. */
export interface ProjectEntry {
  version: string;
  /** Requirements (PEP 508) with a marker on `extra`. */
  extras: string[];
}

/** A package in the `bundles` of a repodata shard (CEP 16), whose digests are 32 bytes each. */
export interface ShardBundle {
  bundle: string | null;
  size: number;
  sha256: Uint8Array | null;
  head_size?: number;
  head_sha256?: Uint8Array | null;
  parts?: ShardPart[];
}

/** A further part of a bundle, in a shard. */
export interface ShardPart {
  bundle: string;
  size: number;
  sha256: Uint8Array;
}

/** `imports.json`. */
export interface ImportsJson {
  version: number;
  /** Module -> name of the package that provides it. */
  imports: Record<string, string>;
}

/** `snapshots.json`. */
export interface SnapshotsJson {
  version: number;
  /** Name -> the snapshot, whose file is `snapshots/<sha256>.snap`. */
  snapshots: Record<string, SnapshotEntry>;
}

/** A snapshot in `snapshots.json`. */
export interface SnapshotEntry {
  /** Of the file, in hexadecimal. */
  sha256: string;
  /** In bytes. */
  size: number;
  /** As the option `api` of loadPyodide. */
  api: string;
  /** The imported modules. */
  imports: string[];
  /** File names of the conda packages. */
  packages: string[];
}

/** A solved set of packages: `lock.json`, `default-lock.json` and the locks of users. */
export interface Lock {
  version: number;
  platform: string;
  /** The specs that were solved. */
  specs: string[];
  packages: LockedPackage[];
}

/** A package in a lock. */
export interface LockedPackage extends PackageRecord {
  /** URL that ends in "/", relative to the URL of the lock; absent: the channel holds the lock. */
  channel?: string;
  /** As in BundleLocation; absent: the channel has no bundles. */
  bundle?: string | null;
  bundle_size?: number;
  bundle_sha256?: string | null;
  bundle_head_size?: number;
  bundle_head_sha256?: string;
  bundle_parts?: BundlePart[];
}
