/* Accepts in C: load/dialer.c fills the backlog with --connections, then all are accepted. */
#define _GNU_SOURCE
#include "../load/load.h"
#include <fcntl.h>

enum { BACKLOG = 4096 };

static unsigned port, held;
static int listener, accepted[BACKLOG];

#ifdef __EMSCRIPTEN__
EM_JS(void, dial_by, (const char *requests, const char *answers, int port, int count), {
  require('../lib/dial.js').dial(UTF8ToString(requests), UTF8ToString(answers), port, count);
});
static void dial(void) { dial_by(options.requests, options.answers, port, options.connections); }
#else
static void dial(void) {
  static int requests = -1, answers = -1;
  char line[32];
  if (requests < 0) requests = open(options.requests, O_RDWR), answers = open(options.answers, O_RDWR);
  int length = snprintf(line, sizeof line, "%u %u\n", port, options.connections);
  if (write(requests, line, length) != length || read(answers, line, 1) != 1) die("dialer");
}
#endif

static void fill_backlog(void) {
  while (held > 0) close_hard(accepted[--held]);
  dial();
}

static unsigned accept_all(void) {
  for (; held < options.connections; held++)
    if ((accepted[held] = accept(listener, NULL, NULL)) < 0) die("accept");
  return held;
}

static unsigned accept_and_check(void) {
  accept_all();
  for (uint32_t i = 0, index; i < held; i++)
    if (recv(accepted[i], &index, sizeof index, 0) != sizeof index || index != i) wrong("not the connection in turn");
  return held;
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  raise_limit();
  if (options.connections > BACKLOG) wrong("more connections than the backlog takes");
  listener = listen_on_any(BACKLOG, &port);
  measure_bursts(fill_backlog, options.check ? accept_and_check : accept_all);
  return 0;
}
