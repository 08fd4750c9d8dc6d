/*
 * Bulk transfer in C over one blocking connection, with a buffer of --size bytes: `--mode receive`, `--mode send`. The
 * operation is a byte. -sNODERAWSOCKETS never blocks in recv or send, so there it waits in poll.
 */
#define _GNU_SOURCE
#include "../load/load.h"
#include <poll.h>

static int fd;
static unsigned char *pattern, *room;
static uint64_t at;

/* The connection broke, or is one that does not block. */
static void wait_for(short events, const char *what) {
  struct pollfd entry = {.fd = fd, .events = events};
  if (errno != EAGAIN) die(what);
  if (poll(&entry, 1, -1) < 0) die("poll");
}

static unsigned receive_some(void) {
  unsigned done = 0;
  for (int i = 0; i < 16; i++) {
    ssize_t n = recv(fd, room, options.size, 0);
    if (n < 0) {
      wait_for(POLLIN, "recv");
      continue;
    }
    if (n == 0) wrong("closed by the server");
    if (options.check && memcmp(room, pattern + at % PERIOD, n) != 0) wrong("other bytes came than were sent");
    at += n;
    done += n;
  }
  return done;
}

static unsigned send_some(void) {
  unsigned done = 0;
  for (int i = 0; i < 16; i++) {
    ssize_t n = send(fd, pattern + at % PERIOD, options.size, MSG_NOSIGNAL);
    if (n < 0) {
      wait_for(POLLOUT, "send");
      continue;
    }
    at += n;
    done += n;
  }
  return done;
}

/* What the server has found right must be all. */
static void ask_server(void) {
  char line[32];
  size_t length = 0;
  if (shutdown(fd, SHUT_WR) < 0) die("shutdown");
  while (length == 0 || line[length - 1] != '\n') {
    ssize_t n = recv(fd, line + length, sizeof line - 1 - length, 0);
    if (n == 0) wrong("closed by the server");
    if (n < 0) wait_for(POLLIN, "recv");
    else length += n;
  }
  line[length] = 0;
  if (strtoull(line, NULL, 10) != at) wrong("other bytes arrived than were sent");
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  bool sending = strcmp(options.mode, "send") == 0;
  pattern = make_pattern(options.size + PERIOD);
  room = malloc(options.size);
  fd = connect_to(options.port);
  if (send(fd, !sending ? "r" : options.check ? "v" : "s", 1, 0) != 1) die("send");
  measure(sending ? send_some : receive_some);
  if (sending && options.check) ask_server();
  return 0;
}
