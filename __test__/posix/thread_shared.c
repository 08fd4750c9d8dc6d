// One socket in two threads, of which one reads and the other writes; and one polls while the other works.
// libraries: -pthread
// flags: -sPTHREAD_POOL_SIZE=4
// peer: echo
#include "common.h"
#include <pthread.h>

#define SIZE (4u << 20)
static int fd;
static unsigned char out[1 << 16], in[1 << 16];

static void *writer(void *argument) {
  (void)argument;
  for (size_t sent = 0; sent < SIZE; sent += sizeof out) {
    fill_pattern(out, sizeof out, sent);
    if (write_all(fd, out, sizeof out) != sizeof out) return (void *)1;
  }
  shutdown(fd, SHUT_WR);
  return NULL;
}

static void *reader(void *argument) {
  size_t got = 0;
  long count;
  (void)argument;
  while ((count = recv(fd, in, sizeof in, 0)) > 0) {
    if (!is_pattern(in, (size_t)count, got)) return (void *)1;
    got += (size_t)count;
  }
  return got == SIZE ? NULL : (void *)2;
}

static void *waiter(void *argument) {
  struct pollfd entry = {*(int *)argument, POLLIN, 0};
  return (void *)(intptr_t)(poll(&entry, 1, 5000) == 1 ? entry.revents : -1);
}

int main(int argc, char **argv) {
  begin();
  fd = dial(peer_port(argc, argv));
  pthread_t one, two;
  void *result;
  pthread_create(&one, NULL, reader, NULL);
  pthread_create(&two, NULL, writer, NULL);
  pthread_join(two, &result);
  say("writer", "%ld", (long)(intptr_t)result);
  pthread_join(one, &result);
  say("reader", "%ld", (long)(intptr_t)result);
  close(fd);

  int ends[2];
  must("pipe", pipe(ends));
  pthread_create(&one, NULL, waiter, &ends[0]);
  usleep(20000);
  write(ends[1], "x", 1);
  pthread_join(one, &result);
  say("a pipe wakes a thread that polls", "%s", poll_names((int)(intptr_t)result));

  // O_NONBLOCK that one thread sets holds in the other.
  int pair[2];
  must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  set_nonblocking(pair[0]);
  char byte;
  say_count("does not wait", recv(pair[0], &byte, 1, 0));
  pthread_create(&one, NULL, waiter, &pair[1]);
  usleep(20000);
  send(pair[0], "x", 1, 0);
  pthread_join(one, &result);
  say("a datagram wakes it", "%s", poll_names((int)(intptr_t)result));
  return 0;
}
