/*
 * The load generator of UDP: keeps a window of datagrams on their way to an echo server and back.
 *
 *   udp-client --port P [--window 128] [--size 64] [--warmup MS] [--duration MS] [--pid PID] [--mode segment]
 *
 * With `--mode segment` the kernel cuts datagrams off one long piece (UDP_SEGMENT), which reaches a socket with UDP_GRO
 * as it is.
 *
 * Each datagram has its number, and bytes that follow from it; every one that comes back is compared, and may come back
 * once. Nothing is lost on the loopback interface with a window that fits the sockets' buffers, so a datagram that does
 * not come back is an error. Prints what tcp-client prints.
 */
#define _GNU_SOURCE
#include "load.h"
#include <netinet/udp.h>
#include <poll.h>

enum { BATCH = 64, LARGEST = 2048, STALL_MS = 3000 };

static int fd;
static uint64_t sent, received;
static unsigned char *outstanding; /* by number modulo 2^16 */
static unsigned char room[BATCH][LARGEST];
static struct iovec pieces[BATCH];
static struct mmsghdr headers[BATCH];

static void write_datagram(unsigned char *bytes, uint64_t number) {
  memset(bytes, (int)(number * 31 + 7), options.size);
  memcpy(bytes, &number, sizeof number);
}

/* As many as one call takes: 64 KiB, less the headers. */
static unsigned send_segments(unsigned count) {
  static unsigned char run[BATCH * LARGEST];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(uint16_t))];
  } control = {.header = {CMSG_LEN(sizeof(uint16_t)), IPPROTO_UDP, UDP_SEGMENT}};
  uint16_t size = (uint16_t)options.size;
  memcpy(CMSG_DATA(&control.header), &size, sizeof size);
  if (count * options.size > 65000) count = (unsigned)(65000 / options.size);
  for (unsigned at = 0; at < count; at++) write_datagram(run + at * options.size, sent + at);
  struct iovec piece = {run, count * options.size};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (sendmsg(fd, &message, 0) != (ssize_t)piece.iov_len) die("sendmsg");
  return count;
}

static void send_some(unsigned count) {
  if (strcmp(options.mode, "segment") == 0) {
    for (unsigned left = send_segments(count); left > 0; left--) outstanding[sent++ & 0xffff] = 1;
    return;
  }
  for (unsigned at = 0; at < count; at++) {
    write_datagram(room[at], sent + at);
    pieces[at].iov_len = options.size;
  }
  int done = sendmmsg(fd, headers, count, 0);
  if (done < 0) die("sendmmsg");
  for (int at = 0; at < done; at++) outstanding[sent++ & 0xffff] = 1;
}

static void take(const unsigned char *bytes, unsigned length) {
  static unsigned char expected[LARGEST];
  uint64_t number;
  if (length != options.size) wrong("a datagram came back with another length");
  memcpy(&number, bytes, sizeof number);
  if (number >= sent || sent - number > 0xffff) wrong("a datagram came back that was not sent");
  if (!outstanding[number & 0xffff]) wrong("a datagram came back twice");
  write_datagram(expected, number);
  if (memcmp(bytes, expected, options.size) != 0) wrong("other bytes came back than were sent");
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
    while (sent - received < options.window) {
      unsigned most = options.window - (unsigned)(sent - received);
      send_some(most < BATCH ? most : BATCH);
    }
    receive_some();
  }
}

int main(int argc, char **argv) {
  parse_options(argc, argv);
  if (options.port == 0 || options.window > 0x8000 || options.size < 8 || options.size > LARGEST) {
    fprintf(stderr, "udp-client: --port, --window up to 32768, --size from 8 to %d\n", LARGEST);
    return 2;
  }
  outstanding = calloc(1, 0x10000);
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = loopback(options.port);
  if (fd < 0 || !outstanding || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  for (int at = 0; at < BATCH; at++) {
    pieces[at].iov_base = room[at];
    headers[at].msg_hdr.msg_iov = &pieces[at];
    headers[at].msg_hdr.msg_iovlen = 1;
  }

  run_until(now() + options.warmup_ms / 1e3);
  uint64_t before = received;
  struct sample start = take_sample();
  run_until(start.time + options.duration_ms / 1e3);
  struct sample end = take_sample();
  uint64_t done = received - before;
  while (received < sent) receive_some();
  print_result(done, received, start, end);
  return 0;
}
