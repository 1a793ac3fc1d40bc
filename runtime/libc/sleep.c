// How does a signal interrupt time.sleep?
//
// Emscripten's clock_nanosleep, which time.sleep calls, spins until the time is over and ignores
// signals. The linker's --wrap=clock_nanosleep replaces it by this function.
#define _GNU_SOURCE
#include <errno.h>
#include <time.h>

// Import from sleep.js. Returns the milliseconds that were left when a signal came, or 0.
extern double
sleep_until_signal(double milliseconds);

// POSIX clock_nanosleep. Returns EINTR when the interrupt buffer has a signal number; the number
// stays there for PyErr_CheckSignals.
int
__wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *request,
                       struct timespec *rest)
{
    struct timespec start = {0};
    if (request->tv_sec < 0 || request->tv_nsec < 0 || request->tv_nsec >= 1000000000L ||
        ((flags & TIMER_ABSTIME) && clock_gettime(clock, &start) < 0)) {
        return EINVAL;
    }
    double left = sleep_until_signal((double)(request->tv_sec - start.tv_sec) * 1e3 +
                                     (double)(request->tv_nsec - start.tv_nsec) / 1e6);
    if (left > 0 && rest != NULL && !(flags & TIMER_ABSTIME)) {
        rest->tv_sec = (time_t)(left / 1e3);
        rest->tv_nsec = (long)((left - (double)rest->tv_sec * 1e3) * 1e6);
    }
    return left > 0 ? EINTR : 0;
}
