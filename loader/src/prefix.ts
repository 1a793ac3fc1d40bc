// How does a program see which conda packages are there?
//
// As in every conda environment: by a file for each in conda-meta/ (conda's PrefixRecord).

import type { Archive } from "./archive.js";
import { archiveOf, PlainFile } from "./files.js";
import type { LoadedPackage } from "./index.js";

/**
 * The `conda-meta/<name>-<version>-<build>.json` of packages, as one more archive to mount. A package from an
 * address has one if something said which version it is.
 *
 * @param archive null: none of the package's files is of use here
 * @param specs what was asked for, in whose names packages are found again
 */
export function prefixRecords(
  packages: { one: LoadedPackage; archive: Archive | null }[],
  specs: Iterable<string>,
): Archive {
  const asked = new Map([...specs].map((spec) => [/^[\w.-]*/.exec(spec)?.[0] ?? "", spec]));
  const files = new Map<string, PlainFile>();
  for (const { one, archive } of packages) {
    const { record, channel, isAddress } = one;
    if (record.version === "") continue;
    const { file, constrains = [], ...known } = record;
    const content = {
      ...known,
      constrains,
      channel: isAddress ? channel.slice(0, channel.lastIndexOf("/") + 1) : channel,
      fn: file,
      url: isAddress ? channel : `${channel}${record.subdir}/${file}`,
      files: archive ? pathsOf(archive) : [],
      paths_data: { paths_version: 1, paths: [] },
      requested_spec: asked.get(record.name) ?? null,
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
