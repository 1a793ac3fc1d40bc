/* Unpacks the tables of characters at their first use, and makes the table of the way back. */
#include "tables.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

/* A code of Shift_JIS as the code of the same row and column in EUC-JP, or 0. */
static unsigned
unshift(unsigned code)
{
    unsigned lead = code >> 8, trail = code & 255;
    lead -= lead < 0xa0 ? 0x81 : 0xc1;
    if (lead > 46 || trail < 0x40 || trail == 0x7f || trail > 0xfc) {
        return 0;
    }
    trail -= trail > 0x7f ? 0x41 : 0x40;
    return (0xa1 + 2 * lead + trail / 94) << 8 | (0xa1 + trail % 94);
}

static int
remember(struct set *set, uint32_t point, unsigned code, int replace)
{
    uint16_t **page = &set->codes[point >> 8];
    if (!*page && !(*page = calloc(256, sizeof **page))) {
        return -1;
    }
    if (replace || !(*page)[point & 255]) {
        (*page)[point & 255] = (uint16_t)code;
    }
    return 0;
}

int
set_load(struct set *set)
{
    if (set->points) {
        return 0;
    }
    if (set->base && set_load(set->base) < 0) {
        return -1;
    }
    unsigned columns = set->right - set->left + 1u;
    unsigned count = (set->last - set->first + 1u) * columns;
    uLongf size = 3 * count;
    unsigned char *stream = malloc(size);
    uint32_t *points = malloc(count * sizeof *points), point = 0;
    int error = !stream || !points || uncompress(stream, &size, set->stream, set->size) != Z_OK;
    for (unsigned i = 0; i < count && !error; i++) {
        unsigned code = (set->first + i / columns) << 8 | (set->left + i % columns);
        uint32_t difference = stream[i] | stream[count + i] << 8 | stream[2 * count + i] << 16;
        if (difference < 0x40000) {
            points[i] = point = (point + difference) & 0x3ffff;
        }
        else if (difference == 0x40000 && set->base) {
            points[i] = set_decode(set->base, set->shifted ? unshift(code) : code);
        }
        else {
            points[i] = 0;
        }
        error = points[i] && remember(set, points[i], code, 0) < 0;
    }
    for (size_t i = 0; i < set->encode_count && !error; i++) {
        error = remember(set, set->encode[i].point, set->encode[i].code, 1) < 0;
    }
    free(stream);
    if (error) {
        free(points);
        errno = ENOMEM;
        return -1;
    }
    set->points = points;
    return 0;
}

uint32_t
set_decode(const struct set *set, unsigned code)
{
    unsigned lead = code >> 8, trail = code & 255;
    if (lead < set->first || lead > set->last || trail < set->left || trail > set->right) {
        return 0;
    }
    return set->points[(lead - set->first) * (set->right - set->left + 1u) + trail - set->left];
}

unsigned
set_encode(const struct set *set, uint32_t point)
{
    if (point >= 0x30000 || !set->codes[point >> 8]) {
        return 0;
    }
    return set->codes[point >> 8][point & 255];
}

uint32_t
bytes_decode(const struct bytes *bytes, unsigned code)
{
    if (code < bytes->low) {
        return code < 128 ? code : NONE;
    }
    uint32_t point = bytes->points[code - bytes->low];
    return point == 0xffff || (!point && code) ? NONE : point;
}

int
bytes_encode(const struct bytes *bytes, uint32_t point)
{
    if (!point || (point < bytes->low && point < 128 && !bytes->doubled)) {
        return (int)point;
    }
    for (unsigned code = bytes->low; code < 256 && point < 0xffff; code++) {
        if (bytes->points[code - bytes->low] == point) {
            return (int)code;
        }
    }
    return point < bytes->low && point < 128 ? (int)point : -1;
}
