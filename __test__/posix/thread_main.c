// The first thread waits on a socket while others open, print and close: what they need of it is done all the same.
// libraries: -pthread
// flags: -sPTHREAD_POOL_SIZE=4
#include "common.h"
#include <pthread.h>
#include <sys/epoll.h>

static int ends[2];

static void *work(void *argument) {
  int how = (int)(intptr_t)argument;
  usleep(30000);
  for (int turn = 0; turn < 20; turn++) {
    int fd = tcp();
    int copy = dup(fd);
    close(fd);
    close(copy);
  }
  say_yes("another thread works", 1);
  int file = open("/dev/null", O_RDWR);
  write(file, "x", 1);
  close(file);
  if (how == 2) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect_ipv4(fd, "127.0.0.1", local_port(ends[1]));
    close(fd);
  } else {
    write(ends[0], "x", 1);
  }
  return NULL;
}

static void meanwhile(int how) {
  pthread_t thread;
  char byte;
  struct epoll_event event = {.events = EPOLLIN};
  struct pollfd entry = {ends[1], POLLIN, 0};
  int epoll = epoll_create1(0);
  must("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event));
  pthread_create(&thread, NULL, work, (void *)(intptr_t)how);
  long long start = now_ms();
  if (how == 0) say_count("recv", recv(ends[1], &byte, 1, 0));
  if (how == 1) say_count("poll", poll(&entry, 1, -1));
  if (how == 2) say_ok("accept", accept(ends[1], NULL, NULL));
  if (how == 3) say_count("epoll_wait", epoll_wait(epoll, &event, 1, -1));
  if (how == 4) say_count("a timeout that is long enough", poll(&entry, 1, 10000));
  say_yes("soon", now_ms() - start < 4000);
  pthread_join(thread, NULL);
  close(epoll);
}

int main(void) {
  begin();
  for (int how = 0; how < 5; how++) {
    if (how == 2) ends[1] = listener(4);
    else must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    meanwhile(how);
    close(ends[1]);
    if (how != 2) close(ends[0]);
  }
  return 0;
}
