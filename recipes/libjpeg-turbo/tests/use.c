/* Does a grey image come back, nearly as it was? */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

int main(void)
{
    unsigned char row[64], *file = NULL;
    unsigned long size = 0;
    struct jpeg_error_mgr errors;
    JSAMPROW rows[] = {row};

    struct jpeg_compress_struct writer = {.err = jpeg_std_error(&errors)};
    jpeg_create_compress(&writer);
    jpeg_mem_dest(&writer, &file, &size);
    writer.image_width = writer.image_height = 64;
    writer.input_components = 1;
    writer.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&writer);
    jpeg_start_compress(&writer, TRUE);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            row[x] = (unsigned char)(x + 2 * y);
        }
        jpeg_write_scanlines(&writer, rows, 1);
    }
    jpeg_finish_compress(&writer);
    jpeg_destroy_compress(&writer);

    struct jpeg_decompress_struct reader = {.err = jpeg_std_error(&errors)};
    jpeg_create_decompress(&reader);
    jpeg_mem_src(&reader, file, size);
    assert(jpeg_read_header(&reader, TRUE) == JPEG_HEADER_OK);
    jpeg_start_decompress(&reader);
    assert(reader.output_width == 64 && reader.output_height == 64);
    for (int y = 0; y < 64; y++) {
        jpeg_read_scanlines(&reader, rows, 1);
        for (int x = 0; x < 64; x++) {
            assert(abs(row[x] - (x + 2 * y)) <= 6);
        }
    }
    jpeg_finish_decompress(&reader);
    jpeg_destroy_decompress(&reader);
    free(file);
}
