// What does a channel offer besides its repodata?
//
// This module reads the locks, the modules and the bundles of a channel, each file when it is
// first needed. docs/reference/bundle-format.md describes the files.

import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import { parseFileName } from "./file-name.js";
import type {
  BundleEntry,
  BundleLocation,
  BundlesJson,
  ImportsJson,
  Lock,
  PackageRecord,
} from "./formats.js";
import { fromLock, LOCK_VERSIONS, readLock, versionOf } from "./lock.js";
import {
  bundleName,
  count,
  digest,
  list,
  mapOf,
  nullOr,
  object,
  optional,
  partsOf,
  shaped,
  text,
  textOf,
} from "./shape.js";

/** A Python project that a package of the channel installs. */
export interface Distribution {
  /** Normalized (PEP 503). */
  name: string;
  /** Version of the project; that of the package may differ. */
  version: string;
  /** Requirements (PEP 508) with a marker on `extra`. */
  extras: string[];
  /** Name and version of the conda package. */
  package: string;
  packageVersion: string;
}

const bundlesShape = object({
  subdir: text,
  bundles: mapOf(
    object({
      bundle: nullOr(bundleName),
      size: count,
      sha256: nullOr(digest),
      head_size: optional(count),
      head_sha256: optional(nullOr(digest)),
      parts: optional(partsOf(digest)),
      package_sha256: digest,
      imports: list(text),
      distributions: mapOf(object({ version: text, extras: list(text) })),
    }),
    textOf(/\.conda$/, "the file name of a package"),
  ),
});

/** The versions that this loader reads. Version 2 has no parts of bundles. */
const BUNDLES_VERSIONS = [2, 3];

const importsShape = object({ imports: mapOf(text) });

/** File name of the conda package -> its bundle; null: any conda channel, without bundles. */
type Bundles = BundlesJson["bundles"] | null;

/** A channel, by its address. */
export class Channel {
  readonly #bundles = new Map<string, Promise<Bundles>>();
  readonly #locks = new Map<string, Promise<PackageRecord[]>>();
  readonly #locations = new Map<string, BundleLocation>();
  #imports: Promise<Record<string, string>> | undefined;

  /** @param url ends in "/" */
  constructor(
    readonly url: string,
    private readonly fetcher: Fetcher,
  ) {}

  /**
   * A solved set of packages, which needs no solver: "lock.json" for the platform's `python`,
   * "default-lock.json" for all packages of the channel that go together.
   *
   * @returns nothing if the channel has no such lock for the platform
   */
  lock(file: "lock.json" | "default-lock.json", platform: string): Promise<PackageRecord[]> {
    let lock = this.#locks.get(file);
    if (!lock) {
      lock = this.#fetchLock(file, platform);
      lock.catch(() => this.#locks.delete(file)); // fetch again next time
      this.#locks.set(file, lock);
    }
    return lock;
  }

  async #fetchLock(file: string, platform: string): Promise<PackageRecord[]> {
    const lock = await this.#json<Lock>(file, readLock, LOCK_VERSIONS);
    if (lock?.platform !== platform) return [];
    return lock.packages.map((entry) => {
      const { record, bundle } = fromLock(entry, this.url);
      if (bundle) this.#locations.set(`${record.subdir}/${record.file}`, bundle);
      return record;
    });
  }

  /** Drops all cached index files: they may come from different revisions of the channel. */
  forget(): void {
    this.#bundles.clear();
    this.#locks.clear();
    this.#locations.clear();
    this.#imports = undefined;
  }

  /**
   * The location of the bundle of a package; null if the channel has no bundles.
   *
   * @throws LoaderError if the channel has bundles, but none made from this package
   */
  async locate(record: PackageRecord): Promise<BundleLocation | null> {
    const location = this.#locations.get(`${record.subdir}/${record.file}`);
    if (location) return location;
    let entry = (await this.#bundlesOf(record.subdir))?.[record.file];
    if (entry?.package_sha256 !== record.sha256) {
      // The channel may have new packages since bundles.json was fetched.
      this.#bundles.delete(record.subdir);
      const bundles = await this.#bundlesOf(record.subdir);
      if (bundles === null) return null;
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
    const read = (json: unknown, url: string) => shaped<ImportsJson>(json, importsShape, url);
    this.#imports ??= this.#json("imports.json", read).then((json) => json?.imports ?? {});
    this.#imports.catch(() => {
      this.#imports = undefined; // fetch again next time
    });
    return this.#imports;
  }

  /** The Python projects in a package. */
  async distributionsOf({ name, version, subdir, file }: PackageRecord): Promise<Distribution[]> {
    const entry = (await this.#bundlesOf(subdir))?.[file];
    return Object.entries(entry?.distributions ?? {}).map(([project, metadata]) => ({
      name: project,
      ...metadata,
      package: name,
      packageVersion: version,
    }));
  }

  /**
   * The packages of a subdir that contain a Python project. A package with modules but without
   * metadata of any project counts as the project of its own name.
   *
   * @param project normalized name (PEP 503)
   */
  async distributions(project: string, subdir: string): Promise<Distribution[]> {
    const bundles = (await this.#bundlesOf(subdir)) ?? {};
    return Object.entries(bundles).flatMap(([file, entry]) => {
      const fileName = parseFileName(file);
      if (!fileName) return [];
      const { name, version } = fileName;
      const metadata = Object.hasOwn(entry.distributions, project)
        ? entry.distributions[project]
        : normalized(name) === project && hasModulesOnly(entry) && { version, extras: [] };
      return metadata
        ? [{ name: project, ...metadata, package: name, packageVersion: version }]
        : [];
    });
  }

  #bundlesOf(subdir: string): Promise<Bundles> {
    let bundles = this.#bundles.get(subdir);
    if (!bundles) {
      const read = (json: unknown, url: string) => shaped<BundlesJson>(json, bundlesShape, url);
      bundles = this.#json(`${subdir}/bundles.json`, read, BUNDLES_VERSIONS).then(
        (json) => json?.bundles ?? null,
      );
      bundles.catch(() => this.#bundles.delete(subdir));
      this.#bundles.set(subdir, bundles);
    }
    return bundles;
  }

  /** @param read returns the content of a file of these versions, or throws a LoaderError */
  async #json<T extends { version: number }>(
    path: string,
    read: (json: unknown, url: string) => T,
    versions: readonly number[] = [1],
  ): Promise<T | null> {
    const url = this.url + path;
    const json = await this.fetcher.fetchJson<T>(url);
    if (json === null) return null;
    if (!versions.includes(json.version)) {
      throw new LoaderError(
        `${url} has ${versionOf(json)}, this loader reads ${versions.join(" and ")}. ` +
          (json.version > Math.max(...versions)
            ? "Update the loader."
            : "Run `conda-emscripten index`."),
      );
    }
    try {
      return read(json, url);
    } catch (error) {
      throw new LoaderError(`${reason(error)}. Run \`conda-emscripten index\` on the channel.`, {
        cause: error,
      });
    }
  }
}

function hasModulesOnly({ imports, distributions }: BundleEntry): boolean {
  return imports.length > 0 && Object.keys(distributions).length === 0;
}

/** The name of a project as PEP 503 compares it. */
function normalized(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
