/* Do numbers come back from each compressor, with and without shuffling, and is one read alone? */
#include <assert.h>
#include <blosc.h>
#include <string.h>

int main(void)
{
    static double numbers[50000], back[50000];
    static char packed[sizeof numbers + BLOSC_MAX_OVERHEAD];
    for (int i = 0; i < 50000; i++) {
        numbers[i] = i * 0.25;
    }
    blosc_init();
    assert(strcmp(blosc_list_compressors(), "blosclz,lz4,lz4hc,zlib,zstd") == 0);
    const char *names[] = {"blosclz", "lz4", "lz4hc", "zlib", "zstd"};
    for (int c = 0; c < 5; c++) {
        assert(blosc_set_compressor(names[c]) >= 0);
        for (int shuffle = BLOSC_NOSHUFFLE; shuffle <= BLOSC_BITSHUFFLE; shuffle++) {
            int size = blosc_compress(5, shuffle, sizeof *numbers, sizeof numbers, numbers, packed, sizeof packed);
            assert(size > 0 && (shuffle == BLOSC_NOSHUFFLE || size < (int)sizeof numbers / 10));
            memset(back, 0, sizeof back);
            assert(blosc_decompress(packed, back, sizeof back) == sizeof back);
            assert(memcmp(numbers, back, sizeof back) == 0);
            double one;
            assert(blosc_getitem(packed, 31415, 1, &one) == sizeof one && one == numbers[31415]);
        }
    }
    blosc_destroy();
}
