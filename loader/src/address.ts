// Which package is at the address that a program names?

import { LoaderError } from "./errors.js";

const NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]*";
const SCRIPT = new RegExp(`^(${NAME})\\.js$`);
const PACKAGE = new RegExp(`^(${NAME})-[^-]+-[^-]+\\.(conda|tar\\.bz2|lz4b)$`);
const SHA256 = /^#sha256[=:]([0-9a-f]{64})$/i;

/** Where a package is that no channel has. */
export interface Address {
  /** Without what stands after "#". */
  url: string;
  /** Of the package, in lower case. */
  name: string;
  /** "js": what Emscripten's file_packager writes, beside its `.data` file. */
  kind: "js" | "conda" | "tar.bz2" | "lz4b";
  /** Of the file, in hexadecimal, if the address says it. */
  sha256: string | null;
}

/**
 * Take the address of a package apart: "https://host/numpy.js", ".../numpy-2.2.6-py313_0.conda",
 * ".../numpy-2.2.6-py313_0.tar.bz2", ".../numpy-2.2.6-py313_0.lz4b"; the last three may end in "#sha256=<hexadecimal>".
 *
 * @throws LoaderError for any other ending
 */
export function parseAddress(text: string): Address {
  const wrong = (what: string) => new LoaderError(`${text} cannot be loaded: ${what}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong("it is not a URL.");
  }
  const file = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  const script = SCRIPT.exec(file);
  const [, name = script?.[1], kind = "js"] = PACKAGE.exec(file) ?? [];
  if (!name) {
    throw wrong(
      "the address must end with <package-name>.js, or with <name>-<version>-<build>.conda, " +
        ".tar.bz2 or .lz4b. Wheels are installed with micropip.",
    );
  }
  const sha256 = SHA256.exec(url.hash)?.[1]?.toLowerCase() ?? null;
  if (url.hash && (!sha256 || kind === "js")) {
    throw wrong(
      "after # there may only be sha256=<64 hexadecimal digits> of a conda package or a bundle.",
    );
  }
  url.hash = "";
  return { url: url.href, name: name.toLowerCase(), kind: kind as Address["kind"], sha256 };
}
