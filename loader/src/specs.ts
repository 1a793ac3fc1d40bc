// What does a string ask for, in conda's notation of specs (CEP 29)?

import { LoaderError } from "./errors.js";

// channel and subdir, name, a version and a build string in any of conda's notations, and what is in brackets.
const SPEC =
  /^(?:([^\s[\]]+?)::)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\s*((?:[=<>!~\s][A-Za-z0-9_.+!*,|<>=~\s-]*)?)(?:\[(.*)\])?$/;
const IN_BRACKETS = /\s*(\w+)\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s,'"]+))\s*(?:,|$)/gy;
// Of conda's platforms (CEP 26).
const SUBDIR = /^(.*?)(?:\/(noarch|(?:emscripten|freebsd|linux|osx|wasi|win|zos)-[a-z0-9_]+))?$/;
const KEYS = ["version", "build", "channel", "subdir"];

export interface Spec {
  /** Of the package, in lower case. */
  name: string;
  /** The constraint on version and build, "" for none. */
  constraint: string;
  /** The channel that the package must be of, by its name or address; null for any. */
  channel: string | null;
  /** null for any. */
  subdir: string | null;
}

/**
 * Take a spec such as "numpy", "numpy >=2,<3", "conda-forge::numpy=2.2.6=py313h0_0" or
 * "numpy[version='>=2', channel=conda-forge]" apart.
 *
 * @throws LoaderError for anything else
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
    constraint: compact(constraint || (build ? `${version || "*"} ${build}` : version)),
    channel: channel || null,
    subdir: subdir ?? keys.subdir ?? null,
  };
}

/** The name of the package that a spec is about, without a look at the rest. */
export function nameOf(text: string): string {
  const [name = ""] = (text.split("::").at(-1) ?? "").trim().split(/[\s=<>!~[]/);
  return name.toLowerCase();
}

/** What the brackets say by key; null for anything else. */
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

/** A clause with what conda reads into it. */
const STARRED = /(?<=^|[,|])(~=|!=|==?|[<>]=?)([^,|=\s*]+?)\.?\*(?=$|[,|=\s])/g;

/** Among others, where libsolv takes it for "==" if a build follows. */
const FUZZY = /(?<=^(?=[^ ]*[,|])|[,|])=(\d[^,|=\s*]*)(?=$|[,|=\s])/g;

/** Without blanks around commas and behind operators, and with one way to write a thing. */
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
    .replace(/~=([^.,|=\s]+)(?=$|[,|=\s])/g, ">=$1");
}

/** The spec as one writes it. */
export function asText({ channel, subdir, name, constraint }: Spec): string {
  const place = [channel, subdir].filter((part) => part !== null).join("/");
  return `${place && `${place}::`}${name} ${constraint}`.trim();
}

/** Whether a channel is the one that a spec names; it names none, all of its address, or how that ends. */
export function isChannelOf(url: string, { channel }: Spec): boolean {
  if (channel === null) return true;
  const plain = (text: string): string => text.replace(/\/+$/, "");
  return plain(url) === plain(channel) || plain(url).endsWith(`/${plain(channel)}`);
}

const NUMBERS = /^\d+(\.\d+)*$/;

/**
 * Whether a package has the version and the build that a spec asks for; null when that is not certain, as with
 * versions that have letters: then the solver decides, whose notion of a spec is complete.
 */
export function matches(record: { version: string; build: string }, spec: Spec): boolean | null {
  if (spec.constraint === "") return true;
  // "=1.2=build" or "1.2 build"
  const [, version = "", build] =
    /^([^\s]*?)(?:(?:(?<=\d)=|\s+)([A-Za-z0-9_.*]+))?$/.exec(spec.constraint) ?? [];
  if (version === "" || !NUMBERS.test(record.version)) return null;
  const found = record.version.split(".").map(Number);
  if (build === undefined) return every(version.split(",").map((clause) => fits(found, clause)));
  const pattern = build.replace(/[.]/g, "\\$&").replace(/\*/g, ".*");
  // With a build, "=1.2" has been read as "1.2" and as "1.2.*".
  const exact = version.endsWith("*") ? version : version.replace(/^=*/, "==");
  return every([
    version === "*" ? true : fits(found, exact),
    new RegExp(`^${pattern}$`).test(record.build),
  ]);
}

/** Logical and of what may not be known. */
function every(answers: (boolean | null)[]): boolean | null {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

/** Whether a version fits ">=1.2", "1.2", "=1.2", "1.2.*" and the like; null for other clauses. */
function fits(found: number[], clause: string): boolean | null {
  const [, operator = "", version = "", star] =
    /^(==|!=|<=|>=|<|>|=|)(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause) ?? [];
  if (version === "") return null;
  const wanted = version.split(".").map(Number);
  if (star || operator === "=") {
    if (operator !== "=" && operator !== "") return null;
    if (wanted.some((part, at) => at < found.length && part !== found[at])) return false;
    return found.length >= wanted.length || null;
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

/** Whether a text is the address of a package (see address.ts) rather than a spec, which may start with a channel's. */
export function isURL(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.includes("::");
}
