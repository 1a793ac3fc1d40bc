// How does today's API load packages?
//
// Names are specs of conda packages, which the loader mounts, or URLs of wheels. A name in a lock
// file that stands for a wheel is loaded from the address there.

import type { Callbacks, Loader, ResolvedPackage } from "../../loader/src/index.js";
import type { Core, Value } from "./core.js";
import type { Locked, LockfilePackage, PackageType } from "./lockfile.js";
import { absoluteURL } from "./platform.js";
import {
  fetchWheel,
  installWheel,
  normalized,
  parseWheel,
  type Wheel,
  type WheelFunctions,
} from "./wheels.js";

export interface LoadOptions extends Callbacks {
  /** Whether digests of wheels are compared, by default true. Those of bundles always are. */
  checkIntegrity?: boolean | undefined;
}

/** A loaded package. */
export interface PackageData {
  name: string;
  version: string;
  fileName: string;
  packageType: PackageType;
}

/** What `loadPackage` was asked for. */
export interface Wanted {
  specs: string[];
  wheels: Wheel[];
}

/** The packages of an interpreter. */
export class Packages {
  /** Name -> "default channel", the URL of the channel, or of the wheel. micropip adds others. */
  readonly loadedPackages: Record<string, string> = {};

  constructor(
    private readonly core: Core,
    private readonly loader: Loader,
    private readonly defaultChannel: string,
    private readonly locked: Locked,
    private readonly python: WheelFunctions,
  ) {
    this.#list([...loader.loaded.values()]);
  }

  /**
   * Load packages with their dependencies. The bundles are mounted together or not at all; then the
   * wheels are installed, without their dependencies.
   *
   * @throws LoaderError, or Error for a wheel
   */
  async load(names: string[], options: LoadOptions = {}): Promise<PackageData[]> {
    this.core.checkAlive();
    const { messageCallback } = options;
    const { specs, wheels } = await want(names, this.locked);
    const loaded = this.#list(await this.loader.load(specs, options));
    for (const wheel of wheels) {
      const origin = this.loadedPackages[wheel.name];
      if (origin !== undefined) {
        messageCallback?.(`${wheel.name} already loaded from ${origin}`);
        continue;
      }
      messageCallback?.(`Loading ${wheel.name}`);
      const bytes = await fetchWheel(wheel, options.checkIntegrity ?? true);
      options.signal?.throwIfAborted();
      const metadata = { INSTALLER: "pyodide.loadPackage", PYODIDE_SOURCE: wheel.url };
      await installWheel(this.core, this.python, bytes, wheel.fileName, undefined, metadata);
      this.loadedPackages[wheel.name] = wheel.url;
      const { name, version, fileName } = wheel;
      loaded.push({ name, version, fileName, packageType: "package" });
      messageCallback?.(`Loaded ${wheel.name}`);
    }
    if (loaded.length === 0) messageCallback?.("No new packages to load");
    return loaded;
  }

  /** Load the packages that have modules. Modules that nothing has are skipped. */
  async loadFor(modules: string[], options?: LoadOptions): Promise<PackageData[]> {
    if (modules.length === 0) {
      await this.loader.load([]); // waits for the standard library
      return [];
    }
    const wheels = Object.entries(this.locked.lockfile.packages).filter(
      ([, entry]) => isWheel(entry) && entry.imports?.some((name) => modules.includes(name)),
    );
    const packages = await this.loader.packagesFor(modules);
    return this.load([...wheels.map(([name]) => name), ...packages], options);
  }

  /** Add packages of the loader. The interpreter, and packages without files, are not listed. */
  #list(packages: ResolvedPackage[]): PackageData[] {
    const listed = packages.filter(
      ({ record, bundle }) => record.name !== "python" && bundle?.bundle !== null,
    );
    return listed.map(({ record: { name, version, file }, channel }) => {
      this.loadedPackages[name] = channel === this.defaultChannel ? "default channel" : channel;
      return { name, version, fileName: file, packageType: "package" };
    });
  }
}

/**
 * Split names into specs and wheels, with the wheels that those of the lock file depend on.
 *
 * @throws TypeError for a name that is no string; Error for an address that is no wheel
 */
export async function want(names: Iterable<string>, locked: Locked): Promise<Wanted> {
  const specs: string[] = [];
  const wheels = new Map<string, Wheel>();
  const seen = new Set<string>();
  const queue = [...names];
  for (const name of queue) {
    if (typeof name !== "string") {
      throw new TypeError(`loadPackage needs names of packages, not ${String(name)}`);
    }
    if (seen.has(name)) continue;
    seen.add(name);
    if (/\.whl(#.*)?$/.test(name)) {
      const wheel = parseWheel(await absoluteURL(name));
      wheels.set(wheel.name, wheel);
      continue;
    }
    const entry = locked.lockfile.packages[normalized(name)];
    if (!entry || !isWheel(entry)) {
      specs.push(entry?.name ?? name);
      continue;
    }
    const wheel = parseWheel(addressOf(entry.file_name, name, locked));
    wheels.set(wheel.name, { ...wheel, sha256: entry.sha256 });
    queue.push(...(entry.depends ?? []));
  }
  return { specs, wheels: [...wheels.values()] };
}

function isWheel({ file_name }: LockfilePackage): boolean {
  return file_name?.endsWith(".whl") ?? false;
}

function addressOf(fileName: string, name: string, { base }: Locked): string {
  if (URL.canParse(fileName)) return fileName;
  if (base !== undefined) return new URL(fileName, base).href;
  throw new Error(
    `${name} has the relative address ${fileName} in lockFileContents. Give loadPyodide the option ` +
      "packageBaseUrl.",
  );
}

/** The names in an argument of `loadPackage`. A PyProxy of a list is destroyed. */
export function namesIn(names: string | Iterable<string> | Value): string[] {
  if (typeof names === "string") return [names];
  if (typeof names?.toJs !== "function") return Array.from(names as Iterable<string>);
  const converted = Array.from(names.toJs() as Iterable<string>);
  names.destroy();
  return converted;
}
