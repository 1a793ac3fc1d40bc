// Do the interfaces of formats.ts have the keys of the JSON Schemas?
//
// A key that is added to an interface only fails `tsc` here, one that is added to a schema only
// fails a test.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type {
  BundleEntry,
  BundlePart,
  BundlesJson,
  ImportsJson,
  Lock,
  LockedPackage,
  ProjectEntry,
  ShardBundle,
  ShardPart,
} from "../src/formats.js";
import { root } from "./needs.js";

/** Each key of an interface. */
type Keys<T> = {
  [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K> ? "optional" : "required";
};

interface ObjectSchema {
  properties: object;
  required: string[];
}

interface Schema extends Partial<ObjectSchema> {
  title: string;
  $defs?: Record<string, ObjectSchema>;
}

/** Name of a schema -> name of an interface -> its keys. */
const formats = {
  bundles: {
    BundlesJson: {
      version: "required",
      subdir: "required",
      bundles: "required",
    } satisfies Keys<BundlesJson>,
    BundleEntry: {
      bundle: "required",
      size: "required",
      sha256: "required",
      head_size: "optional",
      head_sha256: "optional",
      parts: "optional",
      package_sha256: "required",
      imports: "required",
      distributions: "required",
    } satisfies Keys<BundleEntry>,
    BundlePart: {
      bundle: "required",
      size: "required",
      sha256: "required",
    } satisfies Keys<BundlePart>,
    ProjectEntry: { version: "required", extras: "required" } satisfies Keys<ProjectEntry>,
  },
  "shard-bundles": {
    ShardBundle: {
      bundle: "required",
      size: "required",
      sha256: "required",
      head_size: "optional",
      head_sha256: "optional",
      parts: "optional",
    } satisfies Keys<ShardBundle>,
    BundlePart: {
      bundle: "required",
      size: "required",
      sha256: "required",
    } satisfies Keys<ShardPart>,
  },
  imports: {
    ImportsJson: { version: "required", imports: "required" } satisfies Keys<ImportsJson>,
  },
  lock: {
    Lock: {
      version: "required",
      platform: "required",
      specs: "required",
      packages: "required",
    } satisfies Keys<Lock>,
    LockedPackage: {
      name: "required",
      version: "required",
      build: "required",
      build_number: "required",
      subdir: "required",
      file: "required",
      sha256: "required",
      depends: "required",
      constrains: "optional",
      url: "optional",
      channel: "optional",
      bundle: "optional",
      bundle_size: "optional",
      bundle_sha256: "optional",
      bundle_head_size: "optional",
      bundle_head_sha256: "optional",
      bundle_parts: "optional",
    } satisfies Keys<LockedPackage>,
    BundlePart: {
      bundle: "required",
      size: "required",
      sha256: "required",
    } satisfies Keys<BundlePart>,
  },
};

/** The objects that a schema describes, in the form of `formats`. */
function objectsOf(file: string): Record<string, Record<string, string>> {
  const path = join(root, "docs/reference/schema", `${file}.schema.json`);
  const { title, properties, required, $defs } = JSON.parse(readFileSync(path, "utf8")) as Schema;
  const objects = {
    ...(properties && required && { [title]: { properties, required } }),
    ...$defs,
  };
  return Object.fromEntries(
    Object.entries(objects).map(([name, { properties, required }]) => [
      name,
      Object.fromEntries(
        Object.keys(properties).map((key) => [
          key,
          required.includes(key) ? "required" : "optional",
        ]),
      ),
    ]),
  );
}

test.each(Object.entries(formats))("%s has the keys of its schema", (file, interfaces) => {
  expect(objectsOf(file)).toEqual(interfaces);
});
