// Which packages must be loaded for some specs?
//
// libsolv, mamba's solver, as WebAssembly (runtime/solver): this module and its 300 KB are fetched only when a lock
// does not answer. It is given the packages that the specs can lead to, and nothing else of the channels.

import type { BundleLocation, PackageRecord } from "./channel.js";
import { LoaderError, reason } from "./errors.js";
import type { Fetcher } from "./fetch.js";
import { type Candidate, openRepodata, type Repodata } from "./repodata.js";
import { asText, isChannelOf, matches, nameOf, parseSpec, type Spec } from "./specs.js";

export interface SolvedRecord {
  record: PackageRecord;
  /** URL of the channel that it comes from. */
  channel: string;
  /** Where its bundle is, if the repodata says so; null: nowhere. */
  bundle?: BundleLocation | null;
}

export interface SolverOptions {
  /** URLs that end in "/": a package is taken from the first that has its name. */
  channels: string[];
  platform: string;
  fetcher: Fetcher;
  /** Where solver.wasm is; by default beside this file. */
  wasm?: string | URL | undefined;
}

/** What packages may require of the machine; the bundler solves lock.json with the same. */
const VIRTUAL = ["__unix", "__emscripten"];

/** The functions of runtime/solver/solver.c. Strings are offsets in the memory, and end in a zero. */
interface Exports {
  memory: WebAssembly.Memory;
  malloc(size: number): number;
  solve(request: number): number;
  _initialize(): void;
}

/** Solves with the repodata of some channels, which it keeps. */
export class Solver {
  readonly #options: SolverOptions;
  readonly #repodata = new Map<string, Promise<Repodata | null>>();
  #module: Promise<WebAssembly.Module> | undefined;

  constructor(options: SolverOptions) {
    this.#options = options;
  }

  /**
   * What must be loaded for the specs.
   *
   * @param loaded packages that stay exactly as they are
   * @param known a ready solution: what the specs do not name is taken from it where that goes, without a look at
   *   other versions
   * @returns nothing of what is loaded
   * @throws LoaderError if there is no solution: it says what stands in the way
   */
  async solve(
    specs: Spec[],
    loaded: SolvedRecord[],
    known: ReadonlyMap<string, SolvedRecord> = new Map(),
  ): Promise<SolvedRecord[]> {
    const module = this.#compile();
    module.catch(() => {}); // awaited below
    const present = new Map(loaded.map((one) => [one.record.name, one]));
    for (const spec of specs) {
      const one = present.get(spec.name);
      if (one && !isChannelOf(one.channel, spec)) {
        throw new LoaderError(
          `${asText(spec)} cannot be loaded: ${spec.name} ${one.record.version} is loaded already, ` +
            `from ${one.channel}.`,
        );
      }
    }
    const found = await this.#gather(specs, present, known);
    const answer = run(await module, requestFor(specs, loaded, found))
      .trim()
      .split("\n");
    if (answer[0] === "no") {
      if (known.size > 0) return this.solve(specs, loaded);
      throw new LoaderError(this.#explain(specs, present, answer.slice(1)));
    }
    return answer.slice(1).map((position) => {
      const { record, channel } = found[
        Number(position) - loaded.length - VIRTUAL.length
      ] as SolvedRecord;
      const { bundle, timestamp: _, track_features: __, ...rest } = record as Candidate;
      return { record: rest, channel, ...(bundle && { bundle }) };
    });
  }

  /** The packages that the specs can lead to. */
  async #gather(
    specs: Spec[],
    present: ReadonlyMap<string, SolvedRecord>,
    known: ReadonlyMap<string, SolvedRecord>,
  ): Promise<SolvedRecord[]> {
    const found: SolvedRecord[] = [];
    const asked = new Set<string>();
    let names = specs.map(({ name }) => name);
    while (names.length > 0) {
      const wanted = names.filter((name) => !present.has(name) && !name.startsWith("__"));
      const missing = new Set(wanted.filter((name) => !asked.has(name)));
      for (const name of missing) asked.add(name);
      const here = specs.filter(({ name }) => missing.has(name));
      const candidates = await Promise.all(
        [...missing].map((name) => {
          const asked = here.filter((spec) => spec.name === name);
          const one = known.get(name);
          if (asked.length === 0 && one?.record.depends.every((text) => mayBeMet(text, present))) {
            return [one];
          }
          return this.#candidates(name, asked, present);
        }),
      );
      found.push(...candidates.flat());
      names = candidates.flat().flatMap(({ record }) => record.depends.map(nameOf));
    }
    return found;
  }

  /** The versions of a package that may be taken; all if there are none. */
  async #candidates(
    name: string,
    specs: Spec[],
    present: ReadonlyMap<string, SolvedRecord>,
  ): Promise<SolvedRecord[]> {
    const all = await this.#ofFirstChannel(name, specs);
    const possible = all.filter(
      ({ record }) =>
        specs.every((spec) => matches(record, spec) !== false) &&
        record.depends.every((text) => mayBeMet(text, present)),
    );
    return possible.length > 0 ? possible : all;
  }

  /** All versions in the first channel that has the name, and which the specs allow. */
  async #ofFirstChannel(name: string, specs: Spec[]): Promise<SolvedRecord[]> {
    const { channels, platform } = this.#options;
    const folders = [platform, "noarch"].filter((subdir) =>
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
    // All are opened at once, and asked in their order.
    const opened = allowed.map((url) => folders.map((folder) => this.#open(url, folder)));
    for (const [index, url] of allowed.entries()) {
      const subdirs = (await Promise.all(opened[index] ?? [])).filter((subdir) => subdir !== null);
      if (subdirs.length === 0 && folders.length > 0) {
        throw new LoaderError(
          `${url} has no repodata for ${platform} or noarch (404). Is it a conda channel?`,
        );
      }
      if (!subdirs.some((subdir) => subdir.has(name))) continue;
      const records = await Promise.all(subdirs.map((subdir) => subdir.candidates(name)));
      return records.flat().map((record) => ({ record, channel: url }));
    }
    return [];
  }

  #open(channel: string, subdir: string): Promise<Repodata | null> {
    const key = channel + subdir;
    let repodata = this.#repodata.get(key);
    if (!repodata) {
      repodata = openRepodata(this.#options.fetcher, channel, subdir);
      repodata.catch(() => this.#repodata.delete(key)); // ask again next time
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
        this.#module = undefined; // ask again next time
      });
    }
    return this.#module;
  }

  #explain(specs: Spec[], present: ReadonlyMap<string, SolvedRecord>, sentences: string[]): string {
    const clear = sentences.filter((sentence) => !/^(conflicting requests)?$/.test(sentence));
    const reasons = clear.length > 0 ? clear : ["they exclude each other"];
    const words = new Set(reasons.join(" ").split(/[\s,=<>!~|]+/));
    const kept = [...present.values()]
      .filter(({ record }) => words.has(record.name) || words.has(fullName(record)))
      .map(({ record }) => `${record.name} ${record.version}`);
    const shown = reasons.slice(0, SHOWN).join("; ");
    const more = reasons.length > SHOWN ? `; and ${reasons.length - SHOWN} more reasons` : "";
    const stays = kept.length > 0 ? `. Loaded already, and kept: ${kept.join(", ")}` : "";
    const wanted = specs.map(asText).join(", ");
    return `${wanted} cannot be loaded from ${this.#options.channels.join(", ")}: ${shown}${more}${stays}.`;
  }
}

/** Reasons in an error; a package with many versions has many. */
const SHOWN = 8;

/** A package as libsolv writes it. */
function fullName({ name, version, build }: PackageRecord): string {
  return `${name}-${version}-${build}`;
}

/** Whether a requirement does not certainly contradict what is loaded. */
function mayBeMet(text: string, present: ReadonlyMap<string, SolvedRecord>): boolean {
  const one = present.get(nameOf(text));
  if (!one) return true;
  try {
    return matches(one.record, parseSpec(text)) !== false;
  } catch {
    return true;
  }
}

/** What runtime/solver/solver.c reads. */
function requestFor(specs: Spec[], loaded: SolvedRecord[], found: SolvedRecord[]): string {
  const lines: string[] = [];
  const add = (kind: "i" | "p", record: PackageRecord & Partial<Candidate>): void => {
    const { name, version, build, build_number, timestamp = 0, track_features = 0 } = record;
    // Of the same version and build number the younger one is taken.
    lines.push(
      kind + [name, version, build, `${build_number}.${timestamp}`, track_features].join("\t"),
    );
  };
  const addSpecs = (kind: "c" | "d", texts: string[] = []): void => {
    for (const text of texts) lines.push(kind + plain(text));
  };
  for (const name of VIRTUAL) lines.push(`i${name}\t0\t0\t0\t0`);
  for (const { record } of loaded) {
    // It is complete, also where nothing says so: a wheel may have brought what it needs.
    add("i", record);
    addSpecs("c", record.constrains);
  }
  for (const { record } of found) {
    add("p", record);
    addSpecs("d", record.depends);
    addSpecs("c", record.constrains);
  }
  for (const { name, constraint } of specs) lines.push(`s${name} ${constraint}`.trim());
  return `${lines.join("\n")}\n`;
}

/** What libsolv reads otherwise than conda, or not at all: channels, brackets, stars and `~=2`. */
const UNUSUAL = /::|\[|[=<>!~][^,|\s]*\*|~=[^.,|]+($|[,|\s])|=.*[,|]/;

/** A spec as libsolv reads it. */
function plain(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (!UNUSUAL.test(line)) return line;
  try {
    const { name, constraint } = parseSpec(line);
    return `${name} ${constraint}`.trim();
  } catch {
    return line; // nothing fits it, and an error names it
  }
}

/** Solve a request in a new instance. */
function run(module: WebAssembly.Module, request: string): string {
  const instance = new WebAssembly.Instance(module, imports(module));
  const { memory, malloc, solve, _initialize } = instance.exports as unknown as Exports;
  try {
    _initialize();
    const bytes = new TextEncoder().encode(`${request}\0`);
    const at = malloc(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, at);
    const answer = solve(at);
    const whole = new Uint8Array(memory.buffer);
    return new TextDecoder().decode(whole.subarray(answer, whole.indexOf(0, answer)));
  } catch (error) {
    throw new LoaderError(`The solver has failed: ${reason(error)}.`, { cause: error });
  }
}

/** WASI's functions, of which the solver needs none to solve: they answer that they are not there. */
function imports(module: WebAssembly.Module): WebAssembly.Imports {
  const NOT_SUPPORTED = 52; // ENOSYS in WASI's errno
  const all: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    all[from] ??= {};
    all[from][name] = () => NOT_SUPPORTED;
  }
  return all;
}
