/* The encodings that have all of Unicode. */
#include <string.h>

#include "charset.h"

DECODER(utf8_decode)
{
    (void)charset, (void)state;
    if (in[0] < 0x80) {
        *point = in[0];
        return 1;
    }
    unsigned length = in[0] < 0xc2 ? 0 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : in[0] < 0xf5 ? 4 : 0;
    if (!length) {
        return ILLEGAL;
    }
    uint32_t value = in[0] & (0x7f >> length);
    for (unsigned i = 1; i < length; i++) {
        if (i == left) {
            return TOO_FEW;
        }
        if ((in[i] & 0xc0) != 0x80) {
            return ILLEGAL;
        }
        value = value << 6 | (in[i] & 0x3f);
        if (i == 1 && ((length == 3 && (value < 0x20 || (value >= 0x360 && value < 0x380))) ||
                       (length == 4 && (value < 0x10 || value > 0x10f)))) {
            return ILLEGAL;
        }
    }
    *point = value;
    return (int)length;
}

ENCODER(utf8_encode)
{
    (void)charset, (void)state;
    if (point == NONE) {
        return 0;
    }
    if (point > 0x10ffff || point - 0xd800 < 0x800) {
        return ILLEGAL;
    }
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (room < length) {
        return TOO_SMALL;
    }
    if (length == 1) {
        out[0] = (unsigned char)point;
        return 1;
    }
    for (size_t i = length; --i; point >>= 6) {
        out[i] = 0x80 | (point & 0x3f);
    }
    out[0] = (unsigned char)((0xf0 << (4 - length)) | point);
    return (int)length;
}

static uint32_t
get(const unsigned char *in, int size, int little)
{
    uint32_t value = 0;
    for (int i = 0; i < size; i++) {
        value = value << 8 | in[little ? size - 1 - i : i];
    }
    return value;
}

static void
put(unsigned char *out, uint32_t value, int size, int little)
{
    for (int i = 0; i < size; i++, value >>= 8) {
        out[little ? i : size - 1 - i] = (unsigned char)value;
    }
}

/* UCS-2, UCS-4, UTF-16 and UTF-32, in both byte orders or with a byte order mark. */
DECODER(wide_decode)
{
    int size = charset->option & WIDE_16 ? 2 : 4,
        little = !!(charset->option & WIDE_LITTLE) ^ state->shift;
    if (left < (size_t)size) {
        return TOO_FEW;
    }
    uint32_t value = get(in, size, little);
    if (charset->option & WIDE_BOM) {
        int once = charset->option & WIDE_WRITES_BOM && state->started && size == 4;
        if (!once && value == 0xfeff) {
            return size;
        }
        if (!once && value == (size == 2 ? 0xfffeu : 0xfffe0000u)) {
            state->shift ^= 1;
            return size;
        }
    }
    /* UCS-4 has more than Unicode, which the other side refuses. */
    if (value - 0xd800 < 0x800 || value > (charset->option & WIDE_UCS4 ? 0xfffffffeu : 0x10ffffu)) {
        if (!(charset->option & WIDE_SURROGATES) || value - 0xd800 >= 0x400) {
            return ILLEGAL;
        }
        if (left < 4) {
            return TOO_FEW;
        }
        uint32_t low = get(in + 2, 2, little);
        if (low - 0xdc00 >= 0x400) {
            return ILLEGAL;
        }
        *point = 0x10000 + ((value - 0xd800) << 10) + low - 0xdc00;
        return 4;
    }
    *point = value;
    return size;
}

ENCODER(wide_encode)
{
    int size = charset->option & WIDE_16 ? 2 : 4, little = !!(charset->option & WIDE_LITTLE),
        mark = 0;
    if (point == NONE) {
        return 0;
    }
    if (size == 2 && point > (charset->option & WIDE_SURROGATES ? 0x10ffffu : 0xffffu)) {
        return ILLEGAL;
    }
    if ((size == 2 && charset->option & WIDE_BOM && point == 0xfffe) ||
        (!(charset->option & WIDE_UCS4) && point > 0x10ffff)) {
        return ILLEGAL;
    }
    if (charset->option & WIDE_WRITES_BOM && !state->started) {
        if (room < (size_t)size) {
            return TOO_SMALL;
        }
        put(out, 0xfeff, size, little);
        mark = size;
    }
    int length = size == 2 && point > 0xffff ? 4 : size;
    if (room < (size_t)(mark + length)) {
        return TOO_SMALL;
    }
    state->started = 1;
    if (length > size) {
        put(out + mark, 0xd7c0 + (point >> 10), 2, little);
        put(out + mark + 2, 0xdc00 + (point & 0x3ff), 2, little);
    }
    else {
        put(out + mark, point, size, little);
    }
    return mark + length;
}

/* The value of hexadecimal digits at `in`, or TOO_FEW, or ILLEGAL. */
static int64_t
hexadecimal(const unsigned char *in, size_t left, size_t digits)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (i == left) {
            return TOO_FEW;
        }
        const char *all = "0123456789abcdef0123456789ABCDEF",
                   *found = in[i] ? strchr(all, in[i]) : NULL;
        if (!found) {
            return ILLEGAL;
        }
        value = value * 16 + (found - all) % 16;
    }
    return value;
}

/* C99 and JAVA: ASCII with \uXXXX, and \UXXXXXXXX in C99. */
DECODER(escape_decode)
{
    (void)state;
    int java = charset->option;
    if (!java && in[0] >= 0xa0) {
        return ILLEGAL;
    }
    *point = in[0];
    if (in[0] != '\\') {
        return 1;
    }
    if (left < 2) {
        return TOO_FEW;
    }
    if (in[1] != 'u' && (java || in[1] != 'U')) {
        return 1;
    }
    size_t digits = in[1] == 'u' ? 4 : 8;
    int64_t value = hexadecimal(in + 2, left - 2, digits);
    if (value == ILLEGAL) {
        return 1;
    }
    if (value < 0) {
        return TOO_FEW;
    }
    if (java && value >= 0xd800 && value < 0xdc00) {
        if (left < 8) {
            return TOO_FEW;
        }
        int64_t low = in[6] == '\\' && in[7] == 'u' ? hexadecimal(in + 8, left - 8, 4) : ILLEGAL;
        if (low == TOO_FEW) {
            return TOO_FEW;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return ILLEGAL;
        }
        *point = (uint32_t)(0x10000 + ((value - 0xd800) << 10) + low - 0xdc00);
        return 12;
    }
    if ((value >= 0xd800 && value < 0xe000) ||
        (!java && value < 0xa0 && value != 0x24 && value != 0x40 && value != 0x60)) {
        return ILLEGAL;
    }
    *point = (uint32_t)value;
    return (int)(2 + digits);
}

static int
put_escape(unsigned char *out, size_t room, uint32_t value, char letter, int digits)
{
    if (room < (size_t)(2 + digits)) {
        return TOO_SMALL;
    }
    out[0] = '\\';
    out[1] = (unsigned char)letter;
    for (int i = digits; i--; value >>= 4) {
        out[2 + i] = (unsigned char)"0123456789abcdef"[value & 15];
    }
    return 2 + digits;
}

ENCODER(escape_encode)
{
    int java = charset->option;
    (void)state;
    if (point == NONE) {
        return 0;
    }
    if (point < (java ? 0x80 : 0xa0)) {
        if (!room) {
            return TOO_SMALL;
        }
        out[0] = (unsigned char)point;
        return 1;
    }
    if (point < 0x10000) {
        return put_escape(out, room, point, 'u', 4);
    }
    if (!java) {
        return put_escape(out, room, point, 'U', 8);
    }
    if (room < 12) {
        return TOO_SMALL;
    }
    put_escape(out, room, 0xd7c0 + (point >> 10), 'u', 4);
    return 6 + put_escape(out + 6, room - 6, 0xdc00 + (point & 0x3ff), 'u', 4);
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A character that UTF-7 (RFC 2152) writes as itself; the optional ones are only read. */
static int
direct(unsigned char byte, int optional)
{
    if (!byte) {
        return 0;
    }
    if (strchr("'(),-./:?\t\n\r ", byte) || (strchr(base64, byte) && byte != '+')) {
        return 1;
    }
    return optional && strchr("!\"#$%&*;<=>@[]^_`{|}", byte) != NULL;
}

DECODER(utf7_decode)
{
    (void)charset;
    unsigned char byte = in[0];
    const char *digit = byte && byte < 0x80 ? strchr(base64, byte) : NULL;
    if (!state->shift) {
        if (byte == '+') {
            if (left < 2) {
                return TOO_FEW;
            }
            if (in[1] == '-') {
                *point = '+';
                return 2;
            }
            state->shift = 1;
            state->bits = 0;
            state->pending = 0;
            state->buffer = 0;
            return 1;
        }
        if (!direct(byte, 1)) {
            return ILLEGAL;
        }
        *point = byte;
        return 1;
    }
    if (!digit) {
        if (state->pending || state->bits >= 6 || state->buffer) {
            return ILLEGAL;
        }
        if (byte != '-' && !direct(byte, 1)) {
            return ILLEGAL;
        }
        state->shift = 0;
        return byte == '-';
    }
    /* `buffer` has the bits that are not yet part of a character, `pending` a high surrogate. */
    state->buffer = state->buffer << 6 | (uint32_t)(digit - base64);
    state->bits += 6;
    if (state->bits < 16) {
        return 1;
    }
    state->bits -= 16;
    uint32_t unit = state->buffer >> state->bits;
    state->buffer &= (1u << state->bits) - 1;
    if (state->pending) {
        if (unit - 0xdc00 >= 0x400) {
            return ILLEGAL;
        }
        *point = 0x10000 + ((state->pending - 0xd800) << 10) + unit - 0xdc00;
        state->pending = 0;
    }
    else if (unit - 0xd800 < 0x400) {
        state->pending = unit;
    }
    else if (unit - 0xdc00 < 0x400) {
        return ILLEGAL;
    }
    else {
        *point = unit;
    }
    return 1;
}

ENCODER(utf7_encode)
{
    (void)charset;
    unsigned char text[12];
    int length = 0;
    if (point == NONE || (point < 0x80 && direct((unsigned char)point, 0))) {
        if (state->shift) {
            if (state->bits) {
                text[length++] = (unsigned char)base64[state->buffer << (6 - state->bits) & 63];
            }
            if (point == NONE || point == '-' || strchr(base64, (int)point)) {
                text[length++] = '-';
            }
        }
        if (point != NONE) {
            text[length++] = (unsigned char)point;
        }
        if (room < (size_t)length) {
            return TOO_SMALL;
        }
        memset(state, 0, sizeof *state);
    }
    else if (point == '+' && !state->shift) {
        text[length++] = '+';
        text[length++] = '-';
        if (room < 2) {
            return TOO_SMALL;
        }
    }
    else {
        struct state next = *state;
        if (!next.shift) {
            text[length++] = '+';
        }
        next.shift = 1;
        uint32_t units[2] = {point, 0};
        int count = 1;
        if (point > 0xffff) {
            units[0] = 0xd7c0 + (point >> 10);
            units[1] = 0xdc00 + (point & 0x3ff);
            count = 2;
        }
        for (int i = 0; i < count; i++) {
            next.buffer = next.buffer << 16 | units[i];
            for (next.bits += 16; next.bits >= 6; next.bits -= 6) {
                text[length++] = (unsigned char)base64[next.buffer >> (next.bits - 6) & 63];
            }
            next.buffer &= (1u << next.bits) - 1;
        }
        if (room < (size_t)length) {
            return TOO_SMALL;
        }
        *state = next;
    }
    memcpy(out, text, (size_t)length);
    return length;
}
