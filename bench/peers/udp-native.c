/*
 * UDP echo server: `udp-native 64` with recvmmsg and sendmmsg, `udp-native 1` with recvfrom and sendto. Prints
 * `listening PORT`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, LARGEST = 2048 };

static char room[BATCH][LARGEST];
static struct sockaddr_in senders[BATCH];
static struct iovec pieces[BATCH];
static struct mmsghdr headers[BATCH];

static void wait_for(int fd) {
  struct pollfd entry = {.fd = fd, .events = POLLIN};
  poll(&entry, 1, -1);
}

static void single(int fd) {
  for (;;) {
    socklen_t length = sizeof senders[0];
    ssize_t bytes = recvfrom(fd, room[0], LARGEST, MSG_DONTWAIT, (struct sockaddr *)&senders[0], &length);
    if (bytes < 0) wait_for(fd);
    else sendto(fd, room[0], (size_t)bytes, 0, (struct sockaddr *)&senders[0], length);
  }
}

static void batched(int fd) {
  for (;;) {
    for (int at = 0; at < BATCH; at++) {
      pieces[at] = (struct iovec){.iov_base = room[at], .iov_len = LARGEST};
      headers[at].msg_hdr = (struct msghdr){.msg_iov = &pieces[at], .msg_iovlen = 1};
      headers[at].msg_hdr.msg_name = &senders[at];
      headers[at].msg_hdr.msg_namelen = sizeof senders[at];
    }
    int count = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
    if (count < 0) {
      wait_for(fd);
      continue;
    }
    for (int at = 0; at < count; at++) pieces[at].iov_len = headers[at].msg_len;
    for (int at = 0; at < count;) {
      int done = sendmmsg(fd, headers + at, (unsigned)(count - at), 0);
      if (done < 0) break;
      at += done;
    }
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return 1;
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return 1;
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  if (argc > 1 && strcmp(argv[1], "1") == 0) single(fd);
  batched(fd);
}
