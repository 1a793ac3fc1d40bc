// How does a lock describe a package?
//
// This module converts packages to entries of a lock and back. docs/reference/bundle-format.md
// describes the file; conda_emscripten/lock.py writes it, too.

import { LoaderError } from "./errors.js";
import type { BundleLocation, LockedPackage, PackageRecord } from "./formats.js";
import type { ResolvedPackage } from "./packages.js";

export const LOCK_VERSION = 1;

/**
 * The package that an entry of a lock describes.
 *
 * @param base URL of the lock
 */
export function fromLock(entry: LockedPackage, base: string): ResolvedPackage {
  const { name, version, build, build_number, subdir, file, sha256, depends, url } = entry;
  const { constrains = [], channel = "./" } = entry;
  const record: PackageRecord = {
    ...{ name, version, build, build_number, subdir, file, sha256, depends, constrains },
    ...(url !== undefined && { url }),
  };
  return { record, channel: new URL(channel, base).href, bundle: locationOf(entry) };
}

function locationOf(entry: LockedPackage): BundleLocation | null {
  const { bundle, bundle_size: size = 0, bundle_sha256: sha256 = null } = entry;
  const { bundle_head_size: head_size, bundle_head_sha256: head_sha256 } = entry;
  if (bundle === undefined) return null;
  const hasHead = head_size !== undefined && head_sha256;
  return { bundle, size, sha256, ...(hasHead && { head_size, head_sha256 }) };
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
  };
}
