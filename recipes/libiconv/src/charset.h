/* What a charset is: its names, and how a character is read and written. */
#ifndef CHARSET_H
#define CHARSET_H
#include "tables.h"

/* Results of `decode` and `encode` besides a number of bytes. */
enum { ILLEGAL = -1, TOO_FEW = -2, TOO_SMALL = -3, NO_MEMORY = -4 };

/* What a conversion remembers between two characters. */
struct state {
    uint32_t pending;      /* a character that is read, but may compose with the next one */
    unsigned char shift;   /* the set in use; UTF-16: byte order; UTF-7: inside base64 */
    unsigned char g[4];    /* ISO 2022: the designated sets */
    unsigned char started; /* a byte order mark or header is read or written */
    unsigned char bits;    /* UTF-7: bits of `buffer` */
    uint32_t buffer;
};

struct charset {
    const char *names; /* separated by spaces */
    /* Reads a character to *point, or NONE. Returns the number of bytes read, ILLEGAL or TOO_FEW.
     */
    int (*decode)(const struct charset *, struct state *, const unsigned char *, size_t,
                  uint32_t *point);
    /* Writes a character; NONE: the end. Returns the number of bytes, ILLEGAL or TOO_SMALL. */
    int (*encode)(const struct charset *, struct state *, uint32_t point, unsigned char *, size_t);
    const struct bytes *bytes;
    struct set *set, *third; /* codes of two bytes; of EUC-JP's three bytes */
    int option;
};

extern const struct charset charsets[];

#define DECODER(name)                                                                              \
    int name(const struct charset *charset, struct state *state, const unsigned char *in,          \
             size_t left, uint32_t *point)
#define ENCODER(name)                                                                              \
    int name(const struct charset *charset, struct state *state, uint32_t point,                   \
             unsigned char *out, size_t room)

DECODER(utf8_decode);
ENCODER(utf8_encode);
DECODER(wide_decode);
ENCODER(wide_encode);
DECODER(escape_decode);
ENCODER(escape_encode);
DECODER(utf7_decode);
ENCODER(utf7_encode);
DECODER(byte_decode);
ENCODER(byte_encode);
DECODER(composed_decode);
ENCODER(composed_encode);
DECODER(double_decode);
ENCODER(double_encode);
DECODER(raw_decode);
ENCODER(raw_encode);
DECODER(hkscs_decode);
ENCODER(hkscs_encode);
DECODER(gb18030_decode);
ENCODER(gb18030_encode);
DECODER(euc_tw_decode);
ENCODER(euc_tw_encode);
DECODER(iso2022_decode);
ENCODER(iso2022_encode);
DECODER(hz_decode);
ENCODER(hz_encode);

/* Options of wide_decode and wide_encode. */
enum {
    WIDE_16 = 2,
    WIDE_32 = 4,
    WIDE_BOM = 8,
    WIDE_LITTLE = 16,
    WIDE_WRITES_BOM = 32,
    WIDE_SURROGATES = 64,
    WIDE_UCS4 = 128
};

/* Options of iso2022_decode and iso2022_encode. */
enum { ISO2022_JP, ISO2022_JP1, ISO2022_JP2, ISO2022_JPMS, ISO2022_CN, ISO2022_CN_EXT, ISO2022_KR };

#endif
