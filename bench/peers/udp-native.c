/*
 * UDP echo server: `udp-native 64` with recvmmsg and sendmmsg, `udp-native 1` with recvfrom and sendto, `udp-native 0`
 * with what the kernel has put together (UDP_GRO) and cuts again (UDP_SEGMENT). Prints `listening PORT`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdint.h>
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

#ifndef UDP_GRO
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

static void coalesced(int fd) {
  static char whole[65536];
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  int on = 1;
  if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) perror("UDP_GRO");
  for (;;) {
    struct iovec piece = {whole, sizeof whole};
    struct msghdr message = {.msg_name = &senders[0],
                             .msg_namelen = sizeof senders[0],
                             .msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t bytes = recvmsg(fd, &message, MSG_DONTWAIT);
    if (bytes < 0) {
      wait_for(fd);
      continue;
    }
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    piece.iov_len = (size_t)bytes;
    message.msg_controllen = 0;
    if (header && header->cmsg_level == IPPROTO_UDP && header->cmsg_type == UDP_GRO) {
      int size;
      memcpy(&size, CMSG_DATA(header), sizeof size);
      uint16_t segment = (uint16_t)size;
      header->cmsg_type = UDP_SEGMENT;
      header->cmsg_len = CMSG_LEN(sizeof segment);
      memcpy(CMSG_DATA(header), &segment, sizeof segment);
      message.msg_controllen = CMSG_SPACE(sizeof segment);
    }
    if (sendmsg(fd, &message, 0) < 0) perror("sendmsg");
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
  if (argc > 1 && strcmp(argv[1], "0") == 0) coalesced(fd);
  if (argc > 1 && strcmp(argv[1], "1") == 0) single(fd);
  batched(fd);
}
