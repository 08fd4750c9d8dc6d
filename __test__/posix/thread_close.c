// A descriptor is closed, or shut down, in one thread while another waits on it.
// libraries: -pthread
// flags: -sPTHREAD_POOL_SIZE=6
#include "common.h"
#include <pthread.h>

struct wait {
  int fd;
  volatile int done;
  long result;
  int error;
  char byte;
};

static void *receive(void *argument) {
  struct wait *wait = argument;
  wait->result = recv(wait->fd, &wait->byte, 1, 0);
  wait->error = errno;
  wait->done = 1;
  return NULL;
}

static void *take(void *argument) {
  struct wait *wait = argument;
  wait->result = accept(wait->fd, NULL, NULL);
  wait->error = errno;
  wait->done = 1;
  return NULL;
}

static void outcome(const char *name, struct wait *wait) {
  if (wait->result < 0) say(name, "%s", errno_name(wait->error));
  else say(name, "%ld", wait->result);
}

int main(void) {
  begin();
  int pair[2], other[2];
  pthread_t one, two;
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, other));
  struct wait closed = {.fd = pair[1]}, bystander = {.fd = other[1]};
  pthread_create(&one, NULL, receive, &closed);
  pthread_create(&two, NULL, receive, &bystander);
  usleep(50000);
  say_ok("close under a recv", close(pair[1]));
  usleep(50000);
  say_yes("it still waits", !closed.done);
  say_yes("so does the other", !bystander.done);
  int fresh = tcp();
  say_yes("its number is free", fresh == pair[1]);
  say_count("its peer sends", send(pair[0], "x", 1, MSG_NOSIGNAL));
  pthread_join(one, NULL);
  outcome("the recv returns", &closed);
  say_count("and then it is closed", recv(pair[0], &closed.byte, 1, MSG_DONTWAIT));
  close(fresh);

  say_ok("shutdown under a recv", shutdown(other[1], SHUT_RD));
  pthread_join(two, NULL);
  outcome("the recv returns", &bystander);
  close(other[0]);
  close(other[1]);

  struct wait listening = {.fd = listener(4)};
  pthread_create(&one, NULL, take, &listening);
  usleep(50000);
  say_ok("shutdown under an accept", shutdown(listening.fd, SHUT_RDWR));
  pthread_join(one, NULL);
  outcome("the accept returns", &listening);
  close(listening.fd);

  // dup2 over a descriptor that is waited on.
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  struct wait replaced = {.fd = pair[1]};
  pthread_create(&one, NULL, receive, &replaced);
  usleep(50000);
  fresh = tcp();
  say_yes("dup2 over it", dup2(fresh, pair[1]) == pair[1]);
  usleep(30000);
  say_yes("it still waits", !replaced.done);
  send(pair[0], "y", 1, MSG_NOSIGNAL);
  pthread_join(one, NULL);
  outcome("the recv returns", &replaced);
  return 0;
}
