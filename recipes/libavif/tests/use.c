/* Does a grey image come back, nearly as it was? */
#include <assert.h>
#include <avif/avif.h>
#include <stdlib.h>

int main(void)
{
    avifImage *image = avifImageCreate(64, 64, 8, AVIF_PIXEL_FORMAT_YUV400);
    assert(avifImageAllocatePlanes(image, AVIF_PLANES_YUV) == AVIF_RESULT_OK);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            image->yuvPlanes[0][y * image->yuvRowBytes[0] + x] = (uint8_t)(x + 2 * y);
        }
    }
    avifEncoder *encoder = avifEncoderCreate();
    encoder->speed = AVIF_SPEED_FASTEST;
    avifRWData file = AVIF_DATA_EMPTY;
    assert(avifEncoderWrite(encoder, image, &file) == AVIF_RESULT_OK && file.size < 4096);

    avifDecoder *decoder = avifDecoderCreate();
    avifImage *back = avifImageCreateEmpty();
    assert(avifDecoderReadMemory(decoder, back, file.data, file.size) == AVIF_RESULT_OK);
    assert(back->width == 64 && back->height == 64);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            assert(abs(back->yuvPlanes[0][y * back->yuvRowBytes[0] + x] - (x + 2 * y)) <= 16);
        }
    }
    assert(avifDecoderReadMemory(decoder, back, (const uint8_t *)"no image", 8) != AVIF_RESULT_OK);
    avifRWDataFree(&file);
    avifImageDestroy(image);
    avifImageDestroy(back);
    avifEncoderDestroy(encoder);
    avifDecoderDestroy(decoder);
}
