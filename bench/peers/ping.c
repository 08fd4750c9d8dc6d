/*
 * Ping-pong client in C: one connection, one message of --size bytes at a time. `--mode blocking` waits in recv, `--mode
 * poll` in poll. Native, and wasm with sockets that block.
 */
#define _GNU_SOURCE
#include "../load/load.h"
#include <fcntl.h>
#include <poll.h>

static int fd;
static bool polling;
static unsigned char *pattern, *room;
static uint64_t sequence;

static void receive_echo(const unsigned char *message) {
  for (size_t got = 0; got < options.size;) {
    if (polling) {
      struct pollfd entry = {.fd = fd, .events = POLLIN};
      if (poll(&entry, 1, -1) < 0) die("poll");
    }
    ssize_t n = recv(fd, room + got, options.size - got, 0);
    if (n == 0) wrong("closed by the server");
    if (n < 0) die("recv");
    got += n;
  }
  if (options.check && memcmp(room, message, options.size) != 0) wrong("other bytes came back than were sent");
}

static unsigned ping(void) {
  enum { TIMES = 16 };
  for (int i = 0; i < TIMES; i++) {
    const unsigned char *message = pattern + sequence++ * 1009 % PERIOD;
    if (send(fd, message, options.size, MSG_NOSIGNAL) != (ssize_t)options.size) die("send");
    receive_echo(message);
  }
  return TIMES;
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  pattern = make_pattern(options.size + PERIOD);
  room = malloc(options.size);
  fd = connect_to(options.port);
  polling = strcmp(options.mode, "poll") == 0;
  if (polling && fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
  measure(ping);
  return 0;
}
