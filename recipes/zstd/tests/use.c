/* Does what was compressed come back, at the lowest and the highest level? */
#include <assert.h>
#include <string.h>
#include <zstd.h>

int main(void)
{
    static char text[100000], packed[200000], back[100000];
    for (int i = 0; i < 100000; i++) {
        text[i] = (char)(i % 61);
    }
    for (int level = 1; level <= ZSTD_maxCLevel(); level += ZSTD_maxCLevel() - 1) {
        size_t size = ZSTD_compress(packed, sizeof packed, text, sizeof text, level);
        assert(!ZSTD_isError(size) && size < 400);
        memset(back, 0, sizeof back);
        assert(ZSTD_decompress(back, sizeof back, packed, size) == sizeof back);
        assert(memcmp(text, back, sizeof back) == 0);
    }
}
