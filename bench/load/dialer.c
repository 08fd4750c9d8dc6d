/*
 * Fills the backlog of listening sockets: for each line `PORT COUNT` that comes in through the pipe --requests it makes so
 * many connections, the i-th with i as four bytes in it, and answers with a line through --answers. The connections before
 * are given up.
 */
#define _GNU_SOURCE
#include "load.h"
#include <fcntl.h>

int main(int argc, char **argv) {
  parse_options(argc, argv);
  raise_limit();
  /* Open for both directions: neither waits for the other end, nor sees an end of file between two programs. */
  FILE *requests = fdopen(open(options.requests, O_RDWR), "r");
  int answers = open(options.answers, O_RDWR);
  if (!requests || answers < 0) die("pipes");
  printf("listening 0\n");
  fflush(stdout);
  static int connections[1 << 14];
  unsigned count = 0, port;
  for (unsigned wanted; fscanf(requests, "%u %u", &port, &wanted) == 2;) {
    while (count > 0) close_hard(connections[--count]);
    if (wanted > sizeof connections / sizeof *connections) wrong("too many connections");
    for (; count < wanted; count++) {
      connections[count] = connect_to(port);
      uint32_t index = count;
      if (send(connections[count], &index, sizeof index, MSG_NOSIGNAL) != sizeof index) die("send");
    }
    if (write(answers, "\n", 1) != 1) die("write");
  }
}
