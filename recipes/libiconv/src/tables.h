/* The tables of characters, which make_tables.py writes, and their look-up. */
#ifndef TABLES_H
#define TABLES_H
#include <stddef.h>
#include <stdint.h>

/* No character. */
#define NONE 0xffffffffu

/* A character whose code is not the first one with this character; code 0: no code has the
 * character. */
struct encode {
    uint32_t point;
    uint16_t code;
};

/* Characters with codes of two bytes. The last two members are made at the first use. */
struct set {
    unsigned char first, last, left, right; /* the first and last lead and trail byte */
    struct set *base;                       /* has all characters that are not in this table */
    unsigned char shifted; /* the base has the code as rows, this set as Shift_JIS */
    const unsigned char *stream;
    size_t size;
    const struct encode *encode;
    size_t encode_count;
    uint32_t *points;
    uint16_t *codes[0x300]; /* by the upper bits of the character */
};

/* Characters with codes of one byte: ASCII before the code `low`, then `points`; `doubled`: with
 * ASCII characters. */
struct bytes {
    unsigned short low, doubled;
    const unsigned short *points;
};

struct composition {
    uint16_t composed, base, mark;
};

extern const struct composition compositions[];

/* Unpacks a set, with its base. Returns 0, or -1 with errno ENOMEM. */
int
set_load(struct set *set);

/* The character of a code of a loaded set, or 0. */
uint32_t
set_decode(const struct set *set, unsigned code);

/* The code of a character of a loaded set, or 0. */
unsigned
set_encode(const struct set *set, uint32_t point);

/* The character of a byte, or NONE. */
uint32_t
bytes_decode(const struct bytes *bytes, unsigned code);

/* The byte of a character, or -1. */
int
bytes_encode(const struct bytes *bytes, uint32_t point);

#endif
