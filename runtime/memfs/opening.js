// How does a file of Emscripten's FS open? The same as on Linux: open(2).

addToLibrary({
  $opening__deps: ["$walk", "$posix", "$FS_modeStringToFlags"],
  $opening: {
    // Opens a file. `mask` are the bits of umask.
    open(path, flags, mode = 0o666, at = undefined, mask = 0) {
      flags = typeof flags === "string" ? FS_modeStringToFlags(flags) : flags;
      const exclusive = (flags & posix.O_CREAT) !== 0 && (flags & posix.O_EXCL) !== 0;
      const found =
        typeof path === "object"
          ? { node: path }
          : walk.find(path, {
              at,
              follow: !(exclusive || flags & posix.O_NOFOLLOW),
              followSlash: !(flags & posix.O_CREAT),
            });
      let { node } = found;
      const created = !node;
      const format = (mode & 0o7777 & ~mask) | posix.S_IFREG;
      if ((flags & opening.O_TMPFILE) === opening.O_TMPFILE) {
        node = opening.temporary(node, flags, format);
      } else if (flags & posix.O_CREAT) {
        node = opening.forCreation(found, flags, exclusive, format);
      } else if (!node) {
        walk.fail(posix.ENOENT);
      } else if (flags & posix.O_DIRECTORY && !FS.isDir(node.mode)) {
        walk.fail(posix.ENOTDIR);
      }
      // The creator of a file may write to it, whatever its mode.
      const errno = created || node.removed ? 0 : FS.mayOpen(node, flags);
      if (errno) {
        walk.fail(errno);
      }
      if (flags & posix.O_TRUNC && !created && FS.isFile(node.mode)) {
        FS.truncate(node, 0);
      }
      const stream = FS.createStream({
        node,
        path: FS.getPath(node),
        flags: flags & ~(posix.O_EXCL | posix.O_TRUNC | posix.O_NOFOLLOW),
        seekable: true,
        position: 0,
        stream_ops: node.stream_ops,
        ungotten: [],
        error: false,
        closeOnExec: (flags & posix.O_CLOEXEC) !== 0,
      });
      stream.stream_ops.open?.(stream);
      return stream;
    },

    // O_TMPFILE of Linux, which contains O_DIRECTORY.
    O_TMPFILE: 0o20200000,

    forCreation({ parent, name, node, slash }, flags, exclusive, format) {
      if (flags & posix.O_DIRECTORY) {
        walk.fail(posix.EINVAL);
      }
      if (slash && name !== "/") {
        walk.fail(posix.EISDIR);
      }
      if (node) {
        if (exclusive) {
          walk.fail(posix.EEXIST);
        }
        return FS.isDir(node.mode) ? walk.fail(posix.EISDIR) : node;
      }
      files.checkChange(parent);
      return files.change(parent, "mknod", parent, name, format, 0);
    },

    // A new file without a name, in the file system of a folder.
    temporary(folder, flags, format) {
      if (!folder || !FS.isDir(folder.mode) || !(flags & posix.O_ACCMODE)) {
        walk.fail(folder ? posix.EINVAL : posix.ENOENT);
      }
      files.checkChange(folder);
      const name = `#${FS.nextInode}`;
      const node = files.change(folder, "mknod", folder, name, format, 0);
      files.change(folder, "unlink", folder, name);
      files.removed(node);
      return node;
    },
  },
});
