// How are specs solved?
//
// This module runs libsolv, the solver of mamba, as WebAssembly (runtime/solver). It is imported on
// demand. libsolv receives the packages that the specs can lead to, and no others of the channels.

import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import type { PackageRecord } from "./formats.js";
import type { ResolvedPackage } from "./packages.js";
import { type Candidate, openRepodata, type Repodata, type Versions } from "./repodata.js";
import { asText, isChannelOf, matches, nameOf, parseSpec, type Spec } from "./specs.js";

export interface SolverOptions {
  /** URLs that end in "/"; a package is taken from the first channel that has its name. */
  channels: string[];
  platform: string;
  fetcher: Fetcher;
  /** Address of solver.wasm; by default beside this file. */
  wasm?: string | URL | undefined;
}

/** The virtual packages; conda_emscripten solves lock.json with the same. */
const VIRTUAL = ["__unix", "__emscripten"];

/** Reasons in an error: a package with many versions has many. */
const MAX_REASONS = 8;

/** The functions of runtime/solver/solver.c. A string is an offset in `memory`, zero-terminated. */
interface Exports {
  memory: WebAssembly.Memory;
  malloc(size: number): number;
  solve(request: number): number;
  _initialize(): void;
}

/** Solves specs with the repodata of some channels, which it caches. */
export class Solver {
  readonly #options: SolverOptions;
  readonly #repodata = new Map<string, Promise<Repodata | null>>();
  #module: Promise<WebAssembly.Module> | undefined;

  constructor(options: SolverOptions) {
    this.#options = options;
  }

  /**
   * The packages that must be loaded for specs, without the loaded ones.
   *
   * The first attempt is with `preferred` and the current repodata, the second with all versions.
   *
   * @param loaded packages that stay exactly as they are
   * @param preferred a solved set: dependencies are taken from it where possible, without a look
   *   at their other versions
   * @throws LoaderError with the reasons if there is no solution
   */
  async solve(
    specs: Spec[],
    loaded: ResolvedPackage[],
    preferred: ReadonlyMap<string, ResolvedPackage> = new Map(),
    which: Versions = "current",
  ): Promise<ResolvedPackage[]> {
    const module = this.#compile();
    module.catch(() => {}); // awaited below
    const present = new Map(loaded.map((pkg) => [pkg.record.name, pkg]));
    for (const spec of specs) {
      const pkg = present.get(spec.name);
      if (pkg && !isChannelOf(pkg.channel, spec)) {
        throw new LoaderError(
          `${asText(spec)} cannot be loaded: ${spec.name} ${pkg.record.version} is loaded already, ` +
            `from ${pkg.channel}.`,
        );
      }
    }
    const candidates = await this.#gather(specs, present, preferred, which);
    const answer = run(await module, requestFor(specs, loaded, candidates))
      .trim()
      .split("\n");
    if (answer[0] === "no") {
      if (which === "current") return this.solve(specs, loaded, new Map(), "all");
      throw new LoaderError(this.#explain(specs, present, answer.slice(1)));
    }
    const offset = VIRTUAL.length + loaded.length; // the request lists these first
    return answer
      .slice(1)
      .map((position) => resolved(candidates[Number(position) - offset] as ResolvedPackage));
  }

  /** The packages that the specs can lead to. */
  async #gather(
    specs: Spec[],
    present: ReadonlyMap<string, ResolvedPackage>,
    preferred: ReadonlyMap<string, ResolvedPackage>,
    which: Versions,
  ): Promise<ResolvedPackage[]> {
    const gathered: ResolvedPackage[] = [];
    const visited = new Set<string>();
    let names = specs.map(({ name }) => name);
    while (names.length > 0) {
      const wanted = names.filter((name) => !present.has(name) && !name.startsWith("__"));
      const added = new Set(wanted.filter((name) => !visited.has(name)));
      for (const name of added) visited.add(name);
      const candidates = await Promise.all(
        [...added].map((name) => {
          const ofName = specs.filter((spec) => spec.name === name);
          const pkg = preferred.get(name);
          if (ofName.length === 0 && pkg?.record.depends.every((text) => mayBeMet(text, present))) {
            return [pkg];
          }
          return this.#candidates(name, ofName, present, which);
        }),
      );
      gathered.push(...candidates.flat());
      names = candidates.flat().flatMap(({ record }) => record.depends.map(nameOf));
    }
    return gathered;
  }

  /** The versions of a package that may be chosen; if there are none, all, for the error. */
  async #candidates(
    name: string,
    specs: Spec[],
    present: ReadonlyMap<string, ResolvedPackage>,
    which: Versions,
  ): Promise<ResolvedPackage[]> {
    const found = await this.#ofFirstChannel(name, specs, which);
    const possible = found.filter(
      ({ record }) =>
        specs.every((spec) => matches(record, spec) !== false) &&
        record.depends.every((text) => mayBeMet(text, present)),
    );
    if (possible.length > 0) return possible;
    return which === "current" ? this.#candidates(name, specs, present, "all") : found;
  }

  /** The versions in the first channel that has the name and that the specs allow. */
  async #ofFirstChannel(name: string, specs: Spec[], which: Versions): Promise<ResolvedPackage[]> {
    const { channels, platform } = this.#options;
    const subdirs = [platform, "noarch"].filter((subdir) =>
      specs.every((spec) => (spec.subdir ?? subdir) === subdir),
    );
    for (const spec of specs) {
      if (!channels.some((url) => isChannelOf(url, spec))) {
        throw new LoaderError(
          `${asText(spec)}: ${spec.channel} is not among the channels: ${channels.join(", ")}. ` +
            "Name it in the option `channels` of loadPyodide.",
        );
      }
    }
    const allowed = channels.filter((url) => specs.every((spec) => isChannelOf(url, spec)));
    // The repodata of all channels is opened at the same time, and searched in their order.
    const opened = allowed.map((url) => subdirs.map((subdir) => this.#open(url, subdir)));
    for (const [index, url] of allowed.entries()) {
      const repodata = (await Promise.all(opened[index] ?? [])).filter((file) => file !== null);
      if (repodata.length === 0 && subdirs.length > 0) {
        throw new LoaderError(
          `${url} has no repodata for ${platform} or noarch (404). Is it a conda channel?`,
        );
      }
      if (!repodata.some((file) => file.has(name))) continue;
      const records = await Promise.all(repodata.map((file) => file.candidates(name, which)));
      return records.flat().map((record) => ({ record, channel: url }));
    }
    return [];
  }

  #open(channel: string, subdir: string): Promise<Repodata | null> {
    const key = channel + subdir;
    let repodata = this.#repodata.get(key);
    if (!repodata) {
      repodata = openRepodata(this.#options.fetcher, channel, subdir);
      repodata.catch(() => this.#repodata.delete(key)); // fetch again next time
      this.#repodata.set(key, repodata);
    }
    return repodata;
  }

  #compile(): Promise<WebAssembly.Module> {
    if (!this.#module) {
      const url = new URL(this.#options.wasm ?? "solver.wasm", import.meta.url).href;
      this.#module = this.#options.fetcher
        .fetchExisting(url)
        .then((bytes) => WebAssembly.compile(bytes));
      this.#module.catch(() => {
        this.#module = undefined; // fetch again next time
      });
    }
    return this.#module;
  }

  #explain(
    specs: Spec[],
    present: ReadonlyMap<string, ResolvedPackage>,
    sentences: string[],
  ): string {
    const informative = sentences.filter((text) => !/^(conflicting requests)?$/.test(text));
    const reasons = informative.length > 0 ? informative : ["they exclude each other"];
    const words = new Set(reasons.join(" ").split(/[\s,=<>!~|]+/));
    const involved = [...present.values()]
      .filter(({ record }) => words.has(record.name) || words.has(fullName(record)))
      .map(({ record }) => `${record.name} ${record.version}`);
    const wanted = specs.map(asText).join(", ");
    const shown = reasons.slice(0, MAX_REASONS).join("; ");
    const rest = reasons.length - MAX_REASONS;
    const more = rest > 0 ? `; and ${rest} more reasons` : "";
    const kept = involved.length > 0 ? `. Loaded already, and kept: ${involved.join(", ")}` : "";
    const channels = this.#options.channels.join(", ");
    return `${wanted} cannot be loaded from ${channels}: ${shown}${more}${kept}.`;
  }
}

/** A package of the solution, without the fields of its record that only the solver needs. */
function resolved({ record, channel }: ResolvedPackage): ResolvedPackage {
  const { bundle, timestamp: _, track_features: __, ...rest } = record as Candidate;
  return { record: rest, channel, ...(bundle && { bundle }) };
}

/** A package as libsolv writes it. */
function fullName({ name, version, build }: PackageRecord): string {
  return `${name}-${version}-${build}`;
}

/** Whether the present packages do not certainly contradict a requirement. */
function mayBeMet(text: string, present: ReadonlyMap<string, ResolvedPackage>): boolean {
  const pkg = present.get(nameOf(text));
  if (!pkg) return true;
  try {
    return matches(pkg.record, parseSpec(text)) !== false;
  } catch {
    return true;
  }
}

/** The request that runtime/solver/solver.c reads. */
function requestFor(
  specs: Spec[],
  loaded: ResolvedPackage[],
  candidates: ResolvedPackage[],
): string {
  const lines: string[] = [];
  const add = (kind: "i" | "p", record: PackageRecord & Partial<Candidate>): void => {
    const { name, version, build, build_number, timestamp = 0, track_features = 0 } = record;
    // Among equal versions and build numbers, the latest timestamp wins.
    lines.push(
      kind + [name, version, build, `${build_number}.${timestamp}`, track_features].join("\t"),
    );
  };
  const addSpecs = (kind: "c" | "d", texts: string[] = []): void => {
    for (const text of texts) lines.push(kind + plain(text));
  };
  for (const name of VIRTUAL) lines.push(`i${name}\t0\t0\t0\t0`);
  for (const { record } of loaded) {
    // Dependencies of loaded packages count as met: a wheel may have brought them.
    add("i", record);
    addSpecs("c", record.constrains);
  }
  for (const { record } of candidates) {
    add("p", record);
    addSpecs("d", record.depends);
    // libsolv ignores what a package constrains of itself. As a dependency, it has the same meaning.
    const { name, constrains = [] } = record;
    addSpecs(
      "d",
      constrains.filter((text) => nameOf(text) === name),
    );
    addSpecs(
      "c",
      constrains.filter((text) => nameOf(text) !== name),
    );
  }
  for (const { name, constraint } of specs) lines.push(`s${name} ${constraint}`.trim());
  return `${lines.join("\n")}\n`;
}

/** Syntax that libsolv reads differently from conda, or not at all: `::`, `[`, `*` and `~=2`. */
const UNUSUAL = /::|\[|[=<>!~][^,|\s]*\*|~=[^.,|]+($|[,|\s])|=.*[,|]/;

/** A spec in the syntax of libsolv. */
function plain(text: string): string {
  const line = text.replace(/[\s\0]+/g, " ").trim(); // NUL would end the request
  if (!UNUSUAL.test(line)) return line;
  try {
    const { name, constraint } = parseSpec(line);
    return `${name} ${constraint}`.trim();
  } catch {
    return line; // matches nothing, and the error names it
  }
}

/** Solve a request in a new instance. */
function run(module: WebAssembly.Module, request: string): string {
  const instance = new WebAssembly.Instance(module, imports(module));
  const { memory, malloc, solve, _initialize } = instance.exports as unknown as Exports;
  try {
    _initialize();
    const bytes = new TextEncoder().encode(`${request}\0`);
    const input = malloc(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, input);
    const output = solve(input);
    const heap = new Uint8Array(memory.buffer);
    return new TextDecoder().decode(heap.subarray(output, heap.indexOf(0, output)));
  } catch (error) {
    throw new LoaderError(`The solver has failed: ${reason(error)}.`, { cause: error });
  }
}

/** Stubs of the WASI functions that the module imports. The solver needs none of them. */
function imports(module: WebAssembly.Module): WebAssembly.Imports {
  const NOT_SUPPORTED = 52; // ENOSYS in WASI's errno
  const all: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    all[from] ??= {};
    all[from][name] = () => NOT_SUPPORTED;
  }
  return all;
}
