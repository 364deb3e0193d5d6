/* Lets a disk refuse to flush, as one does that is about to die: while the file named by FLUSH_FAILS_WHILE exists, every
   flush of the process fails. Preloaded, so that the program under test is the one that is released. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int flush(long call, int file) {
    const char *sign = getenv("FLUSH_FAILS_WHILE");
    if (sign && access(sign, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(call, file);
}

int fsync(int file) { return flush(SYS_fsync, file); }
int fdatasync(int file) { return flush(SYS_fdatasync, file); }
