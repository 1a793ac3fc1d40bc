import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Bundle } from "../src/bundle.js";
import { ChunkCache } from "../src/chunks.js";
import { python, root, skippedWithout } from "./needs.js";
import { pack } from "./pack.js";

// The bundler is written in Python: each side must read the bundles of the other.
const skipped = skippedWithout(existsSync(python), ".venv from `make`");

const run = (program: string, input: Uint8Array | string = ""): Buffer =>
  execFileSync(python, ["-c", program], { cwd: root, input, maxBuffer: 1 << 26 });

const WRITE = `
import random, sys
from conda_emscripten.bundle_format import pack
from conda_emscripten.file_tree import File, Tree
rng = random.Random(5)
files = {}
for n in range(30):
    pattern = rng.randbytes(rng.choice([1, 7, 1000, 100_000]))
    size = rng.choice([0, 1, 65535, 65536, 65537, 300_000])
    content = (pattern * (size // len(pattern) + 1))[:size]
    files[f"lib/{n % 4}/ü{n}"] = File(content=content, mode=0o755 if n % 3 else 0o644)
tree = Tree(files=files, symlinks={"lib/l": "0/ü0", "lib/up": ".."}, libraries=["lib/1/ü1", "lib/2/ü2"])
sys.stdout.buffer.write(pack(tree, package="p-1-0.conda", package_sha256="ab"))
`;

const DIGESTS = `
import hashlib, json, sys
from conda_emscripten.bundle_format import unpack
bundle = unpack(sys.stdin.buffer.read())
print(json.dumps({
    "files": {path: [hashlib.sha256(file.content).hexdigest(), file.mode]
              for path, file in bundle.tree.files.items()},
    "symlinks": bundle.tree.symlinks,
    "libraries": bundle.tree.libraries,
}))
`;

/** The contents of a bundle as the loader reads them, in the form of DIGESTS. */
function digests(bytes: Uint8Array): unknown {
  const bundle = new Bundle(bytes, new ChunkCache());
  const files: Record<string, unknown> = {};
  for (const [folder, entries] of bundle.directories) {
    for (const [name, file] of entries) {
      const content = new Uint8Array(file.size);
      file.read(0, content);
      const sha256 = createHash("sha256").update(content).digest("hex");
      files[folder ? `${folder}/${name}` : name] = [sha256, file.mode];
    }
  }
  return { files, symlinks: Object.fromEntries(bundle.symlinks), libraries: bundle.libraries };
}

describe.skipIf(skipped)("bundler and loader", () => {
  test("the loader reads bundles of the bundler", () => {
    const bytes = new Uint8Array(run(WRITE));
    const actual = digests(bytes);
    expect(actual).toEqual(JSON.parse(run(DIGESTS, bytes).toString()));
    expect(actual).toMatchObject({ symlinks: { "lib/l": "0/ü0", "lib/up": ".." } });
  });

  test("the bundler reads bundles of the loader's tests", () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `lib/${n % 5}/f${n}`,
        Uint8Array.from({ length: n * 37 }, (_, at) => (at % 11) * n),
      ]),
    );
    const bytes = pack({
      files,
      modes: { "lib/0/f5": 0o755 },
      symlinks: { l: "lib/0", "lib/up": "../." },
      libraries: ["lib/3/f3"],
    });
    expect(digests(bytes)).toEqual(JSON.parse(run(DIGESTS, bytes).toString()));
  });
});
