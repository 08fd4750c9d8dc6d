/*
 * The load generator of UDP: keeps a window of datagrams on their way to an echo server and back.
 *
 *   udp-client --port P [--window 128] [--size 64] [--warmup MS] [--duration MS] [--pid PID]
 *
 * Each datagram has its number, and bytes that follow from it; every one that comes back is compared, and may come back
 * once. Nothing is lost on the loopback interface with a window that fits the sockets' buffers, so a datagram that does
 * not come back is an error. Prints what client.c prints.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, LARGEST = 2048, STALL_MS = 3000 };

struct cpu {
  double user;
  double system;
};

static unsigned port, watched_pid, window = 128, size = 64, warmup_ms = 300, duration_ms = 1000;
static int fd;
static uint64_t sent, received;
static unsigned char *outstanding; /* by number modulo 2^16 */
static unsigned char room[BATCH][LARGEST];
static struct iovec pieces[BATCH];
static struct mmsghdr headers[BATCH];

static void die(const char *what) {
  fprintf(stderr, "udp-client: %s: %s\n", what, strerror(errno));
  exit(2);
}

static void wrong(const char *what) {
  fprintf(stderr, "udp-client: %s, after %" PRIu64 " of %" PRIu64 "\n", what, received, sent);
  exit(1);
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

static struct cpu process_cpu(unsigned pid) {
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

static double machine_cpu(void) {
  unsigned long user = 0, nice = 0, system = 0, irq = 0, softirq = 0;
  FILE *file = fopen("/proc/stat", "r");
  if (!file) return 0;
  if (fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &system, &irq, &softirq) != 5) user = 0;
  fclose(file);
  return (double)(user + nice + system + irq + softirq) / sysconf(_SC_CLK_TCK);
}

static void write_datagram(unsigned char *bytes, uint64_t number) {
  memset(bytes, (int)(number * 31 + 7), size);
  memcpy(bytes, &number, sizeof number);
}

static void send_some(unsigned count) {
  for (unsigned at = 0; at < count; at++) {
    write_datagram(room[at], sent + at);
    pieces[at].iov_len = size;
  }
  int done = sendmmsg(fd, headers, count, 0);
  if (done < 0) die("sendmmsg");
  for (int at = 0; at < done; at++) outstanding[sent++ & 0xffff] = 1;
}

static void take(const unsigned char *bytes, unsigned length) {
  static unsigned char expected[LARGEST];
  uint64_t number;
  if (length != size) wrong("a datagram came back with another length");
  memcpy(&number, bytes, sizeof number);
  if (number >= sent || sent - number > 0xffff) wrong("a datagram came back that was not sent");
  if (!outstanding[number & 0xffff]) wrong("a datagram came back twice");
  write_datagram(expected, number);
  if (memcmp(bytes, expected, size) != 0) wrong("other bytes came back than were sent");
  outstanding[number & 0xffff] = 0;
  received++;
}

static void receive_some(void) {
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  int ready = poll(&entry, 1, STALL_MS);
  if (ready < 0) die("poll");
  if (ready == 0) wrong("the echo does not come");
  for (int at = 0; at < BATCH; at++) pieces[at].iov_len = LARGEST;
  int count = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
  if (count < 0) die("recvmmsg");
  for (int at = 0; at < count; at++) take(room[at], headers[at].msg_len);
}

static void run_until(double end) {
  while (now() < end) {
    while (sent - received < window) {
      unsigned most = window - (unsigned)(sent - received);
      send_some(most < BATCH ? most : BATCH);
    }
    receive_some();
  }
}

int main(int argc, char **argv) {
  static const struct option options[] = {
      {"port", required_argument, 0, 'p'},     {"window", required_argument, 0, 'n'}, {"size", required_argument, 0, 's'},
      {"warmup", required_argument, 0, 'w'},   {"duration", required_argument, 0, 'd'},
      {"pid", required_argument, 0, 'i'},      {0},
  };
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (option == '?') return 2;
    unsigned value = (unsigned)strtoul(optarg, NULL, 10);
    switch (option) {
      case 'p': port = value; break;
      case 'n': window = value; break;
      case 's': size = value; break;
      case 'w': warmup_ms = value; break;
      case 'd': duration_ms = value; break;
      default: watched_pid = value; break;
    }
  }
  if (port == 0 || window == 0 || window > 0x8000 || size < 8 || size > LARGEST) {
    fprintf(stderr, "udp-client: --port, --window up to 32768, --size from 8 to %d\n", LARGEST);
    return 2;
  }
  outstanding = calloc(1, 0x10000);
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || !outstanding || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  for (int at = 0; at < BATCH; at++) {
    pieces[at].iov_base = room[at];
    headers[at].msg_hdr.msg_iov = &pieces[at];
    headers[at].msg_hdr.msg_iovlen = 1;
  }

  run_until(now() + warmup_ms / 1e3);
  struct cpu own_before = own_cpu(), server_before = process_cpu(watched_pid);
  double machine_before = machine_cpu();
  uint64_t before = received;
  double start = now();
  run_until(start + duration_ms / 1e3);
  double seconds = now() - start;
  uint64_t done = received - before;
  struct cpu own_after = own_cpu(), server_after = process_cpu(watched_pid);
  double machine = machine_cpu() - machine_before;
  while (received < sent) receive_some();

  printf("{\"window\":%u,\"size\":%u,\"roundTrips\":%" PRIu64 ",\"seconds\":%.6f,\"machine\":%.6f", window, size, done,
         seconds, machine);
  printf(",\"client\":{\"user\":%.6f,\"system\":%.6f},\"server\":{\"user\":%.6f,\"system\":%.6f}}\n",
         own_after.user - own_before.user, own_after.system - own_before.system, server_after.user - server_before.user,
         server_after.system - server_before.system);
  return 0;
}
