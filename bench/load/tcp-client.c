/*
 * The load generator of TCP: C connections, each sending messages of S bytes and waiting for the echo (window 1).
 *
 *   tcp-client --port P [--connections 64] [--options.size 64] [--warmup MS] [--duration MS] [--pid PID] [--split] [--hold]
 *
 * Every echoed byte is compared with what was sent: a message's content follows from its connection and its
 * sequence number. After the warm-up it measures for the duration and prints one JSON object, with the CPU seconds
 * that the machine, the client and (`--pid`) the server used in exactly that time; it exits with 1 if anything was
 * wrong. `--split` sends each message in two pieces, cut at odd places; `--hold` reads only when it cannot write,
 * so that the server's own sends have to wait. `--mode idle` makes one round trip on each connection, says `idle`, and
 * then only holds them open.
 */
#define _GNU_SOURCE
#include "load.h"
#include <sys/epoll.h>

enum { SCRATCH = 256 * 1024, EVENTS = 512, TURN_MS = 20, STALL_MS = 5000, IDLE_GROUP = 128 };

struct connection {
  int fd;
  uint32_t index;
  uint64_t sequence;
  size_t sent;
  size_t received;
  size_t split; /* send up to here, then wait for the next turn; 0: no split */
  uint32_t interest;
  bool finished; /* starts no other message */
};

static int epoll_fd;
static unsigned char *pattern, *scratch;
static uint64_t round_trips, errors;
static bool finishing;

static const unsigned char *message(const struct connection *connection) {
  return pattern + (connection->sequence * 1009 + connection->index * 211) % PERIOD;
}

static void fail(struct connection *connection, const char *what) {
  if (errors++ < 5)
    fprintf(stderr, "client: connection %u, message %" PRIu64 ": %s\n", connection->index, connection->sequence, what);
  if (connection->fd >= 0) close(connection->fd);
  connection->fd = -1;
}

static void want(struct connection *connection, uint32_t interest) {
  if (connection->interest == interest) return;
  struct epoll_event event = {.events = interest, .data.ptr = connection};
  int operation = connection->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_fd, operation, connection->fd, &event) < 0) die("epoll_ctl");
  connection->interest = interest;
}

static void start_message(struct connection *connection) {
  connection->sent = connection->received = 0;
  connection->split = 0;
  if (options.split && options.size > 1)
    connection->split = 1 + (connection->sequence * 37 + connection->index) % (options.size - 1);
}

/* Sends what is left of the message, as far as the kernel takes it. */
static void write_some(struct connection *connection) {
  size_t end = connection->sent < connection->split ? connection->split : options.size;
  if (connection->sent < end) {
    ssize_t n = send(connection->fd, message(connection) + connection->sent, end - connection->sent,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      fail(connection, strerror(errno));
      return;
    }
    if (n > 0) connection->sent += n;
    if (options.hold && n > 0 && connection->sent < options.size) {
      want(connection, EPOLLOUT);
      return;
    }
  }
  want(connection, connection->sent < options.size ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void read_some(struct connection *connection) {
  ssize_t n = recv(connection->fd, scratch, SCRATCH, MSG_DONTWAIT);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) fail(connection, strerror(errno));
    return;
  }
  if (n == 0) {
    fail(connection, "closed by the server");
    return;
  }
  if (connection->received + n > connection->sent) {
    fail(connection, "more bytes came back than were sent");
    return;
  }
  if (memcmp(scratch, message(connection) + connection->received, n) != 0) {
    fail(connection, "other bytes came back than were sent");
    return;
  }
  connection->received += n;
  if (connection->received == options.size) {
    round_trips++;
    connection->sequence++;
    connection->finished = finishing;
    if (finishing) return;
    start_message(connection);
    write_some(connection);
  }
}

/* One epoll_wait and what it brings. False when nothing could be read or written. */
static bool turn(struct connection *all) {
  static struct epoll_event events[EVENTS];
  int count = epoll_wait(epoll_fd, events, EVENTS, TURN_MS);
  if (count < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < count; i++) {
    struct connection *connection = events[i].data.ptr;
    if (connection->fd >= 0 && events[i].events & EPOLLOUT) write_some(connection);
    if (connection->fd >= 0 && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(connection);
  }
  if (count > 0) return true;
  for (unsigned i = 0; options.hold && i < options.connections; i++)
    if (all[i].fd >= 0 && !all[i].finished) want(&all[i], all[i].sent < options.size ? EPOLLIN | EPOLLOUT : EPOLLIN);
  return false;
}

static void run_until(struct connection *all, double end) {
  while (now() < end && errors == 0) turn(all);
}

/* Lets the first `count` connections finish their message: one that hangs has lost a wake-up or bytes. */
static void finish(struct connection *all, unsigned count) {
  finishing = true;
  double stalled = now() + STALL_MS / 1e3;
  for (unsigned i = 0; i < count && errors == 0;) {
    if (all[i].finished) i++;
    else if (turn(all)) stalled = now() + STALL_MS / 1e3;
    else if (now() > stalled) fail(&all[i], "the echo does not come");
  }
}

static void open_all(struct connection *all, bool idle) {
  for (unsigned i = 0; i < options.connections; i++) {
    all[i].index = i;
    all[i].fd = connect_to(options.port);
    start_message(&all[i]);
    if (!idle) continue;
    write_some(&all[i]);
    /* Never more than a server's backlog takes. */
    if ((i + 1) % IDLE_GROUP == 0) finish(all, i + 1);
  }
  if (idle) finish(all, options.connections);
  else for (unsigned i = 0; i < options.connections; i++) write_some(&all[i]);
}

_Noreturn static void hold_open(void) {
  printf("idle\n");
  fflush(stdout);
  for (;;) pause();
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  raise_limit();

  pattern = make_pattern(options.size + PERIOD);
  scratch = malloc(SCRATCH);
  struct connection *all = calloc(options.connections, sizeof *all);
  if (!scratch || !all) die("malloc");
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  bool idle = strcmp(options.mode, "idle") == 0;
  open_all(all, idle);
  if (idle && errors == 0) hold_open();

  run_until(all, now() + options.warmup_ms / 1e3);
  uint64_t before = round_trips;
  struct sample start = take_sample();
  run_until(all, start.time + options.duration_ms / 1e3);
  struct sample end = take_sample();
  uint64_t done = round_trips - before;
  finish(all, options.connections);
  print_result(done, round_trips, start, end);
  return errors ? 1 : 0;
}
