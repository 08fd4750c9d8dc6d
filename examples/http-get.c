// http-get HOST PORT PATH: fetches a page over plain blocking sockets and prints its status line, its
// size and a checksum. The name is resolved, and every address tried, with getaddrinfo().
//
// Nothing here knows of hostsock: it is plain POSIX, and a native build prints the same lines.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

// A connection to the first address of the name that accepts one.
static int dial(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *addresses;
  int error = getaddrinfo(host, port, &hints, &addresses);
  if (error != 0) {
    printf("%s: %s\n", host, gai_strerror(error));
    exit(1);
  }
  int fd = -1;
  for (struct addrinfo *at = addresses; at != NULL; at = at->ai_next) {
    fd = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (fd < 0) continue;
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0) break;
    int reason = errno;
    close(fd);
    errno = reason;
    fd = -1;
  }
  if (fd < 0) fail("connect");
  freeaddrinfo(addresses);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    printf("usage: http-get HOST PORT PATH\n");
    return 2;
  }
  int fd = dial(argv[1], argv[2]);

  char buffer[16384];
  // Version 1.0, so that the body comes in one piece and ends with the connection.
  int length = snprintf(buffer, sizeof buffer, "GET %s HTTP/1.0\r\nHost: %s:%s\r\n\r\n", argv[3], argv[1], argv[2]);
  if (length >= (int)sizeof buffer) return 2;
  if (send(fd, buffer, (size_t)length, 0) < 0) fail("send");

  // The head: what comes before the first empty line.
  size_t held = 0;
  char *body = NULL;
  while (body == NULL) {
    if (held == sizeof buffer - 1) {
      printf("the head of the answer is too long\n");
      return 1;
    }
    ssize_t count = recv(fd, buffer + held, sizeof buffer - 1 - held, 0);
    if (count < 0) fail("recv");
    if (count == 0) {
      printf("the server closed the connection before the end of the head\n");
      return 1;
    }
    held += (size_t)count;
    buffer[held] = 0;
    body = strstr(buffer, "\r\n\r\n");
  }
  printf("%.*s\n", (int)strcspn(buffer, "\r"), buffer);
  body += 4;

  // The body, hashed as it comes (FNV-1a).
  uint32_t hash = 2166136261u;
  size_t total = 0;
  const char *piece = body;
  ssize_t count = buffer + held - body;
  do {
    for (ssize_t i = 0; i < count; i++) hash = (hash ^ (unsigned char)piece[i]) * 16777619u;
    total += (size_t)count;
    piece = buffer;
    count = recv(fd, buffer, sizeof buffer, 0);
    if (count < 0) fail("recv");
  } while (count > 0);
  printf("%zu bytes, FNV-1a %08x\n", total, (unsigned)hash);
  close(fd);
  return 0;
}
