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

/** Whether a text is the address of a package (see address.ts) rather than a spec. */
export function isURL(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
