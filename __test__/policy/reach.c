// Tries what its arguments say, three words each: what, where, port. Prints a line for each: `ok`, or the error's name.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_FASTOPEN
#define MSG_FASTOPEN 0x20000000
#endif

static const char *outcome(int result) {
  static char text[64];
  if (result >= 0) return "ok";
  if (errno == EACCES) return "EACCES";
  if (errno == ECONNREFUSED) return "ECONNREFUSED";
  if (errno == EMFILE) return "EMFILE";
  if (errno == EAGAIN) return "EAGAIN";
  if (errno == ENOENT) return "ENOENT";
  snprintf(text, sizeof text, "errno %d %s", errno, strerror(errno));
  return text;
}

static socklen_t ip_address(const char *text, int port, struct sockaddr_storage *out) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)out;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) exit(9);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  return sizeof *v6;
}

static socklen_t unix_address(const char *path, struct sockaddr_un *out) {
  memset(out, 0, sizeof *out);
  out->sun_family = AF_UNIX;
  strncpy(out->sun_path, path, sizeof out->sun_path - 1);
  if (*path != '@') return sizeof *out;
  out->sun_path[0] = 0;
  return sizeof out->sun_family + strlen(path);
}

static int by_ip(const char *what, const char *where, int port) {
  struct sockaddr_storage address;
  socklen_t length = ip_address(where, port, &address);
  int stream = !strcmp(what, "tcp") || !strcmp(what, "fastopen") || !strcmp(what, "bind");
  int fd = socket(address.ss_family, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
  if (fd < 0) return fd;
  int result = -1;
  if (!strcmp(what, "tcp") || !strcmp(what, "udpconnect")) result = connect(fd, (struct sockaddr *)&address, length);
  if (!strcmp(what, "bind")) result = bind(fd, (struct sockaddr *)&address, length);
  if (!strcmp(what, "udp")) result = sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length);
  if (!strcmp(what, "fastopen")) result = sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, length);
  if (!strcmp(what, "unspec")) {
    address.ss_family = AF_UNSPEC;
    result = sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length);
  }
  if (!strcmp(what, "udpmsg")) {
    struct iovec piece = {(void *)"x", 1};
    struct msghdr message = {0};
    message.msg_name = &address;
    message.msg_namelen = length;
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    result = sendmsg(fd, &message, 0);
  }
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static int by_path(const char *what, const char *where) {
  struct sockaddr_un address;
  socklen_t length = unix_address(where, &address);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return fd;
  int result = strcmp(what, "unixbind") ? connect(fd, (struct sockaddr *)&address, length)
                                        : bind(fd, (struct sockaddr *)&address, length);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static int by_name(const char *host, int port) {
  struct addrinfo hints = {0}, *list;
  char service[16];
  snprintf(service, sizeof service, "%d", port);
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_family = AF_INET;
  errno = 0;
  int error = getaddrinfo(host, port < 0 ? 0 : service, &hints, &list);
  if (error) {
    printf("(EAI %d) ", error);
    return -1;
  }
  int result = 0;
  if (port >= 0) {
    int fd = socket(list->ai_family, SOCK_STREAM, 0);
    result = connect(fd, list->ai_addr, list->ai_addrlen);
    error = errno;
    close(fd);
    errno = error;
  }
  freeaddrinfo(list);
  return result;
}

static int join(const char *group) {
  struct ip_mreq request = {{0}, {0}};
  inet_pton(AF_INET, group, &request.imr_multiaddr);
  inet_pton(AF_INET, "127.0.0.1", &request.imr_interface);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
}

static int bind_to_device(const char *name) {
  return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name) + 1);
}

static int pass_rights(void) {
  int pair[2];
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return -1;
  struct iovec piece = {(void *)"x", 1};
  struct msghdr message = {0};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof control.bytes;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
  return sendmsg(pair[1], &message, 0);
}

static int open_many(int most) {
  for (int count = 0; count < most; count++) {
    if (socket(AF_INET, SOCK_DGRAM, 0) >= 0) continue;
    printf("(%d) ", count);
    return -1;
  }
  return 0;
}

// Nothing comes: a call that may not wait for ever comes back.
static int wait_for_nothing(const char *how) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in any = {0};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char byte;
  if (bind(fd, (struct sockaddr *)&any, sizeof any)) return -1;
  if (!strcmp(how, "recv")) return recv(fd, &byte, 1, 0);
  struct pollfd entry = {fd, POLLIN, 0};
  int ready = poll(&entry, 1, -1);
  printf("(%d) ", ready);
  return ready;
}

int main(int count, char **words) {
  for (int at = 1; at + 2 < count; at += 3) {
    const char *what = words[at], *where = words[at + 1];
    int port = atoi(words[at + 2]), result;
    printf("%s %s %s: ", what, where, words[at + 2]);
    if (!strncmp(what, "unix", 4)) result = by_path(what, where);
    else if (!strcmp(what, "name")) result = by_name(where, port);
    else if (!strcmp(what, "join")) result = join(where);
    else if (!strcmp(what, "device")) result = bind_to_device(where);
    else if (!strcmp(what, "rights")) result = pass_rights();
    else if (!strcmp(what, "raw")) result = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    else if (!strcmp(what, "listen")) result = listen(socket(AF_INET, SOCK_STREAM, 0), 1);
    else if (!strcmp(what, "many")) result = open_many(port);
    else if (!strcmp(what, "sleep")) result = usleep(port * 1000);
    else if (!strcmp(what, "wait")) result = wait_for_nothing(where);
    else result = by_ip(what, where, port);
    printf("%s\n", outcome(result));
  }
  return 0;
}
