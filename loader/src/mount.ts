// How are packages mounted without unpacking them?
//
// This module creates ordinary MEMFS folders, so that packages share site-packages and it stays
// writable, and MEMFS nodes without contents, which read from the archive. The first write copies
// the contents into the node, which is an ordinary MEMFS file from then on.

import { type Archive, type ArchivedFile, splitPath } from "./archive.js";
import type { EmscriptenFS, FSNode, NodeOps, StreamOps } from "./emscripten.js";
import { LoaderError, reason, UnreachableError } from "./errors.js";

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
// The numbers of WASI (system/lib/libc/musl/arch/emscripten/bits/errno.h of Emscripten).
const EIO = 29;
const ENETUNREACH = 40;

/** What packages have brought: files, folders and links. */
const mounted = new WeakSet<FSNode>();

interface ArchiveNode extends FSNode {
  /** The contents, until the first write; then null. */
  archived: ArchivedFile | null;
}

/** Mounts packages under `/` of one Emscripten module. */
export class Mounter {
  readonly #fs: EmscriptenFS;
  #operations: { node: NodeOps; stream: StreamOps } | undefined;

  constructor(fs: EmscriptenFS) {
    this.#fs = fs;
  }

  /**
   * Mount packages, all or none.
   *
   * @returns paths that existed before; their files are kept
   * @throws LoaderError if a folder is in the way of a file, or the reverse
   */
  mount(archives: Iterable<Archive>): string[] {
    const created: FSNode[] = [];
    const kept: string[] = [];
    try {
      for (const archive of archives) this.#mountOne(archive, created, kept);
    } catch (error) {
      for (const node of created.reverse()) {
        delete children(node.parent)[node.name];
        this.#fs.destroyNode(node);
      }
      throw error;
    }
    for (const node of created) mounted.add(node);
    return kept;
  }

  #mountOne(archive: Archive, created: FSNode[], kept: string[]): void {
    const folders = new Map<string, FSNode>([["", this.#fs.lookupPath("/").node]]);
    for (const [path, files] of archive.directories) {
      const folder = this.#folder(path, folders, created, archive);
      const existing = children(folder);
      for (const [name, file] of files) {
        if (Object.hasOwn(existing, name)) {
          if (this.#fs.isDir((existing[name] as FSNode).mode)) {
            throw new LoaderError(`${archive.package}: a folder is in the way of /${path}/${name}`);
          }
          kept.push(`/${path}/${name}`);
        } else {
          created.push(this.#createFile(folder, name, file));
        }
      }
    }
    for (const [path, target] of archive.symlinks) {
      const [parent, name] = splitPath(path);
      const folder = this.#folder(parent, folders, created, archive);
      if (Object.hasOwn(children(folder), name)) kept.push(`/${path}`);
      else created.push(folder.node_ops.symlink(folder, name, target));
    }
  }

  /** The folder at a path. Missing folders are created. */
  #folder(path: string, folders: Map<string, FSNode>, created: FSNode[], archive: Archive): FSNode {
    let folder = folders.get(path);
    if (folder) return folder;
    const [parentPath, name] = splitPath(path);
    const parent = this.#folder(parentPath, folders, created, archive);
    if (Object.hasOwn(children(parent), name)) {
      folder = this.#target(path, archive);
      if (!this.#fs.isDir(folder.mode)) {
        throw new LoaderError(`${archive.package}: a file is in the way of the folder /${path}`);
      }
    } else {
      folder = parent.node_ops.mknod(parent, name, S_IFDIR | 0o755, 0);
      created.push(folder);
    }
    folders.set(path, folder);
    return folder;
  }

  /** What is at a path; of a symbolic link, its target. */
  #target(path: string, archive: Archive): FSNode {
    try {
      return this.#fs.lookupPath(`/${path}`, { follow: true }).node;
    } catch (error) {
      throw new LoaderError(
        `${archive.package}: a link that leads to nothing is in the way of the folder /${path}`,
        { cause: error },
      );
    }
  }

  #createFile(folder: FSNode, name: string, file: ArchivedFile): FSNode {
    const node = folder.node_ops.mknod(folder, name, S_IFREG | file.mode, 0) as ArchiveNode;
    this.#operations ??= archiveOperations(this.#fs, node.node_ops, node.stream_ops);
    node.archived = file;
    node.usedBytes = file.size;
    node.node_ops = this.#operations.node;
    node.stream_ops = this.#operations.stream;
    return node;
  }
}

/** Whether a package has brought a file, folder or link that has not been changed. */
export function isMounted(node: FSNode): boolean {
  return mounted.has(node) && (node as Partial<ArchiveNode>).archived !== null;
}

/** MEMFS's file operations, with replacements for those that access contents. */
function archiveOperations(
  fs: EmscriptenFS,
  memfsNode: NodeOps,
  memfsStream: StreamOps,
): { node: NodeOps; stream: StreamOps } {
  /** An error of Emscripten's. The program sees only the errno. */
  const failure = (error: unknown): Error => {
    console.error(`A file of a package cannot be read: ${reason(error)}`);
    return new fs.ErrnoError(error instanceof UnreachableError ? ENETUNREACH : EIO);
  };
  const read = (file: ArchivedFile, position: number, target: Uint8Array): void => {
    try {
      file.read(position, target);
    } catch (error) {
      throw failure(error);
    }
  };
  const contents = (file: ArchivedFile): Uint8Array => {
    const bytes = new Uint8Array(file.size);
    read(file, 0, bytes);
    return bytes;
  };
  /** Copy the contents into the node. */
  const detach = (node: FSNode): void => {
    const { archived } = node as ArchiveNode;
    if (!archived) return;
    node.contents = contents(archived);
    (node as ArchiveNode).archived = null;
  };

  const node: NodeOps = {
    ...memfsNode,
    setattr(node, attributes) {
      if (attributes.size === 0) {
        (node as ArchiveNode).archived = null; // truncated to nothing: no copy is needed
        node.usedBytes = 0;
      } else if (attributes.size !== undefined) {
        detach(node);
      }
      memfsNode.setattr(node, attributes);
    },
  };
  const stream: StreamOps = {
    ...memfsStream,
    // Python's errors name the file that cannot be opened, not the one that cannot be read.
    open(stream) {
      try {
        (stream.node as ArchiveNode).archived?.open?.();
      } catch (error) {
        fs.closeStream(stream.fd);
        throw failure(error);
      }
    },
    read(stream, buffer, offset, length, position) {
      const { archived } = stream.node as ArchiveNode;
      if (!archived) return memfsStream.read(stream, buffer, offset, length, position);
      const size = Math.min(length, archived.size - position);
      if (size <= 0) return 0;
      read(archived, position, new Uint8Array(buffer.buffer, buffer.byteOffset + offset, size));
      return size;
    },
    write(stream, ...rest) {
      detach(stream.node);
      return memfsStream.write(stream, ...rest);
    },
    allocate(stream, ...rest) {
      detach(stream.node);
      memfsStream.allocate(stream, ...rest);
    },
    mmap(stream, ...rest) {
      // MEMFS copies the contents into the heap, so the node has them only during the call.
      const { archived } = stream.node as ArchiveNode;
      if (!archived) return memfsStream.mmap(stream, ...rest);
      stream.node.contents = contents(archived);
      try {
        return memfsStream.mmap(stream, ...rest);
      } finally {
        stream.node.contents = null;
      }
    },
    msync(stream, ...rest) {
      detach(stream.node);
      return memfsStream.msync(stream, ...rest);
    },
  };
  return { node, stream };
}

function children(folder: FSNode): Record<string, FSNode> {
  return folder.contents as Record<string, FSNode>;
}
