/* GB 18030 and EUC-TW, which have codes of four bytes. */
#include "charset.h"

#include <stdlib.h>

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

/* GB 18030 has all other characters of Unicode in codes of four bytes, in order. The characters of
   these pairs are in the place of each other: the first one in both editions, the others in that of
   2022. */
static const uint16_t exchanged[][2] = {
    {0x1e3f, 0xe7c7}, {0x9fb4, 0xe81e}, {0x9fb5, 0xe826}, {0x9fb6, 0xe82b}, {0x9fb7, 0xe82c},
    {0x9fb8, 0xe832}, {0x9fb9, 0xe843}, {0x9fba, 0xe854}, {0x9fbb, 0xe864}, {0xfe10, 0xe78d},
    {0xfe11, 0xe78f}, {0xfe12, 0xe78e}, {0xfe13, 0xe790}, {0xfe14, 0xe791}, {0xfe15, 0xe792},
    {0xfe16, 0xe793}, {0xfe17, 0xe794}, {0xfe18, 0xe795}, {0xfe19, 0xe796},
};
/* Characters that the edition of 2005 writes as others. */
static const struct {
    uint16_t absent;
    uint32_t written;
} replaced[] = {{0xe816, 0x20087}, {0xe817, 0x20089}, {0xe818, 0x200cc},
                {0xe831, 0x215d7}, {0xe83b, 0x2298f}, {0xe855, 0x241fe}};
enum { REPLACED = sizeof replaced / sizeof replaced[0] };
enum { FOUR_BYTES = 39420, ABOVE_BMP = 189000 };

static struct four {
    uint16_t *points; /* in the order of the codes */
    uint16_t *index;  /* by the character: 1 + the position in `points` */
} four_bytes[2];

static int
four_bytes_load(const struct charset *charset)
{
    struct four *four = &four_bytes[charset->option];
    if (four->points) {
        return 0;
    }
    uint16_t *points = malloc(FOUR_BYTES * sizeof *points), *index = calloc(0x10000, sizeof *index);
    if (!points || !index) {
        free(points);
        free(index);
        return -1;
    }
    unsigned count = 0;
    for (uint32_t key = 0x80; key < 0x10000 && count < FOUR_BYTES; key++) {
        uint32_t value = key;
        int here = (key < 0xd800 || key > 0xdfff) && !set_encode(charset->set, key);
        for (size_t i = 0; i < sizeof exchanged / sizeof exchanged[0]; i++) {
            if (key == exchanged[i][0]) {
                here = 1;
                value = !i || charset->option ? exchanged[i][1] : key;
            }
            else if (key == exchanged[i][1]) {
                here = 0;
            }
        }
        for (size_t i = 0; i < REPLACED && !charset->option; i++) {
            if (key == replaced[i].absent) {
                here = 0;
            }
        }
        if (here) {
            points[count++] = (uint16_t)value;
            index[value] = (uint16_t)count;
        }
    }
    four->index = index;
    four->points = points;
    return 0;
}

DECODER(gb18030_decode)
{
    if (in[0] < 0x81 || in[0] > 0xfe || left < 2 || in[1] < 0x30 || in[1] > 0x39) {
        return double_decode(charset, state, in, left, point);
    }
    if (four_bytes_load(charset) < 0) {
        return NO_MEMORY;
    }
    if (left > 2 && (in[2] < 0x81 || in[2] > 0xfe)) {
        return ILLEGAL;
    }
    if (left > 3 && (in[3] < 0x30 || in[3] > 0x39)) {
        return ILLEGAL;
    }
    if (left < 4) {
        return TOO_FEW;
    }
    unsigned linear =
        ((in[0] - 0x81u) * 10 + in[1] - 0x30u) * 1260 + (in[2] - 0x81u) * 10 + in[3] - 0x30u;
    if (linear < FOUR_BYTES) {
        *point = four_bytes[charset->option].points[linear];
    }
    else if (linear - ABOVE_BMP < 0x100000) {
        *point = linear - ABOVE_BMP + 0x10000;
    }
    else {
        return ILLEGAL;
    }
    return 4;
}

ENCODER(gb18030_encode)
{
    int written = double_encode(charset, state, point, out, room);
    if (written != ILLEGAL) {
        return written;
    }
    if (four_bytes_load(charset) < 0) {
        return NO_MEMORY;
    }
    for (size_t i = 0; i < REPLACED && !charset->option; i++) {
        if (point == replaced[i].absent) {
            point = replaced[i].written;
        }
    }
    unsigned linear = point - 0x10000 + ABOVE_BMP;
    if (point < 0x10000) {
        unsigned index = four_bytes[charset->option].index[point];
        if (!index) {
            return ILLEGAL;
        }
        linear = index - 1;
    }
    if (room < 4) {
        return TOO_SMALL;
    }
    out[3] = (unsigned char)(0x30 + linear % 10);
    out[2] = (unsigned char)(0x81 + linear / 10 % 126);
    out[1] = (unsigned char)(0x30 + linear / 1260 % 10);
    out[0] = (unsigned char)(0x81 + linear / 12600);
    return 4;
}

/* EUC-TW: plane 1 of CNS 11643 in two bytes, all planes in four. `set` is the array of planes. */
extern struct set *const cns11643[16];

DECODER(euc_tw_decode)
{
    (void)charset, (void)state;
    uint32_t read = 0;
    int length = 2;
    if (in[0] < 0x80) {
        *point = in[0];
        return 1;
    }
    if (in[0] == 0x8e) {
        if (left < 2) {
            return TOO_FEW;
        }
        unsigned plane = in[1] - 0xa0u;
        if (plane > 15 || !cns11643[plane]) {
            return ILLEGAL;
        }
        if (left > 2 && (in[2] < 0xa1 || in[2] == 0xff)) {
            return ILLEGAL;
        }
        if (left < 4) {
            return TOO_FEW;
        }
        read = set_decode(cns11643[plane], in[2] << 8 | in[3]);
        length = 4;
    }
    else if (in[0] >= 0xa1 && in[0] < 0xff) {
        if (left < 2) {
            return TOO_FEW;
        }
        read = set_decode(cns11643[1], in[0] << 8 | in[1]);
    }
    if (!read) {
        return ILLEGAL;
    }
    *point = read;
    return length;
}

ENCODER(euc_tw_encode)
{
    (void)charset, (void)state;
    if (point == NONE) {
        return 0;
    }
    if (point < 0x80) {
        return put_byte(out, room, (int)point);
    }
    for (int plane = 1; plane < 16; plane++) {
        unsigned code = cns11643[plane] ? set_encode(cns11643[plane], point) : 0;
        if (!code) {
            continue;
        }
        if (plane == 1) {
            return put_code(out, room, code);
        }
        if (room < 4) {
            return TOO_SMALL;
        }
        out[0] = 0x8e;
        out[1] = (unsigned char)(0xa0 + plane);
        return 2 + put_code(out + 2, room - 2, code);
    }
    return ILLEGAL;
}
