import { expect, test } from "vitest";
import { parseFileName } from "../src/file-name.js";

test.each([
  ["numpy-2.2.6-py313_0.conda", "numpy", "2.2.6", "py313_0", "conda"],
  ["google-auth-oauthlib-1.2-pyh_0.tar.bz2", "google-auth-oauthlib", "1.2", "pyh_0", "tar.bz2"],
  ["six-1.17.0-h_0.lz4b", "six", "1.17.0", "h_0", "lz4b"],
])("%s is split from its end", (file, name, version, build, extension) => {
  expect(parseFileName(file)).toEqual({ name, version, build, extension });
});

test.each(["numpy-2.conda", "numpy.conda", "-1-0.conda", "a--0.conda", "numpy-2-0.zip", ""])(
  "%j is not the name of a package file",
  (file) => {
    expect(parseFileName(file)).toBeNull();
  },
);
