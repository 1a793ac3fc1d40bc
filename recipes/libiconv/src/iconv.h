/* The functions of POSIX's <iconv.h>, with the names of GNU libiconv, beside those of the C
 * library. */
#ifndef _LIBICONV_H
#define _LIBICONV_H
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _LIBICONV_VERSION 0x0112
typedef void *iconv_t;

#define iconv_open libiconv_open
#define iconv libiconv
#define iconv_close libiconv_close

/* `tocode` and `fromcode` are names of GNU libiconv; //IGNORE leaves out what cannot be converted.
 */
iconv_t
iconv_open(const char *tocode, const char *fromcode);
size_t
iconv(iconv_t cd, char **inbuf, size_t *inbytesleft, char **outbuf, size_t *outbytesleft);
int
iconv_close(iconv_t cd);

#ifdef __cplusplus
}
#endif
#endif
