// How does a program see which conda packages are installed?
//
// This module writes conda-meta/, which has one JSON file for each package in every conda
// environment (conda's PrefixRecord).

import { type Archive, archiveOf, PlainFile } from "./archive.js";
import type { FetchedPackage } from "./packages.js";

/**
 * The `conda-meta/<name>-<version>-<build>.json` of packages, as an archive to mount. A package of
 * unknown version has none.
 *
 * @param specs the requested specs; `requested_spec` of a package is the one with its name
 */
export function condaMeta(packages: FetchedPackage[], specs: string[]): Archive {
  const requested = new Map(specs.map((spec) => [/^[\w.-]*/.exec(spec)?.[0] ?? "", spec]));
  const files = new Map<string, PlainFile>();
  for (const { record, channel, isAddress, archive } of packages) {
    if (record.version === "") continue;
    const { file, constrains = [], ...fields } = record;
    const content = {
      ...fields,
      constrains,
      channel: isAddress ? channel.slice(0, channel.lastIndexOf("/") + 1) : channel,
      fn: file,
      url: isAddress ? channel : `${channel}${record.subdir}/${file}`,
      files: archive ? pathsOf(archive) : [],
      paths_data: { paths_version: 1, paths: [] },
      requested_spec: requested.get(record.name) ?? null,
    };
    const path = `conda-meta/${record.name}-${record.version}-${record.build}.json`;
    files.set(path, new PlainFile(new TextEncoder().encode(JSON.stringify(content))));
  }
  return archiveOf("conda-meta", files);
}

function pathsOf({ directories, symlinks }: Archive): string[] {
  const files = [...directories].flatMap(([folder, entries]) =>
    [...entries.keys()].map((name) => (folder ? `${folder}/${name}` : name)),
  );
  return [...files, ...symlinks.keys()];
}
