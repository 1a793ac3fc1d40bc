// Which function of files.js answers which system call?

addToLibrary({
  $fileCalls__deps: [
    ...["$files", "$descriptors", "$decodePath", "$encodePath", "$storeStat", "$storeEntries"],
    ...["$storeStatfs", "$readTimes"],
  ],
  $fileCalls: {
    umask: 0o022,

    // The folder in which relative paths of a call start.
    at(fd) {
      if (fd === posix.AT_FDCWD) {
        return walk.current;
      }
      const { node } = FS.getStreamChecked(fd);
      return FS.isDir(node.mode) ? node : walk.fail(posix.ENOTDIR);
    },

    // The options of a path in a folder. The descriptor counts only for relative paths.
    options(fd, pointer, follow = true) {
      const absolute = HEAPU8[pointer] === 0x2f || HEAPU8[pointer] === 0;
      return { at: absolute ? undefined : fileCalls.at(fd), follow };
    },

    stat(path, options, buf) {
      storeStat(buf, files.attributes(walk.node(decodePath(path), options)));
    },

    // The names in an open folder, with their inodes and types.
    entries({ node }) {
      return files.entries(node).map((name) => {
        const entry =
          name === "." ? node : name === ".." ? walk.above(node) : walk.entry(node, name);
        return [encodePath(name), entry?.id ?? 1, entry ? (entry.mode >> 12) & 15 : 0];
      });
    },

    // The file system has no size: it has what the interpreter's memory may grow to.
    statfs: {
      bsize: 4096,
      blocks: 1000000,
      bfree: 500000,
      bavail: 500000,
      files: 1000000,
      ffree: 900000,
    },
  },

  __syscall_openat__deps: ["$fileCalls", "$systemCall"],
  __syscall_openat: (fd, path, flags, varargs) =>
    systemCall(() => {
      const mode = varargs ? HEAP32[varargs >> 2] : 0;
      const { at } = fileCalls.options(fd, path);
      return opening.open(decodePath(path), flags, mode, at, fileCalls.umask).fd;
    }),

  __syscall_stat64__deps: ["$fileCalls", "$systemCall"],
  __syscall_stat64: (path, buf) => systemCall(() => fileCalls.stat(path, {}, buf)),

  __syscall_lstat64__deps: ["$fileCalls", "$systemCall"],
  __syscall_lstat64: (path, buf) => systemCall(() => fileCalls.stat(path, { follow: false }, buf)),

  __syscall_fstat64__deps: ["$fileCalls", "$systemCall"],
  __syscall_fstat64: (fd, buf) =>
    systemCall(() => storeStat(buf, files.attributes(FS.getStreamChecked(fd).node))),

  __syscall_newfstatat__deps: ["$fileCalls", "$systemCall"],
  __syscall_newfstatat: (fd, path, buf, flags) =>
    systemCall(() => {
      if (flags & posix.AT_EMPTY_PATH && HEAPU8[path] === 0) {
        storeStat(buf, files.attributes(FS.getStreamChecked(fd).node));
      } else {
        const follow = !(flags & posix.AT_SYMLINK_NOFOLLOW);
        fileCalls.stat(path, fileCalls.options(fd, path, follow), buf);
      }
    }),

  __syscall_mkdirat__deps: ["$fileCalls", "$systemCall"],
  __syscall_mkdirat: (fd, path, mode) =>
    systemCall(() => {
      const { at } = fileCalls.options(fd, path);
      files.mkdir(decodePath(path), mode & ~fileCalls.umask, at);
    }),

  __syscall_rmdir__deps: ["$fileCalls", "$systemCall"],
  __syscall_rmdir: (path) => systemCall(() => files.rmdir(decodePath(path))),

  __syscall_unlinkat__deps: ["$fileCalls", "$systemCall"],
  __syscall_unlinkat: (fd, path, flags) =>
    systemCall(() => {
      const { at } = fileCalls.options(fd, path);
      const remove = flags & posix.AT_REMOVEDIR ? files.rmdir : files.unlink;
      remove(decodePath(path), at);
    }),

  __syscall_renameat__deps: ["$fileCalls", "$systemCall"],
  __syscall_renameat: (from, source, to, target) =>
    systemCall(() => {
      const { at } = fileCalls.options(from, source);
      files.rename(decodePath(source), decodePath(target), at, fileCalls.options(to, target).at);
    }),

  __syscall_symlink__deps: ["$fileCalls", "$systemCall"],
  __syscall_symlink: (target, path) =>
    systemCall(() => {
      files.symlink(decodePath(target), decodePath(path));
    }),

  __syscall_symlinkat__deps: ["$fileCalls", "$systemCall"],
  __syscall_symlinkat: (target, fd, path) =>
    systemCall(() => {
      files.symlink(decodePath(target), decodePath(path), fileCalls.options(fd, path).at);
    }),

  __syscall_readlinkat__deps: ["$fileCalls", "$systemCall"],
  __syscall_readlinkat: (fd, path, buf, size) =>
    systemCall(() => {
      const target = files.readlink(decodePath(path), fileCalls.options(fd, path).at);
      const bytes = encodePath(target).subarray(0, size);
      HEAPU8.set(bytes, buf);
      return bytes.length;
    }),

  __syscall_chdir__deps: ["$fileCalls", "$systemCall"],
  __syscall_chdir: (path) => systemCall(() => files.chdir(decodePath(path))),

  __syscall_fchdir__deps: ["$fileCalls", "$systemCall"],
  __syscall_fchdir: (fd) =>
    systemCall(() => {
      const { node } = FS.getStreamChecked(fd);
      walk.checkSearch(node);
      walk.current = node;
    }),

  __syscall_getcwd__deps: ["$fileCalls", "$systemCall"],
  __syscall_getcwd: (buf, size) =>
    systemCall(() => {
      for (let node = walk.current; node.parent !== node; node = node.parent) {
        if (node.removed) {
          walk.fail(posix.ENOENT);
        }
      }
      const bytes = encodePath(FS.cwd());
      if (bytes.length >= size) {
        walk.fail(posix.ERANGE);
      }
      HEAPU8.set(bytes, buf);
      HEAPU8[buf + bytes.length] = 0;
      return bytes.length + 1;
    }),

  __syscall_chmod__deps: ["$fileCalls", "$systemCall"],
  __syscall_chmod: (path, mode) => systemCall(() => files.chmod(decodePath(path), mode)),

  __syscall_fchmodat2__deps: ["$fileCalls", "$systemCall"],
  __syscall_fchmodat2: (fd, path, mode, flags) =>
    systemCall(() => {
      const follow = !(flags & posix.AT_SYMLINK_NOFOLLOW);
      const node = walk.node(decodePath(path), fileCalls.options(fd, path, follow));
      if (FS.isLink(node.mode)) {
        walk.fail(posix.EOPNOTSUPP);
      }
      files.chmod(node, mode);
    }),

  __syscall_fchownat__deps: ["$fileCalls", "$systemCall"],
  __syscall_fchownat: (fd, path, _owner, _group, flags) =>
    systemCall(() => {
      // All files have one owner.
      const follow = !(flags & posix.AT_SYMLINK_NOFOLLOW);
      walk.node(decodePath(path), fileCalls.options(fd, path, follow));
    }),

  __syscall_truncate64__deps: ["$fileCalls", "$systemCall"],
  __syscall_truncate64: (path, length) =>
    systemCall(() => files.truncate(decodePath(path), length)),

  __syscall_faccessat__deps: ["$fileCalls", "$systemCall"],
  __syscall_faccessat: (fd, path, mode, _flags) =>
    systemCall(() => {
      if (mode & ~7) {
        walk.fail(posix.EINVAL);
      }
      const node = walk.node(decodePath(path), fileCalls.options(fd, path));
      const letters = ["x", "w", "r"].filter((_, bit) => mode & (1 << bit)).join("");
      return -FS.nodePermissions(node, letters);
    }),

  __syscall_utimensat__deps: ["$fileCalls", "$systemCall"],
  __syscall_utimensat: (fd, path, times, flags) =>
    systemCall(() => {
      const follow = !(flags & posix.AT_SYMLINK_NOFOLLOW);
      // Without a path: the open file itself, as for futimens.
      const node = path
        ? walk.node(decodePath(path), fileCalls.options(fd, path, follow))
        : FS.getStreamChecked(fd).node;
      files.setTimes(node, ...readTimes(times));
    }),

  __syscall_statfs64__deps: ["$fileCalls", "$systemCall"],
  __syscall_statfs64: (path, _size, buf) =>
    systemCall(() => {
      walk.node(decodePath(path));
      storeStatfs(buf, fileCalls.statfs);
    }),

  __syscall_fstatfs64__deps: ["$fileCalls", "$systemCall"],
  __syscall_fstatfs64: (fd, _size, buf) =>
    systemCall(() => {
      FS.getStreamChecked(fd);
      storeStatfs(buf, fileCalls.statfs);
    }),

  __syscall_getdents64__deps: ["$fileCalls", "$systemCall"],
  __syscall_getdents64: (fd, buf, size) =>
    systemCall(() => {
      const stream = FS.getStreamChecked(fd);
      stream.getdents ??= fileCalls.entries(stream);
      return storeEntries(stream, stream.getdents, buf, size);
    }),

  // For syscalls.c.
  file_umask__deps: ["$fileCalls"],
  file_umask: (mask) => {
    const former = fileCalls.umask;
    fileCalls.umask = mask & 0o777;
    return former;
  },
  process_user: () => 0,
  process_group: () => 0,

  // For descriptors.js. A page's main thread may not sleep: it waits in a loop.
  $pauseFor__deps: ["sleep_until_signal"],
  $pauseFor: (milliseconds) => _sleep_until_signal(milliseconds),
});
