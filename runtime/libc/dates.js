// How does a number of seconds become a date? What JavaScript knows of time zones, for dates.c.

addToLibrary({
  // The offset of local time from UTC, in seconds east. getTimezoneOffset() has no seconds, which
  // local mean time has.
  libc_zone_offset: (seconds) => {
    const date = new Date(seconds * 1000);
    const local = Date.UTC(
      date.getFullYear(),
      date.getMonth(),
      date.getDate(),
      date.getHours(),
      date.getMinutes(),
      date.getSeconds(),
    );
    return local / 1000 - seconds;
  },
});
