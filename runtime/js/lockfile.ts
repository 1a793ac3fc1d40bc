// Which packages does a lock file of Pyodide name?
//
// The site has one, pyodide-lock.json, a view of the channel's default lock. A program may give
// another one that was made for this distribution, or a lock of the loader.

import type { Lock } from "../../loader/src/index.js";
import { absoluteURL, fetchBytes, folderOf } from "./platform.js";
import { version } from "./version.js";

/** The form of pyodide-lock.json: https://github.com/pyodide/pyodide-lock */
export interface Lockfile {
  info: LockfileInfo;
  /** By normalized name (PEP 503). */
  packages: Record<string, LockfilePackage>;
}

export interface LockfileInfo {
  arch: "wasm32";
  abi_version: string;
  platform: string;
  version: string;
  /** The version of Python. */
  python: string;
}

export interface LockfilePackage {
  name: string;
  version: string;
  /** Of a wheel or of a bundle: a URL, or relative to the base of the lock file. */
  file_name: string;
  package_type: PackageType;
  install_dir: "site" | "dynlib";
  sha256: string;
  imports?: string[];
  depends?: string[];
}

export type PackageType = "package" | "cpython_module" | "shared_library" | "static_library";

/** Pyodide's lock file, or a lock of this distribution; both may be JSON. */
export type LockContents = Lockfile | Lock | string;

/** Options of loadPyodide. */
export interface LockfileOptions {
  /** Address of a lock file; by default `<indexURL>pyodide-lock.json`. */
  lockFileURL?: string | undefined;
  /** A lock file, or its JSON: of `micropip.freeze()` in this distribution, or of `pyodide.lock()`. */
  lockFileContents?: LockContents | Promise<LockContents> | undefined;
  /** Base of the relative file names in the lock file; by default the folder of the lock file. */
  packageBaseUrl?: string | undefined;
}

/** The lock file of an interpreter. */
export interface Locked {
  lockfile: Lockfile;
  /** The base of relative file names; undefined if there is none. */
  base: string | undefined;
  /** The lock of the loader that the program gave instead of a lock file. */
  lock?: Lock;
}

const FILE = "pyodide-lock.json";
const NONE: Lockfile = {
  info: { arch: "wasm32", abi_version: "", platform: "", version, python: "" },
  packages: {},
};

/**
 * Read the lock file of the site, and the one that a program gives.
 *
 * @param indexURL the folder of the site
 * @throws Error for a lock file whose packages this interpreter cannot load
 */
export async function readLockfile(options: LockfileOptions, indexURL: string): Promise<Locked> {
  const { lockFileURL, lockFileContents, packageBaseUrl } = options;
  const given = lockFileURL === undefined ? undefined : await absoluteURL(lockFileURL);
  const [own, other] = await Promise.all([
    fetchJson(indexURL + FILE).catch(() => NONE) as Promise<Lockfile>,
    given === undefined ? lockFileContents : fetchJson(given),
  ]);
  const name = given ?? "lockFileContents";
  const found =
    typeof other === "string" ? parse(other, name) : (other as LockContents | undefined);
  if (typeof found === "object" && "specs" in found) {
    return { lockfile: own, base: indexURL, lock: found };
  }
  const lockfile = (found as Lockfile | undefined) ?? own;
  if (found !== undefined) check(lockfile, own, name);
  const base = packageBaseUrl ?? (found === undefined ? indexURL : given && folderOf(given));
  return { lockfile, base: base && (await absoluteURL(base.endsWith("/") ? base : `${base}/`)) };
}

function check(lockfile: Lockfile, own: Lockfile, name: string): void {
  const { info, packages } = lockfile;
  if (typeof info !== "object" || typeof packages !== "object") {
    throw new Error(
      `${name} is no lock file: it has no "info" and no "packages". Give the result of ` +
        "micropip.freeze() or of pyodide.lock().",
    );
  }
  if (own !== NONE && (info.platform !== own.info.platform || minor(info) !== minor(own.info))) {
    throw new Error(
      `The packages of ${name} cannot be loaded: they are for ${info.platform} and Python ` +
        `${info.python}, and this interpreter is ${own.info.platform} and Python ` +
        `${own.info.python}. Leave the lock file out to load the packages of the channel, or make ` +
        "one with micropip.freeze() or pyodide.lock() here.",
    );
  }
}

function minor({ python }: LockfileInfo): string {
  return String(python).split(".").slice(0, 2).join(".");
}

async function fetchJson(address: string): Promise<unknown> {
  return parse(new TextDecoder().decode(await fetchBytes(address)), address);
}

function parse(text: string, name: string): LockContents {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
