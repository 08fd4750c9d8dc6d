// What every program here needs: each behaviour is one line `name: result`.
//
// Results never contain what may differ between two runs of the same program, or between a native and a wasm
// build of it: errors are names (Emscripten's numbers are not Linux's), never descriptors, ports or times.
#ifndef HOSTSOCK_TEST_COMMON_H
#define HOSTSOCK_TEST_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

static UNUSED const char *errno_name(int number) {
  switch (number) {
    case 0: return "0";
#define NAME(x) case x: return #x;
    NAME(EPERM) NAME(ENOENT) NAME(EINTR) NAME(EIO) NAME(EBADF) NAME(EAGAIN) NAME(ENOMEM) NAME(EACCES)
    NAME(EFAULT) NAME(EBUSY) NAME(EEXIST) NAME(ENODEV) NAME(ENOTDIR) NAME(EINVAL) NAME(ENFILE) NAME(EMFILE)
    NAME(ENOTTY) NAME(ENOSPC) NAME(ESPIPE) NAME(EPIPE) NAME(EDOM) NAME(ERANGE) NAME(ENAMETOOLONG) NAME(ENOSYS)
    NAME(EPROTO) NAME(EOVERFLOW) NAME(ENOTSOCK) NAME(EDESTADDRREQ) NAME(EMSGSIZE) NAME(EPROTOTYPE)
    NAME(ENOPROTOOPT) NAME(EPROTONOSUPPORT) NAME(ESOCKTNOSUPPORT) NAME(EOPNOTSUPP) NAME(EPFNOSUPPORT)
    NAME(EAFNOSUPPORT) NAME(EADDRINUSE) NAME(EADDRNOTAVAIL) NAME(ENETDOWN) NAME(ENETUNREACH) NAME(ENETRESET)
    NAME(ECONNABORTED) NAME(ECONNRESET) NAME(ENOBUFS) NAME(EISCONN) NAME(ENOTCONN) NAME(ESHUTDOWN)
    NAME(ETIMEDOUT) NAME(ECONNREFUSED) NAME(EHOSTUNREACH) NAME(EALREADY) NAME(EINPROGRESS) NAME(ECANCELED)
#undef NAME
    default: return "another error";
  }
}

// `name: <formatted>`
static UNUSED void say(const char *name, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%s: ", name);
  vprintf(format, arguments);
  putchar('\n');
  va_end(arguments);
  fflush(stdout);
}

// A call whose result is a number: the number, or the error's name.
static UNUSED void say_count(const char *name, long result) {
  if (result < 0) say(name, "%s", errno_name(errno));
  else say(name, "%ld", result);
}

// A call whose result is 0 or a descriptor: `ok`, or the error's name.
static UNUSED void say_ok(const char *name, long result) {
  say(name, "%s", result < 0 ? errno_name(errno) : "ok");
}

static UNUSED void say_yes(const char *name, int condition) {
  say(name, "%s", condition ? "yes" : "no");
}

// For steps that are not the subject: without them the rest would be noise.
static UNUSED long must(const char *what, long result) {
  if (result >= 0) return result;
  printf("%s failed: %s\n", what, errno_name(errno));
  exit(1);
}

static UNUSED long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Lines must be out before the program blocks, and writing to a closed peer must be an error, not a signal.
static UNUSED void begin(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
#ifndef __EMSCRIPTEN__
  signal(SIGPIPE, SIG_IGN);
#endif
}

static UNUSED struct sockaddr_in ipv4(const char *text, int port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

static UNUSED struct sockaddr_in6 ipv6(const char *text, int port) {
  struct sockaddr_in6 address;
  memset(&address, 0, sizeof address);
  address.sin6_family = AF_INET6;
  address.sin6_port = htons((uint16_t)port);
  inet_pton(AF_INET6, text, &address.sin6_addr);
  return address;
}

static UNUSED int bind_ipv4(int fd, const char *text, int port) {
  struct sockaddr_in address = ipv4(text, port);
  return bind(fd, (struct sockaddr *)&address, sizeof address);
}

static UNUSED int connect_ipv4(int fd, const char *text, int port) {
  struct sockaddr_in address = ipv4(text, port);
  return connect(fd, (struct sockaddr *)&address, sizeof address);
}

// The port at this end, for either family; 0 when there is none.
static UNUSED int local_port(int fd) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return -1;
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

// A loopback address that no other process is likely to use, for ports that must stay free between two calls.
static UNUSED const char *own_address(void) {
  static char text[16];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  unsigned random = (unsigned)now.tv_nsec / 1000 * 2654435761u;
  snprintf(text, sizeof text, "127.%u.%u.%u", 1 + (random >> 24) % 250, 1 + (random >> 16) % 250, 1 + (random >> 8) % 250);
  return text;
}

// An open descriptor that is no socket. (Standard output may be one: Node gives its children sockets for pipes.)
static UNUSED int not_a_socket(void) {
  return (int)must("open", open("/dev/null", O_RDWR));
}

static UNUSED int tcp(void) {
  return (int)must("socket", socket(AF_INET, SOCK_STREAM, 0));
}

// A listener on a loopback port that the kernel chose.
static UNUSED int listener(int backlog) {
  int fd = tcp();
  must("bind", bind_ipv4(fd, "127.0.0.1", 0));
  must("listen", listen(fd, backlog));
  return fd;
}

// A blocking connection to the peer that the test started.
static UNUSED int dial(int port) {
  int fd = tcp();
  must("connect", connect_ipv4(fd, "127.0.0.1", port));
  return fd;
}

// Two connected sockets of this process. The kernel completes the handshake, so this works on one thread.
static UNUSED void tcp_pair(int *client, int *server) {
  int fd = listener(1);
  *client = dial(local_port(fd));
  *server = (int)must("accept", accept(fd, NULL, NULL));
  close(fd);
}

static UNUSED void set_nonblocking(int fd) {
  must("fcntl", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

static UNUSED int int_option(int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  if (getsockopt(fd, level, option, &value, &length) < 0) return -1;
  return value;
}

// Waits at most ten seconds, so that a lost event fails the comparison and does not hang it.
static UNUSED int wait_for(int fd, short events) {
  struct pollfd entry = {fd, events, 0};
  int ready = poll(&entry, 1, 10000);
  return ready > 0 ? entry.revents : ready;
}

// Waits until all of these events are there: the parts of a change may become visible one after the other.
static UNUSED int wait_until(int fd, short events, int wanted) {
  long long deadline = now_ms() + 10000;
  int seen;
  do seen = wait_for(fd, events);
  while (seen > 0 && (seen & wanted) != wanted && now_ms() < deadline);
  return seen;
}

static UNUSED const char *poll_names(int events) {
  static char text[96];
  text[0] = 0;
#define NAME(x) if (events & x) { if (text[0]) strcat(text, "|"); strcat(text, #x); }
  NAME(POLLIN) NAME(POLLPRI) NAME(POLLOUT) NAME(POLLERR) NAME(POLLHUP) NAME(POLLNVAL) NAME(POLLRDHUP)
#undef NAME
  return text[0] ? text : "0";
}

static UNUSED long send_text(int fd, const char *text) {
  return must("send", send(fd, text, strlen(text), 0));
}

// Reads exactly `size` bytes from a blocking socket; less at end of stream, -1 on an error.
static UNUSED long read_exactly(int fd, void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    long count = recv(fd, (char *)buffer + done, size - done, 0);
    if (count < 0) return -1;
    if (count == 0) break;
    done += (size_t)count;
  }
  return (long)done;
}

// Writes all; -1 on an error.
static UNUSED long write_all(int fd, const void *buffer, size_t size) {
  size_t done = 0;
  while (done < size) {
    long count = send(fd, (const char *)buffer + done, size - done, 0);
    if (count < 0) return -1;
    done += (size_t)count;
  }
  return (long)done;
}

// The bytes that the test's peer sends for `send N`, and that the programs send: position-dependent, so that a
// lost, repeated or misplaced piece shows.
static UNUSED unsigned char pattern(size_t position) {
  return (unsigned char)((position * 31 + (position >> 8) * 7 + (position >> 16)) & 255);
}

static UNUSED void fill_pattern(unsigned char *buffer, size_t size, size_t start) {
  for (size_t i = 0; i < size; i++) buffer[i] = pattern(start + i);
}

static UNUSED int is_pattern(const unsigned char *buffer, size_t size, size_t start) {
  for (size_t i = 0; i < size; i++)
    if (buffer[i] != pattern(start + i)) return 0;
  return 1;
}

// The port that the test passes for `// peer:`.
static UNUSED int peer_port(int argc, char **argv) {
  if (argc < 2) {
    printf("no peer port given\n");
    exit(1);
  }
  return atoi(argv[1]);
}

#endif
