// How does a side module get loaded that JavaScript compiled beforehand?
//
// Emscripten's dlopen reads the file into memory and compiles it there and then, which Chromium
// refuses on the main thread for large modules. The linker's --wrap=dlopen puts this function
// before it: a path that was registered (library.js) goes on under a name that is no file, so
// nothing is read, and library.js answers with the compiled module when it is asked for the bytes.
#include "core.h"

extern int
library_is_registered(const char *path);
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
