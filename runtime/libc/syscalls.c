// Calls that Emscripten's libc answers by itself, with weak functions (emscripten_syscall_stubs.c
// and emscripten_libc_stubs.c). These functions take their place and ask JavaScript:
// descriptors.js, and the library files.js of the interpreter.
#include <errno.h>

extern int
file_lock(int fd, int operation);
extern int
file_umask(int mask);
extern int
process_user(void);
extern int
process_group(void);

int
__syscall_umask(int mask)
{
    return file_umask(mask);
}

int
__syscall_getuid32(void)
{
    return process_user();
}

int
__syscall_geteuid32(void)
{
    return process_user();
}

int
__syscall_getgid32(void)
{
    return process_group();
}

int
__syscall_getegid32(void)
{
    return process_group();
}

int
flock(int fd, int operation)
{
    int result = file_lock(fd, operation);
    if (result < 0) {
        errno = -result;
        return -1;
    }
    return 0;
}
