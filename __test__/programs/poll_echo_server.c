// An echo server around poll(): non-blocking sockets, a queue for each connection, writing when there is room.
// flags: -sALLOW_MEMORY_GROWTH
// args: 8
// clients: 8
#include "common.h"

#define MOST 1024
#define QUEUE 32768

struct connection {
  unsigned char *data;
  size_t start, end;
  int finished;
};

static struct pollfd entries[MOST];
static struct connection connections[MOST];

int main(int argc, char **argv) {
  begin();
  int expected = argc > 1 ? atoi(argv[1]) : 1;
  int accepted = 0, closed = 0, count = 1;
  long long echoed = 0;
  int server = listener(512);
  set_nonblocking(server);
  entries[0] = (struct pollfd){server, POLLIN, 0};
  printf("listening %d\n", local_port(server));

  while (closed < expected) {
    if (poll(entries, (nfds_t)count, 60000) <= 0) {
      say("poll", "nothing for a minute");
      return 1;
    }
    for (int i = count - 1; i > 0; i--) {
      struct pollfd *entry = &entries[i];
      struct connection *connection = &connections[i];
      if (!entry->revents) continue;
      if (connection->end == connection->start && !connection->finished) {
        long n = recv(entry->fd, connection->data, QUEUE, 0);
        if (n < 0 && errno != EAGAIN) say("recv", "%s", errno_name(errno));
        connection->start = 0;
        connection->end = n > 0 ? (size_t)n : 0;
        connection->finished = n == 0 || (n < 0 && errno != EAGAIN);
      }
      if (connection->end > connection->start) {
        long n = send(entry->fd, connection->data + connection->start, connection->end - connection->start, 0);
        if (n < 0 && errno != EAGAIN) {
          say("send", "%s", errno_name(errno));
          connection->finished = 1;
          connection->start = connection->end;
        }
        if (n > 0) {
          connection->start += (size_t)n;
          echoed += n;
        }
      }
      entry->events = connection->end > connection->start ? POLLOUT : POLLIN;
      if (connection->finished && connection->end == connection->start) {
        close(entry->fd);
        free(connection->data);
        closed++;
        entries[i] = entries[--count];
        connections[i] = connections[count];
      }
    }
    int fd;
    while (count < MOST && (entries[0].revents & POLLIN) && (fd = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
      accepted++;
      entries[count] = (struct pollfd){fd, POLLIN, 0};
      connections[count++] = (struct connection){malloc(QUEUE), 0, 0, 0};
    }
  }
  say("connections", "%d", accepted);
  say("bytes", "%lld", echoed);
  close(server);
  return 0;
}
