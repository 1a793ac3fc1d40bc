// What in the file system is of no package?
//
// A snapshot has no files: packages bring theirs. This module finds the others.

import type { EmscriptenFS, FSNode } from "./emscripten.js";
import { isMounted } from "./mount.js";

/** The parts of a file system that no package has brought. */
export interface Foreign {
  /** Paths of files, also of changed files of packages. */
  files: string[];
  /** Paths of folders, each after its parent. */
  folders: string[];
  /** Paths at which other file systems are mounted. */
  mounts: string[];
}

/**
 * Files that programs write only to save time: byte code, and the user's cache (XDG Base Directory
 * Specification). They are not listed.
 */
const CACHES = /\/(__pycache__|\.cache)\//;

/**
 * What in a file system is of no package.
 *
 * @param without paths of folders that are left out
 */
export function foreignFiles(fs: EmscriptenFS, without: readonly string[]): Foreign {
  const found: Foreign = { files: [], folders: [], mounts: [] };
  const visit = (folder: FSNode, path: string): void => {
    for (const [name, node] of Object.entries(folder.contents as Record<string, FSNode>)) {
      const child = `${path}/${name}`;
      if (without.includes(child)) continue;
      if (node.mounted) {
        found.mounts.push(child);
      } else if (fs.isDir(node.mode)) {
        if (!isMounted(node)) found.folders.push(child);
        visit(node, child);
      } else if (!isMounted(node) && !CACHES.test(child)) {
        found.files.push(child);
      }
    }
  };
  visit(fs.lookupPath("/").node, "");
  return found;
}
