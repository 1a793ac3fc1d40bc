// Are the conda packages of a channel without bundles converted?

import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Loader } from "../src/index.js";
import { makeChannel, serve, type TestServer } from "./channel.js";
import { createModule, skipped, type TestFS } from "./emscripten.js";
import { modules } from "./modules.js";
import { solverWasm } from "./needs.js";
import { type CondaFormat, condaFile } from "./package-files.js";

const text = (content: string) => new TextEncoder().encode(content);
const json = (content: unknown) => text(JSON.stringify(content));

/** The files of a channel without bundles, with one `noarch: python` package. */
function plainChannel(format: CondaFormat): Map<string, Uint8Array<ArrayBuffer>> {
  const index = { name: "pure", version: "1.0", build: "py_0", subdir: "noarch" };
  const file = `pure-1.0-py_0.${format}`;
  const conda = condaFile(
    {
      index: { ...index, noarch: "python" },
      files: { "site-packages/pure.py": text("pure") },
    },
    format,
  );
  const record = {
    ...index,
    build_number: 0,
    depends: ["python"],
    sha256: createHash("sha256").update(conda).digest("hex"),
    size: conda.length,
  };
  const key = format === "conda" ? "packages.conda" : "packages";
  return new Map([
    [`noarch/${file}`, conda],
    ["noarch/repodata.json", json({ [key]: { [file]: record } })],
    ["emscripten-wasm32/repodata.json", json({ packages: {} })],
  ]);
}

describe.skipIf(skipped).each<CondaFormat>(["conda", "tar.bz2"])("a .%s package", (format) => {
  let fs: TestFS;
  let main: TestServer;
  let plain: TestServer;

  const makeLoader = async (...servers: TestServer[]): Promise<Loader> => {
    fs = (await createModule()).FS;
    return new Loader({ ...modules, FS: fs, solverWasm, channels: servers.map(({ url }) => url) });
  };
  const pure = () => fs.readFile("/lib/python3.13/site-packages/pure.py", { encoding: "utf8" });

  beforeEach(async () => {
    const contents = { files: { "lib/python3.13/os.py": text("os") } };
    main = await serve(makeChannel([{ name: "python", version: "3.13.5", contents }], ["python"]));
    plain = await serve(plainChannel(format));
  });

  afterEach(() => {
    main.close();
    plain.close();
  });

  test("is mounted, also from a lock", async () => {
    const loader = await makeLoader(main, plain);
    await loader.load(["pure"]);
    expect(pure()).toBe("pure");
    const lock = loader.lock();
    expect(lock.packages.find(({ name }) => name === "pure")?.channel).toBe(plain.url);
    await (await makeLoader(main)).restore(lock);
    expect(pure()).toBe("pure");
  });

  test("goes to the site-packages of a python that the same call takes from the lock", async () => {
    const loader = await makeLoader(main, plain);
    await loader.load(["python", "pure"]);
    expect(pure()).toBe("pure");
  });
});
