/* CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes at a time. */
#include "crc32c.h"

#include <string.h>

static uint32_t table[8][256];

__attribute__((constructor)) static void fill_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
        table[0][i] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (int i = 0; i < 256; i++) {
            table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
        }
    }
}

uint32_t crc32c_extend(uint32_t crc, const uint8_t *data, size_t count)
{
    crc = ~crc;
    for (; count >= 8; data += 8, count -= 8) {
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + 4, 4);
        low ^= crc;
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^ table[4][low >> 24]
            ^ table[3][high & 255] ^ table[2][high >> 8 & 255] ^ table[1][high >> 16 & 255] ^ table[0][high >> 24];
    }
    while (count--) {
        crc = crc >> 8 ^ table[0][(crc ^ *data++) & 255];
    }
    return ~crc;
}

uint32_t crc32c_value(const uint8_t *data, size_t count)
{
    return crc32c_extend(0, data, count);
}
