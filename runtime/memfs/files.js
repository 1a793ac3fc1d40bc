// What do the functions of Emscripten's FS do? The same as the system calls of Linux.
//
// Emscripten 3.1.69 resolves ".." by text
// (https://github.com/emscripten-core/emscripten/issues/23024), makes the text of links absolute
// (https://github.com/emscripten-core/emscripten/issues/22999), and asks by path for what is open.
// Here a name belongs to a node of a folder, and a node lives on while it is open. The functions
// replace those of FS. They take a folder in which relative paths start, or the current folder.

addToLibrary({
  $files__deps: ["$posix", "$walk", "$opening", "$FS", "$MEMFS", "$encodePath", "$lengthBytesUTF8"],
  $files__postset: "files.install();",
  $files: {
    install() {
      walk.current = FS.root;
      // A folder's entries are an object, in which "__proto__" is a name as others.
      const { createNode } = MEMFS;
      MEMFS.createNode = (...args) => {
        const node = createNode(...args);
        if (FS.isDir(node.mode)) {
          node.contents = Object.create(null);
        }
        return node;
      };
      const convert = (folder) => {
        Object.setPrototypeOf(folder.contents, null);
        for (const node of Object.values(folder.contents)) {
          if (FS.isDir(node.mode)) {
            convert(node);
          }
        }
      };
      convert(FS.root);
      for (const name of [
        ...[
          "open",
          "mknod",
          "mkdir",
          "symlink",
          "rename",
          "rmdir",
          "unlink",
          "readdir",
          "readlink",
        ],
        ...["stat", "lstat", "chmod", "lchmod", "truncate", "utime", "chdir", "cwd", "lookupPath"],
      ]) {
        FS[name] = files[name];
      }
      FS.open = opening.open;
      // Devices of Linux that Emscripten has not.
      const zeros = (_, buffer, offset, length) => {
        buffer.fill(0, offset, offset + length);
        return length;
      };
      FS.registerDevice(FS.makedev(1, 5), { read: zeros, write: (...args) => args[3] });
      FS.registerDevice(FS.makedev(1, 7), { read: zeros, write: () => walk.fail(posix.ENOSPC) });
      FS.mkdev("/dev/zero", FS.makedev(1, 5));
      FS.mkdev("/dev/full", FS.makedev(1, 7));
      FS.symlink("/proc/self/fd", "/dev/fd");
    },

    // FS.lookupPath of Emscripten, for its own functions and for users of FS.
    lookupPath(path, { parent = false, follow = false, follow_mount = true } = {}) {
      if (!path) {
        return { path: "", node: null };
      }
      const found = walk.find(path, { follow, followSlash: false, mount: follow_mount });
      const node = parent ? found.parent : (found.node ?? walk.fail(posix.ENOENT));
      return {
        node,
        get path() {
          return FS.getPath(node);
        },
      };
    },

    // Where a new entry can be made: {parent, name}. Only a folder's name may end with a slash.
    place(path, folder, at) {
      const { parent, name, node, slash } = walk.find(path, {
        at,
        follow: false,
        followSlash: false,
      });
      if (node) {
        walk.fail(posix.EEXIST);
      }
      if (slash && !folder) {
        walk.fail(posix.ENOENT);
      }
      files.checkChange(parent);
      return { parent, name };
    },

    checkChange(folder) {
      const errno = folder.removed ? posix.ENOENT : FS.nodePermissions(folder, "wx");
      if (errno) {
        walk.fail(errno);
      }
    },

    // Calls an operation of a folder that its file system may lack.
    change(folder, operation, ...args) {
      if (!folder.node_ops[operation]) {
        walk.fail(posix.EPERM);
      }
      return folder.node_ops[operation](...args);
    },

    mknod(path, mode, dev, at) {
      const { parent, name } = files.place(path, FS.isDir(mode), at);
      return files.change(parent, "mknod", parent, name, mode, dev);
    },

    mkdir(path, mode = 0o777, at = undefined) {
      return files.mknod(path, (mode & 0o1777) | posix.S_IFDIR, 0, at);
    },

    symlink(target, path, at) {
      if (target === "") {
        walk.fail(posix.ENOENT);
      }
      walk.checkLength(target, 4095);
      const { parent, name } = files.place(path, false, at);
      return files.change(parent, "symlink", parent, name, target);
    },

    // Takes a node out of its folder. It lives on while it is open.
    removed(node) {
      FS.destroyNode(node);
      node.removed = true;
    },

    rmdir(path, at) {
      const { parent, name, node } = walk.find(path, { at, follow: false, followSlash: false });
      if (!node || name === "/" || name === "." || name === "..") {
        const errnos = { "/": posix.EBUSY, ".": posix.EINVAL, "..": posix.ENOTEMPTY };
        walk.fail(errnos[name] ?? posix.ENOENT);
      }
      files.checkChange(parent);
      if (!FS.isDir(node.mode)) {
        walk.fail(posix.ENOTDIR);
      }
      if (node.mounted || node.parent === node) {
        walk.fail(posix.EBUSY);
      }
      files.change(parent, "rmdir", parent, name);
      files.removed(node);
    },

    unlink(path, at) {
      const { parent, name, node, slash } = walk.find(path, {
        at,
        follow: false,
        followSlash: false,
      });
      if (!node) {
        walk.fail(posix.ENOENT);
      }
      if (FS.isDir(node.mode)) {
        walk.fail(posix.EISDIR);
      }
      if (slash) {
        walk.fail(posix.ENOTDIR);
      }
      files.checkChange(parent);
      files.change(parent, "unlink", parent, name);
      files.removed(node);
    },

    rename(source, target, from, to) {
      const options = { follow: false, followSlash: false };
      const old = walk.find(source, { ...options, at: from });
      const place = walk.find(target, { ...options, at: to });
      for (const { name } of [old, place]) {
        if (name === "/" || name === "." || name === "..") {
          walk.fail(posix.EBUSY);
        }
      }
      if (old.parent.mount !== place.parent.mount) {
        walk.fail(posix.EXDEV);
      }
      const { node } = old;
      if (!node) {
        walk.fail(posix.ENOENT);
      }
      const folder = FS.isDir(node.mode);
      if (!folder && (old.slash || place.slash)) {
        walk.fail(posix.ENOTDIR);
      }
      const contains = (outer, inner) =>
        outer === inner || (inner.parent !== inner && contains(outer, inner.parent));
      if (folder && contains(node, place.parent)) {
        walk.fail(posix.EINVAL);
      }
      if (place.node && FS.isDir(place.node.mode) && contains(place.node, old.parent)) {
        walk.fail(posix.ENOTEMPTY);
      }
      if (node === place.node) {
        return;
      }
      files.checkChange(old.parent);
      files.checkChange(place.parent);
      if (place.node && FS.isDir(place.node.mode) !== folder) {
        walk.fail(folder ? posix.ENOTDIR : posix.EISDIR);
      }
      if (node.mounted || node.parent === node || place.node?.mounted) {
        walk.fail(posix.EBUSY);
      }
      if (folder && old.parent !== place.parent && FS.nodePermissions(node, "w")) {
        walk.fail(posix.EACCES);
      }
      FS.hashRemoveNode(node);
      try {
        files.change(old.parent, "rename", node, place.parent, place.name);
        node.parent = place.parent;
        node.name = place.name;
      } finally {
        FS.hashAddNode(node);
      }
      if (place.node) {
        files.removed(place.node);
      }
    },

    readdir: (path, at) => files.entries(walk.node(path, { at })),

    // The names in a folder.
    entries(node) {
      if (!FS.isDir(node.mode) || !node.node_ops.readdir) {
        walk.fail(posix.ENOTDIR);
      }
      const errno = FS.nodePermissions(node, "r");
      if (errno) {
        walk.fail(errno);
      }
      return node.node_ops.readdir(node);
    },

    readlink(path, at) {
      const node = walk.node(path, { at, follow: false });
      return walk.isLink(node) ? node.node_ops.readlink(node) : walk.fail(posix.EINVAL);
    },

    stat: (path, dontFollow = false, at = undefined) =>
      files.attributes(walk.node(path, { at, follow: !dontFollow })),

    lstat: (path) => files.stat(path, true),

    // What stat() says about a node.
    attributes(node) {
      const stat = node.node_ops?.getattr?.(node) ?? {
        ...{ dev: 0, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size: 0 },
        ...{ atime: new Date(0), mtime: new Date(0), ctime: new Date(0), blksize: 4096, blocks: 0 },
      };
      const { times } = node;
      if (times && times.timestamp === node.timestamp) {
        stat.atime = times.atime;
        stat.mtime = times.mtime;
      }
      if (times) {
        stat.ctime = new Date(
          Math.max(times.ctime, times.timestamp === node.timestamp ? 0 : node.timestamp),
        );
      }
      if (node.removed) {
        stat.nlink = 0;
      }
      if (FS.isLink(stat.mode) && node.link !== undefined) {
        stat.size = encodePath(node.link).length;
      }
      if (node.usedBytes !== undefined) {
        stat.blocks = Math.ceil(stat.size / 4096) * 8; // of 512 bytes
      }
      return stat;
    },

    // The node of a call that takes a path or, in JavaScript, a node.
    given: (path, options) => (typeof path === "string" ? walk.node(path, options) : path),

    chmod(path, mode, dontFollow = false, at = undefined) {
      const node = files.given(path, { at, follow: !dontFollow });
      if (!node.node_ops.setattr) {
        walk.fail(posix.EPERM);
      }
      node.node_ops.setattr(node, { mode: (mode & 0o7777) | (node.mode & ~0o7777) });
      // The time of the last change, but not of the contents.
      const { atime, mtime } = files.attributes(node);
      files.keepTimes(node, atime, mtime);
    },

    lchmod: (path, mode) => files.chmod(path, mode, true),

    truncate(path, length) {
      if (!(length >= 0)) {
        walk.fail(posix.EINVAL);
      }
      const node = files.given(path);
      if (!FS.isFile(node.mode)) {
        walk.fail(FS.isDir(node.mode) ? posix.EISDIR : posix.EINVAL);
      }
      const errno = node.node_ops.setattr ? FS.nodePermissions(node, "w") : posix.EPERM;
      // ftruncate() needs a descriptor that writes, not the permission.
      if (errno && typeof path === "string") {
        walk.fail(errno);
      }
      node.node_ops.setattr(node, { size: length, timestamp: Date.now() });
    },

    // MEMFS has one time in milliseconds, `timestamp`. `times` has the others until a write changes it.
    keepTimes(node, atime, mtime) {
      if (node.timestamp !== undefined) {
        node.times = { timestamp: node.timestamp, atime, mtime, ctime: Date.now() };
      }
    },

    // Times in milliseconds, as FS takes them.
    utime(path, atime, mtime) {
      const times = [atime, mtime].map((time) => BigInt(Math.round(time * 1e6)));
      files.setTimes(files.given(path), ...times);
    },

    // Times in nanoseconds; undefined keeps a time.
    setTimes(node, atimeNs, mtimeNs) {
      const former = files.attributes(node);
      const date = (nanoseconds) =>
        Object.assign(new Date(Number(nanoseconds) / 1e6), { nanoseconds });
      const atime = atimeNs === undefined ? former.atime : date(atimeNs);
      const mtime = mtimeNs === undefined ? former.mtime : date(mtimeNs);
      node.node_ops.setattr?.(node, { timestamp: mtime.getTime() });
      files.keepTimes(node, atime, mtime);
    },

    chdir(path, at) {
      const node = walk.node(path, { at });
      walk.checkSearch(node);
      walk.current = node;
    },

    cwd: () => FS.getPath(walk.current),
  },
});
