/* The encodings with escape sequences: ISO-2022-JP, -CN and -KR (RFC 1468, 2237, 1554, 1922, 1557),
 * and HZ (RFC 1843). */
#include <string.h>

#include "charset.h"

extern struct set set_jisx0208, set_jisx0212, set_jisx0208_ms, set_jisx0212_ms, set_gb2312,
    set_ksc5601, set_iso_ir_165;
extern struct set *const cns11643[16];
extern const struct bytes bytes_jisx0201_1976, bytes_cp819, bytes_ecma_118;

enum {
    ASCII,
    ROMAN,
    KATAKANA,
    FIRST_DOUBLE,
    JIS78 = FIRST_DOUBLE,
    JIS0208,
    JIS0212,
    GB,
    KS,
    CNS1,
    CNS2,
    CNS3,
    CNS4,
    CNS5,
    CNS6,
    CNS7,
    IR165,
    LATIN1,
    GREEK,
    UNDESIGNATED
};

/* A designation: the bytes after ESC, the set, and the position that it takes. */
struct designation {
    const char *escape;
    unsigned char set, g;
};

static const struct designation jp[] = {
    {"(B", ASCII, 0}, {"(J", ROMAN, 0}, {"$B", JIS0208, 0}, {"$@", JIS78, 0}, {0}};
static const struct designation jp1[] = {{"(B", ASCII, 0},    {"(J", ROMAN, 0}, {"$B", JIS0208, 0},
                                         {"$(D", JIS0212, 0}, {"$@", JIS78, 0}, {0}};
static const struct designation jp2[] = {{"(B", ASCII, 0},
                                         {"(J", ROMAN, 0},
                                         {"$B", JIS0208, 0},
                                         {"$(D", JIS0212, 0},
                                         {"$A", GB, 0},
                                         {"$(C", KS, 0},
                                         {".A", LATIN1, 2},
                                         {".F", GREEK, 2},
                                         {"(I", KATAKANA, 0},
                                         {"$@", JIS78, 0},
                                         {0}};
static const struct designation jpms[] = {{"(B", ASCII, 0},
                                          {"(J", ROMAN, 0},
                                          {"$B", JIS0208, 0},
                                          {"$(D", JIS0212, 0},
                                          {"(I", KATAKANA, 0},
                                          {"$@", JIS78, 0},
                                          {0}};
static const struct designation cn[] = {{"$)A", GB, 1}, {"$)G", CNS1, 1}, {"$*H", CNS2, 2}, {0}};
static const struct designation cn_ext[] = {
    {"$)A", GB, 1},   {"$)G", CNS1, 1}, {"$*H", CNS2, 2}, {"$+I", CNS3, 3},  {"$+J", CNS4, 3},
    {"$+K", CNS5, 3}, {"$+L", CNS6, 3}, {"$+M", CNS7, 3}, {"$)E", IR165, 1}, {0}};
static const struct designation kr[] = {{"$)C", KS, 1}, {0}};
static const struct designation *const designations[] = {jp, jp1, jp2, jpms, cn, cn_ext, kr};

static struct set *
double_set(const struct charset *charset, unsigned set)
{
    int ms = charset->option == ISO2022_JPMS;
    switch (set) {
    case JIS78:
    case JIS0208:
        return ms ? &set_jisx0208_ms : &set_jisx0208;
    case JIS0212:
        return ms ? &set_jisx0212_ms : &set_jisx0212;
    case GB:
        return &set_gb2312;
    case KS:
        return &set_ksc5601;
    case IR165:
        return &set_iso_ir_165;
    default:
        return cns11643[set - CNS1 + 1];
    }
}

/* The sets of more than one byte of an encoding, for iconv_open(). */
struct set *
iso2022_set(const struct charset *charset, int index)
{
    for (const struct designation *found = designations[charset->option]; found->escape; found++) {
        if (found->set >= FIRST_DOUBLE && found->set < LATIN1 && !index--) {
            return double_set(charset, found->set);
        }
    }
    return NULL;
}

/* A letter's code of a set, without the upper bits, or 0. */
static unsigned
encode_in(const struct charset *charset, unsigned set, uint32_t point)
{
    int byte;
    switch (set) {
    case ASCII:
        return point < 0x80 ? point : 0;
    case ROMAN:
        byte = bytes_encode(&bytes_jisx0201_1976, point);
        return byte > 0 && byte < 0x80 ? (unsigned)byte : 0;
    case KATAKANA:
        return point >= 0xff61 && point <= 0xff9f ? point - 0xff61 + 0x21 : 0;
    case LATIN1:
    case GREEK:
        byte = bytes_encode(set == LATIN1 ? &bytes_cp819 : &bytes_ecma_118, point);
        return byte >= 0xa0 ? (unsigned)byte & 0x7f : 0;
    default:
        return set_encode(double_set(charset, set), point) & 0x7f7f;
    }
}

static int
japanese(const struct charset *charset)
{
    return charset->option <= ISO2022_JPMS;
}

/* A line's end takes the designations of ISO-2022-CN, and the upper half of ISO-2022-JP-2. */
static void
end_of_line(const struct charset *charset, struct state *state)
{
    if (charset->option == ISO2022_CN || charset->option == ISO2022_CN_EXT) {
        memset(state->g, 0, sizeof state->g);
    }
    state->g[2] = 0;
}

DECODER(iso2022_decode)
{
    const struct designation *found = designations[charset->option];
    unsigned set;
    size_t skipped = 0;
    if (in[0] == 0x1b) {
        if (left < 2) {
            return TOO_FEW;
        }
        if ((in[1] == 'N' && state->g[2]) || (in[1] == 'O' && state->g[3])) {
            set = state->g[in[1] == 'N' ? 2 : 3];
            skipped = 2;
        }
        else {
            for (int partial = 0;; found++) {
                if (!found->escape) {
                    return partial ? TOO_FEW : ILLEGAL;
                }
                size_t length = strlen(found->escape),
                       common = length < left - 1 ? length : left - 1;
                if (memcmp(found->escape, in + 1, common)) {
                    continue;
                }
                if (common == length) {
                    state->g[found->g] = found->set;
                    return (int)length + 1;
                }
                partial = 1;
            }
        }
    }
    else if (!japanese(charset) && (in[0] == 0x0e || in[0] == 0x0f)) {
        if (in[0] == 0x0e && !state->g[1]) {
            return ILLEGAL;
        }
        state->shift = in[0] == 0x0e;
        return 1;
    }
    else {
        set = japanese(charset) ? state->g[0] : state->shift ? state->g[1] : ASCII;
    }
    if (left == skipped) {
        return TOO_FEW;
    }
    unsigned byte = in[skipped];
    if (byte > 0x7f) {
        return ILLEGAL;
    }
    switch (set) {
    case ASCII:
        *point = byte;
        break;
    case ROMAN:
        *point = bytes_decode(&bytes_jisx0201_1976, byte);
        break;
    case KATAKANA:
        if (byte < 0x21 || byte > 0x5f) {
            return ILLEGAL;
        }
        *point = 0xff61 + byte - 0x21;
        break;
    case LATIN1:
    case GREEK:
        *point = byte < 0x20
                     ? NONE
                     : bytes_decode(set == LATIN1 ? &bytes_cp819 : &bytes_ecma_118, byte | 0x80);
        break;
    default:
        if (byte < 0x21 || byte > 0x7e) {
            return ILLEGAL;
        }
        if (left < skipped + 2) {
            return TOO_FEW;
        }
        uint32_t read = in[skipped + 1] < 0x80 ? set_decode(double_set(charset, set),
                                                            byte << 8 | in[skipped + 1] | 0x8080)
                                               : 0;
        if (!read) {
            return ILLEGAL;
        }
        *point = read;
        return (int)skipped + 2;
    }
    if (*point == '\n' || *point == '\r') {
        end_of_line(charset, state);
    }
    return *point == NONE ? ILLEGAL : (int)skipped + 1;
}

/* Appends to the text, which is as long as the longest character with its designation. */
struct text {
    unsigned char bytes[16];
    size_t length;
};

static void
append(struct text *text, const char *bytes)
{
    while (*bytes) {
        text->bytes[text->length++] = (unsigned char)*bytes++;
    }
}

static int
finish(const struct text *text, unsigned char *out, size_t room)
{
    if (room < text->length) {
        return TOO_SMALL;
    }
    memcpy(out, text->bytes, text->length);
    return (int)text->length;
}

ENCODER(iso2022_encode)
{
    static const struct designation ascii = {"(B", ASCII, 0};
    const struct designation *found = designations[charset->option];
    struct text text = {{0}, 0};
    unsigned code = 0;
    if (point == NONE || point < 0x80) {
        found = &ascii;
    }
    else {
        while (found->escape && !(code = encode_in(charset, found->set, point))) {
            found++;
        }
    }
    if (!found->escape) {
        return ILLEGAL;
    }
    int single = !japanese(charset) && found->set == ASCII;
    if (!single && state->g[found->g] != found->set) {
        append(&text, "\033");
        append(&text, found->escape);
        state->g[found->g] = found->set;
    }
    if (!japanese(charset) && found->g < 2 && state->shift != found->g) {
        append(&text, found->g ? "\016" : "\017");
        state->shift = found->g;
    }
    if (found->g > 1) {
        append(&text, found->g == 2 ? "\033N" : "\033O");
    }
    if (found->set >= FIRST_DOUBLE && found->set < LATIN1) {
        text.bytes[text.length++] = (unsigned char)(code >> 8);
    }
    if (point != NONE) {
        text.bytes[text.length++] = (unsigned char)(found->set == ASCII ? point : code);
    }
    if (point == '\n' || point == '\r') {
        end_of_line(charset, state);
        if (charset->option == ISO2022_KR) { /* as GNU libiconv: each line has the header, so that
                                                each line can be read */
            state->g[1] = 0;
        }
    }
    return finish(&text, out, room);
}

DECODER(hz_decode)
{
    (void)charset;
    if (in[0] == '~') {
        if (left < 2) {
            return TOO_FEW;
        }
        if (!state->shift && in[1] == '~') {
            *point = '~';
            return 2;
        }
        if (state->shift ? in[1] == '}' : in[1] == '{') {
            state->shift = !state->shift;
        }
        else if (state->shift || in[1] != '\n') {
            return ILLEGAL;
        }
        return 2;
    }
    if (!state->shift) {
        *point = in[0];
        return 1;
    }
    if (left < 2) {
        return TOO_FEW;
    }
    uint32_t read =
        in[0] < 0x80 && in[1] < 0x80 ? set_decode(&set_gb2312, in[0] << 8 | in[1] | 0x8080) : 0;
    if (!read) {
        return ILLEGAL;
    }
    *point = read;
    return 2;
}

ENCODER(hz_encode)
{
    (void)charset;
    struct text text = {{0}, 0};
    unsigned code = 0;
    if (point != NONE && point >= 0x80 && !(code = set_encode(&set_gb2312, point) & 0x7f7f)) {
        return ILLEGAL;
    }
    if (state->shift != (code > 0)) {
        append(&text, code ? "~{" : "~}");
    }
    state->shift = code > 0;
    if (code) {
        text.bytes[text.length++] = (unsigned char)(code >> 8);
    }
    else if (point == '~') {
        append(&text, "~");
    }
    if (point != NONE) {
        text.bytes[text.length++] = (unsigned char)(code ? code : point);
    }
    return finish(&text, out, room);
}
