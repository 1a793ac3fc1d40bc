// Does parsed JSON have the expected form?
//
// This module describes forms as functions. A file from a network or a user is checked before its
// values are used, so that a damaged file is one error that names the wrong value.

import { LoaderError } from "./errors.js";

/** Returns null for a value of the form, otherwise where and what is wrong: ".size is not …". */
export type Shape = (value: unknown) => string | null;

const check =
  (what: string, accepts: (value: unknown) => boolean): Shape =>
  (value) =>
    accepts(value) ? null : ` is not ${what}`;

export const text: Shape = check("a string", (value) => typeof value === "string");

/** A string that matches. */
export const textOf = (pattern: RegExp, what: string): Shape =>
  check(what, (value) => typeof value === "string" && pattern.test(value));

/** A size, a number of things, or a position. */
export const count: Shape = check(
  "a whole number",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);

/** A sha256 in hexadecimal. */
export const digest: Shape = textOf(/^[0-9a-f]{64}$/, "a sha256");

/** The file name of a bundle. */
export const bundleName: Shape = textOf(/\.lz4b$/, "the file name of a bundle");

export const nullOr =
  (shape: Shape): Shape =>
  (value) =>
    value === null ? null : shape(value);

/** For keys of `object` that may be absent. */
export const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined ? null : shape(value);

export const list =
  (shape: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return " is not a list";
    for (let index = 0; index < value.length; index++) {
      const fault = shape(value[index]);
      if (fault !== null) return `[${index}]${fault}`;
    }
    return null;
  };

/** An object with any keys, or with keys of the form `name`. */
export const mapOf =
  (shape: Shape, name?: Shape): Shape =>
  (value) => {
    if (!isObject(value)) return " is not an object";
    for (const [key, item] of Object.entries(value)) {
      const fault = name?.(key) ?? shape(item);
      if (fault !== null) return `[${JSON.stringify(key)}]${fault}`;
    }
    return null;
  };

/** An object with these keys; further keys may be of a later version. */
export const object =
  (shapes: Record<string, Shape>): Shape =>
  (value) => {
    if (!isObject(value)) return " is not an object";
    for (const [key, shape] of Object.entries(shapes)) {
      const fault = shape(Object.hasOwn(value, key) ? value[key] : undefined);
      if (fault !== null) return `.${key}${fault}`;
    }
    return null;
  };

/** The further parts of a bundle; in a shard, `hash` is the form of their digests. */
export const partsOf = (hash: Shape): Shape =>
  list(object({ bundle: bundleName, size: count, sha256: hash }));

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value, as of the type that `shape` describes.
 *
 * @param name of the value, for the message, in which `$` is the value (RFC 9535)
 * @throws LoaderError that names the wrong part
 */
export function shaped<T>(value: unknown, shape: Shape, name: string): T {
  const fault = shape(value);
  if (fault !== null) throw new LoaderError(`${name}: $${fault}`);
  return value as T;
}
