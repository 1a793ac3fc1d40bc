// Which clocks does a process have here?
//
// Emscripten 3.1.69 has no clock for processor time: clock_gettime() is EINVAL, times() and
// getrusage() have constants. These functions replace Emscripten's, which are weak symbols, or are
// replaced by the linker's --wrap. Processor time is Node's process.cpuUsage(). A page has no such
// clock: processor time is the time since the start of the page or worker (clock.js).
#define _GNU_SOURCE
#include <emscripten.h>
#include <emscripten/html5.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

// Import from Emscripten, which declares it in no header. Nanoseconds.
extern double
emscripten_get_now_res(void);
// Imports from clock.js. Microseconds of processor time: of the calling thread, in user code and
// in the kernel.
extern double
libc_thread_time(void);
extern double
libc_user_time(void);
extern double
libc_system_time(void);
// The largest size of the process in memory, in KiB, or 0.
extern int
libc_max_rss(void);

// The clock of the calling thread by its own number, as musl's pthread_getcpuclockid numbers them.
#define OWN_THREAD_CLOCK ((clockid_t) - 2)

// The value of a clock in nanoseconds, or NaN if there is no such clock.
static double
read_clock(clockid_t clock)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        return emscripten_date_now() * 1e6;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        return emscripten_get_now() * 1e6;
    case CLOCK_PROCESS_CPUTIME_ID:
        return (libc_user_time() + libc_system_time()) * 1e3;
    case CLOCK_THREAD_CPUTIME_ID:
    case OWN_THREAD_CLOCK:
        return libc_thread_time() * 1e3;
    default:
        return NAN;
    }
}

static struct timespec
to_timespec(double nanoseconds)
{
    int64_t whole = (int64_t)round(nanoseconds);
    return (struct timespec){.tv_sec = whole / 1000000000, .tv_nsec = (long)(whole % 1000000000)};
}

static struct timeval
to_timeval(double microseconds)
{
    int64_t whole = (int64_t)microseconds;
    return (struct timeval){.tv_sec = whole / 1000000, .tv_usec = (suseconds_t)(whole % 1000000)};
}

// POSIX clock_gettime. EINVAL if there is no such clock.
int
clock_gettime(clockid_t clock, struct timespec *now)
{
    double nanoseconds = read_clock(clock);
    if (isnan(nanoseconds)) {
        errno = EINVAL;
        return -1;
    }
    *now = to_timespec(nanoseconds);
    return 0;
}

// POSIX clock_getres. EINVAL if there is no such clock. The units: Date.now() counts milliseconds,
// process.cpuUsage() microseconds.
int
clock_getres(clockid_t clock, struct timespec *resolution)
{
    if (isnan(read_clock(clock))) {
        errno = EINVAL;
        return -1;
    }
    if (resolution != NULL) {
        double nanoseconds = emscripten_get_now_res();
        if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
            nanoseconds = 1e6;
        }
        else if (clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID ||
                 clock == OWN_THREAD_CLOCK) {
            nanoseconds = fmax(nanoseconds, 1e3);
        }
        *resolution = to_timespec(nanoseconds);
    }
    return 0;
}

// The names that musl's own functions use.
int
__clock_gettime(clockid_t clock, struct timespec *now) __attribute__((alias("clock_gettime")));
int
__clock_getres(clockid_t clock, struct timespec *resolution) __attribute__((alias("clock_getres")));

// POSIX pthread_getcpuclockid. ESRCH if it is not the calling thread: there is no other.
int
__wrap_pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
    if (!pthread_equal(thread, pthread_self())) {
        return ESRCH;
    }
    *clock = OWN_THREAD_CLOCK;
    return 0;
}

// POSIX clock: processor time in units of 1 / CLOCKS_PER_SEC, a microsecond.
clock_t
clock(void)
{
    return (clock_t)(int64_t)(libc_user_time() + libc_system_time());
}

clock_t
__clock(void) __attribute__((alias("clock")));

// POSIX times, in units of 1 / sysconf(_SC_CLK_TCK). There are no children.
clock_t
__wrap_times(struct tms *times)
{
    double ticks = (double)sysconf(_SC_CLK_TCK);
    *times = (struct tms){
        .tms_utime = (clock_t)(libc_user_time() * ticks / 1e6),
        .tms_stime = (clock_t)(libc_system_time() * ticks / 1e6),
    };
    return (clock_t)(int64_t)(emscripten_get_now() * ticks / 1e3);
}

// The system call under getrusage(). `usage` is a struct rusage, except that the two times are
// 32-bit seconds and microseconds, which end at ru_maxrss.
int
__syscall_getrusage(int who, intptr_t usage)
{
    struct kernel_rusage {
        int32_t utime[2], stime[2];
        long maxrss;
        long others[13];
    } *result = (struct kernel_rusage *)usage;
    memset(result, 0, sizeof *result);
    if (who == RUSAGE_CHILDREN) {
        return 0;
    }
    if (who != RUSAGE_SELF) {
        return -EINVAL;
    }
    struct timeval user = to_timeval(libc_user_time());
    struct timeval system = to_timeval(libc_system_time());
    result->utime[0] = (int32_t)user.tv_sec;
    result->utime[1] = (int32_t)user.tv_usec;
    result->stime[0] = (int32_t)system.tv_sec;
    result->stime[1] = (int32_t)system.tv_usec;
    result->maxrss = libc_max_rss();
    return 0;
}
