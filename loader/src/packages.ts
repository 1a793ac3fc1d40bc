// Which states does a package pass through while it is loaded?
//
// This module declares these states (resolved, located, fetched) and the callbacks of a load.

import type { Archive } from "./archive.js";
import type { BundleLocation, PackageRecord } from "./formats.js";
import type { Progress } from "./progress.js";

/** Functions that a load calls, and the signal that ends it. */
export interface Callbacks {
  /** Receives lines such as "Loading numpy, libfoo" and "Loaded numpy, libfoo". */
  messageCallback?: ((message: string) => void) | undefined;
  /** Receives warnings, and the message of the error that `load` rejects with. */
  errorCallback?: ((message: string) => void) | undefined;
  /** Called with progress updates. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the load: it rejects with the signal's reason, and nothing is mounted. */
  signal?: AbortSignal | undefined;
}

/** What the caller of `Loader.restore` can choose. */
export interface RestoreOptions extends Callbacks {
  /**
   * Whether a side module is compiled during the load; absent: all are. An extension module of at
   * most 8 MB that is not is compiled when it is imported.
   */
  compiles?: ((path: string) => boolean) | undefined;
}

/** A package that a lock, the solver or an address has selected. */
export interface ResolvedPackage {
  /** `version` is "" if unknown: a script made by file_packager does not say it. */
  record: PackageRecord;
  /** URL of the channel that has the package, or address of the package itself. */
  channel: string;
  /** Whether `channel` is the address of the package. */
  isAddress?: boolean;
  /** Null: no bundle, the conda package is fetched; absent: the index of the channel says it. */
  bundle?: BundleLocation | null;
}

/** A package with the location of its bundle. */
export interface LocatedPackage extends ResolvedPackage {
  bundle: BundleLocation | null;
}

/** A package with its verified files and compiled side modules. */
export interface FetchedPackage extends ResolvedPackage {
  /** Null: the package has no files for a page. */
  archive: Archive | null;
  libraries: [path: string, module: WebAssembly.Module][];
}

/** The "3.13" of the Python among some packages; "" without Python. */
export function pythonVersion(packages: ResolvedPackage[]): string {
  const python = packages.find(({ record }) => record.name === "python");
  return (python?.record.version ?? "").split(".").slice(0, 2).join(".");
}
