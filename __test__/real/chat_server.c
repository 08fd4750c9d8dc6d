// chat_server: one thread, select(2). What one says, all hear, in one order. Prints `listening PORT`; ends when
// somebody says /end, and then tells how many came and what was said.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST_CLIENTS 200
#define LINE 512

struct client {
  int fd; // 0: free
  char line[LINE];
  size_t length;
  char *out;
  size_t waiting, room;
};

static struct client clients[MOST_CLIENTS];
static int came, gone, said, ended;

static void leave(struct client *client) {
  close(client->fd);
  free(client->out);
  memset(client, 0, sizeof *client);
  gone++;
}

// What the kernel does not take now waits here.
static void tell(struct client *client, const char *text, size_t size) {
  if (client->waiting + size > client->room) {
    client->room = 2 * (client->waiting + size);
    client->out = realloc(client->out, client->room);
    if (!client->out) abort();
  }
  memcpy(client->out + client->waiting, text, size);
  client->waiting += size;
}

static void deliver(struct client *client) {
  ssize_t sent = send(client->fd, client->out, client->waiting, MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (sent < 0) {
    leave(client);
    return;
  }
  client->waiting -= (size_t)sent;
  memmove(client->out, client->out + sent, client->waiting);
}

static void say(const char *line, size_t size) {
  said++;
  for (int i = 0; i < MOST_CLIENTS; i++)
    if (clients[i].fd) tell(&clients[i], line, size);
}

static void hear(struct client *client) {
  ssize_t got = recv(client->fd, client->line + client->length, LINE - client->length, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    leave(client);
    return;
  }
  client->length += (size_t)got;
  char *end;
  while ((end = memchr(client->line, '\n', client->length))) {
    size_t size = (size_t)(end - client->line) + 1;
    if (size == 5 && !memcmp(client->line, "/end", 4)) ended = 1;
    else say(client->line, size);
    client->length -= size;
    memmove(client->line, end + 1, client->length);
  }
  if (client->length == LINE) leave(client);
}

static void welcome(int listener) {
  int fd;
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    int at = 0;
    while (at < MOST_CLIENTS && clients[at].fd) at++;
    if (at == MOST_CLIENTS || fd >= FD_SETSIZE) {
      close(fd);
      continue;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    clients[at].fd = fd;
    came++;
    tell(&clients[at], "welcome\n", 8);
  }
  if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR) perror("accept");
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
    perror("listen");
    return 1;
  }
  fcntl(listener, F_SETFL, O_NONBLOCK);
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  while (!ended) {
    fd_set reads, writes;
    int highest = listener;
    FD_ZERO(&reads);
    FD_ZERO(&writes);
    FD_SET(listener, &reads);
    for (int i = 0; i < MOST_CLIENTS; i++) {
      if (!clients[i].fd) continue;
      FD_SET(clients[i].fd, &reads);
      if (clients[i].waiting) FD_SET(clients[i].fd, &writes);
      if (clients[i].fd > highest) highest = clients[i].fd;
    }
    if (select(highest + 1, &reads, &writes, NULL, NULL) < 0) {
      if (errno == EINTR) continue;
      perror("select");
      return 1;
    }
    // A descriptor that is closed in this round may be another's in the next one only: new ones come last.
    for (int i = 0; i < MOST_CLIENTS; i++) {
      if (clients[i].fd && FD_ISSET(clients[i].fd, &reads)) hear(&clients[i]);
      if (clients[i].fd && FD_ISSET(clients[i].fd, &writes)) deliver(&clients[i]);
    }
    if (FD_ISSET(listener, &reads)) welcome(listener);
  }
  printf("%d came, %d have gone, %d lines\n", came, gone, said);
  return 0;
}
