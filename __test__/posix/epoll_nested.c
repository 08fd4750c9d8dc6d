// An epoll in an epoll, in poll and in select; pipes; loops; waiting times.
#include "common.h"
#include <sys/epoll.h>

int main(void) {
  begin();
  char buffer[16];
  struct epoll_event event = {.events = EPOLLIN}, got[4];
  int outer = epoll_create1(0), inner = epoll_create1(0), client, server, ends[2];
  tcp_pair(&client, &server);
  must("pipe", pipe(ends));

  event.data.fd = server;
  say_ok("a socket in the inner one", epoll_ctl(inner, EPOLL_CTL_ADD, server, &event));
  event.data.fd = inner;
  say_ok("the inner in the outer one", epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
  say_ok("a loop", epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event));
  say_count("nothing", epoll_wait(outer, got, 4, 0));
  send(client, "x", 1, 0);
  say_count("the outer one", epoll_wait(outer, got, 4, 5000));
  say_yes("tells of the inner", got[0].data.fd == inner);
  say_count("the inner one", epoll_wait(inner, got, 4, 0));
  say_yes("tells of the socket", got[0].data.fd == server);
  struct pollfd entry = {inner, POLLIN | POLLOUT, 0};
  say_count("poll of an epoll", poll(&entry, 1, 0));
  say("revents", "%s", poll_names(entry.revents));
  fd_set reads;
  FD_ZERO(&reads);
  FD_SET(outer, &reads);
  say_count("select of an epoll", select(outer + 1, &reads, NULL, NULL, NULL));
  recv(server, buffer, 1, 0);
  say_count("read: the outer one", epoll_wait(outer, got, 4, 0));

  event.data.u32 = 1;
  say_ok("a pipe's reading end", epoll_ctl(outer, EPOLL_CTL_ADD, ends[0], &event));
  event.events = EPOLLOUT;
  event.data.u32 = 2;
  say_ok("its writing end", epoll_ctl(outer, EPOLL_CTL_ADD, ends[1], &event));
  say_count("it has room", epoll_wait(outer, got, 4, 0));
  say("which", "%u", got[0].data.u32);
  epoll_ctl(outer, EPOLL_CTL_DEL, ends[1], NULL);
  write(ends[1], "x", 1);
  say_count("it has a byte", epoll_wait(outer, got, 4, 0));
  say("which", "%u", got[0].data.u32);
  read(ends[0], buffer, 1);
  close(ends[1]);
  say_count("its end", epoll_wait(outer, got, 4, 0));
  say_yes("EPOLLHUP", (got[0].events & EPOLLHUP) != 0);
  close(ends[0]);

  static const int timeouts[] = {0, 1, 30, 100};
  for (int i = 0; i < 4; i++) {
    long long start = now_ms();
    int count = epoll_wait(outer, got, 4, timeouts[i]);
    long long elapsed = now_ms() - start;
    say("a timeout", "%d ms: %d, %s", timeouts[i], count,
        elapsed < timeouts[i] - 1 ? "too early" : elapsed > timeouts[i] + 400 ? "late" : "in time");
  }
  long long start = now_ms();
  say_count("epoll_pwait", epoll_pwait(outer, got, 4, 50, NULL));
  say_yes("in time", now_ms() - start >= 49);
  return 0;
}
