// ping ADDRESS [COUNT]: sends ICMP echo requests to an IPv4 address and waits for the answers. It needs no privilege
// where `sysctl net.ipv4.ping_group_range` includes the user's group; elsewhere it wants a raw socket (root).
//
// Nothing here knows of hostsock: it is plain POSIX, and a native build prints the same lines.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8 };

struct echo {
  uint8_t type, code;
  uint16_t checksum, id, sequence;
};

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

// RFC 1071: what makes the sum of all 16-bit words be zero. A datagram socket's kernel does it itself.
static uint16_t checksum(const void *data, size_t length) {
  const uint16_t *words = data;
  uint32_t sum = 0;
  for (size_t at = 0; at < length / 2; at++) sum += words[at];
  while (sum >> 16) sum = (sum >> 16) + (sum & 0xffff);
  return (uint16_t)~sum;
}

int main(int argc, char **argv) {
  struct sockaddr_in target = {.sin_family = AF_INET};
  if (argc < 2 || argc > 3 || inet_pton(AF_INET, argv[1], &target.sin_addr) != 1) {
    printf("usage: ping ADDRESS [COUNT]\n");
    return 2;
  }
  int count = argc > 2 ? atoi(argv[2]) : 3, received = 0;
  int raw = 0;
  int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  if (fd < 0) {
    fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    raw = 1;
  }
  if (fd < 0) fail("socket");
  // Not the process id: every Emscripten program has the same.
  struct timeval now, second = {.tv_sec = 1};
  gettimeofday(&now, NULL);
  uint16_t id = (uint16_t)(now.tv_usec ^ now.tv_sec);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) < 0) fail("setsockopt");

  for (int sequence = 1; sequence <= count; sequence++) {
    struct echo request = {.type = ECHO_REQUEST, .id = id, .sequence = htons((uint16_t)sequence)};
    request.checksum = checksum(&request, sizeof request);
    if (sendto(fd, &request, sizeof request, 0, (struct sockaddr *)&target, sizeof target) < 0) fail("sendto");
    for (;;) {
      uint8_t packet[1500];
      struct sockaddr_in from;
      socklen_t length = sizeof from;
      ssize_t bytes = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &length);
      if (bytes < 0 && errno == EAGAIN) {
        printf("no answer to %d\n", sequence);
        break;
      }
      if (bytes < 0) fail("recvfrom");
      // A raw socket gives the IP header too, and hears everything that is ICMP.
      size_t skip = raw ? 4 * (packet[0] & 15) : 0;
      struct echo answer;
      if ((size_t)bytes < skip + sizeof answer) continue;
      memcpy(&answer, packet + skip, sizeof answer);
      if (answer.type != ECHO_REPLY || answer.sequence != request.sequence || (raw && answer.id != id)) continue;
      char text[INET_ADDRSTRLEN];
      inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
      printf("answer %d from %s\n", sequence, text);
      received++;
      break;
    }
  }
  printf("%d sent, %d received\n", count, received);
  close(fd);
  return received == count ? 0 : 1;
}
