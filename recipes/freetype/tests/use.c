/* Is a font drawn? It is a bitmap font of one glyph, in the file format BDF. */
#include <assert.h>
#include <ft2build.h>
#include <string.h>
#include FT_FREETYPE_H

static const char FONT[] =
    "STARTFONT 2.1\nFONT -t-t-medium-r-normal--8-80-75-75-c-80-iso10646-1\nSIZE 8 75 75\n"
    "FONTBOUNDINGBOX 8 8 0 0\nSTARTPROPERTIES 2\nFONT_ASCENT 8\nFONT_DESCENT 0\nENDPROPERTIES\n"
    "CHARS 1\nSTARTCHAR A\nENCODING 65\nSWIDTH 1000 0\nDWIDTH 8 0\nBBX 8 8 0 0\nBITMAP\n"
    "FF\n81\n81\n81\n81\n81\n81\nFF\nENDCHAR\nENDFONT\n";

int main(void)
{
    FT_Library library;
    FT_Face face;
    int major, minor, patch;
    assert(FT_Init_FreeType(&library) == 0);
    FT_Library_Version(library, &major, &minor, &patch);
    assert(major == 2 && minor == 13 && patch == 3);
    assert(FT_New_Memory_Face(library, (const FT_Byte *)FONT, sizeof FONT - 1, 0, &face) == 0);
    assert(FT_Select_Size(face, 0) == 0);
    assert(FT_Load_Char(face, 'A', FT_LOAD_RENDER) == 0);
    const FT_Bitmap *bitmap = &face->glyph->bitmap;
    assert(bitmap->rows == 8 && bitmap->width == 8);
    assert(bitmap->buffer[0] == 0xff && bitmap->buffer[bitmap->pitch] == 0x81);
    FT_Done_FreeType(library);
}
