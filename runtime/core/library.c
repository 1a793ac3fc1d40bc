// How does dlopen load a side module that JavaScript compiled beforehand?
//
// Emscripten's dlopen reads the file and compiles it synchronously, which Chromium refuses on the
// main thread for large modules. The linker's --wrap=dlopen puts this function before it. A
// registered path (library.js) goes on under a name that is no file: nothing is read, and dylink.js
// gives the compiled module in place of the bytes.
#include "core.h"

// Import from library.js.
extern int
library_is_registered(const char *path);
// Import from Emscripten, which the linker renames.
extern void *
__real_dlopen(const char *path, int flags);

void *
__wrap_dlopen(const char *path, int flags)
{
    if (path == NULL || !library_is_registered(path)) {
        return __real_dlopen(path, flags);
    }
    char name[PATH_MAX + 16];
    snprintf(name, sizeof name, "compiled:%s", path);
    return __real_dlopen(name, flags);
}
