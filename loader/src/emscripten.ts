// Which parts of an Emscripten module's `FS` does the loader rely on?
//
// Emscripten 3.1.69, src/library_fs.js and src/library_memfs.js. The nodes are MEMFS nodes: the root
// file system of every module is one.

export interface FSNode {
  id: number;
  name: string;
  mode: number;
  parent: FSNode;
  node_ops: NodeOps;
  stream_ops: StreamOps;
  /** A folder's children by name; a file's bytes, of which `usedBytes` count. */
  contents: Record<string, FSNode> | Uint8Array | null;
  usedBytes: number;
}

export interface FSStream {
  node: FSNode;
}

export interface NodeOps {
  setattr(node: FSNode, attributes: { mode?: number; timestamp?: number; size?: number }): void;
  mknod(parent: FSNode, name: string, mode: number, device: number): FSNode;
  symlink(parent: FSNode, name: string, target: string): FSNode;
}

export interface StreamOps {
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
  isFile(mode: number): boolean;
  isLink(mode: number): boolean;
  destroyNode(node: FSNode): void;
  ErrnoError: new (errno: number) => Error;
}
