// epoll_server level|edge: an HTTP/1.1 server with connections that are kept alive, on epoll(7). Prints
// `listening PORT`; ends after GET /end, and then tells what it has served.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST 4096

struct connection {
  int fd, closing;
  char in[REQUEST];
  size_t received;
  char *out;
  size_t waiting, room;
};

static int epoll, edge, ended;
static long connections, open_now, most_open, requests;

static void finish(struct connection *connection) {
  // Closing takes it out of the epoll.
  close(connection->fd);
  free(connection->out);
  free(connection);
  open_now--;
}

static void watch(struct connection *connection, int operation) {
  struct epoll_event event = {.data.ptr = connection};
  event.events = edge ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN | (connection->waiting ? EPOLLOUT : 0);
  if (epoll_ctl(epoll, operation, connection->fd, &event) < 0) {
    perror("epoll_ctl");
    exit(1);
  }
}

static void put(struct connection *connection, const char *bytes, size_t size) {
  if (connection->waiting + size > connection->room) {
    connection->room = 2 * (connection->waiting + size);
    connection->out = realloc(connection->out, connection->room);
    if (!connection->out) abort();
  }
  memcpy(connection->out + connection->waiting, bytes, size);
  connection->waiting += size;
}

// GET /N: N bytes, which say which request of the connection's it was.
static void respond(struct connection *connection, char *request) {
  char path[64] = "", version[16] = "", head[256];
  requests++;
  if (sscanf(request, "GET %63s %15s", path, version) != 2 || strcmp(version, "HTTP/1.1")) {
    const char *bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    put(connection, bad, strlen(bad));
    connection->closing = 1;
    return;
  }
  if (!strcmp(path, "/end")) ended = 1;
  if (strcasestr(request, "\r\nConnection: close")) connection->closing = 1;
  size_t size = strtoul(path + 1, NULL, 10);
  char *body = malloc(size + 1);
  for (size_t i = 0; i < size; i++) body[i] = path[1 + i % strlen(path + 1)];
  snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", size,
           connection->closing ? "Connection: close\r\n" : "");
  put(connection, head, strlen(head));
  put(connection, body, size);
  free(body);
}

// 0 when the connection is gone.
static int take_in(struct connection *connection) {
  for (;;) {
    size_t room = REQUEST - 1 - connection->received;
    ssize_t got = recv(connection->fd, connection->in + connection->received, room, 0);
    if (got < 0 && errno == EAGAIN) return 1;
    if (got <= 0) return 0;
    connection->received += (size_t)got;
    connection->in[connection->received] = 0;
    char *end;
    while ((end = strstr(connection->in, "\r\n\r\n"))) {
      *end = 0;
      respond(connection, connection->in);
      connection->received -= (size_t)(end + 4 - connection->in);
      memmove(connection->in, end + 4, connection->received + 1);
    }
    if (connection->received == REQUEST - 1) return 0;
    // An edge tells only once.
    if (!edge) return 1;
  }
}

static int give_out(struct connection *connection) {
  while (connection->waiting) {
    ssize_t sent = send(connection->fd, connection->out, connection->waiting, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return 1;
    if (sent < 0) return 0;
    connection->waiting -= (size_t)sent;
    memmove(connection->out, connection->out + sent, connection->waiting);
  }
  return !connection->closing;
}

static void welcome(int listener) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct connection *connection = calloc(1, sizeof *connection);
    connection->fd = fd;
    connections++;
    if (++open_now > most_open) most_open = open_now;
    watch(connection, EPOLL_CTL_ADD);
  }
  if (errno != EAGAIN && errno != ECONNABORTED) {
    perror("accept4");
    exit(1);
  }
}

int main(int argc, char **argv) {
  edge = argc > 1 && !strcmp(argv[1], "edge");
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 1024) < 0) {
    perror("listen");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &length);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[64];
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  while (!ended || open_now) {
    int ready = epoll_wait(epoll, events, 64, -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) {
      perror("epoll_wait");
      return 1;
    }
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (!connection) {
        welcome(listener);
        continue;
      }
      int alive = 1;
      size_t before = connection->waiting;
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) alive = take_in(connection);
      if (alive) alive = give_out(connection);
      if (!alive) finish(connection);
      else if (!edge && !before != !connection->waiting) watch(connection, EPOLL_CTL_MOD);
    }
  }
  printf("%ld connections, %ld at once, %ld requests\n", connections, most_open, requests);
  return 0;
}
