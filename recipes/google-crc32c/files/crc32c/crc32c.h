/* What google-crc32c uses of the library crc32c. */
#include <stddef.h>
#include <stdint.h>

uint32_t crc32c_extend(uint32_t crc, const uint8_t *data, size_t count);
uint32_t crc32c_value(const uint8_t *data, size_t count);
