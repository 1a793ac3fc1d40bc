/* Does a grey frame come back, nearly as it was? */
#include <aom/aom_decoder.h>
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <aom/aomdx.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    aom_codec_enc_cfg_t settings;
    assert(!aom_codec_enc_config_default(aom_codec_av1_cx(), &settings, AOM_USAGE_ALL_INTRA));
    settings.g_w = settings.g_h = 64;
    settings.monochrome = 1;
    settings.g_lag_in_frames = 0;
    aom_codec_ctx_t encoder, decoder;
    assert(!aom_codec_enc_init(&encoder, aom_codec_av1_cx(), &settings, 0));
    assert(!aom_codec_control(&encoder, AOME_SET_CPUUSED, 9));
    assert(!aom_codec_control(&encoder, AOME_SET_CQ_LEVEL, 10));
    aom_image_t *image = aom_img_alloc(NULL, AOM_IMG_FMT_I420, 64, 64, 16);
    image->monochrome = 1;
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            image->planes[0][y * image->stride[0] + x] = (unsigned char)(x + 2 * y);
        }
    }
    assert(!aom_codec_encode(&encoder, image, 0, 1, 0));
    aom_codec_iter_t packets = NULL, frames = NULL;
    const aom_codec_cx_pkt_t *packet = aom_codec_get_cx_data(&encoder, &packets);
    assert(packet && packet->kind == AOM_CODEC_CX_FRAME_PKT && packet->data.frame.sz < 4096);

    assert(!aom_codec_dec_init(&decoder, aom_codec_av1_dx(), NULL, 0));
    assert(!aom_codec_decode(&decoder, packet->data.frame.buf, packet->data.frame.sz, NULL));
    aom_image_t *back = aom_codec_get_frame(&decoder, &frames);
    assert(back && back->d_w == 64 && back->d_h == 64);
    for (int y = 0; y < 64; y++) {
        for (int x = 0; x < 64; x++) {
            assert(abs(back->planes[0][y * back->stride[0] + x] - (x + 2 * y)) <= 16);
        }
    }
    aom_codec_destroy(&encoder);
    aom_codec_destroy(&decoder);
    aom_img_free(image);
}
