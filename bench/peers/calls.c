/* Single calls in C: `--mode recv` with nothing to receive, `--mode get` and `--mode set` of TCP_NODELAY. */
#define _GNU_SOURCE
#include "../load/load.h"
#include <fcntl.h>

enum { TIMES = 1000 };

static int fd;

static void set(int value) {
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value) < 0) die("setsockopt");
}

static int get(void) {
  int value = -1;
  socklen_t length = sizeof value;
  if (getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length) < 0) die("getsockopt");
  return value;
}

static unsigned receive_nothing(void) {
  static char room[64];
  for (int i = 0; i < TIMES; i++)
    if (recv(fd, room, sizeof room, 0) != -1 || errno != EAGAIN) wrong("recv found something");
  return TIMES;
}

static unsigned get_option(void) {
  for (int i = 0; i < TIMES; i++)
    if (get() != 1) wrong("getsockopt gives another value than was set");
  return TIMES;
}

static unsigned set_option(void) {
  for (int i = 0; i < TIMES; i++) set(i & 1);
  return TIMES;
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  fd = connect_to(options.port);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
  for (int value = 0; value < 2; value++) {
    set(value);
    if (get() != value) wrong("getsockopt gives another value than was set");
  }
  if (strcmp(options.mode, "recv") == 0) measure(receive_nothing);
  else if (strcmp(options.mode, "get") == 0) measure(get_option);
  else measure(set_option);
  return 0;
}
