/* POSIX's iconv_open(), iconv() and iconv_close(). */
#include "iconv.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "charset.h"

struct set *
iso2022_set(const struct charset *charset, int index);
extern struct set *const cns11643[16];
extern struct set set_gb2312;

struct conversion {
    const struct charset *from, *to;
    struct state reading, writing;
    int ignore;
};

/* Compares a name with a listed one of `length`. If `loose`, only letters and digits count: "utf8"
 * is UTF-8. */
static int
is_name(const char *name, size_t size, const char *listed, size_t length, int loose)
{
    for (;;) {
        while (loose && size && !isalnum((unsigned char)*name)) {
            name++, size--;
        }
        while (loose && length && !isalnum((unsigned char)*listed)) {
            listed++, length--;
        }
        if (!size || !length) {
            return size == length;
        }
        if (toupper((unsigned char)*name++) != toupper((unsigned char)*listed++)) {
            return 0;
        }
        size--, length--;
    }
}

static const struct charset *
find_charset(const char *name, size_t size)
{
    if (!size || is_name(name, size, "char", 4, 0)) {
        return find_charset("UTF-8", 5);
    }
    for (int loose = 0; loose < 2; loose++) {
        for (const struct charset *charset = charsets; charset->names; charset++) {
            for (const char *listed = charset->names; *listed;) {
                size_t length = strcspn(listed, " ");
                if (is_name(name, size, listed, length, loose)) {
                    return charset;
                }
                listed += length + (listed[length] == ' ');
            }
        }
    }
    return NULL;
}

static int
load(const struct charset *charset)
{
    struct set *set;
    if (charset->decode == iso2022_decode) {
        for (int i = 0; (set = iso2022_set(charset, i)); i++) {
            if (set_load(set) < 0) {
                return -1;
            }
        }
    }
    for (int plane = 1; charset->decode == euc_tw_decode && plane < 16; plane++) {
        if (cns11643[plane] && set_load(cns11643[plane]) < 0) {
            return -1;
        }
    }
    if ((charset->set && set_load(charset->set) < 0) ||
        (charset->third && set_load(charset->third) < 0)) {
        return -1;
    }
    return 0;
}

iconv_t
libiconv_open(const char *tocode, const char *fromcode)
{
    size_t to_size = strcspn(tocode, "/"), from_size = strcspn(fromcode, "/");
    if ((tocode[to_size] && tocode[to_size + 1] != '/') ||
        (fromcode[from_size] && fromcode[from_size + 1] != '/')) {
        errno = EINVAL;
        return (iconv_t)-1;
    }
    const struct charset *to = find_charset(tocode, to_size),
                         *from = find_charset(fromcode, from_size);
    if (!to || !from) {
        errno = EINVAL;
        return (iconv_t)-1;
    }
    struct conversion *conversion = calloc(1, sizeof *conversion);
    if (!conversion || load(to) < 0 || load(from) < 0) {
        free(conversion);
        errno = ENOMEM;
        return (iconv_t)-1;
    }
    conversion->to = to;
    conversion->from = from;
    conversion->ignore = strstr(tocode + to_size, "//IGNORE") != NULL;
    return conversion;
}

int
libiconv_close(iconv_t cd)
{
    free(cd);
    return 0;
}

static size_t
fail(int error)
{
    errno = error == TOO_SMALL   ? E2BIG
            : error == TOO_FEW   ? EINVAL
            : error == NO_MEMORY ? ENOMEM
                                 : EILSEQ;
    return (size_t)-1;
}

/* Writes what is pending, and the bytes that lead back to the initial state. */
static size_t
reset(struct conversion *conversion, char **out, size_t *room)
{
    const struct charset *to = conversion->to;
    if (out && *out) {
        uint32_t points[] = {conversion->reading.pending, NONE};
        if (conversion->from->decode != composed_decode &&
            conversion->from->decode != hkscs_decode) {
            points[0] = 0;
        }
        for (int i = !points[0]; i < 2; i++) {
            int written =
                to->encode(to, &conversion->writing, points[i], (unsigned char *)*out, *room);
            if (written < 0) {
                return fail(written);
            }
            conversion->reading.pending = 0;
            *out += written;
            *room -= (size_t)written;
        }
    }
    memset(&conversion->reading, 0, sizeof conversion->reading);
    memset(&conversion->writing, 0, sizeof conversion->writing);
    return 0;
}

size_t
libiconv(iconv_t cd, char **inbuf, size_t *inbytesleft, char **outbuf, size_t *outbytesleft)
{
    struct conversion *conversion = cd;
    const struct charset *from = conversion->from, *to = conversion->to;
    if (!inbuf || !*inbuf) {
        return reset(conversion, outbuf, outbytesleft);
    }
    size_t replaced = 0;
    while (*inbytesleft) {
        struct state reading = conversion->reading, writing = conversion->writing;
        uint32_t point = NONE;
        int written = 0;
        int read = from->decode(from, &reading, (unsigned char *)*inbuf, *inbytesleft, &point);
        if (read == ILLEGAL && conversion->ignore) {
            reading = conversion->reading;
            read = 1;
            point = NONE;
        }
        if (read < 0) {
            return fail(read);
        }
        /* As in GNU libiconv, U+FFFD replaces a character if the target has U+FFFD, and tags of
         * languages are left out. */
        if (point != NONE) {
            written = to->encode(to, &writing, point, (unsigned char *)*outbuf, *outbytesleft);
            if (written == ILLEGAL && !conversion->ignore && point >> 7 != 0xe0000 >> 7) {
                writing = conversion->writing;
                written = to->encode(to, &writing, 0xfffd, (unsigned char *)*outbuf, *outbytesleft);
                replaced += written >= 0;
            }
            if (written == ILLEGAL && (conversion->ignore || point >> 7 == 0xe0000 >> 7)) {
                replaced += conversion->ignore;
                writing = conversion->writing;
                written = 0;
            }
            if (written < 0) {
                return fail(written);
            }
        }
        conversion->reading = reading;
        conversion->writing = writing;
        *inbuf += read;
        *inbytesleft -= (size_t)read;
        *outbuf += written;
        *outbytesleft -= (size_t)written;
    }
    return replaced;
}
