// Which packages must be loaded for some specs?
//
// rattler's solver as WebAssembly (3 MB): this module is imported only when it is needed. The solver
// fetches repodata by itself, sharded (CEP 16) where the channel has it.

import { type Platform, type SolvedPackage, simpleSolve } from "@conda-org/rattler";
import type { PackageRecord } from "./channel.js";
import { LoaderError, reason } from "./errors.js";
import { serveLocally } from "./local.js";
import type { Spec } from "./specs.js";

export interface SolvedRecord {
  record: PackageRecord;
  /** URL of the channel that it comes from. */
  channel: string;
}

// What packages may require of the machine. The solver has no virtual packages of its own; given
// as installed packages they are candidates. The bundler solves lock.json with the same.
const VIRTUAL = ["__unix", "__emscripten"].map((name) => ({
  url: `virtual:${name}`,
  packageName: name,
  version: "0",
  build: "0",
  buildNumber: 0,
  filename: `${name}-0-0.conda`,
  subdir: "noarch",
  depends: [],
}));

/**
 * Solve specs, keeping what is loaded.
 *
 * @param channels URLs that end in "/", the first has priority
 * @param loaded packages that stay exactly as they are
 * @returns the whole environment: also what is loaded already
 * @throws LoaderError if there is no solution
 */
export async function solve(
  specs: Spec[],
  channels: string[],
  platform: string,
  loaded: SolvedRecord[],
): Promise<SolvedRecord[]> {
  const local = await serveLocally(channels);
  try {
    const solved = await simpleSolve(
      [
        ...specs.map(({ name, constraint }) => `${name} ${constraint}`.trim()),
        ...loaded.map(({ record }) => `${record.name} ==${record.version} ${record.build}`),
      ],
      local.channels,
      [platform, "noarch"] as Platform[],
      [...VIRTUAL, ...loaded.map(({ record, channel }) => asInstalled(record, channel))],
    );
    return solved
      .filter(({ packageName }) => !packageName.startsWith("__"))
      .map((solution) => {
        const record = asRecord(solution);
        const path = `${record.subdir}/${record.file}`;
        const index = local.channels.findIndex((url) => solution.url === url + path);
        return { record, channel: channels[index] ?? solution.url.slice(0, -path.length) };
      });
  } catch (error) {
    const wanted = specs.map(({ name, constraint }) => `${name} ${constraint}`.trim()).join(", ");
    throw new LoaderError(
      `${wanted} cannot be loaded from ${channels.join(", ")}: ${reason(error).trim()}`,
      { cause: error },
    );
  } finally {
    local.close();
  }
}

function asInstalled(record: PackageRecord, channel: string) {
  return {
    url: `${channel}${record.subdir}/${record.file}`,
    packageName: record.name,
    version: record.version,
    build: record.build,
    buildNumber: record.build_number,
    filename: record.file,
    sha256: record.sha256,
    subdir: record.subdir,
    depends: record.depends,
    repoName: channel,
  };
}

function asRecord(solved: SolvedPackage): PackageRecord {
  return {
    name: solved.packageName,
    version: solved.version,
    build: solved.build,
    build_number: Number(solved.buildNumber ?? 0),
    subdir: solved.subdir ?? "noarch",
    file: solved.filename,
    sha256: solved.sha256 ?? "",
    depends: solved.depends ?? [],
  };
}
