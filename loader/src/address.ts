// Which package does an address name?
//
// This module splits the addresses that `load` accepts in place of specs.

import { LoaderError } from "./errors.js";
import { parseFileName } from "./file-name.js";

const NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]*";
const PACKAGE_NAME = new RegExp(`^${NAME}$`);
const SCRIPT = new RegExp(`^(${NAME})\\.js$`);
const SHA256 = /^#sha256[=:]([0-9a-f]{64})$/i;

/** The address of a package, in parts. */
export interface Address {
  /** Without the part after "#". */
  url: string;
  /** Of the package, in lower case. */
  name: string;
  /** "js": the script that Emscripten's file_packager writes beside its `.data` file. */
  kind: "js" | "conda" | "tar.bz2" | "lz4b";
  /** Of the file, in hexadecimal; null if the address has none. */
  sha256: string | null;
}

/**
 * Split the address of a package: "https://host/numpy.js", ".../numpy-2.2.6-py313_0.conda",
 * ".../numpy-2.2.6-py313_0.tar.bz2" or ".../numpy-2.2.6-py313_0.lz4b"; the last three may end in
 * "#sha256=<hexadecimal>".
 *
 * @throws LoaderError for another form
 */
export function parseAddress(text: string): Address {
  const refusal = (what: string) => new LoaderError(`${text} cannot be loaded: ${what}`);
  let url: URL;
  let file: string;
  try {
    url = new URL(text);
    file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  } catch {
    throw refusal("it is not a URL.");
  }
  const fileName = parseFileName(file);
  const name = fileName ? fileName.name : SCRIPT.exec(file)?.[1];
  if (!name || !PACKAGE_NAME.test(name)) {
    throw refusal(
      "the address must end with <package-name>.js, or with <name>-<version>-<build>.conda, " +
        ".tar.bz2 or .lz4b. Wheels are installed with micropip.",
    );
  }
  const kind = fileName?.extension ?? "js";
  const sha256 = SHA256.exec(url.hash)?.[1]?.toLowerCase() ?? null;
  if (url.hash && (!sha256 || kind === "js")) {
    throw refusal(
      "after # there may only be sha256=<64 hexadecimal digits> of a conda package or a bundle.",
    );
  }
  url.hash = "";
  return { url: url.href, name: name.toLowerCase(), kind, sha256 };
}
