/* Does what was compressed come back, as a block and as a gzip file? */
#include <assert.h>
#include <string.h>
#include <zlib.h>

int main(void)
{
    Bytef text[4096], packed[8192], back[4096];
    for (int i = 0; i < 4096; i++) {
        text[i] = (Bytef)(i % 61);
    }
    uLongf size = sizeof packed, length = sizeof back;
    assert(compress(packed, &size, text, sizeof text) == Z_OK && size < 400);
    assert(uncompress(back, &length, packed, size) == Z_OK);
    assert(length == sizeof text && memcmp(text, back, sizeof text) == 0);

    gzFile file = gzopen("use.gz", "wb");
    assert(file && gzwrite(file, text, sizeof text) == sizeof text && gzclose(file) == Z_OK);
    memset(back, 0, sizeof back);
    file = gzopen("use.gz", "rb");
    assert(file && gzread(file, back, sizeof back) == sizeof back && gzclose(file) == Z_OK);
    assert(memcmp(text, back, sizeof text) == 0);
    assert(crc32(0, (const Bytef *)"123456789", 9) == 0xcbf43926);
}
