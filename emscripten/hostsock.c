// The socket functions of the C library over hostsock's imports.
//
// Defined at the level of the C library because that is the one level which every Emscripten has in
// common: below it, a call is an import in one version and a stub inside the wasm in the next.
// Pointers go through as they are; hostsock checks them against the memory. What is not a socket (or
// a pipe made here) goes on to Emscripten's own file system.

// It is valid C++ as well: `em++ app.cpp $(hostsock emcc-flags)` compiles it as that.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

#ifdef __cplusplus
#define restrict __restrict
extern "C" {
#endif

// Imports (library.js). Results are the system call's, or -errno.
int hostsock_begin(void);
int hostsock_socket(int domain, int type, int protocol);
int hostsock_adopt(int handle, int domain, int type, int flags);
int hostsock_close(int fd);
int hostsock_setfl(int fd, int flags);
int hostsock_poll_files(struct pollfd *fds, size_t count, int *hosts);
int hostsock_bind(int fd, const void *address, int length);
int hostsock_connect(int fd, const void *address, int length);
int hostsock_listen(int fd, int backlog);
int hostsock_accept(int fd, void *address, void *length);
int hostsock_name(int fd, void *address, void *length, int peer);
int hostsock_sendto(int fd, const void *data, size_t size, int flags, const void *address, int length);
int hostsock_recvfrom(int fd, void *buffer, size_t size, int flags, void *address, void *length);
int hostsock_sendmsg(int fd, const void *message, int flags);
int hostsock_recvmsg(int fd, void *message, int flags);
int hostsock_sendmmsg(int fd, const void *messages, size_t count, int flags);
int hostsock_recvmmsg(int fd, void *messages, size_t count, int flags);
int hostsock_readv(int fd, const void *pieces, int count);
int hostsock_writev(int fd, const void *pieces, int count);
int hostsock_shutdown(int fd, int how);
int hostsock_getsockopt(int fd, int level, int option, void *value, void *length);
int hostsock_setsockopt(int fd, int level, int option, const void *value, int length);
int hostsock_pair(int domain, int type, int protocol, int *handles);
int hostsock_pipe(int *handles);
int hostsock_poll(struct pollfd *fds, size_t count, double milliseconds, int *hosts);
int hostsock_standard(int fd);
int hostsock_terminal(int fd);
int hostsock_read_standard(const void *pieces, size_t count, int host, int waits);
int hostsock_write_standard(const void *pieces, size_t count, int host, int waits);
int hostsock_socket_path(int operation, const char *path, int argument, double *fields);
int hostsock_ioctl(int fd, int request, void *argument);
int hostsock_epoll_create(void);
int hostsock_epoll_ctl(int epfd, int operation, int fd, void *event, int host);
int hostsock_epoll_wait(int epfd, void *events, int most, double milliseconds);
int hostsock_getaddrinfo(const char *node, const char *service, const void *hints, void *out);
int hostsock_getnameinfo(const void *address, int length, char *host, int host_length, char *service,
                         int service_length, int flags);
int hostsock_interface_index(const char *name);

int __syscall_fcntl64(int fd, int command, ...);
int __syscall_ioctl(int fd, int request, ...);
int __syscall_dup3(int from, int to, int flags);

#ifdef __cplusplus
}
#endif

// Before any thread begins, which is known by the memory that it shares with this one. What number the module has, only
// JavaScript knows.
__attribute__((constructor(101))) static void begin(void) { hostsock_begin(); }

static int result(int value) {
  if (value >= 0) return value;
  errno = -value;
  return -1;
}

static int is_open(int fd) { return __syscall_fcntl64(fd, F_GETFD) >= 0; }

static int is_ours(int fd) {
  int type;
  socklen_t length = sizeof type;
  return hostsock_getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != -EBADF;
}

// For calls that only sockets have: an open file is no bad descriptor. (That of a socket which says so is another.)
static int socket_result(int fd, int value) {
  if (value == -EBADF && is_open(fd) && !is_ours(fd)) value = -ENOTSOCK;
  return result(value);
}

int socket(int domain, int type, int protocol) { return result(hostsock_socket(domain, type, protocol)); }

static int adopt_both(const int handles[2], int domain, int type, int flags_one, int flags_two, int fds[2]) {
  int one = hostsock_adopt(handles[0], domain, type, flags_one);
  int two = hostsock_adopt(handles[1], domain, type, flags_two);
  if (one < 0 || two < 0) {
    if (one >= 0) close(one);
    if (two >= 0) close(two);
    return result(one < 0 ? one : two);
  }
  fds[0] = one;
  fds[1] = two;
  return 0;
}

int socketpair(int domain, int type, int protocol, int fds[2]) {
  int handles[2];
  int error = hostsock_pair(domain, type, protocol, handles);
  if (error < 0) return result(error);
  int flags = O_RDWR | (type & SOCK_NONBLOCK);
  return adopt_both(handles, domain, type, flags, flags, fds);
}

// Pipes are the host's, so that poll and epoll can wait for them and another thread can wake them.
int pipe2(int fds[2], int flags) {
  int handles[2];
  if (flags & ~(O_CLOEXEC | O_NONBLOCK)) return result(-EINVAL);
  int error = hostsock_pipe(handles);
  if (error < 0) return result(error);
  flags &= O_NONBLOCK;
  return adopt_both(handles, 0, 0, flags | O_RDONLY, flags | O_WRONLY, fds);
}

int pipe(int fds[2]) { return pipe2(fds, 0); }

int bind(int fd, const struct sockaddr *address, socklen_t length) {
  return socket_result(fd, hostsock_bind(fd, address, length));
}

int connect(int fd, const struct sockaddr *address, socklen_t length) {
  return socket_result(fd, hostsock_connect(fd, address, length));
}

int listen(int fd, int backlog) { return socket_result(fd, hostsock_listen(fd, backlog)); }

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags) {
  if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) return result(-EINVAL);
  int handle = hostsock_accept(fd, address, length);
  if (handle < 0) return socket_result(fd, handle);
  return result(hostsock_adopt(handle, -1, fd, flags));
}

int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  return accept4(fd, address, length, 0);
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  return socket_result(fd, hostsock_name(fd, address, length, 0));
}

int getpeername(int fd, struct sockaddr *restrict address, socklen_t *restrict length) {
  return socket_result(fd, hostsock_name(fd, address, length, 1));
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address, socklen_t length) {
  return socket_result(fd, hostsock_sendto(fd, data, size, flags, address, length));
}

ssize_t send(int fd, const void *data, size_t size, int flags) {
  return socket_result(fd, hostsock_sendto(fd, data, size, flags, 0, 0));
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t size, int flags, struct sockaddr *restrict address,
                 socklen_t *restrict length) {
  return socket_result(fd, hostsock_recvfrom(fd, buffer, size, flags, address, length));
}

ssize_t recv(int fd, void *buffer, size_t size, int flags) {
  return socket_result(fd, hostsock_recvfrom(fd, buffer, size, flags, 0, 0));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  return socket_result(fd, hostsock_sendmsg(fd, message, flags));
}

#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

// musl's CMSG_NXTHDR compares a length with a distance.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wsign-compare"

// Descriptors that came in control messages are handles until the file system has taken them in.
static int receive(int fd, struct msghdr *message, int flags) {
  int bytes = hostsock_recvmsg(fd, message, flags);
  if (bytes < 0 || !message->msg_controllen) return bytes;
  for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
    if (control->cmsg_level != SOL_SOCKET) continue;
    if (control->cmsg_type != SCM_RIGHTS && control->cmsg_type != SCM_PIDFD) continue;
    int *fds = (int *)CMSG_DATA(control);
    int count = (control->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
    for (int at = 0; at < count; at++) fds[at] = hostsock_adopt(fds[at], 0, 0, O_RDWR);
  }
  return bytes;
}

#pragma clang diagnostic pop

ssize_t recvmsg(int fd, struct msghdr *message, int flags) { return socket_result(fd, receive(fd, message, flags)); }

// How many messages at the head are of one piece without control data: they go in one call.
static unsigned plain_run(const struct mmsghdr *messages, unsigned count) {
  unsigned run = 0;
  while (run < count && messages[run].msg_hdr.msg_iovlen == 1 && !messages[run].msg_hdr.msg_controllen) run++;
  return run;
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, unsigned flags) {
  if (count > IOV_MAX) count = IOV_MAX;
  for (unsigned at = 0; at < count;) {
    unsigned run = plain_run(messages + at, count - at);
    int moved = run > 1 ? hostsock_sendmmsg(fd, messages + at, run, flags) : 0;
    if (moved > 0) {
      at += moved;
      if ((unsigned)moved < run) return at;
      continue;
    }
    int sent = moved < 0 ? moved : hostsock_sendmsg(fd, &messages[at].msg_hdr, flags);
    if (sent < 0) return at > 0 ? (int)at : socket_result(fd, sent);
    messages[at++].msg_len = sent;
  }
  return count;
}

static int is_time(const struct timespec *time) {
  return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec <= 999999999;
}

// As in the kernel, the timeout is looked at after each message only.
int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, unsigned flags, struct timespec *timeout) {
  struct timespec now, end = {0, 0};
  if (timeout) {
    if (!is_time(timeout)) return result(-EINVAL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout->tv_sec;
    end.tv_nsec += timeout->tv_nsec;
  }
  if (count > IOV_MAX) count = IOV_MAX;
  unsigned run = timeout ? 0 : plain_run(messages, count);
  if (run > 1 && run == count) {
    int moved = hostsock_recvmmsg(fd, messages, run, flags);
    if (moved != 0) return socket_result(fd, moved);
  }
  for (unsigned at = 0; at < count; at++) {
    int received = receive(fd, &messages[at].msg_hdr, flags & ~MSG_WAITFORONE);
    if (received < 0) return at > 0 ? (int)at : socket_result(fd, received);
    messages[at].msg_len = received;
    if (flags & MSG_WAITFORONE) flags |= MSG_DONTWAIT;
    if (timeout) {
      clock_gettime(CLOCK_MONOTONIC, &now);
      double left = (end.tv_sec - now.tv_sec) * 1e9 + (end.tv_nsec - now.tv_nsec);
      if (left < 0) left = 0;
      timeout->tv_sec = left / 1e9;
      timeout->tv_nsec = left - timeout->tv_sec * 1e9;
      if (left == 0) return at + 1;
    }
  }
  return count;
}

int shutdown(int fd, int how) { return socket_result(fd, hostsock_shutdown(fd, how)); }

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict length) {
  return socket_result(fd, hostsock_getsockopt(fd, level, option, value, length));
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length) {
  return socket_result(fd, hostsock_setsockopt(fd, level, option, value, length));
}

int sockatmark(int fd) {
  int mark;
  return ioctl(fd, SIOCATMARK, &mark) < 0 ? -1 : mark;
}

// Calls that files have as well.

// Among MSG_ flags: read or write, not recv or send.
#define AS_FILE 0x10000000

// Emscripten's own reads on until the buffer is full or the input ends, keeps output until its line ends, and takes
// it for text. A program that polls wants what there is; one that prompts or pipes wants its bytes out as they are.
static int standard(int fd, const void *pieces, int count,
                    int (*call)(const void *pieces, size_t count, int host, int waits)) {
  int stream = hostsock_standard(fd);
  if (stream < 0) return -EBADF;
  return call(pieces, count, stream & ~O_NONBLOCK, !(stream & O_NONBLOCK));
}

ssize_t readv(int fd, const struct iovec *pieces, int count) {
  int bytes = hostsock_readv(fd, pieces, count);
  if (bytes == -EBADF) bytes = standard(fd, pieces, count, hostsock_read_standard);
  if (bytes != -EBADF) return result(bytes);
  __wasi_size_t total;
  return result(-(int)__wasi_fd_read(fd, (const __wasi_iovec_t *)pieces, count, &total)) < 0 ? -1 : (ssize_t)total;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  int bytes = hostsock_writev(fd, pieces, count);
  if (bytes == -EBADF) bytes = standard(fd, pieces, count, hostsock_write_standard);
  if (bytes != -EBADF) return result(bytes);
  __wasi_size_t total;
  return result(-(int)__wasi_fd_write(fd, (const __wasi_ciovec_t *)pieces, count, &total)) < 0 ? -1 : (ssize_t)total;
}

ssize_t read(int fd, void *buffer, size_t size) {
  int bytes = hostsock_recvfrom(fd, buffer, size, AS_FILE, 0, 0);
  if (bytes != -EBADF) return result(bytes);
  struct iovec piece = {buffer, size};
  return readv(fd, &piece, 1);
}

ssize_t write(int fd, const void *data, size_t size) {
  int bytes = hostsock_sendto(fd, data, size, AS_FILE, 0, 0);
  if (bytes != -EBADF) return result(bytes);
  struct iovec piece = {(void *)data, size};
  return writev(fd, &piece, 1);
}

// Emscripten calls every standard stream a terminal, whatever the host has there.
int isatty(int fd) {
  __wasi_fdstat_t about;
  int terminal = hostsock_terminal(fd);
  if (terminal == -EBADF) {
    terminal = -(int)__wasi_fd_fdstat_get(fd, &about);
    if (terminal == 0) terminal = about.fs_filetype == __WASI_FILETYPE_CHARACTER_DEVICE ? 1 : -ENOTTY;
  }
  return result(terminal) > 0;
}

// Emscripten's own takes no flags in some versions, and with NODERAWFS does not close a socket that is in the way.
static int duplicate(int from, int to) {
  if (is_open(from) && is_ours(to)) hostsock_close(to);
  return result(__syscall_dup3(from, to, 0));
}

int dup3(int from, int to, int flags) {
  return flags & ~O_CLOEXEC || from == to ? result(-EINVAL) : duplicate(from, to);
}

int dup2(int from, int to) {
  if (from != to) return duplicate(from, to);
  return is_open(from) ? to : result(-EBADF);
}

int close(int fd) {
  int closed = hostsock_close(fd);
  if (closed != -EBADF) return result(closed);
  return result(-(int)__wasi_fd_close(fd));
}

// musl's own (internal/stdio_impl.h): what streams of stdio stand on. Its functions would go around those above.
struct stream {
  unsigned flags;
  unsigned char *rpos, *rend;
  int (*close)(FILE *);
  unsigned char *wend, *wpos;
  unsigned char *mustbezero_1;
  unsigned char *wbase;
  size_t (*read)(FILE *, unsigned char *, size_t);
  size_t (*write)(FILE *, const unsigned char *, size_t);
  off_t (*seek)(FILE *, off_t, int);
  unsigned char *buf;
  size_t buf_size;
  FILE *prev, *next;
  int fd;
};
#define F_EOF 16
#define F_ERR 32

#ifdef __cplusplus
extern "C" {
#endif

size_t __stdio_read(FILE *stream, unsigned char *buffer, size_t size) {
  struct stream *file = (struct stream *)stream;
  // All but the last byte to the caller; what comes behind it, to the stream's own buffer.
  size_t wanted = size - !!file->buf_size;
  struct iovec pieces[2] = {{buffer, wanted}, {file->buf, file->buf_size}};
  ssize_t count = wanted ? readv(file->fd, pieces, 2) : read(file->fd, file->buf, file->buf_size);
  if (count <= 0) {
    file->flags |= count ? F_ERR : F_EOF;
    return 0;
  }
  if ((size_t)count <= wanted) return count;
  file->rpos = file->buf;
  file->rend = file->buf + (count - wanted);
  if (file->buf_size) buffer[size - 1] = *file->rpos++;
  return size;
}

size_t __stdio_write(FILE *stream, const unsigned char *data, size_t size) {
  struct stream *file = (struct stream *)stream;
  struct iovec pieces[2] = {{file->wbase, (size_t)(file->wpos - file->wbase)}, {(void *)data, size}}, *piece = pieces;
  size_t left = pieces[0].iov_len + size;
  for (;;) {
    int count = pieces + 2 - piece;
    ssize_t written = writev(file->fd, piece, count);
    if (written < 0) {
      file->wpos = file->wbase = file->wend = 0;
      file->flags |= F_ERR;
      return count == 2 ? 0 : size - piece->iov_len;
    }
    left -= written;
    if (left == 0) {
      file->wend = file->buf + file->buf_size;
      file->wpos = file->wbase = file->buf;
      return size;
    }
    if ((size_t)written > piece->iov_len) {
      written -= piece->iov_len;
      piece++;
    }
    piece->iov_base = (char *)piece->iov_base + written;
    piece->iov_len -= written;
  }
}

int __stdio_close(FILE *stream) { return close(((struct stream *)stream)->fd); }

#ifdef __cplusplus
}
#endif

// Names of unix sockets: they lie in the host's file system, whose other files are out of reach.

enum { PATH_UNLINK, PATH_LSTAT, PATH_STAT, PATH_CHMOD, PATH_ACCESS };

// What the program's own file system has not may be a socket of the host's.
static int or_socket(int value, int operation, const char *path, int argument, double *fields) {
  if (value >= 0 || errno != ENOENT) return value;
  return result(hostsock_socket_path(operation, path, argument, fields));
}

int unlink(const char *path) { return or_socket(unlinkat(AT_FDCWD, path, 0), PATH_UNLINK, path, 0, 0); }

int remove(const char *path) {
  int removed = unlink(path);
  return removed < 0 && errno == EISDIR ? unlinkat(AT_FDCWD, path, AT_REMOVEDIR) : removed;
}

static struct timespec time_of(double seconds) {
  struct timespec time = {(time_t)seconds, 0};
  time.tv_nsec = (seconds - time.tv_sec) * 1e9;
  return time;
}

static int stat_at(const char *restrict path, struct stat *restrict out, int flags) {
  double fields[10] = {0};
  int found = fstatat(AT_FDCWD, path, out, flags);
  if (found == 0) return 0;
  found = or_socket(found, flags & AT_SYMLINK_NOFOLLOW ? PATH_LSTAT : PATH_STAT, path, 0, fields);
  if (found < 0) return -1;
  memset(out, 0, sizeof *out);
  out->st_dev = fields[0];
  out->st_ino = fields[1];
  out->st_mode = fields[2];
  out->st_nlink = fields[3];
  out->st_uid = fields[4];
  out->st_gid = fields[5];
  out->st_size = fields[6];
  out->st_atim = time_of(fields[7]);
  out->st_mtim = time_of(fields[8]);
  out->st_ctim = time_of(fields[9]);
  return 0;
}

int stat(const char *restrict path, struct stat *restrict out) { return stat_at(path, out, 0); }

int lstat(const char *restrict path, struct stat *restrict out) { return stat_at(path, out, AT_SYMLINK_NOFOLLOW); }

int chmod(const char *path, mode_t mode) {
  return or_socket(fchmodat(AT_FDCWD, path, mode, 0), PATH_CHMOD, path, mode, 0);
}

int access(const char *path, int mode) { return or_socket(faccessat(AT_FDCWD, path, mode, 0), PATH_ACCESS, path, mode, 0); }

int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  unsigned long argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  // Nothing is ever executed.
  if (command == F_DUPFD_CLOEXEC) command = F_DUPFD;
  if (command == F_SETFL) {
    int set = hostsock_setfl(fd, argument);
    if (set != -EBADF) return result(set);
    argument |= O_LARGEFILE;
  }
  return result(__syscall_fcntl64(fd, command, (void *)argument));
}

int ioctl(int fd, int request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (request == FIONBIO && argument) {
    int flags = __syscall_fcntl64(fd, F_GETFL);
    if (flags >= 0) {
      flags = *(int *)argument ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
      int set = hostsock_setfl(fd, flags);
      if (set != -EBADF) return result(set);
    }
  }
  int value = hostsock_ioctl(fd, request, argument);
  if (value != -EBADF) return result(value);
  return result(__syscall_ioctl(fd, request, argument));
}

// Waiting.

// What hostsock_poll answers when it has to know of files first.
#define ASK_FILES INT_MIN
// Entries for which there is room on the stack.
#define FEW 64

static int poll_for(struct pollfd *fds, nfds_t count, double milliseconds) {
  int ready = hostsock_poll(fds, count, milliseconds, 0);
  if (ready != ASK_FILES) return result(ready);
  int few[FEW];
  int *hosts = count <= FEW ? few : (int *)malloc(count * sizeof *hosts);
  if (!hosts) return result(-ENOMEM);
  ready = hostsock_poll_files(fds, count, hosts);
  if (ready >= 0) ready = hostsock_poll(fds, count, milliseconds, hosts);
  if (hosts != few) free(hosts);
  return result(ready);
}

int poll(struct pollfd *fds, nfds_t count, int timeout) { return poll_for(fds, count, timeout); }

static double milliseconds_of(const struct timespec *time) {
  return time ? time->tv_sec * 1e3 + time->tv_nsec / 1e6 : -1;
}

// There are no signals inside a program whose mask could matter.
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
  (void)mask;
  if (timeout && !is_time(timeout)) return result(-EINVAL);
  return poll_for(fds, count, milliseconds_of(timeout));
}

#define READ_EVENTS (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define WRITE_EVENTS (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR)

static int select_for(int count, fd_set *reads, fd_set *writes, fd_set *excepts, double milliseconds) {
  if (count < 0) return result(-EINVAL);
  if (count > FD_SETSIZE) count = FD_SETSIZE;
  struct pollfd fds[FD_SETSIZE];
  int used = 0;
  for (int fd = 0; fd < count; fd++) {
    int events = (reads && FD_ISSET(fd, reads) ? READ_EVENTS : 0) | (writes && FD_ISSET(fd, writes) ? WRITE_EVENTS : 0) |
                 (excepts && FD_ISSET(fd, excepts) ? POLLPRI : 0);
    if (!events) continue;
    fds[used].fd = fd;
    fds[used].revents = 0;
    fds[used++].events = events & ~(POLLHUP | POLLERR);
  }
  if (poll_for(fds, used, milliseconds) < 0) return -1;
  for (int at = 0; at < used; at++) {
    if (fds[at].revents & POLLNVAL) return result(-EBADF);
  }
  int total = 0;
  for (int at = 0; at < used; at++) {
    int fd = fds[at].fd, revents = fds[at].revents;
    if (reads && FD_ISSET(fd, reads)) {
      if (revents & READ_EVENTS) total++;
      else FD_CLR(fd, reads);
    }
    if (writes && FD_ISSET(fd, writes)) {
      if (revents & WRITE_EVENTS) total++;
      else FD_CLR(fd, writes);
    }
    if (excepts && FD_ISSET(fd, excepts)) {
      if (revents & POLLPRI) total++;
      else FD_CLR(fd, excepts);
    }
  }
  return total;
}

int select(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
           struct timeval *restrict timeout) {
  if (!timeout) return select_for(count, reads, writes, excepts, -1);
  if (timeout->tv_sec < 0 || timeout->tv_usec < 0) return result(-EINVAL);
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  double milliseconds = timeout->tv_sec * 1e3 + timeout->tv_usec / 1e3;
  int ready = select_for(count, reads, writes, excepts, milliseconds);
  // Linux leaves what was not slept.
  clock_gettime(CLOCK_MONOTONIC, &end);
  double left = milliseconds - ((end.tv_sec - begin.tv_sec) * 1e3 + (end.tv_nsec - begin.tv_nsec) / 1e6);
  if (left < 0) left = 0;
  timeout->tv_sec = left / 1e3;
  timeout->tv_usec = (left - timeout->tv_sec * 1e3) * 1e3;
  return ready;
}

int pselect(int count, fd_set *restrict reads, fd_set *restrict writes, fd_set *restrict excepts,
            const struct timespec *restrict timeout, const sigset_t *restrict mask) {
  (void)mask;
  if (timeout && !is_time(timeout)) return result(-EINVAL);
  return select_for(count, reads, writes, excepts, milliseconds_of(timeout));
}

int epoll_create1(int flags) {
  if (flags & ~EPOLL_CLOEXEC) return result(-EINVAL);
  int handle = hostsock_epoll_create();
  return result(handle < 0 ? handle : hostsock_adopt(handle, 0, 0, O_RDWR));
}

int epoll_create(int size) { return size <= 0 ? result(-EINVAL) : epoll_create1(0); }

int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event) {
  struct pollfd file = {fd, 0, 0};
  int host = -1;
  int done = hostsock_epoll_ctl(epfd, operation, fd, event, -1);
  if (done != -EBADF) return result(done);
  if (!is_open(epfd) || !is_open(fd)) return result(-EBADF);
  // One of the standard streams, or a file, which epoll does not take.
  if (!is_ours(fd) && (hostsock_poll_files(&file, 1, &host) < 0 || host < 0)) return result(-EPERM);
  if (!is_ours(epfd)) return result(-EINVAL);
  return result(hostsock_epoll_ctl(epfd, operation, fd, event, host));
}

int epoll_pwait(int epfd, struct epoll_event *events, int most, int timeout, const sigset_t *mask) {
  (void)mask;
  int ready = hostsock_epoll_wait(epfd, events, most, timeout);
  if (ready == -EBADF && is_open(epfd)) ready = -EINVAL;
  return result(ready);
}

int epoll_wait(int epfd, struct epoll_event *events, int most, int timeout) {
  return epoll_pwait(epfd, events, most, timeout, 0);
}

// Names.

// The resolver's errors are negative; a positive one is a system call's.
static int resolved(int error) {
  if (error <= 0) return error;
  errno = error;
  return EAI_SYSTEM;
}

int getaddrinfo(const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict out) {
  return resolved(hostsock_getaddrinfo(node, service, hints, out));
}

// The list lies in the first entry's block; only the first address has one of its own.
void freeaddrinfo(struct addrinfo *list) {
  if (!list) return;
  free(list->ai_addr);
  free(list);
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_length,
                char *restrict service, socklen_t service_length, int flags) {
  return resolved(hostsock_getnameinfo(address, length, host, host_length, service, service_length, flags));
}

// musl's own (network/lookup.h): what gethostbyname and its kin stand on.
struct address {
  int family;
  unsigned scopeid;
  uint8_t addr[16];
  int sortkey;
};
#define MAXADDRS 48

static struct addrinfo hints_for(int flags, int family, int type) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_flags = flags;
  hints.ai_family = family;
  hints.ai_socktype = type;
  return hints;
}

#ifdef __cplusplus
extern "C"
#endif
int __lookup_name(struct address *found, char *canon, const char *name, int family, int flags) {
  // They are for a search that is the host's here.
  (void)flags;
  struct addrinfo hints = hints_for(AI_CANONNAME, family, SOCK_STREAM), *list;
  int error = getaddrinfo(name, 0, &hints, &list);
  if (error) return error;
  int count = 0;
  *canon = 0;
  for (struct addrinfo *at = list; at && count < MAXADDRS; at = at->ai_next) {
    struct address *entry = &found[count++];
    memset(entry, 0, sizeof *entry);
    entry->family = at->ai_family;
    if (at->ai_canonname && !*canon) {
      strncpy(canon, at->ai_canonname, 255);
      canon[255] = 0;
    }
    if (at->ai_family == AF_INET6) {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)at->ai_addr;
      memcpy(entry->addr, &in6->sin6_addr, 16);
      entry->scopeid = in6->sin6_scope_id;
    } else {
      memcpy(entry->addr, &((struct sockaddr_in *)at->ai_addr)->sin_addr, 4);
    }
  }
  freeaddrinfo(list);
  if (!*canon) {
    strncpy(canon, name, 255);
    canon[255] = 0;
  }
  return count;
}

static struct servent *service_of(uint16_t port, const char *name, const char *protocol) {
  static char text[NI_MAXSERV], kind[8], *none[] = {0};
  static struct servent entry;
  snprintf(text, sizeof text, "%s", name);
  snprintf(kind, sizeof kind, "%s", protocol);
  entry.s_name = text;
  entry.s_aliases = none;
  entry.s_port = port;
  entry.s_proto = kind;
  return &entry;
}

// The host's lists of services, not those of the program's own files.
struct servent *getservbyname(const char *name, const char *protocol) {
  const char *kinds[] = {"tcp", "udp"};
  for (int at = 0; at < 2; at++) {
    struct addrinfo hints = hints_for(0, AF_INET, at ? SOCK_DGRAM : SOCK_STREAM), *list;
    if (protocol && strcmp(protocol, kinds[at])) continue;
    // Numbers are no names.
    if (!*name || name[strspn(name, "0123456789")] == 0 || getaddrinfo(0, name, &hints, &list)) continue;
    uint16_t port = ((struct sockaddr_in *)list->ai_addr)->sin_port;
    freeaddrinfo(list);
    return service_of(port, name, kinds[at]);
  }
  return 0;
}

struct servent *getservbyport(int port, const char *protocol) {
  const char *kinds[] = {"tcp", "udp"};
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = port;
  for (int at = 0; at < 2; at++) {
    char name[NI_MAXSERV];
    if (protocol && strcmp(protocol, kinds[at])) continue;
    int failed = getnameinfo((struct sockaddr *)&address, sizeof address, 0, 0, name, sizeof name, at ? NI_DGRAM : 0);
    if (!failed && name[strspn(name, "0123456789")]) return service_of(port, name, kinds[at]);
  }
  return 0;
}

unsigned if_nametoindex(const char *name) {
  int index = hostsock_interface_index(name);
  if (index > 0) return index;
  errno = ENODEV;
  return 0;
}
