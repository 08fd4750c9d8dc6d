/*
 * Ping-pong client in C for Emscripten, driven by its socket event callbacks: what ping.c does for programs that may not
 * block.
 */
#include "../load/load.h"
#include <fcntl.h>

/* exit() leaves Node running while a socket is open. */
EM_JS(void, end_process, (void), { process.exit(0); });

static unsigned char *pattern, *room;
static uint64_t sequence, before;
static size_t got;
static bool started, warm;
static double end_of_phase;
static struct sample start;

static const unsigned char *message(void) { return pattern + sequence * 1009 % PERIOD; }

static void send_message(int fd) {
  got = 0;
  if (send(fd, message(), options.size, 0) != (ssize_t)options.size) die("send");
}

/* True when the measured time is over. */
static bool next_phase(void) {
  if (!warm) {
    warm = true;
    before = sequence;
    start = take_sample();
    end_of_phase = now() + options.duration_ms / 1e3;
    return false;
  }
  print_result(sequence - before, sequence, start, take_sample());
  return true;
}

static void on_message(int fd, void *user) {
  (void)user;
  for (;;) {
    ssize_t n = recv(fd, room + got, options.size - got, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n < 0) die("recv");
    if (n == 0) wrong("closed by the server");
    got += n;
    if (got < options.size) continue;
    if (options.check && memcmp(room, message(), options.size) != 0) wrong("other bytes came back than were sent");
    sequence++;
    if (sequence % 16 == 0 && now() > end_of_phase && next_phase()) end_process();
    send_message(fd);
    return;
  }
}

static void on_open(int fd, void *user) {
  (void)user;
  if (started) return;
  started = true;
  end_of_phase = now() + options.warmup_ms / 1e3;
  send_message(fd);
}

static void on_error(int fd, int error, const char *text, void *user) {
  (void)fd, (void)error, (void)user;
  wrong(text);
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  pattern = make_pattern(options.size + PERIOD);
  room = malloc(options.size);
  emscripten_set_socket_open_callback(NULL, on_open);
  emscripten_set_socket_message_callback(NULL, on_message);
  emscripten_set_socket_error_callback(NULL, on_error);
  struct sockaddr_in address = loopback(options.port);
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0) die("socket");
  fcntl(fd, F_SETFL, O_NONBLOCK);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) die("connect");
  return 0;
}
