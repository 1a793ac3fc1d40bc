// Which packages must be loaded for some specs?
//
// This module takes them from the locks of the first channel where it can, and asks the solver for
// the rest.

import type { Channel } from "./channel.js";
import { LoaderError } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { ResolvedPackage } from "./packages.js";
import type { Solver } from "./solver.js";
import { isChannelOf, matches, nameOf, parseSpec, type Spec } from "./specs.js";

export type SolverModule = Pick<typeof import("./solver.js"), "Solver">;

export interface ResolverOptions {
  /** The first has priority. */
  channels: Channel[];
  platform: string;
  fetcher: Fetcher;
  importSolver: () => Promise<SolverModule>;
  /** Address of solver.wasm; undefined: beside the module that `importSolver` imports. */
  solverWasm: string | URL | undefined;
}

/** Package name -> package. */
export type Packages = ReadonlyMap<string, ResolvedPackage>;

const noPackages: Packages = new Map();

/** Finds the packages for specs. */
export class Resolver {
  readonly #options: ResolverOptions;
  /** Holds the repodata that it has read; undefined until it is needed. */
  #solver: Solver | undefined;

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** Drops all cached repodata. */
  forget(): void {
    this.#solver = undefined;
  }

  /** The packages for specs in the locks of the first channel, without the loaded ones. */
  async fromLocks(specs: Spec[], loaded: Packages): Promise<Packages> {
    if (specs.length === 0) return noPackages;
    const start = loaded.size === 0 ? await this.#lock("lock.json") : noPackages;
    const startSpecs = specs.filter(({ name }) => start.has(name));
    // A requested version may exclude the version of another package in the lock.
    if (!startSpecs.every((spec) => isSatisfied(spec, start))) return noPackages;
    const base = startSpecs.length > 0 ? start : noPackages;
    const rest = specs.filter(({ name }) => !base.has(name));
    if (rest.length === 0) return base;
    const whole = await this.#lock("default-lock.json");
    const present = new Map([...loaded, ...base]);
    const isPartOfLock = [...present].every(([name, pkg]) => isSame(pkg, whole.get(name)));
    if (!isPartOfLock || !rest.every((spec) => isSatisfied(spec, whole))) return base;
    const closure = closureOf(rest, whole);
    if (!closure) return base;
    return new Map([...base, ...[...closure].filter(([name]) => !present.has(name))]);
  }

  /**
   * The packages that the solver finds for specs and for the dependencies of packages from
   * addresses, without the present ones.
   *
   * @param present loaded packages, and those from locks that are being loaded
   * @throws LoaderError if there is no solution
   */
  async solve(
    specs: Spec[],
    present: ResolvedPackage[],
    fromAddresses: ResolvedPackage[] = [],
  ): Promise<ResolvedPackage[]> {
    const fixed = new Map([...present, ...fromAddresses].map((pkg) => [pkg.record.name, pkg]));
    for (const { name, constraint } of specs) {
      const pkg = fixed.get(name);
      if (pkg?.record.version === "" && constraint !== "") {
        throw new LoaderError(
          `Whether ${name} is ${constraint} is not known: it comes from ${pkg.channel}.`,
        );
      }
    }
    const wanted = [
      ...specs.filter((spec) => !isSatisfied(spec, fixed)),
      ...fromAddresses.flatMap(({ record }) => record.depends.map(parseSpec)),
    ];
    if (wanted.length === 0) return [];
    this.#solver ??= await this.#createSolver();
    // A package of unknown version is hidden from the solver and removed from its solution.
    const versioned = [...fixed.values()].filter(({ record }) => record.version !== "");
    const preferred = await this.#lock("default-lock.json");
    const solution = await this.#solver.solve(wanted, versioned, preferred);
    return solution.filter(({ record }) => !fixed.has(record.name));
  }

  async #createSolver(): Promise<Solver> {
    const { channels, platform, fetcher, importSolver, solverWasm } = this.#options;
    const { Solver } = await importSolver();
    const urls = channels.map(({ url }) => url);
    return new Solver({ channels: urls, platform, fetcher, wasm: solverWasm });
  }

  async #lock(file: "lock.json" | "default-lock.json"): Promise<Packages> {
    const { channels, platform } = this.#options;
    const [channel] = channels;
    if (!channel) return noPackages;
    const records = await channel.lock(file, platform);
    return new Map(records.map((record) => [record.name, { record, channel: channel.url }]));
  }
}

/** Whether the packages certainly contain what the spec asks for. */
export function isSatisfied(spec: Spec, packages: Packages): boolean {
  const pkg = packages.get(spec.name);
  return (
    pkg !== undefined &&
    matches(pkg.record, spec) === true &&
    isChannelOf(pkg.channel, spec) &&
    (spec.subdir ?? pkg.record.subdir) === pkg.record.subdir
  );
}

function isSame(a: ResolvedPackage, b: ResolvedPackage | undefined): boolean {
  return a.channel === b?.channel && a.record.sha256 === b.record.sha256;
}

/** The packages for specs with all dependencies; null if one is not in the solution. */
function closureOf(specs: Spec[], solution: Packages): Packages | null {
  const closure = new Map<string, ResolvedPackage>();
  const names = specs.map(({ name }) => name);
  for (const name of names) {
    if (closure.has(name) || name.startsWith("__")) continue; // the platform has virtual packages
    const pkg = solution.get(name);
    if (!pkg) return null;
    closure.set(name, pkg);
    names.push(...pkg.record.depends.map(nameOf));
  }
  return closure;
}
