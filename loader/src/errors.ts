// Which errors does the loader throw?
//
// This module defines LoaderError, which callers see, and the text that messages show of any error.

/** A package cannot be loaded. The message says what failed, where, and what to do next. */
export class LoaderError extends Error {
  override name = "LoaderError";
}

/** A downloaded file does not match the index of its channel: the cached index may be stale. */
export class StaleIndexError extends LoaderError {}

/** A part of a mounted package cannot be fetched. */
export class UnreachableError extends LoaderError {}

/**
 * What is wrong with data that a library cannot read. Errors of the language, which a library
 * throws for data that it did not expect, tell a user nothing.
 */
export function damage(error: unknown): string {
  const isOfLanguage = error instanceof TypeError || error instanceof RangeError;
  // seek-bzip throws TypeErrors of its own, with a code.
  return isOfLanguage && !("errorCode" in error) ? "its contents are damaged" : reason(error);
}

/** The message of any thrown value. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's fetch says "fetch failed" and keeps the reason in `cause`.
  const { message, cause } = error;
  return cause instanceof Error && message === "fetch failed" ? cause.message : message;
}
