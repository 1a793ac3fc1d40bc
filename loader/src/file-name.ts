// What does the file name of a package say?
//
// This module splits the file names of conda packages (CEP 26) and of bundles, which have the same
// form.

/** "numpy-2.2.6-py313_0.conda" in parts. */
export interface FileName {
  name: string;
  version: string;
  build: string;
  extension: "conda" | "tar.bz2" | "lz4b";
}

const FILE_NAME = /^(.+)-([^-]+)-([^-]+)\.(conda|tar\.bz2|lz4b)$/;

/** The parts of a file name; null for another form. */
export function parseFileName(file: string): FileName | null {
  const [, name, version, build, extension] = FILE_NAME.exec(file) ?? [];
  if (!name || !version || !build) return null;
  return { name, version, build, extension: extension as FileName["extension"] };
}
