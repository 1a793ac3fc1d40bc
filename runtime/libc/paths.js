// How do the paths and results of file-system calls cross between C and JavaScript? A library of
// emcc, for the interpreter of pages and for bin/python.
//
// A name is bytes in C and a string in JavaScript. As in Python's surrogateescape (PEP 383), a lone
// surrogate U+DC80 to U+DCFF stands for a byte that is not UTF-8.

addToLibrary({
  // The result of a call as the kernel returns it: a negative errno for an exception. EINVAL
  // stands for the checks of Node.
  $systemCall__deps: ["$ERRNO_CODES", "$posix"],
  $systemCall: (call) => {
    try {
      return call() ?? 0;
    } catch (error) {
      if (error.name === "ErrnoError") {
        return -error.errno;
      }
      if (error.code in ERRNO_CODES) {
        return -ERRNO_CODES[error.code];
      }
      if (String(error.code).startsWith("ERR_")) {
        return -posix.EINVAL;
      }
      throw error;
    }
  },

  // The bytes of the C string at an address.
  $bytesAt: (pointer) => HEAPU8.slice(pointer, HEAPU8.indexOf(0, pointer)),

  // Decodes the C string at an address. `other` decodes bytes that are not UTF-8.
  $decodePath__deps: ["$UTF8ToString", "$bytesAt", "$escapeBytes"],
  $decodePath: (pointer, other = escapeBytes) => {
    let bits = 0;
    for (let end = pointer; HEAPU8[end]; end++) {
      bits |= HEAPU8[end];
    }
    if (bits < 0x80) {
      return UTF8ToString(pointer);
    }
    const bytes = bytesAt(pointer);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return other(bytes);
    }
  },

  $escapeBytes: (bytes) => {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let path = "";
    for (let start = 0; start < bytes.length; ) {
      const first = bytes[start];
      const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      try {
        path += decoder.decode(bytes.subarray(start, start + length));
        start += length;
      } catch {
        path += String.fromCharCode(0xdc00 + first);
        start += 1;
      }
    }
    return path;
  },

  // The bytes of a path, without a terminating zero.
  $encodePath: (path) => {
    const encoder = new TextEncoder();
    if (!/[\udc80-\udcff]/u.test(path)) {
      return encoder.encode(path);
    }
    const bytes = [];
    for (const character of path) {
      const code = character.codePointAt(0);
      if (code >= 0xdc80 && code <= 0xdcff) {
        bytes.push(code - 0xdc00);
      } else {
        bytes.push(...encoder.encode(character));
      }
    }
    return Uint8Array.from(bytes);
  },

  // Writes a struct stat from the numbers or BigInts of `stat`. A time is `atimeNs` in nanoseconds
  // as BigInt, or else the Date `atime`, which may have such `nanoseconds` too. The calls of a page
  // need no BigInt: stat() is called often. Only whole microseconds are written, because utime() sets
  // no others: a copy of a file has the times of the file.
  $storeStat__deps: ["$structs"],
  $storeStat: (buf, stat) => {
    const store = (address, value) => {
      if (typeof value === "bigint") {
        HEAP64[address >> 3] = value;
      } else {
        HEAPU32[address >> 2] = value >>> 0;
        HEAP32[(address >> 2) + 1] = Math.floor(value / 0x100000000);
      }
    };
    const storeTime = (time, nanoseconds, date) => {
      if (nanoseconds === undefined) {
        const seconds = Math.floor(date.getTime() / 1000);
        store(time + structs.timespec.tv_sec, seconds);
        HEAP32[(time + structs.timespec.tv_nsec) >> 2] = (date.getTime() - seconds * 1000) * 1e6;
      } else {
        const rest = ((nanoseconds % 1000000000n) + 1000000000n) % 1000000000n;
        store(time + structs.timespec.tv_sec, (nanoseconds - rest) / 1000000000n);
        HEAP32[(time + structs.timespec.tv_nsec) >> 2] = Number(rest / 1000n) * 1000;
      }
    };
    HEAP32[(buf + structs.stat.st_dev) >> 2] = Number(stat.dev);
    HEAP32[(buf + structs.stat.st_mode) >> 2] = Number(stat.mode);
    HEAP32[(buf + structs.stat.st_nlink) >> 2] = Number(stat.nlink);
    HEAP32[(buf + structs.stat.st_uid) >> 2] = Number(stat.uid);
    HEAP32[(buf + structs.stat.st_gid) >> 2] = Number(stat.gid);
    HEAP32[(buf + structs.stat.st_rdev) >> 2] = Number(stat.rdev);
    store(buf + structs.stat.st_size, stat.size);
    HEAP32[(buf + structs.stat.st_blksize) >> 2] = Number(stat.blksize);
    HEAP32[(buf + structs.stat.st_blocks) >> 2] = Number(stat.blocks);
    store(buf + structs.stat.st_ino, stat.ino);
    storeTime(
      buf + structs.stat.st_atim.tv_sec,
      stat.atimeNs ?? stat.atime.nanoseconds,
      stat.atime,
    );
    storeTime(
      buf + structs.stat.st_mtim.tv_sec,
      stat.mtimeNs ?? stat.mtime.nanoseconds,
      stat.mtime,
    );
    storeTime(
      buf + structs.stat.st_ctim.tv_sec,
      stat.ctimeNs ?? stat.ctime.nanoseconds,
      stat.ctime,
    );
  },

  // Writes entries of a folder, as getdents64 does: [name in bytes, inode, type] each. The position of the
  // stream counts the entries that were written before. Returns the number of bytes.
  $storeEntries__deps: ["$structs"],
  $storeEntries: (stream, entries, buf, size) => {
    const step = structs.dirent.__size__;
    let index = Math.floor(stream.position / step);
    let used = 0;
    for (; index < entries.length && used + step <= size; index++, used += step) {
      const [name, inode, type] = entries[index];
      const entry = buf + used;
      HEAP64[(entry + structs.dirent.d_ino) >> 3] = BigInt(inode);
      HEAP64[(entry + structs.dirent.d_off) >> 3] = BigInt((index + 1) * step);
      HEAP16[(entry + structs.dirent.d_reclen) >> 1] = step;
      HEAP8[entry + structs.dirent.d_type] = type;
      HEAPU8.set(name, entry + structs.dirent.d_name);
      HEAPU8[entry + structs.dirent.d_name + name.length] = 0;
    }
    stream.position = index * step;
    return used;
  },

  // Reads the argument of utimensat: access and modification time in nanoseconds, or undefined for
  // a time that stays.
  $readTimes__deps: ["$structs", "$posix"],
  $readTimes: (times) => {
    const now = BigInt(Date.now()) * 1000000n;
    if (!times) {
      return [now, now];
    }
    return [times, times + structs.timespec.__size__].map((time) => {
      const nanoseconds = HEAP32[(time + structs.timespec.tv_nsec) >> 2];
      if (nanoseconds === posix.UTIME_NOW) {
        return now;
      }
      if (nanoseconds === posix.UTIME_OMIT) {
        return undefined;
      }
      return HEAP64[time >> 3] * 1000000000n + BigInt(nanoseconds);
    });
  },

  // Writes a struct statfs, whose numbers have 32 bits.
  $storeStatfs__deps: ["$structs"],
  $storeStatfs: (buf, values) => {
    const [bsize, blocks, bfree, bavail, files, ffree] = [
      "bsize",
      "blocks",
      "bfree",
      "bavail",
      "files",
      "ffree",
    ].map((name) => Math.min(Number(values[name]), 0xffffffff));
    HEAP32[(buf + structs.statfs.f_bsize) >> 2] = bsize;
    HEAP32[(buf + structs.statfs.f_frsize) >> 2] = bsize;
    HEAP32[(buf + structs.statfs.f_blocks) >> 2] = blocks;
    HEAP32[(buf + structs.statfs.f_bfree) >> 2] = bfree;
    HEAP32[(buf + structs.statfs.f_bavail) >> 2] = bavail;
    HEAP32[(buf + structs.statfs.f_files) >> 2] = files;
    HEAP32[(buf + structs.statfs.f_ffree) >> 2] = ffree;
    HEAP32[(buf + structs.statfs.f_namelen) >> 2] = 255;
  },
});
