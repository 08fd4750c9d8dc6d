/* Connects in C: a connection is made and given up again, one after the other. */
#define _GNU_SOURCE
#include "../load/load.h"

static unsigned connect_some(void) {
  enum { TIMES = 16 };
  for (int i = 0; i < TIMES; i++) close_hard(connect_to(options.port));
  return TIMES;
}

static unsigned connect_and_check(void) {
  static uint32_t sequence;
  int fd = connect_to(options.port);
  uint32_t sent = ++sequence, echo = 0;
  if (send(fd, &sent, sizeof sent, 0) != sizeof sent) die("send");
  if (recv(fd, &echo, sizeof echo, MSG_WAITALL) != sizeof echo || echo != sent) wrong("other bytes came back than were sent");
  close_hard(fd);
  return 1;
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  measure(options.check ? connect_and_check : connect_some);
  return 0;
}
