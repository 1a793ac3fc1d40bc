/* Does text come from several encodings into UTF-8, and is what is not in one an error? */
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void convert(const char *from, char *text, const char *expected, int error)
{
    char buffer[40] = "", *out = buffer;
    size_t left = strlen(text), room = sizeof buffer;
    iconv_t conversion = iconv_open("UTF-8", from);
    errno = 0;
    iconv(conversion, &text, &left, &out, &room);
    if (conversion == (iconv_t)-1 || errno != error || strcmp(buffer, expected) != 0) {
        printf("%s: error %d, %s\n", from, errno, buffer);
        exit(1);
    }
    iconv_close(conversion);
}

int main(void)
{
    convert("ISO-8859-15", "\xa4", "€", 0);
    convert("CP1251", "\xcf\xf0\xe8", "При", 0);
    convert("SHIFT_JIS", "\x93\xfa\x96\x7b", "日本", 0);
    convert("GB18030", "\xd6\xd0\x81\x30\x89\x38", "中ß", 0);
    convert("UTF-8", "ok\xff", "ok", EILSEQ);
}
