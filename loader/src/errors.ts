/** A package cannot be loaded; the message says what, where, and what to do next. */
export class LoaderError extends Error {
  override name = "LoaderError";
}

/** The text of anything that was thrown. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's fetch says "fetch failed" and keeps the reason in `cause`.
  const { message, cause } = error;
  return cause instanceof Error && message === "fetch failed" ? cause.message : message;
}
