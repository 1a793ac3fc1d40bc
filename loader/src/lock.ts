// How does a lock describe a package?
//
// This module converts packages to entries of a lock and back. docs/reference/bundle-format.md
// describes the file; conda_emscripten/lock.py writes it, too.

import { LoaderError } from "./errors.js";
import type { BundleLocation, Lock, LockedPackage, PackageRecord } from "./formats.js";
import type { ResolvedPackage } from "./packages.js";
import {
  bundleName,
  count,
  digest,
  list,
  nullOr,
  object,
  optional,
  partsOf,
  shaped,
  text,
  textOf,
} from "./shape.js";

export const LOCK_VERSION = 2;
/** The versions that this loader reads. Version 1 has no parts of bundles. */
export const LOCK_VERSIONS: readonly number[] = [1, LOCK_VERSION];

const entryShape = object({
  name: text,
  version: text,
  build: text,
  build_number: count,
  subdir: text,
  file: text,
  sha256: digest,
  depends: list(text),
  constrains: optional(list(text)),
  url: optional(text),
  channel: optional(textOf(/\/$/, 'a URL that ends in "/"')),
  bundle: optional(nullOr(bundleName)),
  bundle_size: optional(count),
  bundle_sha256: optional(nullOr(digest)),
  bundle_head_size: optional(count),
  bundle_head_sha256: optional(digest),
  bundle_parts: optional(partsOf(digest)),
});

const lockShape = object({
  platform: text,
  specs: list(text),
  packages: list((value) => entryShape(value) ?? missing(value as LockedPackage)),
});

/** What is wrong with the keys of an entry that go together. */
function missing(entry: LockedPackage): string | null {
  const { bundle, bundle_size, bundle_sha256, bundle_head_size, bundle_head_sha256 } = entry;
  if (bundle !== undefined && (bundle_size === undefined || bundle_sha256 === undefined)) {
    return " has a bundle without its size or sha256";
  }
  if (entry.bundle_parts !== undefined && !bundle) return " has parts of no bundle";
  return (bundle_head_size === undefined) === (bundle_head_sha256 === undefined)
    ? null
    : " has only one of bundle_head_size and bundle_head_sha256";
}

/**
 * The lock in parsed JSON of one of `LOCK_VERSIONS`.
 *
 * @param name of the file, for the message
 * @throws LoaderError that names the wrong value
 */
export function readLock(json: unknown, name: string): Lock {
  return shaped<Lock>(json, lockShape, name);
}

/** The version of parsed JSON, as in messages. */
export function versionOf(json: unknown): string {
  const { version } = (json ?? {}) as { version?: unknown };
  return typeof version === "number" ? `version ${version}` : "no version";
}

/**
 * The package that an entry of a lock describes.
 *
 * @param base URL of the lock
 * @throws LoaderError if the channel is not a URL
 */
export function fromLock(entry: LockedPackage, base: string): ResolvedPackage {
  const { name, version, build, build_number, subdir, file, sha256, depends, url } = entry;
  const { constrains = [], channel = "./" } = entry;
  const record: PackageRecord = {
    ...{ name, version, build, build_number, subdir, file, sha256, depends, constrains },
    ...(url !== undefined && { url }),
  };
  if (!URL.canParse(channel, base)) {
    throw new LoaderError(`The lock names the channel ${channel} of ${name}: it is not a URL.`);
  }
  return { record, channel: new URL(channel, base).href, bundle: locationOf(entry) };
}

function locationOf(entry: LockedPackage): BundleLocation | null {
  const { bundle, bundle_size: size = 0, bundle_sha256: sha256 = null } = entry;
  const { bundle_head_size: head_size, bundle_head_sha256: head_sha256 } = entry;
  const { bundle_parts: parts } = entry;
  if (bundle === undefined) return null;
  const hasHead = head_size !== undefined && head_sha256;
  const head = hasHead && { head_size, head_sha256 };
  return { bundle, size, sha256, ...head, ...(parts && { parts }) };
}

/**
 * The inverse of `fromLock`, with the channel as an absolute URL.
 *
 * @throws LoaderError for a package from an address
 */
export function toLock({ record, channel, isAddress, bundle }: ResolvedPackage): LockedPackage {
  if (isAddress) {
    throw new LoaderError(
      `${record.name} comes from ${channel}, not from a channel: a lock cannot name it. Put it ` +
        "into a channel with `conda-emscripten index`.",
    );
  }
  if (!bundle) return { ...record, channel };
  return {
    ...record,
    channel,
    bundle: bundle.bundle,
    bundle_size: bundle.size,
    bundle_sha256: bundle.sha256,
    ...(bundle.head_sha256 && {
      bundle_head_size: bundle.head_size ?? 0,
      bundle_head_sha256: bundle.head_sha256,
    }),
    ...(bundle.parts && { bundle_parts: bundle.parts }),
  };
}
