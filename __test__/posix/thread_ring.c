// Eight threads, each waiting on a socket of its own, pass a token around: none of them holds up another.
// libraries: -pthread
// flags: -sPTHREAD_POOL_SIZE=10
#include "common.h"
#include <pthread.h>

#define THREADS 8
#define ROUNDS 50
static int pairs[THREADS + 1][2];

static void *pass(void *argument) {
  int self = (int)(intptr_t)argument, value;
  // Each end is used by one thread: reading from its own pair, writing to the next one's.
  for (int round = 0; round < ROUNDS; round++) {
    if (recv(pairs[self][1], &value, sizeof value, MSG_WAITALL) != sizeof value) return (void *)1;
    value++;
    if (send(pairs[self + 1][0], &value, sizeof value, 0) != sizeof value) return (void *)2;
  }
  return NULL;
}

// Blocking connections that are made, used and closed by the thread itself.
static int port;
static void *dialogue(void *argument) {
  int self = (int)(intptr_t)argument;
  for (int turn = 0; turn < 5; turn++) {
    char out[1000], in[1000];
    int fd = dial(port);
    memset(out, 'a' + self, sizeof out);
    if (write_all(fd, out, sizeof out) != sizeof out) return (void *)1;
    if (read_exactly(fd, in, sizeof in) != sizeof in || memcmp(in, out, sizeof in)) return (void *)2;
    if (close(fd) < 0) return (void *)3;
  }
  return NULL;
}

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument;
  char buffer[4096];
  long count;
  while ((count = recv(fd, buffer, sizeof buffer, 0)) > 0)
    if (write_all(fd, buffer, (size_t)count) != count) return (void *)1;
  close(fd);
  return NULL;
}

static int join_all(pthread_t *threads, int count) {
  int bad = 0;
  for (int i = 0; i < count; i++) {
    void *result;
    pthread_join(threads[i], &result);
    bad += result != NULL;
  }
  return bad;
}

int main(void) {
  begin();
  pthread_t threads[THREADS];
  for (int i = 0; i <= THREADS; i++) must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, pass, (void *)(intptr_t)i);
  int value = 0;
  for (int round = 0; round < ROUNDS; round++) {
    send(pairs[0][0], &value, sizeof value, 0);
    recv(pairs[THREADS][1], &value, sizeof value, MSG_WAITALL);
  }
  say_count("the token was passed", value);
  say_count("threads that failed", join_all(threads, THREADS));

  // Half of them talk to the other half.
  int listening = listener(16);
  port = local_port(listening);
  pthread_t talkers[4];
  for (int i = 0; i < 4; i++) pthread_create(&talkers[i], NULL, dialogue, (void *)(intptr_t)i);
  for (int turn = 0; turn < 5; turn++) {
    for (int i = 0; i < 4; i++) {
      int fd = accept(listening, NULL, NULL);
      pthread_create(&threads[i], NULL, serve, (void *)(intptr_t)fd);
    }
    say_count("servers that failed", join_all(threads, 4));
  }
  say_count("clients that failed", join_all(talkers, 4));
  return 0;
}
