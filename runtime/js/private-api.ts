// Which members of Pyodide do front ends use that it does not document?
//
// They are in `pyodide._api` and `pyodide._module`. micropip uses `install`, `loadBinaryFile` and
// the lock file.

import type { Core, Value } from "./core.js";
import type { FFI } from "./ffi.js";
import type { Locked, Lockfile, LockfileInfo, LockfilePackage } from "./lockfile.js";
import { absoluteURL, fetchBytes } from "./platform.js";
import { installWheel, type WheelFunctions } from "./wheels.js";

export interface PrivateAPI {
  public_api: object;
  /** The options of loadPyodide. */
  config: object & { indexURL: string };
  /** Set by a program: called with the cause when the interpreter crashes. */
  on_fatal?: (cause: unknown) => void;
  version: string;
  abiVersion: string;
  /** Of Python. */
  pyVersionTuple: number[];
  lockfile: Lockfile;
  lockfile_info: LockfileInfo;
  lockfile_packages: Record<string, LockfilePackage>;
  /** Module -> name of the package in the lock file. */
  _import_name_to_package_name: Map<string, string>;
  packageIndexReady: Promise<void>;
  bootstrapFinalizedPromise: Promise<void>;
  sitepackages: string;
  /** As `setDebug` has set it. */
  debug_ffi: boolean;
  _Comlink?: object;
  globals: Value;
  isPyProxy(value: unknown): boolean;
  /** Install a wheel. */
  install(
    buffer: Uint8Array | Value,
    fileName: string,
    folder?: string,
    metadata?: ReadonlyMap<string, string> | Value,
  ): Promise<void>;
  /** Fetch a file, in Node also by its path. */
  loadBinaryFile(path: string, integrity?: string): Promise<Uint8Array>;
}

export interface PrivateParts {
  core: Core;
  api: { globals: Value; ffi: FFI };
  locked: Locked;
  config: PrivateAPI["config"];
  python: WheelFunctions;
  apiVersion: string;
  pythonVersion: string;
}

export function privateAPI(parts: PrivateParts): PrivateAPI {
  const { core, api, locked, config, python, apiVersion, pythonVersion } = parts;
  const { lockfile } = locked;
  const pyVersionTuple = pythonVersion.split(".").map(Number);
  const modules = Object.entries(lockfile.packages).flatMap(([name, { imports = [] }]) =>
    imports.map((module): [string, string] => [module, name]),
  );
  return {
    public_api: api,
    config,
    version: apiVersion,
    abiVersion: lockfile.info.abi_version,
    pyVersionTuple,
    lockfile,
    lockfile_info: lockfile.info,
    lockfile_packages: lockfile.packages,
    _import_name_to_package_name: new Map(modules),
    packageIndexReady: Promise.resolve(),
    bootstrapFinalizedPromise: Promise.resolve(),
    sitepackages: `/lib/python${pyVersionTuple.slice(0, 2).join(".")}/site-packages`,
    debug_ffi: false,
    globals: api.globals,
    isPyProxy: (value) => value instanceof api.ffi.PyProxy,
    install: (buffer, fileName, folder, metadata) =>
      installWheel(core, python, buffer, fileName, folder, metadata),
    async loadBinaryFile(path, integrity) {
      return fetchBytes(await absoluteURL(path), integrity);
    },
  };
}

/** Emscripten's module, with the C functions as `_name`. */
export function privateModule(core: Core): Core {
  return new Proxy(core, {
    get(target, name, receiver) {
      const isFunction = typeof name === "string" && name.startsWith("_") && !(name in target);
      return isFunction ? target.wasmExports[name.slice(1)] : Reflect.get(target, name, receiver);
    },
  });
}
