/* Sees every system call that changes a file below one directory, and makes it fail, fall short or be the last.

   A seccomp filter turns those calls into SIGSYS, whose handler makes the call itself. Unlike symbols put in front of
   the C library's, this also sees calls made by its stdio and by Rust's rustix, which has no use for the C library.
   The only calls let through are those of `raw`, told by their return address. Linux on x86-64.

   Not seen: stores through shared mappings (SQLite's -shm file, which it rebuilds after a crash). Refused with ENOSYS,
   so that callers fall back to what is seen: copy_file_range, sendfile, openat2, io_uring.

   `region` is memory shared with the parent: the log in it outlives the process. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>

enum operation { WRITE = 1, TRUNCATE, SYNC, CREATE, MKDIR, LINK, SYMLINK, RENAME, UNLINK, ALLOCATE, MARK };
enum fault { NONE, STOP, TEAR, SHORTEN, ERROR };

struct region {
    uint64_t used;    /* bytes of records behind this header */
    uint64_t counted; /* calls seen */
    uint64_t fired;   /* number of the first call that a fault hit, 0 before */
    uint64_t overflow;
};

struct record { /* followed by two NUL-terminated paths and the data, padded to 8 bytes */
    uint32_t size, operation;
    int64_t offset, length; /* WRITE; TRUNCATE: length; MARK: offset holds its value */
    uint32_t path, other;   /* bytes of the paths, NULs included */
};

static struct region *region;
static uint64_t capacity;
static char root[4096], first[8192], second[8192];
static size_t root_length;
static volatile int lock;
static enum fault fault;
static uint64_t fault_at, portion; /* portion: 1/1000 of the bytes that a torn or short write keeps */
static int fault_errno, lasting;

extern const char raw_return[];
long raw(long number, long a, long b, long c, long d, long e, long f);
__asm__(".text\n.globl raw\n.type raw,@function\nraw:\n"
        "mov %rdi,%rax\nmov %rsi,%rdi\nmov %rdx,%rsi\nmov %rcx,%rdx\nmov %r8,%r10\nmov %r9,%r8\nmov 8(%rsp),%r9\n"
        "syscall\n.globl raw_return\n.hidden raw_return\nraw_return:\nret\n");

static void acquire(void) {
    while (__sync_lock_test_and_set(&lock, 1)) raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

static void release(void) { __sync_lock_release(&lock); }

static void append(enum operation operation, int64_t offset, int64_t length, const char *path, const char *other,
                   const struct iovec *parts, uint64_t bytes) {
    struct record record = {0, operation, offset, length, strlen(path) + 1, strlen(other) + 1};
    record.size = (sizeof record + record.path + record.other + bytes + 7) & ~7UL;
    if (sizeof *region + region->used + record.size > capacity) {
        region->overflow = 1;
        return;
    }
    char *end = (char *)(region + 1) + region->used;
    memcpy(end, &record, sizeof record);
    memcpy(end += sizeof record, path, record.path);
    memcpy(end += record.path, other, record.other);
    end += record.other;
    for (uint64_t part; bytes; bytes -= part, end += part, parts++) {
        part = parts->iov_len < bytes ? parts->iov_len : bytes;
        memcpy(end, parts->iov_base, part);
    }
    region->used += record.size;
}

/* Make `path` relative to the root in place; whether it is below it. */
static int below(char *path) {
    if (strncmp(path, root, root_length) || (path[root_length] && path[root_length] != '/')) return 0;
    const char *rest = path + root_length + (path[root_length] == '/');
    memmove(path, rest, strlen(rest) + 1);
    return 1;
}

static int read_link(const char *link, char *into) {
    long length = raw(SYS_readlink, (long)link, (long)into, 4095, 0, 0, 0);
    into[length > 0 ? length : 0] = 0;
    return length > 0;
}

static int path_of(int descriptor, char *into) {
    char link[64] = "/proc/self/cwd", digits[12];
    if (descriptor != AT_FDCWD) {
        int place = 0, at = 14;
        memcpy(link, "/proc/self/fd/", 14);
        for (unsigned left = descriptor; left || !place; left /= 10) digits[place++] = '0' + left % 10;
        while (place) link[at++] = digits[--place];
        link[at] = 0;
    }
    return read_link(link, into);
}

static int descriptor_below(int descriptor, char *into) {
    return descriptor >= 0 && path_of(descriptor, into) && below(into);
}

static int name_below(int directory, const char *name, char *into) {
    size_t length = 0;
    if (name[0] != '/') {
        if (!path_of(directory, into)) return 0;
        length = strlen(into);
        into[length++] = '/';
    }
    size_t bytes = strlen(name) + 1;
    if (bytes > 4096) return 0;
    memcpy(into + length, name, bytes);
    return below(into);
}

static void die(void) {
    raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
    for (;;) raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

/* Count a call; the errno it is to fail with, or 0. A torn or short write is the business of `write_some`. */
static int strike(enum operation operation) {
    uint64_t number = ++region->counted;
    if (fault == NONE || number < fault_at || fault == TEAR || fault == SHORTEN) return 0;
    if (fault == ERROR) {
        if (number > fault_at && !lasting) return 0;
        if (fault_errno != EIO && (operation == UNLINK || operation == TRUNCATE)) { /* these need no space */
            if (!lasting) fault_at++;
            return 0;
        }
    }
    if (!region->fired) region->fired = number;
    if (fault == STOP) die();
    return fault_errno;
}

static long write_some(int descriptor, const struct iovec *parts, int count, int64_t offset) {
    struct iovec cut[64];
    uint64_t bytes = 0, wanted = 0;
    int failure = strike(WRITE), hit = 0;
    if (failure) return -failure;
    if (count > 64) count = 64;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    if ((fault == TEAR || fault == SHORTEN) && region->counted >= fault_at && bytes && (!region->fired || lasting)) {
        hit = 1;
        if (!region->fired) region->fired = region->counted;
        bytes = bytes * portion / 1000;
        if (fault == SHORTEN && !bytes) bytes = 1;
    }
    int used = 0;
    for (; wanted < bytes; used++) {
        cut[used] = parts[used];
        if (cut[used].iov_len > bytes - wanted) cut[used].iov_len = bytes - wanted;
        wanted += cut[used].iov_len;
    }
    long written = offset < 0 ? raw(SYS_writev, descriptor, (long)cut, used, 0, 0, 0)
                              : raw(SYS_pwritev, descriptor, (long)cut, used, offset, 0, 0);
    if (written > 0) {
        if (offset < 0) offset = raw(SYS_lseek, descriptor, 0, SEEK_CUR, 0, 0, 0) - written;
        append(WRITE, offset, written, first, "", cut, written);
    }
    if (hit && fault == TEAR) die();
    return written;
}

static long write_call(int descriptor, const struct iovec *parts, int count, int64_t offset) {
    acquire();
    if (descriptor_below(descriptor, first)) {
        long result = write_some(descriptor, parts, count, offset);
        release();
        return result;
    }
    release(); /* a pipe may block */
    return offset < 0 ? raw(SYS_writev, descriptor, (long)parts, count, 0, 0, 0)
                      : raw(SYS_pwritev, descriptor, (long)parts, count, offset, 0, 0);
}

/* Any other call: `inside` says whether it is below the root; `first` and `second` hold its paths. */
static long other_call(enum operation operation, int inside, int64_t length, long number, long a, long b, long c,
                       long d, long e) {
    if (!inside) return raw(number, a, b, c, d, e, 0);
    int failure = strike(operation);
    if (failure) return -failure;
    long result = raw(number, a, b, c, d, e, 0);
    if (result >= 0) append(operation, 0, length, first, second, 0, 0);
    return result;
}

static long open_call(int directory, const char *name, long number, long a, long b, long c, long d) {
    int flags = number == SYS_open ? b : c;
    int inside = name_below(directory, name, first);
    long there = raw(SYS_faccessat, directory, (long)name, F_OK, 0, 0, 0) == 0;
    if (!inside || (there && !(flags & O_TRUNC))) return raw(number, a, b, c, d, 0, 0);
    return other_call(there ? TRUNCATE : CREATE, 1, 0, number, a, b, c, d, 0);
}

static long dispatch(long number, long a, long b, long c, long d, long e) {
    struct iovec one = {(void *)b, c};
    switch (number) {
    case SYS_write: return write_call(a, &one, 1, -1);
    case SYS_pwrite64: return write_call(a, &one, 1, d);
    case SYS_writev: return write_call(a, (struct iovec *)b, c, -1);
    case SYS_pwritev: case SYS_pwritev2: return write_call(a, (struct iovec *)b, c, d);
    }
    acquire();
    first[0] = second[0] = 0;
    long result;
#define CALL(operation, inside, length) result = other_call(operation, inside, length, number, a, b, c, d, e)
    switch (number) {
    case SYS_fsync: case SYS_fdatasync: CALL(SYNC, descriptor_below(a, first), 0); break;
    case SYS_ftruncate: CALL(TRUNCATE, descriptor_below(a, first), b); break;
    case SYS_truncate: CALL(TRUNCATE, name_below(AT_FDCWD, (char *)a, first), b); break;
    case SYS_fallocate: CALL(ALLOCATE, descriptor_below(a, first), b ? 0 : c + d); break;
    case SYS_open: result = open_call(AT_FDCWD, (char *)a, number, a, b, c, d); break;
    case SYS_openat: result = open_call(a, (char *)b, number, a, b, c, d); break;
    case SYS_mkdir: CALL(MKDIR, name_below(AT_FDCWD, (char *)a, first), 0); break;
    case SYS_mkdirat: CALL(MKDIR, name_below(a, (char *)b, first), 0); break;
    case SYS_unlink: case SYS_rmdir: CALL(UNLINK, name_below(AT_FDCWD, (char *)a, first), 0); break;
    case SYS_unlinkat: CALL(UNLINK, name_below(a, (char *)b, first), 0); break;
    case SYS_rename: case SYS_link:
        CALL(number == SYS_link ? LINK : RENAME,
             name_below(AT_FDCWD, (char *)a, first) & name_below(AT_FDCWD, (char *)b, second), 0);
        break;
    case SYS_renameat: case SYS_renameat2: case SYS_linkat:
        CALL(number == SYS_linkat ? LINK : RENAME,
             name_below(a, (char *)b, first) & name_below(c, (char *)d, second), 0);
        break;
    case SYS_symlink:
        strncpy(second, (char *)a, 4095);
        CALL(SYMLINK, name_below(AT_FDCWD, (char *)b, first), 0);
        break;
    case SYS_symlinkat:
        strncpy(second, (char *)a, 4095);
        CALL(SYMLINK, name_below(b, (char *)c, first), 0);
        break;
    default: result = -ENOSYS;
    }
    release();
    return result;
}

static void handle(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
    r[REG_RAX] = dispatch(r[REG_RAX], r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8]);
}

static const int TRAPPED[] = {
    SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2, SYS_fsync, SYS_fdatasync, SYS_ftruncate,
    SYS_truncate, SYS_fallocate, SYS_mkdir, SYS_mkdirat, SYS_unlink, SYS_rmdir, SYS_unlinkat, SYS_rename, SYS_renameat,
    SYS_renameat2, SYS_link, SYS_linkat, SYS_symlink, SYS_symlinkat};
static const int REFUSED[] = {SYS_copy_file_range, SYS_sendfile, 437 /* openat2 */, 425 /* io_uring_setup */,
                              SYS_creat};
#define LENGTH(array) (sizeof array / sizeof *array)
#define LOAD(field) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_AT(place) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place)
#define IF(test, value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | test | BPF_K, value, yes, no)
#define RETURN(value) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, value)

static int install(void) {
    struct sock_filter f[256];
    int n = 0;
    uint64_t mine = (uint64_t)raw_return;
    size_t pointer = offsetof(struct seccomp_data, instruction_pointer);
    uint32_t creating = O_CREAT | O_TRUNC;
    f[n++] = LOAD_AT(pointer);
    f[n++] = IF(BPF_JEQ, (uint32_t)mine, 0, 3);
    f[n++] = LOAD_AT(pointer + 4);
    f[n++] = IF(BPF_JEQ, (uint32_t)(mine >> 32), 0, 1);
    f[n++] = RETURN(SECCOMP_RET_ALLOW);
    f[n++] = LOAD(nr);
    for (size_t i = 0; i < LENGTH(TRAPPED); i++) {
        f[n++] = IF(BPF_JEQ, TRAPPED[i], 0, 1);
        f[n++] = RETURN(SECCOMP_RET_TRAP);
    }
    for (size_t i = 0; i < LENGTH(REFUSED); i++) {
        f[n++] = IF(BPF_JEQ, REFUSED[i], 0, 1);
        f[n++] = RETURN(SECCOMP_RET_ERRNO | ENOSYS);
    }
    for (int at = 0; at < 2; at++) {
        f[n++] = IF(BPF_JEQ, at ? SYS_openat : SYS_open, 0, 4);
        f[n++] = LOAD_AT(offsetof(struct seccomp_data, args) + 8 * (1 + at));
        f[n++] = IF(BPF_JSET, creating, 0, 1);
        f[n++] = RETURN(SECCOMP_RET_TRAP);
        f[n++] = RETURN(SECCOMP_RET_ALLOW);
    }
    f[n++] = RETURN(SECCOMP_RET_ALLOW);
    struct sock_fprog program = {n, f};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask); /* no other handler while the lock is held */
    if (sigaction(SIGSYS, &action, 0)) return errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return errno;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return errno;
    return 0;
}

/* Watch `directory`, an absolute path without links, from now on, in this thread and those it starts; 0 or an errno. */
int arm(const char *directory, void *shared, uint64_t bytes) {
    strncpy(root, directory, sizeof root - 1);
    root_length = strlen(root);
    region = shared;
    capacity = bytes;
    memset(region, 0, sizeof *region);
    return install();
}

/* From call `at` on; `kept` in 1/1000; `forever`: every later call too. Kind NONE lifts it. */
void set_fault(int kind, uint64_t at, int error, uint64_t kept, int forever) {
    acquire();
    fault = kind, fault_at = at, fault_errno = error, portion = kept, lasting = forever;
    release();
}

/* Note in the log how far the program has come. */
void mark(int64_t value) {
    acquire();
    append(MARK, value, 0, "", "", 0, 0);
    release();
}
