// How does a folder of the device, or of the browser's private file system, become a folder of
// Python?
//
// The files are copied to memory when the folder is mounted, and back when a program asks for it:
// the browser's functions for such folders are asynchronous, and Python's are not.

import type { Core } from "./core.js";

/** Copies the files of a mounted folder. */
export interface NativeFS {
  /** Writes what Python has changed to the device. */
  syncfs(): Promise<void>;
}

/** A file or folder on one of the two sides. */
interface Entry {
  isFolder: boolean;
  /** Of the last change, in milliseconds. */
  time: number;
}

interface Side {
  /** All files and folders below the mounted folder, by their relative paths. */
  list(): Promise<Map<string, Entry>>;
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  writeFile(path: string, bytes: Uint8Array<ArrayBuffer>, time: number): Promise<void>;
  makeFolder(path: string): Promise<void>;
  remove(path: string, isFolder: boolean): Promise<void>;
}

/**
 * Mount a folder of the device.
 *
 * @param path of an empty folder in Python's file system; made if it does not exist
 * @throws TypeError if `handle` is no folder; Error if the folder cannot be mounted
 */
export async function mountNative(
  core: Core,
  path: string,
  handle: FileSystemDirectoryHandle,
): Promise<NativeFS> {
  if (handle?.constructor?.name !== "FileSystemDirectoryHandle") {
    throw new TypeError("Expected argument 'fileSystemHandle' to be a FileSystemDirectoryHandle");
  }
  const { FS } = core;
  checkMountPoint(core, path);
  const python = pythonSide(core, path);
  const device = deviceSide(handle);
  const sync = (populate: boolean) =>
    populate ? copyChanges(device, python) : copyChanges(python, device);
  const type = {
    // biome-ignore lint/style/noNonNullAssertion: each module of Emscripten has MEMFS
    mount: FS.filesystems.MEMFS!.mount,
    /** FS.syncfs calls this function. */
    syncfs(_mount: object, populate: boolean, done: (error: unknown) => void) {
      sync(populate).then(() => done(null), done);
    },
  };
  FS.mount(type, {}, path);
  await sync(true);
  return { syncfs: () => sync(false) };
}

/**
 * Make a folder to mount on.
 *
 * @throws Error if something is mounted there, or there is a file, or the folder has contents
 */
export function checkMountPoint({ FS }: Core, path: string): void {
  FS.mkdirTree(path);
  const { node } = FS.lookupPath(path, { follow_mount: false } as object);
  if (FS.isMountpoint(node)) {
    throw new Error(`path '${path}' is already a file system mount point`);
  }
  if (!FS.isDir(node.mode)) {
    throw new Error(`path '${path}' points to a file not a directory`);
  }
  if (FS.readdir(path).length > 2) throw new Error(`directory '${path}' is not empty`);
}

/** Make the target equal to the source. Files of the same or a later time are kept. */
async function copyChanges(source: Side, target: Side): Promise<void> {
  const [wanted, present] = await Promise.all([source.list(), target.list()]);
  // What is in a folder comes after it in this order.
  for (const path of [...present.keys()].sort().reverse()) {
    const { isFolder } = present.get(path) as Entry;
    if (wanted.get(path)?.isFolder === isFolder) continue;
    await target.remove(path, isFolder);
    present.delete(path);
  }
  for (const path of [...wanted.keys()].sort()) {
    const { isFolder, time } = wanted.get(path) as Entry;
    const found = present.get(path);
    if (isFolder) {
      if (!found) await target.makeFolder(path);
    } else if (!found || found.time < time) {
      await target.writeFile(path, await source.read(path), time);
    }
  }
}

function pythonSide({ FS, PATH }: Core, root: string): Side {
  const at = (path: string) => PATH.join2(root, path);
  return {
    async list() {
      const entries = new Map<string, Entry>();
      const folders = [""];
      for (const folder of folders) {
        for (const name of FS.readdir(at(folder))) {
          if (name === "." || name === "..") continue;
          const path = folder === "" ? name : `${folder}/${name}`;
          const { mode, mtime } = FS.stat(at(path));
          const isFolder = FS.isDir(mode);
          if (isFolder) folders.push(path);
          if (isFolder || FS.isFile(mode)) entries.set(path, { isFolder, time: mtime.getTime() });
        }
      }
      return entries;
    },
    read: async (path) => FS.readFile(at(path)),
    async writeFile(path, bytes, time) {
      FS.writeFile(at(path), bytes, { canOwn: true });
      FS.utime(at(path), time, time);
    },
    makeFolder: async (path) => FS.mkdirTree(at(path)),
    remove: async (path, isFolder) => (isFolder ? FS.rmdir(at(path)) : FS.unlink(at(path))),
  };
}

function deviceSide(root: FileSystemDirectoryHandle): Side {
  const parts = (path: string): [folders: string[], name: string] => {
    const names = path.split("/");
    return [names, names.pop() as string];
  };
  async function folderAt(names: string[]): Promise<FileSystemDirectoryHandle> {
    let folder = root;
    for (const name of names) folder = await folder.getDirectoryHandle(name);
    return folder;
  }
  return {
    async list() {
      const entries = new Map<string, Entry>();
      const folders: [string, FileSystemDirectoryHandle][] = [["", root]];
      for (const [prefix, folder] of folders) {
        for await (const handle of (folder as unknown as Iterables).values()) {
          const path = prefix + handle.name;
          if (handle.kind === "directory") {
            entries.set(path, { isFolder: true, time: 0 });
            folders.push([`${path}/`, handle as FileSystemDirectoryHandle]);
          } else {
            const { lastModified } = await (handle as FileSystemFileHandle).getFile();
            entries.set(path, { isFolder: false, time: lastModified });
          }
        }
      }
      return entries;
    },
    async read(path) {
      const [folders, name] = parts(path);
      const file = await (await folderAt(folders)).getFileHandle(name);
      return new Uint8Array(await (await file.getFile()).arrayBuffer());
    },
    async writeFile(path, bytes) {
      const [folders, name] = parts(path);
      const file = await (await folderAt(folders)).getFileHandle(name, { create: true });
      const stream = await file.createWritable();
      await stream.write(bytes);
      await stream.close();
    },
    async makeFolder(path) {
      const [folders, name] = parts(path);
      await (await folderAt(folders)).getDirectoryHandle(name, { create: true });
    },
    async remove(path) {
      const [folders, name] = parts(path);
      await (await folderAt(folders)).removeEntry(name);
    },
  };
}

/** TypeScript's library lacks it. */
interface Iterables {
  values(): AsyncIterable<FileSystemHandle>;
}
