/*
 * Echo server in C for Emscripten, driven by its socket event callbacks. Prints `listening PORT`.
 *
 * One source for every backend. They differ in what the connection callback is given (the listening socket or the
 * new connection), so it is ignored and accept() is called until it fails; a close event may name a descriptor that
 * has been closed and used again, so it only causes a read, which tells. An open event means writable again.
 */
#include <arpa/inet.h>
#include <emscripten.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER = 64 * 1024 };

struct rest {
  char *data; /* what was not taken yet; nothing is read meanwhile */
  size_t length;
};

static int listener;
static char buffer[BUFFER];
static struct rest *rests; /* by descriptor */
static int rests_length;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void set_rest(int fd, const char *data, size_t length) {
  char *copy = NULL;
  if (length > 0) {
    copy = malloc(length);
    if (!copy) die("malloc");
    memcpy(copy, data, length);
  }
  free(rests[fd].data);
  rests[fd] = (struct rest){copy, length};
}

static void end(int fd) {
  set_rest(fd, NULL, 0);
  close(fd);
}

/* Sends until it would have to wait, which asks for an open event. Returns how much was sent, -1 at a failure. */
static ssize_t send_all(int fd, const char *data, size_t length) {
  size_t sent = 0;
  while (sent < length) {
    ssize_t n = send(fd, data + sent, length - sent, 0);
    if (n >= 0) sent += n;
    else if (errno == EAGAIN) break;
    else if (errno != EINTR) {
      end(fd);
      return -1;
    }
  }
  return sent;
}

/* Reads once and sends it back. True when there may be more to read. */
static bool echo_once(int fd) {
  ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    if (n == 0 || (errno != EAGAIN && errno != EINTR && errno != EBADF)) end(fd);
    return false;
  }
  ssize_t sent = send_all(fd, buffer, n);
  if (sent >= 0 && sent < n) set_rest(fd, buffer + sent, n - sent);
  return sent == n;
}

static void flush(int fd) {
  ssize_t sent = send_all(fd, rests[fd].data, rests[fd].length);
  if (sent <= 0) return;
  set_rest(fd, rests[fd].data + sent, rests[fd].length - sent);
  if (rests[fd].length > 0) return;
  while (echo_once(fd)) continue; /* events that came meanwhile were not used */
}

static void on_connection(int unused, void *user) {
  (void)unused, (void)user;
  int fd;
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (fd >= rests_length) {
      int length = fd + 64;
      rests = realloc(rests, length * sizeof *rests);
      if (!rests) die("realloc");
      memset(rests + rests_length, 0, (length - rests_length) * sizeof *rests);
      rests_length = length;
    }
  }
}

static void on_message(int fd, void *user) {
  (void)user;
  if (fd < rests_length && rests[fd].length == 0) echo_once(fd);
}

static void on_open(int fd, void *user) {
  (void)user;
  if (fd < rests_length && rests[fd].length > 0) flush(fd);
}

static void on_error(int fd, int error, const char *text, void *user) {
  (void)error, (void)text;
  on_message(fd, user);
}

int main(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0) die("socket");
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (fcntl(listener, F_SETFL, O_NONBLOCK) < 0) die("fcntl");
  emscripten_set_socket_connection_callback(NULL, on_connection);
  emscripten_set_socket_message_callback(NULL, on_message);
  emscripten_set_socket_close_callback(NULL, on_message);
  emscripten_set_socket_open_callback(NULL, on_open);
  emscripten_set_socket_error_callback(NULL, on_error);
  if (listen(listener, 511) < 0) die("listen");
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) die("getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  return 0;
}
