/*
 * The load generator: C connections, each sending messages of S bytes and waiting for the echo (window 1).
 *
 *   client --port P [--host 127.0.0.1] [--connections 64] [--size 64] [--warmup MS] [--duration MS]
 *          [--pid PID] [--split] [--hold]
 *
 * Every echoed byte is compared with what was sent: a message's content follows from its connection and its
 * sequence number. After the warm-up it measures for the duration and prints one JSON object, with the CPU seconds
 * that the machine, the client and (`--pid`) the server used in exactly that time; it exits with 1 if anything was
 * wrong. `--split` sends each message in two pieces, cut at odd places; `--hold` reads only when it cannot write,
 * so that the server's own sends have to wait.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SPREAD = 4093, SCRATCH = 256 * 1024, EVENTS = 512, TURN_MS = 20, STALL_MS = 5000 };

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

struct cpu {
  double user;
  double system;
};

static const char *host = "127.0.0.1";
static int port, watched_pid;
static unsigned connections = 64, warmup_ms = 500, duration_ms = 2000;
static size_t size = 64;
static bool split, hold;

static int epoll_fd;
static unsigned char *pattern, *scratch;
static uint64_t round_trips, errors;
static bool finishing;

static void die(const char *what) {
  fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
  exit(2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static struct cpu own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (struct cpu){usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
                      usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6};
}

/* utime and stime (fields 14 and 15) of all threads of a process; the name in field 2 may contain anything */
static struct cpu process_cpu(int pid) {
  struct cpu cpu = {0, 0};
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = pid ? fopen(path, "r") : NULL;
  if (!file) return cpu;
  if (fgets(line, sizeof line, file)) {
    char *rest = strrchr(line, ')');
    unsigned long user, system;
    if (rest && sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) {
      double tick = sysconf(_SC_CLK_TCK);
      cpu = (struct cpu){user / tick, system / tick};
    }
  }
  fclose(file);
  return cpu;
}

/* CPU time of the whole machine, interrupts included; steal and idle not */
static double machine_cpu(void) {
  unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  if (fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &system, &irq, &softirq) != 5) user = 0;
  fclose(file);
  return (double)(user + nice + system + irq + softirq) / sysconf(_SC_CLK_TCK);
}

static const unsigned char *message(const struct connection *connection) {
  return pattern + (connection->sequence * 1009 + connection->index * 211) % SPREAD;
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
  connection->split = split && size > 1 ? 1 + (connection->sequence * 37 + connection->index) % (size - 1) : 0;
}

/* Sends what is left of the message, as far as the kernel takes it. */
static void write_some(struct connection *connection) {
  size_t end = connection->sent < connection->split ? connection->split : size;
  if (connection->sent < end) {
    ssize_t n = send(connection->fd, message(connection) + connection->sent, end - connection->sent,
                     MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
      fail(connection, strerror(errno));
      return;
    }
    if (n > 0) connection->sent += n;
    if (hold && n > 0 && connection->sent < size) {
      want(connection, EPOLLOUT);
      return;
    }
  }
  want(connection, connection->sent < size ? EPOLLIN | EPOLLOUT : EPOLLIN);
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
  if (connection->received == size) {
    round_trips++;
    connection->sequence++;
    connection->finished = finishing;
    if (finishing) return;
    start_message(connection);
    write_some(connection);
  }
}

static int open_connection(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    fprintf(stderr, "client: not an IPv4 address: %s\n", host);
    exit(2);
  }
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  int on = 1, small = 4096;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (hold) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  return fd;
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
  for (unsigned i = 0; hold && i < connections; i++)
    if (all[i].fd >= 0 && !all[i].finished) want(&all[i], all[i].sent < size ? EPOLLIN | EPOLLOUT : EPOLLIN);
  return false;
}

static void run_until(struct connection *all, double end) {
  while (now() < end && errors == 0) turn(all);
}

/* Lets every connection finish its message: one that hangs has lost a wake-up or bytes. */
static void finish(struct connection *all) {
  finishing = true;
  double stalled = now() + STALL_MS / 1e3;
  for (unsigned i = 0; i < connections && errors == 0;) {
    if (all[i].finished) i++;
    else if (turn(all)) stalled = now() + STALL_MS / 1e3;
    else if (now() > stalled) fail(&all[i], "the echo does not come");
  }
}

static unsigned long number(const char *text) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || end == text || *text == '-') {
    fprintf(stderr, "client: not a number: %s\n", text);
    exit(2);
  }
  return value;
}

static void parse(int argc, char **argv) {
  static const struct option options[] = {
      {"host", required_argument, 0, 'h'},     {"port", required_argument, 0, 'p'},
      {"connections", required_argument, 0, 'c'}, {"size", required_argument, 0, 's'},
      {"warmup", required_argument, 0, 'w'},   {"duration", required_argument, 0, 'd'},
      {"pid", required_argument, 0, 'i'},      {"split", no_argument, 0, 'x'},
      {"hold", no_argument, 0, 'o'},           {0},
  };
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (option) {
      case 'h': host = optarg; break;
      case 'p': port = number(optarg); break;
      case 'c': connections = number(optarg); break;
      case 's': size = number(optarg); break;
      case 'w': warmup_ms = number(optarg); break;
      case 'd': duration_ms = number(optarg); break;
      case 'i': watched_pid = number(optarg); break;
      case 'x': split = true; break;
      case 'o': hold = true; break;
      default: exit(2);
    }
  }
  if (port == 0 || connections == 0 || size == 0 || duration_ms == 0) {
    fprintf(stderr, "client: --port, --connections, --size and --duration must be more than 0\n");
    exit(2);
  }
}

int main(int argc, char **argv) {
  parse(argc, argv);

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  pattern = malloc(size + SPREAD);
  scratch = malloc(SCRATCH);
  struct connection *all = calloc(connections, sizeof *all);
  if (!pattern || !scratch || !all) die("malloc");
  uint32_t random = 2463534242u;
  for (size_t i = 0; i < size + SPREAD; i++) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    pattern[i] = random >> 24;
  }

  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  for (unsigned i = 0; i < connections; i++) {
    all[i].index = i;
    all[i].fd = open_connection();
    start_message(&all[i]);
  }
  for (unsigned i = 0; i < connections; i++) write_some(&all[i]);

  run_until(all, now() + warmup_ms / 1e3);

  struct cpu own_before = own_cpu(), server_before = process_cpu(watched_pid);
  double machine_before = machine_cpu();
  uint64_t before = round_trips;
  double start = now();
  run_until(all, start + duration_ms / 1e3);
  double seconds = now() - start;
  uint64_t done = round_trips - before;
  struct cpu own_after = own_cpu(), server_after = process_cpu(watched_pid);
  double machine = machine_cpu() - machine_before;
  finish(all);

  printf("{\"connections\":%u,\"size\":%zu,\"roundTrips\":%" PRIu64 ",\"seconds\":%.6f,\"bytes\":%" PRIu64
         ",\"errors\":%" PRIu64 ",\"machine\":%.6f,\"client\":{\"user\":%.6f,\"system\":%.6f}",
         connections, size, done, seconds, done * size * 2, errors, machine, own_after.user - own_before.user,
         own_after.system - own_before.system);
  if (watched_pid)
    printf(",\"server\":{\"user\":%.6f,\"system\":%.6f}", server_after.user - server_before.user,
           server_after.system - server_before.system);
  printf("}\n");
  return errors ? 1 : 0;
}
