// How does a test recognize the errors of the loader?
//
// By their names, as programs do (docs/reference/javascript.md): each script of the site has a
// class of its own.

import { expect } from "vitest";

export const loaderError = expect.objectContaining({ name: "LoaderError" });
export const lz4Error = expect.objectContaining({ name: "Lz4Error" });
