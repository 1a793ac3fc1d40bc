// Does libsolv find a solution exactly when rattler's solver (resolvo) does, and is it a solution?

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Fetcher } from "../src/fetch.js";
import { Solver } from "../src/solver.js";
import { parseSpec } from "../src/specs.js";
import { expectRefusal, fuzz, timeout } from "./mutations.js";
import { python, root, skippedWithout, solverWasm } from "./needs.js";

const platform = "emscripten-wasm32";

interface Row {
  name: string;
  version: string;
  build: string;
  build_number: number;
  depends: string[];
  constrains: string[];
}

interface Problem {
  rows: Row[];
  specs: string[];
}

const name = fc.constantFrom("a", "b", "c", "d", "e");
const version = fc.constantFrom(
  ...["1", "1.0", "1.1", "1.2", "1.2.0", "1.2.3", "1.10", "2", "2.0.1", "2.1", "3.0"],
  ...["2.1a1", "2.1rc1", "1.2.post1", "1.0.dev2", "1!1.0", "2024b", "1.1.1w"],
);
const build = fc.constantFrom("h_0", "h_1", "py312_0", "py313_0", "py313_1");
const operator = fc.constantFrom(">=", ">", "<=", "<", "==", "!=");

/** A constraint of a version, without a build. */
const clause = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(operator, version).map(([op, one]) => `${op}${one}`) },
  version,
  version.map((one) => `${one}.*`),
  version.map((one) => `=${one}`),
  version.map((one) => `!=${one}.*`),
  version.filter((one) => /\d\.\d/.test(one)).map((one) => `~=${one}`),
);
const clauses = fc.oneof(
  { weight: 4, arbitrary: clause },
  fc.tuple(clause, fc.constantFrom(",", "|"), clause).map((parts) => parts.join("")),
  fc.tuple(clause, clause, clause).map(([a, b, c]) => `${a},${b}|${c}`),
);
const buildPattern = fc.oneof(build, fc.constantFrom("*", "h*", "py*", "*_0", "py313*"));

const constraint = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: fc.constantFrom(" >=1", " >=1.0,<3", " <3", " 1.*|2.*", " >=1.1", " *") },
  { weight: 5, arbitrary: clauses.map((text) => ` ${text}`) },
  clause.filter((text) => /^[=<>!~]/.test(text)),
  fc.tuple(version, buildPattern).map(([one, pattern]) => ` ${one}.* ${pattern}`),
  fc.tuple(version, buildPattern).map(([one, pattern]) => ` ==${one} ${pattern}`),
  fc
    .tuple(clause, buildPattern)
    .map(([text, pattern]) => `[version='${text}', build='${pattern}']`),
  buildPattern.map((pattern) => ` * ${pattern}`),
  clauses.map((text) => `[version='${text}']`),
);
const spec = fc.tuple(name, constraint).map((parts) => parts.join(""));
const virtual = fc.constantFrom("__unix", "__emscripten", "__win", "__cuda >=11");
const depends = fc.oneof(
  fc.constant<string[]>([]),
  fc.array(fc.oneof({ weight: 12, arbitrary: spec }, { weight: 1, arbitrary: virtual }), {
    maxLength: 3,
  }),
);
const row: fc.Arbitrary<Row> = fc.record({
  name,
  version,
  build,
  build_number: fc.nat(2),
  depends,
  constrains: fc.oneof(fc.constant<string[]>([]), fc.array(spec, { maxLength: 2 })),
});
const fileOf = (row: Row): string => `${row.name}-${row.version}-${row.build}.conda`;
const problem: fc.Arbitrary<Problem> = fc.record({
  rows: fc.uniqueArray(row, { selector: fileOf, minLength: 6, maxLength: 30, size: "max" }),
  specs: fc.array(spec, { minLength: 1, maxLength: 3 }),
});

/** Answers, for each line, whether there is a solution, and what is wrong with a given one. */
const RATTLER = `
import asyncio, json, pathlib, sys, tempfile
import rattler
from rattler.exceptions import SolverError

platform = "${platform}"
from conda_emscripten.environment import virtual_packages
virtual = virtual_packages(platform)

def faults(solution, specs):
    found = []
    names = [record.name.normalized for record in solution]
    if len(set(names)) < len(names):
        found.append("a name occurs twice")
    provided = {record.name.normalized: record for record in solution}
    def is_met(text):
        spec = rattler.MatchSpec(text)
        name = spec.name.normalized
        if name in ("__unix", "__emscripten"):
            return True
        return name in provided and spec.matches(provided[name])
    found += [f"requested: {text}" for text in specs if not is_met(text)]
    for record in solution:
        found += [f"{record.name.normalized} depends: {text}" for text in record.depends
                  if not is_met(text)]
        found += [f"{record.name.normalized} constrains: {text}" for text in record.constrains
                  if rattler.MatchSpec(text).name.normalized in provided and not is_met(text)]
    return found

async def main():
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name, "repodata.json")
        channel = rattler.Channel(pathlib.Path(name).as_uri())
        for line in sys.stdin:
            problem = json.loads(line)
            file.write_text(json.dumps(problem["repodata"]))
            sparse = rattler.SparseRepoData(channel, platform, file)
            names = {record["name"] for record in problem["repodata"]["packages.conda"].values()}
            records = {
                record.file_name: record
                for name in names for record in sparse.load_records(rattler.PackageName(name))
            }
            try:
                solution = await rattler.solve_with_sparse_repodata(
                    [rattler.MatchSpec(spec) for spec in problem["specs"]], [sparse],
                    virtual_packages=virtual)
            except SolverError:
                solution = None
            answer = {"solvable": solution is not None, "faults": []}
            if problem["solution"] is not None:
                chosen = [records[file] for file in problem["solution"]]
                answer["faults"] = faults(chosen, problem["specs"])
            if solution is not None:
                answer["own"] = faults(solution, problem["specs"])
            print(json.dumps(answer), flush=True)
asyncio.run(main())
`;

interface Answer {
  solvable: boolean;
  faults: string[];
  own?: string[];
}

const skipped = skippedWithout(
  existsSync(solverWasm) && existsSync(python),
  "build/dist and .venv from `make quickstart`",
);

describe.skipIf(skipped)("libsolv and resolvo", () => {
  let child: ChildProcessWithoutNullStreams;
  let answers: AsyncIterator<string>;
  let errors = "";

  beforeAll(() => {
    child = spawn(python, ["-c", RATTLER], { cwd: root });
    answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stderr.on("data", (data) => {
      errors += data;
    });
  });
  afterAll(() => {
    child.kill();
  });

  const ask = async (question: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`rattler has ended: ${errors}`);
    return JSON.parse(value);
  };

  const wasm = existsSync(solverWasm) ? new Uint8Array(readFileSync(solverWasm)) : new Uint8Array();
  const repodataOf = (rows: Row[]) => {
    const records = rows.map((row) => [fileOf(row), { ...row, subdir: platform, size: 1 }]);
    const conda = Object.fromEntries(records);
    return { info: { subdir: platform }, packages: {}, "packages.conda": conda };
  };

  /** The file names of libsolv's solution; null if there is none. */
  const solve = async ({ rows, specs }: Problem): Promise<string[] | null> => {
    const text = new TextEncoder().encode(JSON.stringify(repodataOf(rows)));
    const fetcher = {
      fetchNewest: async (url: string) => (url.endsWith(`${platform}/repodata.json`) ? text : null),
      fetchExisting: async () => wasm,
      storeFor: async () => null,
    } as unknown as Fetcher;
    const solver = new Solver({ channels: ["http://host/"], platform, fetcher });
    try {
      const solution = await solver.solve(specs.map(parseSpec), []);
      return solution.map(({ record }) => record.file).sort();
    } catch (error) {
      expectRefusal(error);
      expect((error as Error).message).toContain("cannot be loaded");
      return null;
    }
  };

  test("agree whether random specs have a solution in random repodata", { timeout }, async () => {
    let solvable = 0;
    let total = 0;
    await fuzz(problem, 100, async (problem) => {
      const solution = await solve(problem);
      const repodata = repodataOf(problem.rows);
      const answer = await ask({ repodata, specs: problem.specs, solution });
      expect(answer.faults, `libsolv: ${solution}`).toEqual([]);
      expect(answer.own ?? [], "resolvo").toEqual([]);
      expect(solution !== null, `libsolv: ${solution}`).toBe(answer.solvable);
      total++;
      if (answer.solvable) solvable++;
    });
    // Neither answer is rare.
    expect(solvable).toBeGreaterThan(total / 10);
    expect(solvable).toBeLessThan((total * 9) / 10);
  });

  const strange = fc.oneof(
    spec,
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(..."ab1.*=<>!~,|[]':/ \t\n\0"), maxLength: 12 }),
    fc.tuple(spec, fc.string({ maxLength: 3 })).map((parts) => parts.join("")),
  );
  const strangeRow = row.chain((row) =>
    fc.array(strange, { maxLength: 3 }).chain((depends) =>
      fc.tuple(fc.array(strange, { maxLength: 2 }), fc.string({ maxLength: 4 })).map(
        ([constrains, suffix]): Row => ({
          ...row,
          depends,
          constrains,
          version: row.version + suffix,
        }),
      ),
    ),
  );

  test("malformed specs in repodata end in a solution or an error", { timeout }, () =>
    fuzz(
      fc.record({
        rows: fc.uniqueArray(strangeRow, { selector: fileOf, minLength: 1, maxLength: 8 }),
        specs: fc.array(name, { minLength: 1, maxLength: 2 }),
      }),
      100,
      solve,
    ),
  );
});
