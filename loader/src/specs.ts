// What does a conda spec mean?
//
// This module parses specs (CEP 29) and compares them with packages where the answer is certain.

import { LoaderError } from "./errors.js";

// Channel and subdir, name, version and build in any of conda's notations, and brackets.
const SPEC =
  /^(?:([^\s[\]]+?)::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*((?:[=<>!~\s][A-Za-z0-9_.+!*,|<>=~\s-]*)?)(?:\[(.*)\])?$/;
const IN_BRACKETS = /\s*(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s,'"]+))\s*(?:,|$)/gy;
// The platforms of conda (CEP 26).
const SUBDIR = /^(.*?)(?:\/(noarch|(?:emscripten|freebsd|linux|osx|wasi|win|zos)-[a-z0-9_]+))?$/;
const KEYS = ["version", "build", "channel", "subdir"];

export interface Spec {
  /** Of the package, in lower case. */
  name: string;
  /** The constraint on version and build; "" for none. */
  constraint: string;
  /** Name or address of the channel; null for any. */
  channel: string | null;
  /** Null for any. */
  subdir: string | null;
}

/**
 * Parse a spec such as "numpy", "numpy >=2,<3", "conda-forge::numpy=2.2.6=py313h0_0" or
 * "numpy[version='>=2', channel=conda-forge]".
 *
 * @throws LoaderError for another form
 */
export function parseSpec(text: string): Spec {
  const [, place = null, name = "", constraint = "", brackets = ""] = SPEC.exec(text.trim()) ?? [];
  const keys = inBrackets(brackets);
  if (name === "" || keys === null || (keys.version && constraint.trim())) {
    throw new LoaderError(
      `${JSON.stringify(text)} is not a package spec. Write a name, or a name and a version ` +
        'such as "numpy >=2,<3", or the whole address of a package.',
    );
  }
  const { version = "", build } = keys;
  const [, channel, subdir = null] = SUBDIR.exec(place ?? keys.channel ?? "") as string[];
  return {
    name: name.toLowerCase(),
    constraint: compact(constraint || (build ? `${prefixed(version) || "*"} ${build}` : version)),
    channel: channel || null,
    subdir: subdir ?? keys.subdir ?? null,
  };
}

/** The version of brackets beside a build, where libsolv would read "=1.2" as "==1.2". */
function prefixed(version: string): string {
  return version.replace(/^\s*=\s*([^=,|*\s]+)\s*$/, "$1.*");
}

/** The package name of a spec, which may be invalid otherwise. */
export function nameOf(text: string): string {
  const [name = ""] = (text.split("::").at(-1) ?? "").trim().split(/[\s=<>!~[]/);
  return name.toLowerCase();
}

/** The contents of brackets by key; null for invalid ones. */
function inBrackets(text: string): { [key: string]: string } | null {
  const keys: { [key: string]: string } = {};
  let end = 0;
  for (const [whole, key = "", ...values] of text.matchAll(IN_BRACKETS)) {
    if (!KEYS.includes(key)) return null;
    keys[key] = values.find((value) => value !== undefined) ?? "";
    end += whole.length;
  }
  return end === text.length ? keys : null;
}

/** An operator and a version with a star, such as ">=1.2.*", which conda simplifies. */
const STARRED = /(?<=^|[,|])(~=|!=|==?|[<>]=?)([^,|=\s*]+?)\.?\*(?=$|[,|=\s])/g;

/** "=1.2" among other clauses: libsolv reads it as "==1.2" if a build follows. */
const FUZZY = /(?<=^(?=[^ ]*[,|])|[,|])=(\d[^,|=\s*]*)(?=$|[,|=\s])/g;

/** "==1.2" before other clauses: libsolv reads all of the constraint as one version. */
const EXACT_FIRST = /^==([^,|=\s*]+)(?=[,|])/;

/** The normal form of a constraint: without blanks around operators, one notation per meaning. */
function compact(constraint: string): string {
  return constraint
    .trim()
    .replace(/\s*([,|])\s*/g, "$1")
    .replace(/([=<>!~])\s+/g, "$1")
    .replace(STARRED, (_, operator: string, version: string) => {
      if (operator === "=" || operator === "==") return `${version}.*`;
      if (operator === "!=") return `!=${version}.*`;
      return (operator === ">" ? ">=" : operator) + version;
    })
    .replace(FUZZY, "$1.*")
    .replace(EXACT_FIRST, ">=$1,<=$1")
    .replace(/~=([^.,|=\s]+)(?=$|[,|=\s])/g, ">=$1");
}

/** The spec as text. */
export function asText({ channel, subdir, name, constraint }: Spec): string {
  const place = [channel, subdir].filter((part) => part !== null).join("/");
  return `${place && `${place}::`}${name} ${constraint}`.trim();
}

/** Whether a spec allows the channel at `url`: it names the address, its end, or no channel. */
export function isChannelOf(url: string, { channel }: Spec): boolean {
  if (channel === null) return true;
  const plain = (text: string): string => text.replace(/\/+$/, "");
  return plain(url) === plain(channel) || plain(url).endsWith(`/${plain(channel)}`);
}

const NUMBERS = /^\d+(\.\d+)*$/;

/**
 * Whether a package has the version and build of a spec; null if uncertain, as for versions with
 * letters: then the solver decides, which implements all of CEP 29.
 */
export function matches(record: { version: string; build: string }, spec: Spec): boolean | null {
  if (spec.constraint === "") return true;
  // "=1.2=build" or "1.2 build"
  const [, version = "", build] =
    /^([^\s]*?)(?:(?:(?<=\d)=|\s+)([A-Za-z0-9_.*]+))?$/.exec(spec.constraint) ?? [];
  if (version === "" || version.includes("|") || !NUMBERS.test(record.version)) return null;
  const parts = record.version.split(".").map(Number);
  if (build === undefined) return every(version.split(",").map((clause) => fits(parts, clause)));
  const pattern = build.replace(/[.]/g, "\\$&").replace(/\*/g, ".*");
  // With a build, some tools read "=1.2" as "1.2" and others as "1.2.*". This is the former.
  const exact = version.endsWith("*") ? version : version.replace(/^=*/, "==");
  return every([
    version === "*" ? true : fits(parts, exact),
    new RegExp(`^${pattern}$`).test(record.build),
  ]);
}

/** Three-valued logical and. */
function every(answers: (boolean | null)[]): boolean | null {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

/** Whether a version matches a clause such as ">=1.2" or "1.2.*"; null for other clauses. */
function fits(parts: number[], clause: string): boolean | null {
  const [, operator = "", version = "", star] =
    /^(==|!=|<=|>=|<|>|=|)(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause) ?? [];
  if (version === "") return null;
  const wanted = version.split(".").map(Number);
  if (star || operator === "=") {
    if (operator !== "=" && operator !== "") return null;
    const differs = wanted.some((part, index) => index < parts.length && part !== parts[index]);
    return differs ? false : parts.length >= wanted.length || null;
  }
  const order = compare(parts, wanted);
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

/** conda's order of numeric versions: 1.2 equals 1.2.0. */
function compare(a: number[], b: number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a text is the address of a package. A spec may start with the address of a channel. */
export function isURL(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.includes("::");
}
