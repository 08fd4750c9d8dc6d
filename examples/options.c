// options HOST PORT: sets the options of a TCP connection that matter in practice, prints for each
// what was asked and what getsockopt() gives back, then exchanges one message with the server.
//
// Nothing here knows of hostsock: it is plain POSIX, and a native build prints the same lines.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static void show(const char *name, const char *asked, const char *has) {
  printf("%-18s  %-12s  %s\n", name, asked, has);
}

// Most options are an int.
struct number {
  const char *name;
  int level, option, value;
};

static const struct number numbers[] = {
  {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
  {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1},
  {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 30},
  {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, 5},
  {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, 4},
  {"TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 20000},
  {"TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, 3},
  {"TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 1200},
  {"TCP_NOTSENT_LOWAT", IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384},
  {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 65536},
  {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 32768},
  {"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 2},
  {"IP_TTL", IPPROTO_IP, IP_TTL, 33},
  {"IP_TOS", IPPROTO_IP, IP_TOS, 16},
  // After IP_TOS, which sets a priority of its own.
  {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 4},
};
static const size_t count = sizeof numbers / sizeof *numbers;

// To be set after connect(), which turns it on.
static const struct number quickack = {"TCP_QUICKACK", IPPROTO_TCP, TCP_QUICKACK, 0};

static const struct linger linger = {1, 5};
static const char congestion[] = "reno";

static void set(int fd, const char *name, int level, int option, const void *value, socklen_t length) {
  if (setsockopt(fd, level, option, value, length) < 0) fail(name);
}

static void get(int fd, const char *name, int level, int option, void *value, socklen_t length) {
  if (getsockopt(fd, level, option, value, &length) < 0) fail(name);
}

static void set_number(int fd, const struct number *it) {
  set(fd, it->name, it->level, it->option, &it->value, sizeof it->value);
}

// Before connect(): the kernel announces a window and a segment size in its first packet.
static void set_all(int fd) {
  for (size_t i = 0; i < count; i++) set_number(fd, &numbers[i]);
  set(fd, "TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, congestion, sizeof congestion - 1);
  set(fd, "SO_LINGER", SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  struct timeval timeout = {.tv_sec = 2, .tv_usec = 500000};
  set(fd, "SO_SNDTIMEO", SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  set(fd, "SO_RCVTIMEO", SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

static void show_number(int fd, const struct number *it) {
  int value = -1;
  get(fd, it->name, it->level, it->option, &value, sizeof value);
  char asked[16], has[16];
  snprintf(asked, sizeof asked, "%d", it->value);
  snprintf(has, sizeof has, "%d", value);
  show(it->name, asked, has);
}

static void show_timeout(int fd, const char *name, int option) {
  struct timeval timeout;
  memset(&timeout, 0, sizeof timeout);
  get(fd, name, SOL_SOCKET, option, &timeout, sizeof timeout);
  char has[32];
  snprintf(has, sizeof has, "%ld ms", (long)timeout.tv_sec * 1000 + (long)timeout.tv_usec / 1000);
  show(name, "2500 ms", has);
}

static void show_all(int fd) {
  for (size_t i = 0; i < count; i++) show_number(fd, &numbers[i]);
  show_number(fd, &quickack);

  char name[16] = "";
  get(fd, "TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, name, sizeof name);
  show("TCP_CONGESTION", congestion, name);

  struct linger has = {0, 0};
  get(fd, "SO_LINGER", SOL_SOCKET, SO_LINGER, &has, sizeof has);
  char text[32];
  snprintf(text, sizeof text, has.l_onoff ? "%d s" : "off", has.l_linger);
  show("SO_LINGER", "5 s", text);

  show_timeout(fd, "SO_SNDTIMEO", SO_SNDTIMEO);
  show_timeout(fd, "SO_RCVTIMEO", SO_RCVTIMEO);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    printf("usage: options IPV4-ADDRESS PORT\n");
    return 2;
  }
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2]))};
  if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
    printf("%s is not an IPv4 address\n", argv[1]);
    return 2;
  }
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) fail("socket");
  set_all(fd);
  if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) fail("connect");
  set_number(fd, &quickack);
  show_all(fd);

  int value = 1;
  int result = setsockopt(fd, IPPROTO_TCP, 9999, &value, sizeof value);
  printf("option 9999: %s\n", result == 0 ? "accepted" : errno == ENOPROTOOPT ? "ENOPROTOOPT" : strerror(errno));

  static const char message[] = "ping";
  if (send(fd, message, sizeof message - 1, 0) < 0) fail("send");
  char reply[64];
  // Waits for the server, as long as SO_RCVTIMEO lets it.
  ssize_t length = recv(fd, reply, sizeof reply - 1, 0);
  if (length < 0) fail("recv");
  reply[length] = 0;
  printf("sent %s, received %s\n", message, reply);
  if (close(fd) < 0) fail("close");
  return 0;
}
