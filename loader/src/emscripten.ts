// Which parts of Emscripten's `FS` does the loader use?
//
// This module declares them, after src/library_fs.js and src/library_memfs.js of Emscripten 3.1.69.
// The nodes are MEMFS nodes, as the root file system of every module is MEMFS.

export interface FSNode {
  id: number;
  name: string;
  mode: number;
  parent: FSNode;
  node_ops: NodeOps;
  stream_ops: StreamOps;
  /** The children of a folder by name, or the bytes of a file, up to `usedBytes`. */
  contents: Record<string, FSNode> | Uint8Array | null;
  usedBytes: number;
  /** Of a folder at which another file system is mounted. */
  mounted?: object | null;
}

export interface FSStream {
  fd: number;
  node: FSNode;
}

export interface NodeOps {
  setattr(node: FSNode, attributes: { mode?: number; timestamp?: number; size?: number }): void;
  mknod(parent: FSNode, name: string, mode: number, device: number): FSNode;
  symlink(parent: FSNode, name: string, target: string): FSNode;
}

export interface StreamOps {
  /** Called when a stream of a file opens. */
  open?(stream: FSStream): void;
  read(
    stream: FSStream,
    buffer: ArrayBufferView,
    offset: number,
    length: number,
    position: number,
  ): number;
  write(
    stream: FSStream,
    buffer: ArrayBufferView,
    offset: number,
    length: number,
    position: number,
    canOwn?: boolean,
  ): number;
  allocate(stream: FSStream, offset: number, length: number): void;
  mmap(
    stream: FSStream,
    length: number,
    position: number,
    prot: number,
    flags: number,
  ): { ptr: number; allocated: boolean };
  msync(
    stream: FSStream,
    buffer: ArrayBufferView,
    offset: number,
    length: number,
    flags: number,
  ): number;
}

/** The file system of an Emscripten module (`EXPORTED_RUNTIME_METHODS` must contain `FS`). */
export interface EmscriptenFS {
  lookupPath(path: string, options?: { follow?: boolean }): { path: string; node: FSNode };
  isDir(mode: number): boolean;
  destroyNode(node: FSNode): void;
  closeStream(fd: number): void;
  ErrnoError: new (errno: number) => Error;
}
