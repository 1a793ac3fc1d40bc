// How does a wheel get into a running interpreter?
//
// Python unpacks the wheel; this module fetches it and compiles its side modules. Packages of a
// channel are bundles, which the loader mounts.

import { sha256 } from "../../loader/src/sha256.js";
import type { Core, Value } from "./core.js";
import { fetchBytes } from "./platform.js";

/** The functions of Python that this module calls (runtime/py/pyodide/_today.py). */
export interface WheelFunctions {
  /** Unpacks a wheel; returns the paths of its side modules, one in each line. */
  install_wheel(
    buffer: Uint8Array | Value,
    name: string,
    folder: string | undefined,
    metadata: object | undefined,
  ): string;
}

/** A wheel, named by a URL or by a lock file. */
export interface Wheel {
  /** Normalized (PEP 503). */
  name: string;
  version: string;
  fileName: string;
  url: string;
  /** Of the file, in hexadecimal. */
  sha256?: string;
}

/** The name of a wheel: https://packaging.python.org/en/latest/specifications/binary-distribution-format */
const NAME = /^(?<name>[^-]+)-(?<version>[^-]+)(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/;

/**
 * The wheel at an absolute URL.
 *
 * @throws Error if the name of the file is not that of a wheel
 */
export function parseWheel(url: string): Wheel {
  const [address = url, hash = ""] = url.split("#");
  const fileName = decodeURIComponent(address.slice(address.lastIndexOf("/") + 1));
  const { name = "", version = "" } = NAME.exec(fileName)?.groups ?? {};
  if (name === "") {
    throw new Error(`${url} is no wheel: its name must be <name>-<version>-<tags>.whl`);
  }
  const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(hash)?.[1]?.toLowerCase();
  return { name: normalized(name), version, fileName, url: address, ...(sha256 && { sha256 }) };
}

/** A project's name as PEP 503 compares it. */
export function normalized(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * Fetch a wheel.
 *
 * @param isChecked whether its digest is compared, if it is known
 * @throws Error if it cannot be fetched or has another digest
 */
export async function fetchWheel(
  wheel: Wheel,
  isChecked: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await fetchBytes(wheel.url);
  if (!isChecked || wheel.sha256 === undefined) return bytes;
  const found = await sha256(bytes);
  if (found === wheel.sha256) return bytes;
  throw new Error(`${wheel.url} is damaged: its sha256 is ${found}, not ${wheel.sha256}`);
}

/**
 * Install a wheel, whose compatibility is not checked.
 *
 * @param buffer the bytes of the wheel, or a PyProxy of them
 * @param folder the folder for the modules; by default site-packages
 * @param metadata file name in the wheel's .dist-info -> text
 * @throws PythonError for a damaged wheel
 */
export async function installWheel(
  core: Core,
  python: WheelFunctions,
  buffer: Uint8Array | Value,
  fileName: string,
  folder?: string,
  metadata?: object,
): Promise<void> {
  const libraries = python.install_wheel(buffer, fileName, folder, metadata);
  await Promise.all(
    libraries.split("\n").map(async (library) => {
      if (library === "") return;
      const module = await WebAssembly.compile(core.FS.readFile(library));
      await core.registerLibrary(library, module);
    }),
  );
}
