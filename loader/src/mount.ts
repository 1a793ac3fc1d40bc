// How do the files of packages appear in an Emscripten file system without being unpacked?
//
// Folders are ordinary MEMFS folders, so that many packages share site-packages and it stays
// writable. Files are MEMFS nodes without contents whose operations read from the archive; the first
// write gives a node contents of its own, and from then on it is an ordinary MEMFS file.

import { type Archive, type ArchivedFile, splitPath } from "./archive.js";
import type { EmscriptenFS, FSNode, NodeOps, StreamOps } from "./emscripten.js";
import { LoaderError, reason } from "./errors.js";

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const EIO = 29; // WASI's number, as in Emscripten's system/lib/libc/musl/arch/emscripten/bits/errno.h

interface ArchiveNode extends FSNode {
  /** Where the contents are, until something is written. */
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
   * @returns the paths that existed before and were left as they are
   * @throws LoaderError if a folder would have to replace a file, or the reverse
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

  /** The folder at a path, made with all its parents where it is missing. */
  #folder(path: string, known: Map<string, FSNode>, created: FSNode[], archive: Archive): FSNode {
    const found = known.get(path);
    if (found) return found;
    const [above, name] = splitPath(path);
    const parent = this.#folder(above, known, created, archive);
    let folder: FSNode | undefined;
    if (Object.hasOwn(children(parent), name)) {
      // Not simply the child: it may be a link to a folder.
      folder = this.#fs.lookupPath(`/${path}`, { follow: true }).node;
      if (!this.#fs.isDir(folder.mode)) {
        throw new LoaderError(`${archive.package}: a file is in the way of the folder /${path}`);
      }
    } else {
      folder = parent.node_ops.mknod(parent, name, S_IFDIR | 0o755, 0);
      created.push(folder);
    }
    known.set(path, folder);
    return folder;
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

/** MEMFS's operations on a file, with those replaced that touch contents. */
function archiveOperations(
  fs: EmscriptenFS,
  memfsNode: NodeOps,
  memfsStream: StreamOps,
): { node: NodeOps; stream: StreamOps } {
  const read = (file: ArchivedFile, position: number, target: Uint8Array): void => {
    try {
      file.read(position, target);
    } catch (error) {
      // A program hears of a number alone.
      console.error(`A file of a package cannot be read: ${reason(error)}`);
      throw new fs.ErrnoError(EIO);
    }
  };
  const contents = (file: ArchivedFile): Uint8Array => {
    const bytes = new Uint8Array(file.size);
    read(file, 0, bytes);
    return bytes;
  };
  /** Give the node contents of its own. */
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
        (node as ArchiveNode).archived = null; // truncated: nothing needs to be read
        node.usedBytes = 0;
      } else if (attributes.size !== undefined) {
        detach(node);
      }
      memfsNode.setattr(node, attributes);
    },
  };
  const stream: StreamOps = {
    ...memfsStream,
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
      // MEMFS copies the contents into the heap, so they are wanted only meanwhile.
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
