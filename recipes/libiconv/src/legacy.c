/* The encodings that have codes of one, two or more bytes, without escape sequences. */
#include "charset.h"

static int
put_byte(unsigned char *out, size_t room, int byte)
{
    if (!room) {
        return TOO_SMALL;
    }
    out[0] = (unsigned char)byte;
    return 1;
}

static int
put_code(unsigned char *out, size_t room, unsigned code)
{
    if (room < 2) {
        return TOO_SMALL;
    }
    out[0] = (unsigned char)(code >> 8);
    out[1] = (unsigned char)code;
    return 2;
}

DECODER(byte_decode)
{
    (void)state, (void)left;
    *point = bytes_decode(charset->bytes, in[0]);
    return *point == NONE ? ILLEGAL : 1;
}

ENCODER(byte_encode)
{
    (void)state;
    if (point == NONE) {
        return 0;
    }
    int byte = bytes_encode(charset->bytes, point);
    return byte < 0 ? ILLEGAL : put_byte(out, room, byte);
}

/* CP1255, CP1258 and TCVN have letters and marks; Unicode has composed characters, too. A space is
 * only written. */
static uint32_t
compose(uint32_t base, uint32_t mark)
{
    for (const struct composition *found = compositions; found->composed; found++) {
        if (found->base == base && found->mark == mark && base > ' ') {
            return found->composed;
        }
    }
    return 0;
}

static int
is_base(uint32_t point)
{
    for (const struct composition *found = compositions; found->composed; found++) {
        if (found->base == point && point > ' ') {
            return 1;
        }
    }
    return 0;
}

DECODER(composed_decode)
{
    (void)left;
    uint32_t read = bytes_decode(charset->bytes, in[0]), whole;
    if (read == NONE) {
        return ILLEGAL;
    }
    if (state->pending) {
        if ((whole = compose(state->pending, read))) {
            state->pending = whole;
            return 1;
        }
        *point = state->pending;
        state->pending = 0;
        return 0;
    }
    if (is_base(read)) {
        state->pending = read;
    }
    else {
        *point = read;
    }
    return 1;
}

ENCODER(composed_encode)
{
    int written = byte_encode(charset, state, point, out, room), mark;
    if (written != ILLEGAL) {
        return written;
    }
    for (const struct composition *found = compositions; found->composed; found++) {
        if (found->composed != point || bytes_encode(charset->bytes, found->mark) < 0) {
            continue;
        }
        written = found->base ? composed_encode(charset, state, found->base, out, room) : 0;
        if (written < 0) {
            return written;
        }
        mark = byte_encode(charset, state, found->mark, out + written, room - (size_t)written);
        return mark < 0 ? mark : written + mark;
    }
    return ILLEGAL;
}

DECODER(double_decode)
{
    (void)state;
    *point = bytes_decode(charset->bytes, in[0]);
    if (*point != NONE) {
        return 1;
    }
    if (charset->third && in[0] == 0x8f) {
        if (left < 2 || (in[1] >= 0xa1 && in[1] < 0xff && left < 3)) {
            return TOO_FEW;
        }
        *point = left < 3 ? 0 : set_decode(charset->third, in[1] << 8 | in[2]);
        if (*point) {
            return 3;
        }
        *point = NONE;
        return ILLEGAL;
    }
    if (in[0] >= charset->set->first && in[0] <= charset->set->last) {
        if (left < 2) {
            return TOO_FEW;
        }
        if ((*point = set_decode(charset->set, in[0] << 8 | in[1]))) {
            return 2;
        }
        *point = NONE;
    }
    return ILLEGAL;
}

ENCODER(double_encode)
{
    (void)state;
    if (point == NONE) {
        return 0;
    }
    int byte = bytes_encode(charset->bytes, point);
    if (byte >= 0) {
        return put_byte(out, room, byte);
    }
    unsigned code = set_encode(charset->set, point);
    if (code) {
        return code < 256 ? put_byte(out, room, (int)code) : put_code(out, room, code);
    }
    if (!charset->third || !(code = set_encode(charset->third, point))) {
        return ILLEGAL;
    }
    if (room < 3) {
        return TOO_SMALL;
    }
    out[0] = 0x8f;
    return 1 + put_code(out + 1, room - 1, code);
}

/* The sets themselves, as in ISO 2022: two bytes of 7 bits. */
DECODER(raw_decode)
{
    (void)state;
    if (in[0] < 0x21 || in[0] > 0x7e) {
        return ILLEGAL;
    }
    if (left < 2) {
        return TOO_FEW;
    }
    uint32_t read = in[1] < 0x80 ? set_decode(charset->set, in[0] << 8 | in[1] | 0x8080) : 0;
    if (!read) {
        return ILLEGAL;
    }
    *point = read;
    return 2;
}

ENCODER(raw_encode)
{
    (void)state;
    if (point == NONE) {
        return 0;
    }
    unsigned code = set_encode(charset->set, point);
    return code ? put_code(out, room, code & 0x7f7f) : ILLEGAL;
}

/* Codes of BIG5-HKSCS with a letter and a mark. */
static const struct {
    uint16_t code, alone, letter, mark;
} pairs[] = {
    {0x8862, 0x8866, 0xca, 0x304},
    {0x8864, 0x8866, 0xca, 0x30c},
    {0x88a3, 0x88a7, 0xea, 0x304},
    {0x88a5, 0x88a7, 0xea, 0x30c},
};
enum { PAIRS = sizeof pairs / sizeof pairs[0] };

DECODER(hkscs_decode)
{
    if (state->pending) {
        *point = state->pending;
        state->pending = 0;
        return 2;
    }
    for (int i = 0; i < PAIRS && in[0] == 0x88 && left > 1; i++) {
        if (in[1] == (pairs[i].code & 255)) {
            *point = pairs[i].letter;
            state->pending = pairs[i].mark;
            return 0;
        }
    }
    return double_decode(charset, state, in, left, point);
}

ENCODER(hkscs_encode)
{
    int written = 0;
    for (int i = 0; i < PAIRS && state->pending; i++) {
        if (pairs[i].letter == state->pending && pairs[i].mark == point) {
            state->pending = 0;
            return put_code(out, room, pairs[i].code);
        }
    }
    if (state->pending) {
        written = put_code(out, room, state->pending == 0xca ? 0x8866 : 0x88a7);
        if (written < 0) {
            return written;
        }
        state->pending = 0;
    }
    if (point == 0xca || point == 0xea) {
        state->pending = point;
        return written;
    }
    int more = double_encode(charset, state, point, out + written, room - (size_t)written);
    return more < 0 ? more : written + more;
}
