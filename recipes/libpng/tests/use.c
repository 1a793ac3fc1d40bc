/* Do the pixels of an image come back? */
#include <assert.h>
#include <png.h>
#include <string.h>

int main(void)
{
    unsigned char pixels[64 * 48 * 3], back[sizeof pixels], file[20000];
    for (unsigned i = 0; i < sizeof pixels; i++) {
        pixels[i] = (unsigned char)(i * 7 / 3);
    }
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 64, .height = 48, .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = sizeof file;
    assert(png_image_write_to_memory(&image, file, &size, 0, pixels, 0, NULL));
    assert(memcmp(file, "\x89PNG", 4) == 0);

    png_image again = {.version = PNG_IMAGE_VERSION};
    assert(png_image_begin_read_from_memory(&again, file, size));
    again.format = PNG_FORMAT_RGB;
    assert(again.width == 64 && again.height == 48);
    assert(png_image_finish_read(&again, NULL, back, 0, NULL));
    assert(memcmp(pixels, back, sizeof back) == 0);
}
