// What does Emscripten 3.1.69 answer to calls for sockets that it has not, in place of an errno? A
// library of emcc, for the interpreter of pages and for bin/python: some of these calls end Node.

addToLibrary({
  $sockets__deps: ["$FS", "$SOCKFS", "$posix"],
  $sockets__postset: "sockets.install();",
  $sockets: {
    install() {
      const { createSocket, websocket_sock_ops: operations } = SOCKFS;
      SOCKFS.createSocket = (family, flags, protocol) => {
        const unix = 1; // AF_UNIX, which emcc does not know
        if (![unix, posix.AF_INET, posix.AF_INET6].includes(family)) {
          throw new FS.ErrnoError(posix.EAFNOSUPPORT);
        }
        const type = flags & 0xf; // the other bits are SOCK_CLOEXEC and SOCK_NONBLOCK
        if (type !== posix.SOCK_STREAM && type !== posix.SOCK_DGRAM) {
          throw new FS.ErrnoError(posix.EPROTONOSUPPORT);
        }
        return createSocket(family, flags, protocol);
      };

      // Under Node, Emscripten's needs the npm package ws.
      operations.listen = () => {
        throw new FS.ErrnoError(posix.EOPNOTSUPP);
      };
    },
  },

  // The address of an unbound socket of AF_INET6 is no 0.0.0.0.
  __syscall_getsockname__deps: ["$getSocketFromFD", "$systemCall", "$writeSockaddr", "$DNS"],
  __syscall_getsockname: (fd, address, length, _d1, _d2, _d3) =>
    systemCall(() => {
      const { family, saddr, sport } = getSocketFromFD(fd);
      const unbound = family === posix.AF_INET6 ? "::" : "0.0.0.0";
      return -writeSockaddr(address, family, DNS.lookup_name(saddr || unbound), sport, length);
    }),
  // Every descriptor of a socket comes from here.
  __syscall_socket__deps: ["$SOCKFS", "$sockets", "$systemCall"],
  __syscall_socket: (family, type, protocol) =>
    systemCall(() => SOCKFS.createSocket(family, type, protocol).stream.fd),
});
