// behaviours PORT: what socket calls do, one line `name: result` each. compare.js serves PORT, and runs this natively
// and on each way to have sockets under Emscripten.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in server = {.sin_family = AF_INET};

static const char *name_of(int error) {
  static char other[32];
  switch (error) {
    case 0: return "ok";
    case EAGAIN: return "EAGAIN";
    case EINPROGRESS: return "EINPROGRESS";
    case ECONNREFUSED: return "ECONNREFUSED";
    case EADDRINUSE: return "EADDRINUSE";
    case ENOPROTOOPT: return "ENOPROTOOPT";
    case EMSGSIZE: return "EMSGSIZE";
    case ENOSYS: return "ENOSYS";
    case EAFNOSUPPORT: return "EAFNOSUPPORT";
    case EPROTONOSUPPORT: return "EPROTONOSUPPORT";
    case ENOTCONN: return "ENOTCONN";
    case EINVAL: return "EINVAL";
    case EHOSTUNREACH: return "EHOSTUNREACH";
    case ENOTSUP: return "EOPNOTSUPP";
    case EDESTADDRREQ: return "EDESTADDRREQ";
    default: snprintf(other, sizeof other, "errno %d", error); return other;
  }
}

static const char *outcome(long result) { return name_of(result < 0 ? errno : 0); }

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static int connected(void) {
  int fd = tcp();
  connect(fd, (struct sockaddr *)&server, sizeof server);
  return fd;
}

// Sets an option and reads it back.
static void option(const char *name, int level, int number, int value) {
  int fd = tcp(), got = -1;
  socklen_t length = sizeof got;
  printf("%s: set %s", name, outcome(setsockopt(fd, level, number, &value, sizeof value)));
  int result = getsockopt(fd, level, number, &got, &length);
  if (result < 0) printf(", get %s\n", outcome(result));
  else printf(", get %d\n", got);
  close(fd);
}

static void waiting(const char *name, double begin, const char *result) {
  double passed = milliseconds() - begin;
  printf("%s: %s %s\n", name, result, passed < 20 ? "at once" : "after a wait");
}

int main(int argc, char **argv) {
  char buffer[256] = {0};
  setvbuf(stdout, NULL, _IOLBF, 0);
  server.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
  inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);

  option("TCP_USER_TIMEOUT = 5000", IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  option("SO_RCVBUF = 40000", SOL_SOCKET, SO_RCVBUF, 40000);
  option("IP_TOS = 0x10", IPPROTO_IP, IP_TOS, 0x10);
  option("an unknown option", IPPROTO_TCP, 7777, 1);
  int fd = tcp();
  struct { int on, seconds; } linger = {1, 5};
  printf("SO_LINGER: set %s\n", outcome(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger)));
  close(fd);

  fd = tcp();
  struct sockaddr_in refused = server;
  refused.sin_port = htons(1);
  printf("connect to a closed port: %s\n", outcome(connect(fd, (struct sockaddr *)&refused, sizeof refused)));
  close(fd);

  fd = tcp();
  printf("connect: %s\n", outcome(connect(fd, (struct sockaddr *)&server, sizeof server)));
  printf("send: %s\n", outcome(send(fd, "p", 1, 0)));
  double begin = milliseconds();
  long bytes = recv(fd, buffer, sizeof buffer, MSG_PEEK);
  waiting("recv of what comes 150 ms later", begin, bytes > 0 ? "data" : outcome(bytes));
  if (bytes > 0) printf("MSG_PEEK leaves the data: %s\n", recv(fd, buffer, sizeof buffer, 0) == bytes ? "yes" : "no");
  begin = milliseconds();
  struct pollfd entry = {fd, POLLIN, 0};
  int ready = poll(&entry, 1, 150);
  waiting("poll, 150 ms, nothing comes", begin, ready == 0 ? "0" : ready < 0 ? outcome(ready) : "ready");
  struct timeval limit = {0, 150000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  begin = milliseconds();
  waiting("recv with SO_RCVTIMEO of 150 ms", begin, outcome(recv(fd, buffer, sizeof buffer, 0)));
  union { char bytes[256]; } info;
  socklen_t length = sizeof info;
  printf("TCP_INFO: %s\n", outcome(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length)));
  close(fd);

  fd = connected();
  send(fd, "b", 1, 0);
  static char block[65536];
  long total = 0;
  for (int round = 0; round < 64; round++) {
    for (size_t at = 0; at < sizeof block;) {
      long sent = send(fd, block + at, sizeof block - at, 0);
      if (sent < 0) { round = 64; break; }
      at += sent;
      total += sent;
    }
  }
  close(fd);
  printf("sent in 4 MiB of blocking sends: %ld\n", total);

  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = server.sin_addr};
  int one = tcp(), two = tcp();
  length = sizeof any;
  int result = bind(one, (struct sockaddr *)&any, sizeof any);
  if (result == 0) result = listen(one, 5);
  printf("bind and listen: %s\n", outcome(result));
  if (result == 0) {
    getsockname(one, (struct sockaddr *)&any, &length);
    result = bind(two, (struct sockaddr *)&any, sizeof any);
    if (result == 0) result = listen(two, 5);
    printf("a second one on the same port: %s\n", outcome(result));
  }
  close(one);
  close(two);

  int pair[2];
  printf("socketpair: %s\n", outcome(socketpair(AF_UNIX, SOCK_STREAM, 0, pair)));
  printf("AF_UNIX stream: %s\n", outcome(socket(AF_UNIX, SOCK_STREAM, 0)));
  printf("AF_UNIX datagram: %s\n", outcome(socket(AF_UNIX, SOCK_DGRAM, 0)));
  printf("IPv6: %s\n", outcome(socket(AF_INET6, SOCK_STREAM, 0)));

  fd = socket(AF_INET, SOCK_DGRAM, 0);
  static char large[70000];
  bytes = sendto(fd, large, sizeof large, 0, (struct sockaddr *)&server, sizeof server);
  printf("a datagram of 70000 bytes: %s\n", bytes < 0 ? outcome(bytes) : "sent");
  struct ip_mreq group = {{inet_addr("239.1.2.3")}, {inet_addr("127.0.0.1")}};
  printf("IP_ADD_MEMBERSHIP: %s\n", outcome(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group)));
  group.imr_multiaddr.s_addr = inet_addr("10.0.0.1");
  result = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
  printf("IP_ADD_MEMBERSHIP of no group: %s\n", outcome(result));
  close(fd);

  const char *services[] = {"80", "http"};
  for (int at = 0; at < 2; at++) {
    struct addrinfo *found, hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    printf("getaddrinfo of localhost, %s: ", services[at]);
    if (getaddrinfo("localhost", services[at], &hints, &found) != 0) {
      printf("error\n");
      continue;
    }
    struct sockaddr_in *address = (struct sockaddr_in *)found->ai_addr;
    printf("%s:%d\n", inet_ntoa(address->sin_addr), ntohs(address->sin_port));
  }
  return 0;
}
