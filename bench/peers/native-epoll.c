/* Echo server in C: epoll, level-triggered, one read per event, TCP_NODELAY. Prints `listening PORT`. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 64 * 1024, EVENTS = 256 };

struct connection {
  int fd;
  char *rest; /* what the kernel did not take yet; nothing is read meanwhile */
  size_t length;
};

static int epoll_fd;
static char buffer[BUFFER];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(struct connection *connection, int operation, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.ptr = connection};
  if (epoll_ctl(epoll_fd, operation, connection->fd, &event) < 0) die("epoll_ctl");
}

static void end(struct connection *connection) {
  close(connection->fd);
  free(connection->rest);
  free(connection);
}

static void on_connection(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) die("calloc");
    connection->fd = fd;
    watch(connection, EPOLL_CTL_ADD, EPOLLIN);
  }
}

static void on_readable(struct connection *connection) {
  ssize_t n = recv(connection->fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) end(connection);
    return;
  }
  ssize_t sent = send(connection->fd, buffer, n, MSG_NOSIGNAL);
  if (sent == n) return;
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      end(connection);
      return;
    }
    sent = 0;
  }
  connection->length = n - sent;
  connection->rest = malloc(connection->length);
  if (!connection->rest) die("malloc");
  memcpy(connection->rest, buffer + sent, connection->length);
  watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

static void on_writable(struct connection *connection) {
  ssize_t sent = send(connection->fd, connection->rest, connection->length, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR) end(connection);
    return;
  }
  connection->length -= sent;
  memmove(connection->rest, connection->rest + sent, connection->length);
  if (connection->length > 0) return;
  free(connection->rest);
  connection->rest = NULL;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

int main(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (listener < 0) die("socket");
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 511) < 0) die("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) die("getsockname");

  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) die("epoll_create1");
  struct connection listening = {.fd = listener};
  watch(&listening, EPOLL_CTL_ADD, EPOLLIN);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);

  static struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(epoll_fd, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) die("epoll_wait");
    for (int i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (connection == &listening) on_connection(listener);
      else if (connection->rest) on_writable(connection);
      else on_readable(connection);
    }
  }
}
