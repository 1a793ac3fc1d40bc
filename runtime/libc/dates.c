// How does a number of seconds become a date, and back?
//
// Emscripten 3.1.69 asks JavaScript's Date, which ends in the year 275760, reads the years 0 to 99
// as 1900 to 1999, and has no way to report an error. These functions replace Emscripten's, which
// are weak symbols, and calculate in the proleptic Gregorian calendar for all years of a struct tm.
// Only the offset of the local time zone comes from JavaScript (dates.js).
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

// Import from dates.js. The offset of local time from UTC, in seconds east, `seconds` after 1970.
extern int
libc_zone_offset(double seconds);
// Imports from musl, which declares them in no public header. strftime's %Z prints a name only if
// it is at one of these addresses.
extern const char __utc[];
extern char *__tzname[2];

#define DAY 86400LL
#define CYCLE_DAYS 146097LL // 400 years, after which weekdays and leap years recur
#define CYCLE (CYCLE_DAYS * DAY)

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool
is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

// Days from 1970-01-01 to the first day of a month, which is from 0 to 11.
static int64_t
days_before_month(int64_t year, int month)
{
    static const short before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t last = year - 1;
    return last * 365 + floor_div(last, 4) - floor_div(last, 100) + floor_div(last, 400) - 719162 +
           before[month] + (month > 1 && is_leap(year));
}

static int64_t
year_of_day(int64_t day)
{
    int64_t cycle = floor_div(day, CYCLE_DAYS);
    int64_t year = 1970 + cycle * 400 + (day - cycle * CYCLE_DAYS) / 366;
    while (days_before_month(year + 1, 0) <= day) {
        year++;
    }
    return year;
}

// Fills the fields of a date, except for those of the zone. Returns whether an int can hold its
// year.
static bool
fill(struct tm *tm, int64_t seconds)
{
    int64_t day = floor_div(seconds, DAY);
    int second = (int)(seconds - day * DAY);
    int64_t year = year_of_day(day);
    if (year - 1900 < INT_MIN || year - 1900 > INT_MAX) {
        return false;
    }
    int month = 11;
    while (days_before_month(year, month) > day) {
        month--;
    }
    tm->tm_year = (int)(year - 1900);
    tm->tm_mon = month;
    tm->tm_mday = (int)(day - days_before_month(year, month)) + 1;
    tm->tm_hour = second / 3600;
    tm->tm_min = second / 60 % 60;
    tm->tm_sec = second % 60;
    tm->tm_wday = (int)(((day + 4) % 7 + 7) % 7);
    tm->tm_yday = (int)(day - days_before_month(year, 0));
    return true;
}

// The seconds of a date whose fields need not be in their ranges, in the date's own zone. An int64
// holds the result for all fields.
static int64_t
to_seconds(const struct tm *tm)
{
    int64_t years = floor_div(tm->tm_mon, 12);
    int month = (int)(tm->tm_mon - years * 12);
    int64_t day = days_before_month(tm->tm_year + 1900LL + years, month) + tm->tm_mday - 1LL;
    return day * DAY + tm->tm_hour * 3600LL + tm->tm_min * 60LL + tm->tm_sec;
}

// The offset of local time from UTC, in seconds. A time zone's present rules hold for all years to
// come, and before 1600 no zone had rules: Date is asked for a year from 1200 to 2799 with the same
// calendar.
static int
zone_offset(int64_t seconds)
{
    const int64_t first = -11676096000LL; // 1600-01-01
    const int64_t last = first + 3 * CYCLE - 1;
    if (seconds < first) {
        seconds += floor_div(first - 1 - seconds, CYCLE) * CYCLE;
    }
    else if (seconds > last) {
        seconds -= floor_div(seconds - last + CYCLE - 1, CYCLE) * CYCLE;
    }
    return libc_zone_offset((double)seconds);
}

// The offsets of standard time and of daylight saving time in the year of `seconds`. They are equal
// in a zone without daylight saving time.
struct offsets {
    int standard;
    int daylight;
};

static struct offsets
offsets_of_year(int64_t seconds)
{
    int64_t year = year_of_day(floor_div(seconds, DAY));
    int winter = zone_offset(days_before_month(year, 0) * DAY);
    int summer = zone_offset(days_before_month(year, 6) * DAY);
    return winter < summer ? (struct offsets){winter, summer} : (struct offsets){summer, winter};
}

static bool
is_daylight(struct offsets offsets, int offset)
{
    return offsets.standard != offsets.daylight && offset == offsets.daylight;
}

// POSIX gmtime_r. EOVERFLOW if an int cannot hold the year.
struct tm *
gmtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    if (!fill(tm, *time)) {
        errno = EOVERFLOW;
        return NULL;
    }
    tm->tm_isdst = 0;
    tm->tm_gmtoff = 0;
    tm->tm_zone = __utc;
    return tm;
}

// POSIX localtime_r. EOVERFLOW if an int cannot hold the year.
struct tm *
localtime_r(const time_t *restrict time, struct tm *restrict tm)
{
    tzset();
    // A struct tm holds fewer seconds than this, and their sum with an offset is an int64.
    if (*time > INT64_MAX / 8 || *time < INT64_MIN / 8) {
        errno = EOVERFLOW;
        return NULL;
    }
    int offset = zone_offset(*time);
    if (!fill(tm, *time + offset)) {
        errno = EOVERFLOW;
        return NULL;
    }
    tm->tm_isdst = is_daylight(offsets_of_year(*time), offset);
    tm->tm_gmtoff = offset;
    tm->tm_zone = __tzname[tm->tm_isdst];
    return tm;
}

// POSIX timegm. EOVERFLOW if an int cannot hold the year.
time_t
timegm(struct tm *tm)
{
    time_t time = to_seconds(tm);
    struct tm result;
    if (gmtime_r(&time, &result) == NULL) {
        return -1;
    }
    *tm = result;
    return time;
}

// POSIX mktime. EOVERFLOW if an int cannot hold the year. Of the two times that a local time
// without tm_isdst has when clocks are set back, the first; a local time that is skipped when
// clocks are set forward counts from before.
time_t
mktime(struct tm *tm)
{
    tzset();
    int64_t local = to_seconds(tm);
    int before = zone_offset(local - DAY);
    int after = zone_offset(local + DAY);
    int offset = before;
    if (zone_offset(local - before) != before && zone_offset(local - after) == after) {
        offset = after;
    }
    struct offsets offsets = offsets_of_year(local - offset);
    if (tm->tm_isdst >= 0 && offsets.standard != offsets.daylight &&
        (tm->tm_isdst > 0) != is_daylight(offsets, offset)) {
        offset = tm->tm_isdst > 0 ? offsets.daylight : offsets.standard;
    }
    time_t time = local - offset;
    struct tm result;
    if (localtime_r(&time, &result) == NULL) {
        return -1;
    }
    *tm = result;
    return time;
}

// The names that musl's own functions use.
struct tm *
__gmtime_r(const time_t *restrict time, struct tm *restrict tm) __attribute__((alias("gmtime_r")));
struct tm *
__localtime_r(const time_t *restrict time, struct tm *restrict tm)
    __attribute__((alias("localtime_r")));
