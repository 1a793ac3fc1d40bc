// What does a channel offer besides repodata: which bundles, which modules, which ready solution?
//
// The files are described in docs/reference/bundle-format.md.

import { LoaderError } from "./errors.js";
import type { Fetcher } from "./fetch.js";

/** A conda package, with the fields and names of repodata. */
export interface PackageRecord {
  constrains?: string[];
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
  /** Where the package is, if not in its channel's subdir (`base_url` of CEP 15). */
  url?: string;
}

/** Where the bundle of a package is. */
export interface BundleLocation {
  /** File name; null if no file of the package is of use in a page. */
  bundle: string | null;
  /** In bytes. */
  size: number;
  sha256: string | null;
  /** Of the part before the first chunk; absent in the index of an older channel. */
  head_size?: number;
  head_sha256?: string | null;
}

/** A Python project that a package of the channel installs. */
export interface Distribution {
  /** Normalized (PEP 503). */
  name: string;
  /** The project's own, which the package's need not be. */
  version: string;
  /** Requirements (PEP 508) with a marker on `extra`. */
  extras: string[];
  /** Name and version of the conda package. */
  package: string;
  packageVersion: string;
}

interface BundlesJson {
  version: number;
  /** There is no such file: it is any conda channel. */
  isMissing?: boolean;
  bundles: Record<
    string,
    BundleLocation & {
      package_sha256: string;
      imports: string[];
      distributions: Record<string, { version: string; extras: string[] }>;
    }
  >;
}

interface ImportsJson {
  version: number;
  imports: Record<string, string>;
}

/** A solved set of packages: what a lock file holds. */
export interface Lock {
  version: number;
  platform: string;
  /** What was asked for. */
  specs: string[];
  packages: LockedPackage[];
}

export interface LockedPackage extends PackageRecord {
  /** URL that ends in "/", relative to the lock's own; without it the lock lies in the channel. */
  channel?: string;
  /** As in a BundleLocation; without it the package itself is fetched. */
  bundle?: string | null;
  bundle_size?: number;
  bundle_sha256?: string | null;
  bundle_head_size?: number;
  bundle_head_sha256?: string | null;
}

export const LOCK_VERSION = 1;

/** What a lock says of a package, in the loader's terms. `base`: the lock's own URL. */
export function fromLock(
  entry: LockedPackage,
  base: string,
): { record: PackageRecord; channel: string; bundle: BundleLocation | null } {
  const { channel = "./", bundle, bundle_size = 0, bundle_sha256 = null, ...rest } = entry;
  const { bundle_head_size: head_size, bundle_head_sha256: head_sha256 } = entry;
  const head = head_size !== undefined && head_sha256 && { head_size, head_sha256 };
  const { name, version, build, build_number, subdir, file, sha256, depends, url } = rest;
  const { constrains = [] } = rest;
  const record = { name, version, build, build_number, subdir, file, sha256, depends, constrains };
  return {
    record: { ...record, ...(url !== undefined && { url }) },
    channel: new URL(channel, base).href,
    bundle:
      bundle === undefined ? null : { bundle, size: bundle_size, sha256: bundle_sha256, ...head },
  };
}

/** One channel, by its address. */
export class Channel {
  readonly #bundles = new Map<string, Promise<BundlesJson>>();
  readonly #locks = new Map<string, Promise<PackageRecord[]>>();
  readonly #locked = new Map<string, BundleLocation>();
  #imports: Promise<Record<string, string>> | undefined;

  /** @param url ends in "/" */
  constructor(
    readonly url: string,
    private readonly fetcher: Fetcher,
  ) {}

  /**
   * A ready solution, which needs no solver: "lock.json" for the platform's `python`, "default-lock.json" for all
   * of the channel's packages that go together.
   *
   * @returns nothing if there is none
   */
  lock(file: "lock.json" | "default-lock.json", platform: string): Promise<PackageRecord[]> {
    let lock = this.#locks.get(file);
    if (!lock) {
      lock = this.#fetchLock(file, platform);
      lock.catch(() => this.#locks.delete(file)); // ask again next time
      this.#locks.set(file, lock);
    }
    return lock;
  }

  async #fetchLock(file: string, platform: string): Promise<PackageRecord[]> {
    const lock = await this.#json<Lock>(file, LOCK_VERSION);
    if (lock?.platform !== platform) return [];
    return lock.packages.map((entry) => {
      const { record, bundle } = fromLock(entry, this.url);
      if (bundle) this.#locked.set(`${record.subdir}/${record.file}`, bundle);
      return record;
    });
  }

  /** Read all files again when they are wanted: they are not of one time. */
  forget(): void {
    this.#bundles.clear();
    this.#locks.clear();
    this.#locked.clear();
    this.#imports = undefined;
  }

  /**
   * Where the bundle of a package is; null if the channel has no bundles.
   *
   * @throws LoaderError if the channel has none that fits the package
   */
  async locate(record: PackageRecord): Promise<BundleLocation | null> {
    const locked = this.#locked.get(`${record.subdir}/${record.file}`);
    if (locked) return locked;
    let entry = (await this.#bundlesOf(record.subdir)).bundles[record.file];
    if (entry?.package_sha256 !== record.sha256) {
      // The channel may have got new packages since the page was opened.
      this.#bundles.delete(record.subdir);
      const { bundles, isMissing } = await this.#bundlesOf(record.subdir);
      if (isMissing) return null;
      entry = bundles[record.file];
    }
    if (entry?.package_sha256 !== record.sha256) {
      throw new LoaderError(
        `${this.url}${record.subdir}/bundles.json has no bundle that fits ${record.file}. ` +
          "Bring the channel up to date with `conda-emscripten index`.",
      );
    }
    return entry;
  }

  /** Module -> name of the package that provides it. */
  imports(): Promise<Record<string, string>> {
    this.#imports ??= this.#json<ImportsJson>("imports.json").then((json) => json?.imports ?? {});
    this.#imports.catch(() => {
      this.#imports = undefined; // ask again next time
    });
    return this.#imports;
  }

  /** The Python projects that one package installs. */
  async distributionsOf({ subdir, file }: PackageRecord): Promise<Distribution[]> {
    const entry = (await this.#bundlesOf(subdir)).bundles[file];
    return Object.entries(entry?.distributions ?? {}).map(([name, found]) => ({
      name,
      ...found,
      ...nameAndVersion(file),
    }));
  }

  /**
   * What the packages of a subdir have of a Python project. Its name may also be that of a package
   * with modules but without any project's metadata.
   *
   * @param project normalized name (PEP 503)
   */
  async distributions(project: string, subdir: string): Promise<Distribution[]> {
    const found: Distribution[] = [];
    for (const [file, entry] of Object.entries((await this.#bundlesOf(subdir)).bundles)) {
      const conda = nameAndVersion(file);
      const distribution = Object.hasOwn(entry.distributions, project)
        ? entry.distributions[project]
        : normalized(conda.package) === project &&
          entry.imports.length > 0 &&
          Object.keys(entry.distributions).length === 0 && {
            version: conda.packageVersion,
            extras: [],
          };
      if (distribution) found.push({ name: project, ...distribution, ...conda });
    }
    return found;
  }

  #bundlesOf(subdir: string): Promise<BundlesJson> {
    let bundles = this.#bundles.get(subdir);
    if (!bundles) {
      bundles = this.#json<BundlesJson>(`${subdir}/bundles.json`, 2).then(
        (json) => json ?? { version: 2, bundles: {}, isMissing: true },
      );
      bundles.catch(() => this.#bundles.delete(subdir));
      this.#bundles.set(subdir, bundles);
    }
    return bundles;
  }

  async #json<T extends { version: number }>(path: string, version = 1): Promise<T | null> {
    const json = await this.fetcher.fetchJson<T>(this.url + path);
    if (json && json.version !== version) {
      throw new LoaderError(
        `${this.url}${path} has version ${json.version}, this loader reads ${version}. ` +
          (json.version > version ? "Update the loader." : "Run `conda-emscripten index`."),
      );
    }
    return json;
  }
}

/** Of a conda package, out of its file name (CEP 26): name, version and build have "-" between them. */
function nameAndVersion(file: string): { package: string; packageVersion: string } {
  const parts = file.replace(/\.(conda|tar\.bz2)$/, "").split("-");
  return { package: parts.slice(0, -2).join("-"), packageVersion: parts.at(-2) ?? "" };
}

/** A project's name as PEP 503 compares it. */
function normalized(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
