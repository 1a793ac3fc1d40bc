import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoaderError } from "../src/errors.js";
import { parseSpec, satisfies } from "../src/specs.js";
import { python, root, skippedWithout } from "./needs.js";

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
])("%s of numpy 2.5.5 is known to be %s", (text, expected) => {
  expect(satisfies({ version: "2.5.5", build }, parseSpec(text))).toBe(expected);
});

test.each([
  "numpy >=2|<1",
  "numpy ~=2.5",
  "numpy >=2a1",
  "numpy 2.5*",
  "numpy >=2 py3*",
  "numpy !=2.*",
])("%s is left to the solver", (text) => {
  expect(satisfies({ version: "2.5.5", build }, parseSpec(text))).toBe(false);
});

test("whatever is asked for, the answer is a spec or a LoaderError", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."=<>!~ .,*|129ab_") }),
      (a, b) => {
        for (const text of [a, `numpy${b}`]) {
          try {
            satisfies({ version: "2.5.5", build }, parseSpec(text));
          } catch (error) {
            expect(error).toBeInstanceOf(LoaderError);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

// What is said to be satisfied is so for rattler as well, which has the same notion of specs as the solver.
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

describe.skipIf(skippedWithout(existsSync(python), ".venv from `make`"))("rattler", () => {
  test("agrees wherever a spec is said to be satisfied", () => {
    const version = fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("."));
    const operator = fc.constantFrom("", "=", "==", "!=", "<", "<=", ">", ">=", "~=");
    const clause = fc
      .tuple(operator, version, fc.constantFrom("", "", ".*", "*", "a1"))
      .map((parts) => parts.join(""));
    const spec = fc
      .tuple(
        fc.constantFrom("numpy ", "numpy"),
        fc.array(clause, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(",", " , ", "|"),
        fc.constantFrom("", "", " py313*", "=py313*", "=py312*", " py313h1_0"),
      )
      .map(([name, clauses, glue, suffix]) => name + clauses.join(glue) + suffix);
    const cases = fc
      .sample(fc.tuple(spec, version), { numRuns: 40_000, seed: 4 })
      .map(([spec, version]) => [spec, version, build] as const)
      .filter(([text, version]) => {
        try {
          const spec = parseSpec(text);
          return spec.name === "numpy" && satisfies({ version, build }, spec);
        } catch {
          return false;
        }
      });
    expect(cases.length).toBeGreaterThan(500);
    const output = execFileSync(python, ["-c", MATCHES], {
      cwd: root,
      input: JSON.stringify(cases),
      maxBuffer: 1 << 26,
    });
    const answers: (boolean | null)[] = JSON.parse(output.toString());
    const wrong = cases.filter((_, index) => answers[index] !== true);
    expect(wrong).toEqual([]);
  });
});
