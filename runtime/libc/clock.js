// Which clocks does a process have here? The processor's, for clock.c.

addToLibrary({
  // Node's process, or undefined in a page or worker. A page may define a part of `process`.
  $libcProcess: "globalThis.process?.cpuUsage ? globalThis.process : undefined",

  libc_user_time__deps: ["$libcProcess", "emscripten_get_now"],
  libc_user_time: () => libcProcess?.cpuUsage().user ?? _emscripten_get_now() * 1e3,

  libc_system_time__deps: ["$libcProcess"],
  libc_system_time: () => libcProcess?.cpuUsage().system ?? 0,

  // Node 23.9 and later know the processor time of one thread.
  libc_thread_time__deps: ["$libcProcess", "libc_user_time", "libc_system_time"],
  libc_thread_time: () => {
    const usage = libcProcess?.threadCpuUsage?.();
    return usage ? usage.user + usage.system : _libc_user_time() + _libc_system_time();
  },

  libc_max_rss__deps: ["$libcProcess"],
  libc_max_rss: () => libcProcess?.resourceUsage().maxRSS ?? 0,
});
