/* Does what was compressed come back, as a block and as a frame? */
#include <assert.h>
#include <lz4.h>
#include <lz4frame.h>
#include <string.h>

int main(void)
{
    char text[4096], packed[8192], back[4096];
    for (int i = 0; i < 4096; i++) {
        text[i] = (char)(i % 61);
    }
    int size = LZ4_compress_default(text, packed, sizeof text, sizeof packed);
    assert(size > 0 && size < 400);
    assert(LZ4_decompress_safe(packed, back, size, sizeof back) == sizeof back);
    assert(memcmp(text, back, sizeof back) == 0);
    size_t frame = LZ4F_compressFrame(packed, sizeof packed, text, sizeof text, NULL);
    assert(!LZ4F_isError(frame) && frame < 400);
}
