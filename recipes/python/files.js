// Makes the calls for files those of the machine: each call takes its path to Node, and Node's error is the result. A
// JavaScript library of emcc (--js-library), after runtime/libc. Emscripten 3.1.69's NODERAWFS resolves `..` by text
// (https://github.com/emscripten-core/emscripten/issues/23024), asks by path for what is open, and takes names for UTF-8.

addToLibrary({
  $hostFiles__deps: [
    '$FS', '$NODERAWFS', '$ERRNO_CODES', '$FS_modeStringToFlags', '$decodePath', '$storeStat', '$storeEntries',
    '$storeStatfs', '$readTimes', '$descriptors',
  ],
  $hostFiles__postset: 'hostFiles.install();',
  $hostFiles: {
    install() {
      const { constants } = fs;
      hostFiles.flags = [
        [{{{ cDefs.O_CREAT }}}, constants.O_CREAT],
        [{{{ cDefs.O_EXCL }}}, constants.O_EXCL],
        [{{{ cDefs.O_NOCTTY }}}, constants.O_NOCTTY],
        [{{{ cDefs.O_TRUNC }}}, constants.O_TRUNC],
        [{{{ cDefs.O_APPEND }}}, constants.O_APPEND],
        [{{{ cDefs.O_NONBLOCK }}}, constants.O_NONBLOCK],
        [{{{ cDefs.O_DSYNC }}}, constants.O_DSYNC],
        [{{{ cDefs.O_DIRECTORY }}}, constants.O_DIRECTORY],
        [{{{ cDefs.O_NOFOLLOW }}}, constants.O_NOFOLLOW],
        // The same on each Linux. Node has no names for O_PATH and O_TMPFILE without O_DIRECTORY.
        [{{{ cDefs.O_PATH }}}, process.platform === 'linux' ? {{{ cDefs.O_PATH }}} : 0],
        [0o20000000, process.platform === 'linux' ? 0o20000000 : 0],
      ];
      FS.open = hostFiles.open;
      FS.cwd = hostFiles.cwd;
      const { mmap, read, write } = FS;
      FS.mmap = (stream, length, position, prot, flags) => {
        const access = stream.flags & {{{ cDefs.O_ACCMODE }}};
        const shared = prot & {{{ cDefs.PROT_WRITE }}} && !(flags & {{{ cDefs.MAP_PRIVATE }}});
        if (access === {{{ cDefs.O_WRONLY }}} || (shared && access !== {{{ cDefs.O_RDWR }}})) {
          throw new FS.ErrnoError({{{ cDefs.EACCES }}});
        }
        if (!FS.isFile(stream.node?.mode)) throw new FS.ErrnoError({{{ cDefs.ENODEV }}});
        return mmap(stream, length, position, prot, flags);
      };
      // Node takes a negative position for the descriptor's own.
      const checked = (call) => (stream, buffer, offset, length, position, ...rest) => {
        if (position < 0) throw new FS.ErrnoError({{{ cDefs.EINVAL }}});
        if (position !== undefined && !stream.seekable) throw new FS.ErrnoError({{{ cDefs.ESPIPE }}});
        return call(stream, buffer, offset, length, position, ...rest);
      };
      FS.read = checked(read);
      FS.write = checked(write);
    },

    // The path at an address. A Buffer if it is not UTF-8, else a string.
    path(pointer) {
      const path = decodePath(pointer, Buffer.from);
      // The numbers of descriptors are the interpreter's here.
      const [, number] = (path[0] === '/' && /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path)) || [];
      return FS.streams[number]?.nfd === undefined ? path : `/dev/fd/${FS.streams[number].nfd}`;
    },

    // The path at an address, seen from the folder that a descriptor has open.
    pathAt(directory, pointer) {
      const path = hostFiles.path(pointer);
      if (path.length === 0) throw new FS.ErrnoError({{{ cDefs.ENOENT }}});
      if (directory === {{{ cDefs.AT_FDCWD }}} || HEAPU8[pointer] === 0x2f) return path;
      const stream = FS.getStreamChecked(directory);
      if (!FS.isDir(stream.node?.mode)) throw new FS.ErrnoError({{{ cDefs.ENOTDIR }}});
      const folder = `${hostFiles.folder(stream)}/`;
      return typeof path === 'string' ? folder + path : Buffer.concat([Buffer.from(folder), path]);
    },

    // A path of an open folder. On Linux it stays right if the folder is renamed or removed.
    folder: (stream) => (process.platform === 'linux' ? `/proc/self/fd/${stream.nfd}` : stream.path),

    cwd() {
      process.chdir('.'); // Node remembers the former answer.
      return process.cwd();
    },

    open(path, flags, mode = 0o666) {
      if (typeof flags === 'string') flags = FS_modeStringToFlags(flags);
      let hostFlags = flags & {{{ cDefs.O_ACCMODE }}};
      for (const [ours, host] of hostFiles.flags) if (flags & ours) hostFlags |= host;
      let nfd;
      try {
        nfd = fs.openSync(path, hostFlags, mode);
      } catch (error) {
        if (!(error.code in ERRNO_CODES)) throw error;
        throw new FS.ErrnoError(ERRNO_CODES[error.code]);
      }
      const stat = fs.fstatSync(nfd);
      const tty = require('tty').isatty(nfd) ? { ops: {} } : undefined;
      return FS.createStream({
        nfd,
        position: 0,
        path: String(path),
        flags,
        node: { id: stat.ino, mode: stat.mode, node_ops: NODERAWFS, path },
        seekable: !stat.isFIFO() && !stat.isSocket() && !tty,
        tty,
      });
    },

    // The stat of an open file.
    streamStat(stream) {
      if (stream.nfd !== undefined) return fs.fstatSync(stream.nfd, { bigint: true });
      const { id = 0, mode = 0 } = stream.node;
      return {
        dev: 0, ino: id, mode: mode | 0o600, nlink: 1, rdev: 0, size: 0, blksize: 4096, blocks: 0,
        uid: process.getuid(), gid: process.getgid(), atimeNs: 0n, mtimeNs: 0n, ctimeNs: 0n,
      };
    },

    stat(path, follow, buf) {
      storeStat(buf, (follow ? fs.statSync : fs.lstatSync)(path, { bigint: true }));
    },

    // [name, inode, type] of each entry of an open folder.
    entries(stream) {
      if (!FS.isDir(stream.node?.mode)) throw new FS.ErrnoError({{{ cDefs.ENOTDIR }}});
      const folder = Buffer.from(`${hostFiles.folder(stream)}/`);
      const names = ['.', '..'].map((name) => Buffer.from(name));
      names.push(...fs.readdirSync(folder, 'buffer'));
      return names.map((name) => {
        try {
          const { ino, mode } = fs.lstatSync(Buffer.concat([folder, name]), { bigint: true });
          return [name, ino, Number(mode) >> 12]; // d_type is the format in st_mode
        } catch {
          return [name, 1, 0]; // DT_UNKNOWN: it was removed meanwhile, or the folder is not searchable
        }
      });
    },
  },

  __syscall_openat__deps: ['$hostFiles', '$systemCall'],
  __syscall_openat: (directory, path, flags, varargs) => systemCall(() => {
    const mode = varargs ? {{{ makeGetValue('varargs', 0, 'i32') }}} : 0;
    const stream = hostFiles.open(hostFiles.pathAt(directory, path), flags, mode);
    stream.closeOnExec = (flags & {{{ cDefs.O_CLOEXEC }}}) !== 0;
    return stream.fd;
  }),
  __syscall_stat64__deps: ['$hostFiles', '$systemCall'],
  __syscall_stat64: (path, buf) => systemCall(() => hostFiles.stat(hostFiles.path(path), true, buf)),
  __syscall_lstat64__deps: ['$hostFiles', '$systemCall'],
  __syscall_lstat64: (path, buf) => systemCall(() => hostFiles.stat(hostFiles.path(path), false, buf)),
  __syscall_fstat64__deps: ['$hostFiles', '$systemCall'],
  __syscall_fstat64: (fd, buf) => systemCall(() => storeStat(buf, hostFiles.streamStat(FS.getStreamChecked(fd)))),
  __syscall_newfstatat__deps: ['$hostFiles', '$systemCall'],
  __syscall_newfstatat: (directory, path, buf, flags) => systemCall(() => {
    if (flags & {{{ cDefs.AT_EMPTY_PATH }}} && HEAPU8[path] === 0) {
      storeStat(buf, hostFiles.streamStat(FS.getStreamChecked(directory)));
    } else {
      hostFiles.stat(hostFiles.pathAt(directory, path), !(flags & {{{ cDefs.AT_SYMLINK_NOFOLLOW }}}), buf);
    }
  }),
  __syscall_mkdirat__deps: ['$hostFiles', '$systemCall'],
  __syscall_mkdirat: (directory, path, mode) => systemCall(() => fs.mkdirSync(hostFiles.pathAt(directory, path), { mode })),
  __syscall_rmdir__deps: ['$hostFiles', '$systemCall'],
  __syscall_rmdir: (path) => systemCall(() => fs.rmdirSync(hostFiles.path(path))),
  __syscall_unlinkat__deps: ['$hostFiles', '$systemCall'],
  __syscall_unlinkat: (directory, path, flags) => systemCall(() => {
    const remove = flags & {{{ cDefs.AT_REMOVEDIR }}} ? fs.rmdirSync : fs.unlinkSync;
    remove(hostFiles.pathAt(directory, path));
  }),
  __syscall_renameat__deps: ['$hostFiles', '$systemCall'],
  __syscall_renameat: (from, source, to, target) => systemCall(() => fs.renameSync(hostFiles.pathAt(from, source), hostFiles.pathAt(to, target))),
  __syscall_symlinkat__deps: ['$hostFiles', '$systemCall'],
  __syscall_symlinkat: (target, directory, path) => systemCall(() => fs.symlinkSync(hostFiles.path(target), hostFiles.pathAt(directory, path))),
  __syscall_symlink__deps: ['$hostFiles', '$systemCall'],
  __syscall_symlink: (target, path) => systemCall(() => fs.symlinkSync(hostFiles.path(target), hostFiles.path(path))),
  __syscall_readlinkat__deps: ['$hostFiles', '$systemCall'],
  __syscall_readlinkat: (directory, path, buf, size) => systemCall(() => {
    const target = fs.readlinkSync(hostFiles.pathAt(directory, path), 'buffer').subarray(0, size);
    HEAPU8.set(target, buf);
    return target.length;
  }),
  __syscall_chdir__deps: ['$hostFiles', '$systemCall'],
  __syscall_chdir: (pointer) => systemCall(() => {
    const path = hostFiles.path(pointer);
    if (typeof path === 'string') return process.chdir(path);
    // Node takes only strings here.
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      process.chdir(`/proc/self/fd/${fd}`);
    } finally {
      fs.closeSync(fd);
    }
  }),
  __syscall_fchdir__deps: ['$hostFiles', '$systemCall'],
  __syscall_fchdir: (fd) => systemCall(() => {
    const stream = FS.getStreamChecked(fd);
    if (!FS.isDir(stream.node?.mode)) throw new FS.ErrnoError({{{ cDefs.ENOTDIR }}});
    process.chdir(hostFiles.folder(stream));
  }),
  __syscall_getcwd__deps: ['$hostFiles', '$systemCall'],
  __syscall_getcwd: (buf, size) => systemCall(() => {
    let cwd = Buffer.from(hostFiles.cwd());
    if (cwd.includes('\ufffd')) cwd = fs.readlinkSync('/proc/self/cwd', 'buffer');
    if (cwd.length >= size) throw new FS.ErrnoError({{{ cDefs.ERANGE }}});
    HEAPU8.set(cwd, buf);
    HEAPU8[buf + cwd.length] = 0;
    return cwd.length + 1;
  }),
  __syscall_chmod__deps: ['$hostFiles', '$systemCall'],
  __syscall_chmod: (path, mode) => systemCall(() => fs.chmodSync(hostFiles.path(path), mode & 0o7777)),
  __syscall_fchmod__deps: ['$hostFiles', '$systemCall'],
  __syscall_fchmod: (fd, mode) => systemCall(() => fs.fchmodSync(FS.getStreamChecked(fd).nfd, mode & 0o7777)),
  __syscall_fchmodat2__deps: ['$hostFiles', '$systemCall'],
  __syscall_fchmodat2: (directory, pointer, mode, flags) => systemCall(() => {
    const path = hostFiles.pathAt(directory, pointer);
    if (flags & {{{ cDefs.AT_SYMLINK_NOFOLLOW }}} && fs.lstatSync(path).isSymbolicLink()) {
      throw new FS.ErrnoError({{{ cDefs.EOPNOTSUPP }}});
    }
    fs.chmodSync(path, mode & 0o7777);
  }),
  __syscall_fchown32__deps: ['$hostFiles', '$systemCall'],
  __syscall_fchown32: (fd, owner, group) => systemCall(() => fs.fchownSync(FS.getStreamChecked(fd).nfd, owner, group)),
  __syscall_fchownat__deps: ['$hostFiles', '$systemCall'],
  __syscall_fchownat: (directory, path, owner, group, flags) => systemCall(() => {
    const change = flags & {{{ cDefs.AT_SYMLINK_NOFOLLOW }}} ? fs.lchownSync : fs.chownSync;
    change(hostFiles.pathAt(directory, path), owner, group);
  }),
  __syscall_truncate64__deps: ['$hostFiles', '$systemCall'],
  __syscall_truncate64: (path, length) => systemCall(() => {
    if (!(length >= 0)) throw new FS.ErrnoError({{{ cDefs.EINVAL }}});
    fs.truncateSync(hostFiles.path(path), length);
  }),
  __syscall_ftruncate64__deps: ['$hostFiles', '$systemCall'],
  __syscall_ftruncate64: (fd, length) => systemCall(() => {
    const { nfd } = FS.getStreamChecked(fd);
    if (!(length >= 0)) throw new FS.ErrnoError({{{ cDefs.EINVAL }}});
    fs.ftruncateSync(nfd, length);
  }),
  __syscall_faccessat__deps: ['$hostFiles', '$systemCall'],
  __syscall_faccessat: (directory, path, mode, flags) => systemCall(() => fs.accessSync(hostFiles.pathAt(directory, path), mode)),
  __syscall_utimensat__deps: ['$hostFiles', '$systemCall'],
  __syscall_utimensat: (directory, path, times, flags) => systemCall(() => {
    const requested = readTimes(times);
    // Without a path: the open file itself, as for futimens.
    const target = path ? hostFiles.pathAt(directory, path) : FS.getStreamChecked(directory).nfd;
    const follow = !(flags & {{{ cDefs.AT_SYMLINK_NOFOLLOW }}});
    const options = { bigint: true };
    const stat = path ? (follow ? fs.statSync : fs.lstatSync)(target, options) : fs.fstatSync(target, options);
    // Node takes a negative number for now, but not a negative number in a string. It cuts seconds, which are no
    // exact fractions, to microseconds: a quarter more keeps the microsecond.
    const seconds = (time) => time < 0 ? `${Number((time - 999n) / 1000n) / 1e6}` : `${Number(time / 1000n) / 1e6 + 2.5e-7}`;
    const [atime, mtime] = [requested[0] ?? stat.atimeNs, requested[1] ?? stat.mtimeNs].map(seconds);
    (path ? (follow ? fs.utimesSync : fs.lutimesSync) : fs.futimesSync)(target, atime, mtime);
  }),
  __syscall_statfs64__deps: ['$hostFiles', '$systemCall'],
  __syscall_statfs64: (path, size, buf) => systemCall(() => storeStatfs(buf, fs.statfsSync(hostFiles.path(path)))),
  __syscall_fstatfs64__deps: ['$hostFiles', '$systemCall'],
  __syscall_fstatfs64: (fd, size, buf) => systemCall(() => {
    const { nfd } = FS.getStreamChecked(fd);
    storeStatfs(buf, fs.statfsSync(nfd === undefined ? '/' : `/dev/fd/${nfd}`));
  }),
  __syscall_getdents64__deps: ['$hostFiles', '$systemCall'],
  __syscall_getdents64: (fd, buf, size) => systemCall(() => {
    const stream = FS.getStreamChecked(fd);
    stream.getdents ??= hostFiles.entries(stream);
    return storeEntries(stream, stream.getdents, buf, size);
  }),
  // For syscalls.c.
  file_umask: (mask) => process.umask(mask & 0o777),
  process_user: () => process.getuid(),
  process_group: () => process.getgid(),

  // For descriptors.js. There is no other thread.
  $pauseFor: (milliseconds) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  },
});
