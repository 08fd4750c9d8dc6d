/*
 * What the programs that measure have in common: options, samples of time and CPU time, the pattern that bytes follow,
 * the result. A program in wasm takes its samples by lib/sample.js, as it has no /proc.
 */
#ifndef LOAD_H
#define LOAD_H

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
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#endif

/* For every program the same; each uses those that say something to it. */
static struct {
  unsigned port, pid, connections, window, warmup_ms, duration_ms;
  size_t size;
  const char *mode, *requests, *answers;
  bool check, split, hold;
} options = {.connections = 64, .window = 128, .warmup_ms = 300, .duration_ms = 1000, .size = 64, .mode = ""};

struct cpu {
  double user;
  double system;
};

/* In seconds; `time` may have another beginning than that of now(). `other` is the process of --pid. */
struct sample {
  double time;
  struct cpu own, other;
  double machine;
};

static inline void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(2);
}

static inline void wrong(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static unsigned long number(const char *text) {
  char *end;
  errno = 0;
  unsigned long value = strtoul(text, &end, 10);
  if (errno || *end || end == text || *text == '-') {
    fprintf(stderr, "not a number: %s\n", text);
    exit(2);
  }
  return value;
}

static inline void parse_options(int argc, char **argv) {
  static const struct option known[] = {
      {"port", required_argument, 0, 'p'},    {"pid", required_argument, 0, 'i'},
      {"connections", required_argument, 0, 'c'}, {"window", required_argument, 0, 'n'},
      {"warmup", required_argument, 0, 'w'},  {"duration", required_argument, 0, 'd'},
      {"size", required_argument, 0, 's'},    {"mode", required_argument, 0, 'm'},
      {"requests", required_argument, 0, 'q'}, {"answers", required_argument, 0, 'a'},
      {"check", no_argument, 0, 'k'},         {"split", no_argument, 0, 'x'},
      {"hold", no_argument, 0, 'o'},          {0},
  };
  for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (option) {
      case 'p': options.port = number(optarg); break;
      case 'i': options.pid = number(optarg); break;
      case 'c': options.connections = number(optarg); break;
      case 'n': options.window = number(optarg); break;
      case 'w': options.warmup_ms = number(optarg); break;
      case 'd': options.duration_ms = number(optarg); break;
      case 's': options.size = number(optarg); break;
      case 'm': options.mode = optarg; break;
      case 'q': options.requests = optarg; break;
      case 'a': options.answers = optarg; break;
      case 'k': options.check = true; break;
      case 'x': options.split = true; break;
      case 'o': options.hold = true; break;
      default: exit(2);
    }
  }
  if (options.connections == 0 || options.window == 0 || options.size == 0) {
    fprintf(stderr, "--connections, --window and --size must be more than 0\n");
    exit(2);
  }
}

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

#ifdef __EMSCRIPTEN__

EM_JS(void, sample_into, (double *sample, int pid), {
  HEAPF64.set(require('../lib/sample.js').sample(pid), sample / 8);
});

EM_JS(void, own_into, (double *sample), {
  HEAPF64.set(require('../lib/sample.js').own(), sample / 8);
});

static inline struct sample take_sample(void) {
  struct sample sample;
  sample_into((double *)&sample, options.pid);
  return sample;
}

static inline struct sample take_own(void) {
  struct sample sample = {0};
  own_into((double *)&sample);
  return sample;
}

#else

/* utime and stime (fields 14 and 15) of all threads of a process; the name in field 2 may contain anything */
static inline struct cpu process_cpu(unsigned pid) {
  struct cpu cpu = {0, 0};
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%u/stat", pid);
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
static inline double machine_cpu(void) {
  unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  if (fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &system, &irq, &softirq) != 5) user = 0;
  fclose(file);
  return (double)(user + nice + system + irq + softirq) / sysconf(_SC_CLK_TCK);
}

/* Time and own CPU time alone, which costs little. */
static inline struct sample take_own(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  struct cpu own = {usage.ru_utime.tv_sec + usage.ru_utime.tv_usec / 1e6,
                    usage.ru_stime.tv_sec + usage.ru_stime.tv_usec / 1e6};
  return (struct sample){.time = now(), .own = own};
}

static inline struct sample take_sample(void) {
  struct sample sample = take_own();
  sample.other = process_cpu(options.pid);
  sample.machine = machine_cpu();
  return sample;
}

#endif

static inline void print_fields(uint64_t operations, uint64_t total, struct sample before, struct sample after) {
  printf("\"operations\":%" PRIu64 ",\"total\":%" PRIu64 ",\"seconds\":%.6f,\"machine\":%.6f", operations, total,
         after.time - before.time, after.machine - before.machine);
  printf(",\"own\":{\"user\":%.6f,\"system\":%.6f},\"other\":{\"user\":%.6f,\"system\":%.6f}",
         after.own.user - before.own.user, after.own.system - before.own.system, after.other.user - before.other.user,
         after.other.system - before.other.system);
}

/* `operations` were done between the samples, `total` since the start. */
static inline void print_result(uint64_t operations, uint64_t total, struct sample before, struct sample after) {
  printf("{");
  print_fields(operations, total, before, after);
  printf("}\n");
  fflush(stdout);
}

/* Calls `batch`, which does some operations and returns how many, for the warm-up and then for the measured time. */
static inline void measure(unsigned (*batch)(void)) {
  uint64_t total = 0, before = 0;
  for (double end = now() + options.warmup_ms / 1e3; now() < end;) before += batch();
  struct sample start = take_sample();
  total = before;
  for (double end = now() + options.duration_ms / 1e3; now() < end;) total += batch();
  struct sample end = take_sample();
  print_result(total - before, total, start, end);
}

/* `prepare` in turn with `burst`, which does some operations and returns how many: only what is inside of bursts counts. */
static inline void measure_bursts(void (*prepare)(void), unsigned (*burst)(void)) {
  uint64_t total = 0, counted = 0;
  struct sample inside = {0}, start = take_sample();
  double warm = now() + options.warmup_ms / 1e3, end = warm + options.duration_ms / 1e3;
  do {
    prepare();
    bool counts = now() >= warm;
    struct sample before = take_own();
    unsigned done = burst();
    struct sample after = take_own();
    total += done;
    if (!counts) continue;
    counted += done;
    inside.time += after.time - before.time;
    inside.own.user += after.own.user - before.own.user;
    inside.own.system += after.own.system - before.own.system;
  } while (now() < end || counted == 0);
  printf("{");
  print_fields(counted, total, start, take_sample());
  printf(",\"inside\":{\"seconds\":%.6f,\"own\":{\"user\":%.6f,\"system\":%.6f}}}\n", inside.time,
         inside.own.user, inside.own.system);
  fflush(stdout);
}

/* Period of the pattern. */
enum { PERIOD = 4093 };

/* Bytes that look like nothing else: the first `length` of the pattern, which repeats itself; lib/measure.js has the same. */
static inline unsigned char *make_pattern(size_t length) {
  unsigned char *pattern = malloc(length);
  if (!pattern) die("malloc");
  uint32_t random = 2463534242u;
  for (size_t i = 0; i < length; i++) {
    if (i >= PERIOD) {
      pattern[i] = pattern[i - PERIOD];
      continue;
    }
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    pattern[i] = random >> 24;
  }
  return pattern;
}

static inline struct sockaddr_in loopback(unsigned port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/* A blocking connection to `port`, with TCP_NODELAY; with --hold it takes little before it is read. */
static inline int connect_to(unsigned port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, small = 4096;
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.hold) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  return fd;
}

/* Closing sends a reset, which leaves no TIME_WAIT: ports do not run out. */
static inline void close_hard(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(fd);
}

/* A listening socket on a free port. */
static inline int listen_on_any(int backlog, unsigned *port) {
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(fd, backlog) < 0) die("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) die("getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

/* As many descriptors as the system lets this process have. */
static inline void raise_limit(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

#endif
