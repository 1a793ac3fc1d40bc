// Makes the module a process of the machine it runs on: what Emscripten 3.1.69's NODERAWFS lacks for a real
// command. A JavaScript library of emcc (--js-library). bin/python calls
//     node python.cjs <bin/python> <Python's arguments>

addToLibrary({
  $nodeProcess__deps: ['$ENV', '$FS', '$LDSO', '$NODERAWFS', '$dlSetError', '$hostFiles'],
  $nodeProcess__postset: 'nodeProcess();',
  $nodeProcess() {
    if (Number(process.versions.node.split('.')[0]) < 20) {
      process.stderr.write(`python: needs Node.js 20 or newer; ${process.execPath} is ${process.version}\n`);
      process.exit(1);
    }

    // sys.executable, from which Python finds its prefix.
    thisProgram = arguments_.shift();

    // Emscripten's own values of these are hidden by an explicit undefined. It copies one byte a
    // character, so each character stands for a byte of UTF-8.
    for (const name of ['USER', 'LOGNAME', 'PATH', 'PWD', 'HOME', 'LANG', '_']) ENV[name] = undefined;
    for (const [name, value] of Object.entries(process.env)) {
      if (name !== 'MALLOC_TRIM_THRESHOLD_') ENV[name] = Buffer.from(value).toString('latin1'); // python.sh's
    }

    // The process ends with Python, whatever timers are set. Emscripten's waits for them.
    const quit = quit_;
    quit_ = (status, reason) => {
      if (reason instanceof ExitStatus) process.exit(status);
      quit(status, reason);
    };

    // Emscripten takes a library that could not be loaded for loaded at the next import.
    const setError = dlSetError;
    dlSetError = (message) => {
      if (message.startsWith('Could not load')) {
        for (const [name, { exports }] of Object.entries(LDSO.loadedLibsByName)) {
          if (exports === 'loading') delete LDSO.loadedLibsByName[name];
        }
      }
      setError(message);
    };

    // Emscripten looks beside this script for the shared libraries that extension modules need.
    Module['locateFile'] = (name, directory) => directory + (name.endsWith('.so') ? `../../lib/${name}` : name);

    // NODERAWFS takes the standard streams for terminals, whatever they are
    // (https://github.com/emscripten-core/emscripten/issues/22264). They are read and written at
    // the descriptor's own position, which other processes may share; so they do not seek.
    const { isatty } = require('tty');
    FS.createStandardStreams = () => {
      for (const fd of [0, 1, 2]) {
        const flags = fd ? {{{ cDefs.O_WRONLY }}} : {{{ cDefs.O_RDONLY }}};
        const tty = isatty(fd) ? { ops: {} } : undefined;
        FS.createStream({ nfd: fd, position: 0, path: `/dev/fd/${fd}`, flags, tty, seekable: false }, fd);
      }
    };
    const llseek = FS.llseek;
    FS.llseek = (stream, offset, whence) => {
      if (!stream.seekable) throw new FS.ErrnoError({{{ cDefs.ESPIPE }}});
      return llseek(stream, offset, whence);
    };

    // A pipe or terminal that another process made non-blocking answers EAGAIN: wait, as a
    // blocking descriptor would. A pipe of this process has no other that could fill or empty it.
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const blocking = (call) => (stream, ...rest) => {
      for (;;) {
        try {
          return call(stream, ...rest);
        } catch (error) {
          if (error.errno !== {{{ cDefs.EAGAIN }}} || stream.flags & {{{ cDefs.O_NONBLOCK }}}) throw error;
          if (stream.node?.pipe) throw error;
          Atomics.wait(pause, 0, 0, 5);
        }
      }
    };
    FS.read = blocking(FS.read);
    FS.write = blocking(FS.write);
  },
});
