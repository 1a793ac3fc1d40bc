/* Do digests, random numbers and the legacy provider work, with headers of the same version? */
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

static int
digest_is(const char *name, const char *expected)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    size_t size = 0;
    if (!EVP_Q_digest(NULL, name, NULL, "abc", 3, digest, &size))
        return 0;
    for (size_t i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return strcmp(hex, expected) == 0;
}

#define CHECK(condition)                                                                           \
    if (!(condition)) {                                                                            \
        fprintf(stderr, "not: %s\n", #condition);                                                  \
        return 1;                                                                                  \
    }

int
main(void)
{
    unsigned char random[16];
    CHECK(strcmp(OpenSSL_version(OPENSSL_VERSION), OPENSSL_VERSION_TEXT) == 0);
    CHECK(digest_is("SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(!digest_is("MD4", "a448017aaf21d8525fc10ae87aa6729d"));
    CHECK(OSSL_PROVIDER_load(NULL, "legacy") != NULL);
    CHECK(digest_is("MD4", "a448017aaf21d8525fc10ae87aa6729d"));
    CHECK(RAND_bytes(random, sizeof random) == 1);
    CHECK(SSL_CTX_new(TLS_method()) != NULL);
    return 0;
}
