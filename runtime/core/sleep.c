// How does Python sleep so that it can be interrupted?
//
// Emscripten's sleep spins until the time is over and hears nothing. The linker's
// --wrap=clock_nanosleep puts this function before it; that is what time.sleep calls.
#include "core.h"
#include <errno.h>
#include <time.h>

// Returns the milliseconds that were left when a signal came, or 0. Import from sleep.js.
extern double
sleep_until_signal(double milliseconds);

// POSIX clock_nanosleep. Returns EINTR when a signal number is in the interrupt buffer, which stays
// there for PyErr_CheckSignals.
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
