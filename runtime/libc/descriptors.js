// What does POSIX say about descriptors, and Emscripten 3.1.69 not do? A library of emcc, for the
// interpreter of pages and for bin/python: close-on-exec, the flags of open files, the ends of
// pipes, select and poll.
//
// The libraries that use this one define $pauseFor(milliseconds).

addToLibrary({
  $descriptors__deps: ["$FS", "$PIPEFS", "$posix", "$structs"],
  $descriptors__postset: "descriptors.install();",
  $descriptors: {
    install() {
      // A duplicate has its own position in a folder's entries, and is inheritable.
      const { dupStream } = FS;
      FS.dupStream = (...args) => {
        const stream = dupStream(...args);
        stream.getdents = null;
        stream.closeOnExec = false;
        return stream;
      };

      // PIPEFS does not count duplicates, nor know its ends.
      const operations = PIPEFS.stream_ops;
      operations.dup = (stream) => {
        stream.node.pipe.refcnt++;
      };
      const { read, write, poll } = operations;
      operations.read = (stream, buffer, offset, length, position) => {
        try {
          return read(stream, buffer, offset, length, position);
        } catch (error) {
          if (error.errno !== posix.EAGAIN || descriptors.hasEnd(stream, true)) {
            throw error;
          }
          return 0;
        }
      };
      operations.write = (stream, buffer, offset, length, position) => {
        if (!descriptors.hasEnd(stream, false)) {
          throw new FS.ErrnoError(posix.EPIPE);
        }
        return write(stream, buffer, offset, length, position);
      };
      operations.poll = (stream) => {
        const writes = descriptors.writes(stream);
        if (descriptors.hasEnd(stream, !writes)) {
          return poll(stream);
        }
        return poll(stream) | (writes ? posix.POLLERR : posix.POLLHUP);
      };
    },

    writes: (stream) => (stream.flags & posix.O_ACCMODE) !== posix.O_RDONLY,

    // Is an end of a stream's pipe open?
    hasEnd: (stream, writing) =>
      FS.streams.some(
        (other) =>
          other?.node?.pipe &&
          other.node.pipe === stream.node.pipe &&
          descriptors.writes(other) === writing,
      ),

    // The events of an open file. Regular files, folders and devices never block.
    events: (stream) => stream.stream_ops?.poll?.(stream, -1) ?? posix.POLLIN | posix.POLLOUT,

    // The result of `check`, again after the timeout in milliseconds if nothing is ready. While this
    // waits nothing can become ready: there is no other thread. So it does not wait for ever.
    wait(check, timeout) {
      const ready = check();
      if (ready !== 0 || !(timeout > 0)) {
        return ready;
      }
      pauseFor(timeout);
      return check();
    },

    // Flags of open() that are not flags of the open file.
    CREATION: cDefs.O_CREAT | cDefs.O_EXCL | cDefs.O_NOCTTY | cDefs.O_TRUNC | cDefs.O_CLOEXEC,
    // Flags that F_SETFL changes.
    STATUS: cDefs.O_APPEND | cDefs.O_NONBLOCK,
  },

  __syscall_fcntl64__deps: ["$descriptors", "$systemCall"],
  __syscall_fcntl64: (fd, command, varargs) =>
    systemCall(() => {
      const stream = FS.getStreamChecked(fd);
      const argument = varargs ? HEAP32[varargs >> 2] : 0;
      switch (command) {
        case posix.F_DUPFD:
        case 1030: {
          // F_DUPFD_CLOEXEC
          if (argument < 0 || argument >= FS.MAX_OPEN_FDS) {
            throw new FS.ErrnoError(posix.EINVAL);
          }
          let free = argument;
          while (FS.streams[free]) {
            free++;
          }
          const duplicate = FS.dupStream(stream, free);
          duplicate.closeOnExec = command !== posix.F_DUPFD;
          return duplicate.fd;
        }
        case posix.F_GETFD:
          return Number(stream.closeOnExec ?? false);
        case posix.F_SETFD:
          stream.closeOnExec = (argument & 1) !== 0;
          return 0;
        case posix.F_GETFL:
          return stream.flags & ~descriptors.CREATION;
        case posix.F_SETFL:
          stream.flags = (stream.flags & ~descriptors.STATUS) | (argument & descriptors.STATUS);
          return 0;
        case posix.F_GETLK: {
          HEAP16[(argument + structs.flock.l_type) >> 1] = posix.F_UNLCK;
          return 0;
        }
        case posix.F_SETLK:
        case posix.F_SETLKW: {
          // There is no other process: each lock is free. It needs a descriptor of the right mode: reading
          // for F_RDLCK (0), writing for F_WRLCK (1).
          const type = HEAP16[(argument + structs.flock.l_type) >> 1];
          const access = stream.flags & posix.O_ACCMODE;
          if (
            (type === 1 && access === posix.O_RDONLY) ||
            (type === 0 && access === posix.O_WRONLY)
          ) {
            throw new FS.ErrnoError(posix.EBADF);
          }
          return 0;
        }
        default:
          throw new FS.ErrnoError(posix.EINVAL);
      }
    }),

  // flock(), for syscalls.c. The open files of this process lock one another: LOCK_SH is 1, LOCK_EX 2, LOCK_NB 4,
  // LOCK_UN 8. To wait for such a lock would be for ever.
  file_lock__deps: ["$descriptors", "$systemCall"],
  file_lock: (fd, operation) =>
    systemCall(() => {
      const stream = FS.getStreamChecked(fd);
      const kind = operation & ~4;
      if (kind !== 1 && kind !== 2 && kind !== 8) {
        throw new FS.ErrnoError(posix.EINVAL);
      }
      const blocks = (other) =>
        other?.shared.lock &&
        other.shared !== stream.shared &&
        other.node?.id === stream.node?.id &&
        Math.max(kind, other.shared.lock) === 2;
      if (kind !== 8 && FS.streams.some(blocks)) {
        throw new FS.ErrnoError(operation & 4 ? posix.EAGAIN : posix.EDEADLK);
      }
      stream.shared.lock = kind === 8 ? 0 : kind;
    }),

  __syscall_dup3__deps: ["$descriptors", "$systemCall"],
  __syscall_dup3: (fd, target, flags) =>
    systemCall(() => {
      const stream = FS.getStreamChecked(fd);
      if (target < 0 || target >= FS.MAX_OPEN_FDS) {
        throw new FS.ErrnoError(posix.EBADF);
      }
      if (fd === target) {
        throw new FS.ErrnoError(posix.EINVAL);
      }
      const former = FS.getStream(target);
      if (former) {
        FS.close(former);
      }
      const duplicate = FS.dupStream(stream, target);
      duplicate.closeOnExec = (flags & posix.O_CLOEXEC) !== 0;
      return duplicate.fd;
    }),

  __syscall_poll__deps: ["$descriptors", "$systemCall", "$pauseFor"],
  __syscall_poll: (fds, count, timeout) =>
    systemCall(() => {
      const check = () => {
        let ready = 0;
        for (let index = 0; index < count; index++) {
          const pollfd = fds + structs.pollfd.__size__ * index;
          const fd = HEAP32[(pollfd + structs.pollfd.fd) >> 2];
          const asked = HEAP16[(pollfd + structs.pollfd.events) >> 1];
          const always = posix.POLLERR | posix.POLLHUP;
          const stream = FS.getStream(fd);
          let events = 0;
          if (fd >= 0) {
            events = stream ? descriptors.events(stream) & (asked | always) : posix.POLLNVAL;
          }
          HEAP16[(pollfd + structs.pollfd.revents) >> 1] = events;
          ready += Number(events !== 0);
        }
        return ready;
      };
      return descriptors.wait(check, timeout);
    }),

  __syscall__newselect__deps: ["$descriptors", "$systemCall", "$pauseFor"],
  __syscall__newselect: (count, readable, writable, exceptional, timeout) =>
    systemCall(() => {
      const sets = [
        [readable, posix.POLLIN | posix.POLLHUP | posix.POLLERR],
        [writable, posix.POLLOUT | posix.POLLERR],
        [exceptional, posix.POLLPRI],
      ].filter(([set]) => set);
      const size = 4 * Math.ceil(count / 32);
      const asked = sets.map(([set]) => HEAP32.slice(set >> 2, (set + size) >> 2));
      const check = () => {
        let ready = 0;
        for (const [number, [set, mask]] of sets.entries()) {
          for (let fd = 0; fd < count; fd++) {
            const word = (set >> 2) + (fd >> 5);
            const bit = 1 << (fd & 31);
            if (asked[number][fd >> 5] & bit) {
              if (descriptors.events(FS.getStreamChecked(fd)) & mask) {
                HEAP32[word] |= bit;
                ready++;
              } else {
                HEAP32[word] &= ~bit;
              }
            }
          }
        }
        return ready;
      };
      // musl passes two C longs.
      const milliseconds = timeout
        ? HEAP32[timeout >> 2] * 1e3 + HEAP32[(timeout + 4) >> 2] / 1e3
        : 0;
      return descriptors.wait(check, milliseconds);
    }),
});
