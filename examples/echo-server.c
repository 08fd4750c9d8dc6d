// echo-server PORT [CONNECTIONS]: sends back what it gets, to many clients at once, around poll().
// With a number of connections it ends after so many; port 0 lets the kernel choose.
//
// Nothing here knows of hostsock: it is plain POSIX, and a native build does the same.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 256

struct client {
  // Read and not yet written.
  char buffer[16384];
  size_t from, to;
};

static struct pollfd entries[1 + MOST];
static struct client *clients[1 + MOST];
static int used = 1;
static int connections, ended;

static void fail(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

static int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("SO_REUSEADDR");
  // Connections have what their listener has.
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) fail("TCP_NODELAY");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(fd, (struct sockaddr *)&address, length) < 0) fail("bind");
  if (listen(fd, 128) < 0) fail("listen");
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

static void accept_all(void) {
  while (used <= MOST) {
    int fd = accept4(entries[0].fd, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) {
      // No more now, or one that was gone again.
      if (errno == EAGAIN) return;
      if (errno == ECONNABORTED) continue;
      fail("accept");
    }
    clients[used] = calloc(1, sizeof(struct client));
    if (clients[used] == NULL) fail("calloc");
    entries[used++] = (struct pollfd){fd, POLLIN, 0};
    connections++;
  }
}

static void end(int i) {
  close(entries[i].fd);
  free(clients[i]);
  used--;
  entries[i] = entries[used];
  clients[i] = clients[used];
  ended++;
}

// 0 when the connection is over.
static int serve(int i) {
  struct client *client = clients[i];
  int fd = entries[i].fd;
  if (client->from == client->to) {
    ssize_t count = recv(fd, client->buffer, sizeof client->buffer, 0);
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return 0;
    client->from = 0;
    client->to = (size_t)count;
  }
  ssize_t count = send(fd, client->buffer + client->from, client->to - client->from, MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN) return 0;
  if (count > 0) client->from += (size_t)count;
  // No reading before the rest is written: a client that does not read must not fill the memory.
  entries[i].events = client->from == client->to ? POLLIN : POLLOUT;
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    printf("usage: echo-server PORT [CONNECTIONS]\n");
    return 2;
  }
  int wanted = argc > 2 ? atoi(argv[2]) : 0;
  entries[0] = (struct pollfd){listen_on(atoi(argv[1])), POLLIN, 0};
  while (wanted == 0 || ended < wanted) {
    // With no place for more clients, those that wait are not looked at.
    entries[0].events = used <= MOST ? POLLIN : 0;
    if (poll(entries, (nfds_t)used, -1) < 0) {
      if (errno == EINTR) continue;
      fail("poll");
    }
    for (int i = used - 1; i > 0; i--) {
      if (entries[i].revents != 0 && !serve(i)) end(i);
    }
    if (entries[0].revents != 0) accept_all();
  }
  printf("served %d connections\n", connections);
  return 0;
}
