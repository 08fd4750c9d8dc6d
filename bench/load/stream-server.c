/*
 * The other end of bulk transfers, one connection after the other. Prints `listening PORT`. The first byte says what for:
 *
 *   r  sends the pattern, for as long as it is taken
 *   s  receives, and counts
 *   v  receives, and compares with the pattern; at the end of the stream answers with the number of right bytes as a line
 */
#define _GNU_SOURCE
#include "load.h"

enum { CHUNK = 256 * 1024 };

static unsigned char *pattern, *room;

static void serve(int fd) {
  uint64_t at = 0;
  for (;;) {
    ssize_t n = send(fd, pattern + at % PERIOD, CHUNK, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += n;
  }
}

static void take(int fd, bool compare) {
  uint64_t right = 0;
  bool good = true;
  for (ssize_t n; (n = recv(fd, room, CHUNK, 0)) > 0;) {
    good = good && (!compare || memcmp(room, pattern + right % PERIOD, n) == 0);
    if (good) right += n;
  }
  if (!compare) return;
  char line[32];
  send(fd, line, snprintf(line, sizeof line, "%" PRIu64 "\n", right), MSG_NOSIGNAL);
}

int main(void) {
  pattern = make_pattern(CHUNK + PERIOD);
  room = malloc(CHUNK);
  unsigned port;
  int listener = listen_on_any(16, &port);
  printf("listening %u\n", port);
  fflush(stdout);
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
    char what = 0;
    if (recv(fd, &what, 1, 0) != 1) continue;
    if (what == 'r') serve(fd);
    else take(fd, what == 'v');
  }
  die("accept");
}
