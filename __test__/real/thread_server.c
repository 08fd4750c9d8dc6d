// thread_server N: a thread for each connection, blocking sockets under stdio. Each line is an expression `A + B`;
// the answer is the sum and how many the server has answered in all. Prints `listening PORT`; ends when N
// connections have ended.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change = PTHREAD_COND_INITIALIZER;
static long answered, working, most_working, finished;

static void *serve(void *argument) {
  int fd = (int)(intptr_t)argument;
  FILE *in = fdopen(dup(fd), "r"), *out = fdopen(fd, "w");
  char *line = NULL;
  size_t room = 0;
  long long one, two;
  pthread_mutex_lock(&lock);
  if (++working > most_working) most_working = working;
  pthread_mutex_unlock(&lock);
  while (getline(&line, &room, in) > 0) {
    if (sscanf(line, "%lld + %lld", &one, &two) != 2) {
      fprintf(out, "what?\n");
    } else {
      pthread_mutex_lock(&lock);
      long count = ++answered;
      pthread_mutex_unlock(&lock);
      fprintf(out, "%lld %ld\n", one + two, count);
    }
    if (fflush(out) == EOF) break;
  }
  free(line);
  fclose(in);
  fclose(out);
  pthread_mutex_lock(&lock);
  working--;
  finished++;
  pthread_cond_signal(&change);
  pthread_mutex_unlock(&lock);
  return NULL;
}

int main(int argc, char **argv) {
  int expected = argc > 1 ? atoi(argv[1]) : 1;
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) {
    perror("listen");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (int i = 0; i < expected; i++) {
    int fd = accept(listener, NULL, NULL);
    pthread_t thread;
    if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd)) {
      perror("accept or pthread_create");
      return 1;
    }
    pthread_detach(thread);
  }
  pthread_mutex_lock(&lock);
  while (finished < expected) pthread_cond_wait(&change, &lock);
  pthread_mutex_unlock(&lock);
  printf("%d connections, %ld at once, %ld answers\n", expected, most_working, answered);
  return 0;
}
