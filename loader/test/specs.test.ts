import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fetcher } from "../src/fetch.js";
import { Solver } from "../src/solver.js";
import { asText, isChannelOf, isURL, matches, parseSpec } from "../src/specs.js";
import { loaderError } from "./errors.js";
import { python, root, skippedWithout, solverWasm } from "./needs.js";

const build = "py313h1_0";

test.each([
  ["numpy", true],
  ["numpy>=2", true],
  ["numpy >= 2 , < 3", true],
  ["numpy>=2,<2.4", false],
  ["numpy 2.5.*", true],
  ["numpy=2", true],
  ["numpy=2.50", false],
  ["numpy==2.5.5", true],
  ["numpy==2.5.5.0", true],
  ["numpy 2.5.5", true],
  ["numpy!=2.5.5", false],
  ["numpy=2.5.5=py313*", true],
  ["numpy 2.5.5 py313h1_0", true],
  ["numpy=2.5.5=py312*", false],
])("numpy 2.5.5 matches %s: %s", (text, expected) => {
  expect(matches({ version: "2.5.5", build }, parseSpec(text))).toBe(expected);
});

test.each([
  "numpy >=2|<1",
  "numpy ~=2.5",
  "numpy >=2a1",
  "numpy 2.5*",
  "numpy >=2 py3*",
  "numpy !=2.*",
  "numpy=2.5.5.0",
])("%s is left to the solver", (text) => {
  expect(matches({ version: "2.5.5", build }, parseSpec(text))).toBeNull();
});

test.each([
  ["conda-forge::numpy >= 2", "conda-forge::numpy >=2"],
  ["conda-forge/noarch::Numpy", "conda-forge/noarch::numpy"],
  [
    "https://example.org/c/emscripten-wasm32::numpy=2",
    "https://example.org/c/emscripten-wasm32::numpy =2",
  ],
  ["numpy[version='>=2,<3', build=py313*]", "numpy >=2,<3 py313*"],
  ['numpy[build="py313*"]', "numpy * py313*"],
  ["numpy >=2[channel=conda-forge, subdir=noarch]", "conda-forge/noarch::numpy >=2"],
])("%s is %s", (text, plain) => {
  expect(isURL(text)).toBe(false);
  expect(asText(parseSpec(text))).toBe(plain);
});

test.each([
  "numpy[sha256=12]",
  "numpy >=2[version=2]",
  "numpy[version",
  "numpy]",
  "::numpy",
  "a b::numpy",
])("%s is refused", (text) => {
  expect(() => parseSpec(text)).toThrow(loaderError);
});

test("a spec names a channel by its address or the end of it", () => {
  const is = (url: string, spec: string) => isChannelOf(url, parseSpec(spec));
  expect(is("https://example.org/conda-forge/", "numpy")).toBe(true);
  expect(is("https://example.org/conda-forge/", "conda-forge::numpy")).toBe(true);
  expect(is("https://example.org/conda-forge/", "https://example.org/conda-forge::numpy")).toBe(
    true,
  );
  expect(is("https://example.org/my-conda-forge/", "conda-forge::numpy")).toBe(false);
});

test("any text is a spec or a LoaderError", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."=<>!~ .,*|129ab_") }),
      (a, b) => {
        for (const text of [a, `numpy${b}`]) {
          try {
            matches({ version: "2.5.5", build }, parseSpec(text));
          } catch (error) {
            expect(error).toEqual(loaderError);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

// rattler implements all of CEP 29: certain answers and the solver must agree with it.
const MATCHES = `
import json, sys
from rattler import BuildString, MatchSpec, PackageName, PackageRecord, VersionWithSource
def matches(spec, version, build):
    try:
        spec = MatchSpec(spec)
    except Exception:
        return None
    return spec.matches(PackageRecord(
        name=PackageName("numpy"), version=VersionWithSource(version), build=BuildString(build),
        build_number=0, subdir="noarch"))
json.dump([matches(*case) for case in json.load(sys.stdin)], sys.stdout)
`;

type Case = [spec: string, version: string, build: string];

function askRattler(cases: Case[]): (boolean | null)[] {
  const input = JSON.stringify(cases);
  const output = execFileSync(python, ["-c", MATCHES], { cwd: root, input, maxBuffer: 1 << 26 });
  return JSON.parse(output.toString());
}

describe.skipIf(skippedWithout(existsSync(python), ".venv from `make`"))("rattler", () => {
  const numbers = (minLength: number) =>
    fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength, maxLength: 4 })
      .map((parts) => parts.join("."));
  const version = numbers(1);
  const long = numbers(4);
  const operator = fc.constantFrom("", "=", "==", "!=", "<", "<=", ">", ">=", "~=");
  const clause = fc
    .tuple(operator, version, fc.constantFrom("", "", ".*", "*", "a1"))
    .map((parts) => parts.join(""));
  const spec = fc
    .tuple(
      fc.constantFrom("numpy ", "numpy"),
      fc.array(clause, { minLength: 1, maxLength: 3 }),
      fc.constantFrom([","], [" , "], ["|"], [",", "|"], ["|", ","]),
      fc.constantFrom("", "", " py313*", "=py313*", "=py312*", " py313h1_0"),
    )
    .map(([name, clauses, glue, suffix]) => {
      const joined = clauses.reduce(
        (text, clause, i) => text + glue[(i - 1) % glue.length] + clause,
      );
      return name + joined + suffix;
    });
  const sample = (numRuns: number, versions = version): Case[] =>
    fc
      .sample(fc.tuple(spec, versions), { numRuns, seed: 4 })
      .map(([spec, version]): Case => [spec, version, build])
      // rattler reads "==" with a star as an exact version only if a build follows.
      .filter(([text]) => isNumpy(text) && !/==[^,|]*\*/.test(text));

  test("agrees with all certain answers", () => {
    const answer = ([text, version, build]: Case) => matches({ version, build }, parseSpec(text));
    const cases = sample(40_000).filter((sampled) => answer(sampled) !== null);
    expect(cases.filter(answer).length).toBeGreaterThan(500);
    const expected = askRattler(cases);
    expect(cases.filter((sampled, index) => answer(sampled) !== expected[index])).toEqual([]);
  });

  test.skipIf(skippedWithout(existsSync(solverWasm), "build/dist"))(
    "agrees with the solver on matches",
    async () => {
      // Without 3.dev3 and 0rc2, which libsolv does not count to 3.* and 0.0.*, and without
      // "+local", which libsolv sorts after the version and rattler before.
      const lettered = fc
        .tuple(long, fc.constantFrom("", "a1", "rc2", ".post1", "_1"))
        .map((parts) => parts.join(""));
      const cases = sample(4000, lettered);
      const expected = askRattler(cases);
      const solver = solverOf(cases);
      const wrong: unknown[] = [];
      for (const [index, [text, version, build]] of cases.entries()) {
        if (expected[index] === null) continue; // rattler rejects the spec
        const actual = await isSolvable(solver, text.replace("numpy", `numpy${index}`));
        if (actual !== expected[index]) wrong.push([text, version, build, expected[index]]);
      }
      expect(wrong).toEqual([]);
    },
  );
});

function isNumpy(text: string): boolean {
  try {
    return parseSpec(text).name === "numpy";
  } catch {
    return false;
  }
}

/** A solver for a channel with one package per case: numpy0, numpy1, … */
function solverOf(cases: Case[]): Solver {
  const records = cases.map(([, version, build], index) => ({
    name: `numpy${index}`,
    version,
    build,
  }));
  const repodata = JSON.stringify({
    "packages.conda": Object.fromEntries(records.map((record) => [`${record.name}.conda`, record])),
  });
  class Files extends Fetcher {
    override async fetch(url: string) {
      if (url === solverWasm.href) return new Uint8Array(readFileSync(solverWasm));
      return url.endsWith("noarch/repodata.json") ? new TextEncoder().encode(repodata) : null;
    }
  }
  const options = { channels: ["file:///"], platform: "emscripten-wasm32", wasm: solverWasm };
  return new Solver({ ...options, fetcher: new Files() });
}

async function isSolvable(solver: Solver, text: string): Promise<boolean> {
  try {
    return (await solver.solve([parseSpec(text)], [])).length === 1;
  } catch (error) {
    expect(String(error)).toContain("nothing provides requested");
    return false;
  }
}
