// epoll: level, edge, one-shot, MOD and DEL, data, several at once.
#include "common.h"
#include <sys/epoll.h>

static int epoll;
static struct epoll_event got[8];

static const char *names(unsigned events) {
  static char text[96];
  text[0] = 0;
#define NAME(x) if (events & x) { if (text[0]) strcat(text, "|"); strcat(text, #x); }
  NAME(EPOLLIN) NAME(EPOLLPRI) NAME(EPOLLOUT) NAME(EPOLLERR) NAME(EPOLLHUP) NAME(EPOLLRDHUP)
#undef NAME
  return text[0] ? text : "0";
}

static int add(int fd, unsigned events, int operation) {
  struct epoll_event event = {.events = events, .data.u64 = 0x1122334455660000ULL + (unsigned)fd};
  return epoll_ctl(epoll, operation, fd, &event);
}

static void wait_and_say(const char *name, int timeout) {
  int count = epoll_wait(epoll, got, 8, timeout);
  if (count <= 0) say_count(name, count);
  else say(name, "%d %s", count, names(got[0].events));
}

int main(void) {
  begin();
  char buffer[64];
  int client, server;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  say_ok("epoll_create1", epoll);
  tcp_pair(&client, &server);

  say_ok("add", add(server, EPOLLIN, EPOLL_CTL_ADD));
  wait_and_say("nothing yet", 0);
  send(client, "level", 5, 0);
  wait_and_say("level", -1);
  say_yes("its data", got[0].data.u64 == 0x1122334455660000ULL + (unsigned)server);
  wait_and_say("level again", 0);
  recv(server, buffer, 2, 0);
  wait_and_say("some was read", 0);
  recv(server, buffer, sizeof buffer, 0);
  wait_and_say("all was read", 0);

  say_ok("edge", add(server, EPOLLIN | EPOLLET, EPOLL_CTL_MOD));
  send(client, "edge", 4, 0);
  wait_and_say("edge", 1000);
  wait_and_say("not again", 0);
  send(client, "more", 4, 0);
  wait_and_say("a new edge", 1000);
  recv(server, buffer, sizeof buffer, 0);

  say_ok("one shot", add(server, EPOLLIN | EPOLLONESHOT, EPOLL_CTL_MOD));
  send(client, "shot", 4, 0);
  wait_and_say("once", 1000);
  wait_and_say("no more", 0);
  send(client, "shot", 4, 0);
  wait_and_say("not for new bytes either", 30);
  say_ok("armed again", add(server, EPOLLIN | EPOLLONESHOT, EPOLL_CTL_MOD));
  wait_and_say("what was there", 0);
  recv(server, buffer, sizeof buffer, 0);

  say_ok("both directions", add(server, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD));
  wait_and_say("room to write", 0);
  say_ok("delete", epoll_ctl(epoll, EPOLL_CTL_DEL, server, NULL));
  wait_and_say("deleted", 0);
  say_ok("add again", add(server, EPOLLIN | EPOLLRDHUP, EPOLL_CTL_ADD));
  shutdown(client, SHUT_WR);
  wait_and_say("half closed", 1000);
  add(server, 0, EPOLL_CTL_MOD);
  wait_and_say("nothing asked for", 0);
  shutdown(server, SHUT_WR);
  int count = 0;
  for (int i = 0; i < 100 && count <= 0; i++) count = epoll_wait(epoll, got, 8, 100);
  say("both closed, unasked", "%s", names(got[0].events));
  close(server);
  wait_and_say("close removes it", 0);
  close(client);

  // Several, and fewer asked for than there are.
  int pairs[5][2];
  for (int i = 0; i < 5; i++) {
    must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]));
    must("add", add(pairs[i][1], EPOLLIN, EPOLL_CTL_ADD));
    send(pairs[i][0], "x", 1, 0);
  }
  say_count("all five", epoll_wait(epoll, got, 8, 0));
  say_count("two at a time", epoll_wait(epoll, got, 2, 0));
  say_count("two more", epoll_wait(epoll, got, 2, 0));
  unsigned seen = 0;
  for (int turn = 0; turn < 6; turn++) {
    count = epoll_wait(epoll, got, 2, 0);
    for (int i = 0; i < count; i++)
      for (int k = 0; k < 5; k++)
        if ((got[i].data.u64 & 0xffff) == (unsigned)pairs[k][1]) seen |= 1u << k;
  }
  say("none is left out", "%x", seen);
  for (int i = 0; i < 5; i++) close(pairs[i][0]);
  say_count("the ends of all", epoll_wait(epoll, got, 8, 0));
  say("of the first", "%s", names(got[0].events));
  for (int i = 0; i < 5; i++) close(pairs[i][1]);

  // A copy keeps the registration alive after the first is closed.
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[0]));
  must("add", add(pairs[0][1], EPOLLIN, EPOLL_CTL_ADD));
  int copy = dup(pairs[0][1]);
  close(pairs[0][1]);
  send(pairs[0][0], "x", 1, 0);
  say_count("a copy is open", epoll_wait(epoll, got, 8, 0));
  close(copy);
  say_count("none is", epoll_wait(epoll, got, 8, 0));

  // A listener, and a connection that is under way.
  int listening = listener(4);
  must("add", add(listening, EPOLLIN, EPOLL_CTL_ADD));
  wait_and_say("an idle listener", 0);
  int fresh = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect_ipv4(fresh, "127.0.0.1", local_port(listening));
  wait_and_say("a connection waits", 1000);
  close(listening);
  must("add", add(fresh, EPOLLOUT, EPOLL_CTL_ADD));
  wait_and_say("the client's side", 1000);
  close(fresh);
  close(epoll);
  return 0;
}
