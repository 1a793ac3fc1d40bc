// Is a string a conda spec that the solver can be given?

import { LoaderError } from "./errors.js";

// name, then a version and a build string in any of conda's notations; no channel, URL or brackets.
const SPEC = /^([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*((?:[=<>!~\s][A-Za-z0-9_.+!*,|<>=~\s-]*)?)$/;

export interface Spec {
  /** Of the package, in lower case. */
  name: string;
  /** The constraint on version and build, "" for none. */
  constraint: string;
}

/**
 * Take a spec such as "numpy", "numpy >=2,<3" or "numpy=2.2.6=py313h0_0" apart.
 *
 * @throws LoaderError for anything else: the solver would not survive it
 */
export function parseSpec(text: string): Spec {
  const match = SPEC.exec(text.trim());
  if (!match) {
    throw new LoaderError(
      `${JSON.stringify(text)} is not a package spec. Write a name, or a name and a version ` +
        'such as "numpy >=2,<3", or the whole address of a package.',
    );
  }
  return { name: (match[1] as string).toLowerCase(), constraint: (match[2] as string).trim() };
}

const NUMBERS = /^\d+(\.\d+)*$/;

/**
 * Whether a package is certainly what a spec asks for. When in doubt, as with versions that have letters, it is
 * not: then the solver decides, whose notion of a spec (CEP 29) is complete.
 */
export function satisfies(record: { version: string; build: string }, spec: Spec): boolean {
  if (spec.constraint === "") return true;
  // "=1.2=build" or "1.2 build"; blanks may stand around commas and behind operators.
  const text = spec.constraint.replace(/\s*([,|])\s*/g, "$1").replace(/([=<>!~])\s+/g, "$1");
  const [, version = "", build] =
    /^([^\s]*?)(?:(?:(?<=\d)=|\s+)([A-Za-z0-9_.*]+))?$/.exec(text) ?? [];
  if (version === "" || !NUMBERS.test(record.version)) return false;
  const found = record.version.split(".").map(Number);
  if (build === undefined) return version.split(",").every((clause) => fits(found, clause));
  const pattern = build.replace(/[.]/g, "\\$&").replace(/\*/g, ".*");
  // With a build, "=1.2" has been read as "1.2" and as "1.2.*".
  const exact = version.replace(/^=?(?==)/, "").replace(/^=*/, "==");
  return fits(found, exact) && new RegExp(`^${pattern}$`).test(record.build);
}

/** Whether a version certainly fits ">=1.2", "1.2", "=1.2", "1.2.*" and the like. */
function fits(found: number[], clause: string): boolean {
  const [, operator = "", version = "", star] =
    /^(==|!=|<=|>=|<|>|=|)(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause) ?? [];
  if (version === "") return false;
  const wanted = version.split(".").map(Number);
  if (star || operator === "=") {
    const isPrefix =
      found.length >= wanted.length && wanted.every((part, at) => part === found[at]);
    return isPrefix && (operator === "=" || operator === "");
  }
  const order = compare(found, wanted);
  switch (operator) {
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    case "!=":
      return order !== 0;
    default:
      return order === 0;
  }
}

/** conda's order of versions that are all numbers: 1.2 equals 1.2.0. */
function compare(one: number[], other: number[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const difference = (one[at] ?? 0) - (other[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a text is the address of a package (see address.ts) rather than a spec. */
export function isURL(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
