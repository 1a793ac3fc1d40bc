// How does a started interpreter become a snapshot, and a snapshot an interpreter?
//
// docs/snapshots.md says what a snapshot keeps, and what it cannot.

import {
  type EmscriptenFS,
  foreignFiles,
  type Loader,
  type Lock,
  reason,
} from "../../loader/src/index.js";
import { type ApiMode, type Core, type CoreOptions, homeOf, type Roots } from "./core.js";
import {
  packPages,
  type Snapshot,
  SnapshotError,
  unpackPages,
  unusable,
  writeSnapshot,
} from "./snapshot-file.js";

/** The parts of an interpreter that a snapshot needs. */
export interface SnapshotParts {
  core: Core;
  loader: Loader;
  /** The first channel. */
  defaultChannel: string;
  /** `pyodide`, which is Python's module `pyodide_js`. */
  api: object;
}

/**
 * The file of a snapshot. The interpreter goes on.
 *
 * @throws SnapshotError with all reasons why the interpreter cannot be saved
 */
export async function makeSnapshot(parts: SnapshotParts): Promise<Uint8Array<ArrayBuffer>> {
  const { core, loader, defaultChannel, api } = parts;
  const busy = core.snapshotBusy();
  if (busy) throw refused([busy]);
  const reasons = core.snapshotCall("prepare", "").split("\n").filter(Boolean);
  try {
    const lock = lockOf(loader, defaultChannel, reasons);
    const folders = foldersOf(core.FS, reasons);
    const roots = { ...rootsOf(core.apiMode, loader), pyodide: api };
    const { state, heap, reasons: more } = core.saveSnapshot(roots);
    reasons.push(...more);
    if (lock === undefined || reasons.length > 0) throw refused(reasons);
    const current = core.FS.cwd();
    const cwd = current === homeOf({ env: core.ENV }, core.apiMode) ? null : current;
    const { runs, bytes } = packPages(heap, state.stack);
    return writeSnapshot({ core: core.coreHash, lock, folders, cwd, state }, runs, bytes);
  } finally {
    core.snapshotCall("go_on", "");
  }
}

function refused(reasons: string[]): SnapshotError {
  const list = reasons.map((line) => `\n- ${line}`).join("");
  return new SnapshotError(
    `A snapshot cannot keep the state of this interpreter:${list}\nMake it when the program has ` +
      "not done this yet, or no longer needs it.",
  );
}

/** The lock of the packages. It can be used on another server: it does not name the first channel. */
function lockOf(loader: Loader, defaultChannel: string, reasons: string[]): Lock | undefined {
  try {
    const lock = loader.lock();
    const packages = lock.packages.map(({ channel, ...entry }) =>
      channel === undefined || channel === defaultChannel ? entry : { ...entry, channel },
    );
    return { ...lock, packages };
  } catch (error) {
    reasons.push(reason(error));
    return undefined;
  }
}

function foldersOf(FS: Core["FS"], reasons: string[]): string[] {
  const [library] = FS.readdir("/lib").filter((name) => /^python3\.\d+$/.test(name));
  // Each module has devices, and the package `pyodide`.
  const core = ["/dev", "/proc", `/lib/${library}/site-packages/pyodide`];
  const { files, folders, mounts } = foreignFiles(FS as EmscriptenFS, core);
  if (files.length > 0) {
    reasons.push(`files are of no package, such as those of wheels: ${some(files)}`);
  }
  if (mounts.length > 0) reasons.push(`other file systems are mounted: ${some(mounts)}`);
  const open = FS.streams.slice(3).flatMap((stream) => stream?.path ?? []);
  if (open.length > 0) reasons.push(`files are open: ${some(open)}`);
  return folders;
}

function some(paths: string[]): string {
  const [first, second, third, ...others] = paths;
  const shown = [first, second, third].filter(Boolean).join(", ");
  return others.length > 0 ? `${shown} and ${others.length} others` : shown;
}

function rootsOf({ globals = globalThis }: ApiMode, loader: Loader): Roots {
  return { js: globals, globalThis, loader };
}

/** What of a start a snapshot cannot have, or undefined. Then Python must start in the usual way. */
export function startsWithout({ env = {}, args = [] }: CoreOptions, today: boolean) {
  const names = Object.keys(env).filter((name) => name.startsWith("PYTHON"));
  if (names.length > 0) return `Python reads ${names.join(", ")} only when it starts`;
  const isOption = today && args[0]?.startsWith("-");
  return isOption ? `Python reads the option ${args[0]} only when it starts` : undefined;
}

/**
 * Make a module the interpreter of a snapshot, whose packages are mounted.
 *
 * @throws SnapshotError if anything differs from the interpreter that was saved
 */
export async function restore(
  core: Core,
  loader: Loader,
  snapshot: Snapshot,
  options: CoreOptions,
  mode: ApiMode,
): Promise<void> {
  const { core: hash, cwd, folders, state } = snapshot.head;
  if (hash !== core.coreHash) throw unusable("it is of another build of the interpreter");
  if (state.today !== (mode.today ?? false)) {
    throw unusable(`it is of the API ${state.today ? "314" : "0.16"}`);
  }
  await snapshot.verified;
  const home = homeOf(options, mode);
  const { args = [] } = options;
  const argv = mode.today && args.length > 0 ? args : ["", ...args];
  try {
    for (const folder of [home, ...folders]) core.FS.mkdirTree(folder);
    core.FS.chdir(cwd ?? home);
    const start = { argv, orig_argv: ["", ...args] };
    const fill = (heap: Uint8Array) => unpackPages(snapshot, heap);
    await core.restoreSnapshot(state, start, mode, rootsOf(mode, loader), fill);
  } catch (error) {
    throw unusable(reason(error), error);
  }
}

/** Give Python `pyodide`, which exists only after the interpreter is restored. */
export function connect(core: Core, api: object): void {
  try {
    core.nameValues("pyodide", api);
  } catch (error) {
    throw unusable(reason(error), error);
  }
}
