// Mistakes with epoll, and what it takes.
#include "common.h"
#include <sys/epoll.h>

int main(void) {
  begin();
  struct epoll_event event = {.events = EPOLLIN}, got[2];
  volatile int minus = -1;
  say_ok("epoll_create of 0", epoll_create(0));
  say_ok("epoll_create of 1", epoll_create(1));
  say_ok("epoll_create1 with a bad flag", epoll_create1(1));
  int epoll = epoll_create1(0), client, server, file = not_a_socket();
  tcp_pair(&client, &server);

  say_ok("add", epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event));
  say_ok("add twice", epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event));
  say_ok("mod of another", epoll_ctl(epoll, EPOLL_CTL_MOD, client, &event));
  say_ok("del of another", epoll_ctl(epoll, EPOLL_CTL_DEL, client, &event));
  say_ok("no such operation", epoll_ctl(epoll, 9, server, &event));
  say_ok("itself", epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event));
  say_ok("a closed one", epoll_ctl(epoll, EPOLL_CTL_ADD, 150, &event));
  say_ok("a negative one", epoll_ctl(epoll, EPOLL_CTL_ADD, -1, &event));
  say_ok("a socket as the epoll", epoll_ctl(server, EPOLL_CTL_ADD, client, &event));
  say_ok("a file as the epoll", epoll_ctl(file, EPOLL_CTL_ADD, client, &event));
  say_ok("a closed epoll", epoll_ctl(151, EPOLL_CTL_ADD, client, &event));
  char path[] = "/tmp/hostsock-test-XXXXXX";
  int regular = mkstemp(path);
  say_ok("a regular file", epoll_ctl(epoll, EPOLL_CTL_ADD, regular, &event));
  unlink(path);

  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  say_ok("exclusive", epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event));
  say_ok("mod of an exclusive one", epoll_ctl(epoll, EPOLL_CTL_MOD, client, &event));
  event.events = EPOLLIN;
  say_ok("mod to a plain one", epoll_ctl(epoll, EPOLL_CTL_MOD, client, &event));
  epoll_ctl(epoll, EPOLL_CTL_DEL, client, NULL);
  event.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
  say_ok("exclusive and one shot", epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  int other = epoll_create1(0);
  say_ok("an epoll, exclusively", epoll_ctl(epoll, EPOLL_CTL_ADD, other, &event));

  say_count("wait for no events", epoll_wait(epoll, got, 0, 0));
  say_count("for a negative number", epoll_wait(epoll, got, minus, 0));
  say_count("on a socket", epoll_wait(server, got, 2, 0));
  say_count("on a file", epoll_wait(file, got, 2, 0));
  say_count("on a closed one", epoll_wait(150, got, 2, 0));
  char byte;
  say_count("read of an epoll", read(epoll, &byte, 1));
  say_count("write to an epoll", write(epoll, "x", 1));
  say_count("recv of an epoll", recv(epoll, &byte, 1, 0));
  say_ok("bind of an epoll", listen(epoll, 1));

  say_ok("close", close(epoll));
  say_count("wait on it", epoll_wait(epoll, got, 2, 0));
  return 0;
}
