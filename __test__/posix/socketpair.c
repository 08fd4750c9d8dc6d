// Connected pairs of every type: boundaries, ends, names, errors.
#include "common.h"
#include <sys/un.h>

static void type(const char *title, int kind) {
  char buffer[64];
  int ends[2];
  say("--", "%s", title);
  say_ok("socketpair", socketpair(AF_UNIX, kind, 0, ends));
  say_count("SO_TYPE", int_option(ends[0], SOL_SOCKET, SO_TYPE));
  say_count("SO_DOMAIN", int_option(ends[1], SOL_SOCKET, SO_DOMAIN));
  say_count("first", send(ends[0], "one", 3, 0));
  say_count("second", write(ends[0], "second", 6));
  long count = recv(ends[1], buffer, sizeof buffer, 0);
  say_count("what one recv gives", count);
  if (count < 9) say_count("the next", recv(ends[1], buffer, 3, 0));
  say_count("nothing left", recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT));
  say_count("the other way", send(ends[1], "back", 4, 0));
  say_count("read", read(ends[0], buffer, sizeof buffer));
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  memset(&name, 0x55, sizeof name);
  say_ok("getsockname", getsockname(ends[0], (struct sockaddr *)&name, &length));
  say("its length and family", "%d %d", (int)length, name.sun_family);
  length = sizeof name;
  say_ok("getpeername", getpeername(ends[0], (struct sockaddr *)&name, &length));
  say("its length", "%d", (int)length);
  say_ok("close one", close(ends[0]));
  count = recv(ends[1], buffer, sizeof buffer, kind == SOCK_DGRAM ? MSG_DONTWAIT : 0);
  say_count("recv from nobody", count);
  say_count("send to nobody", send(ends[1], "x", 1, MSG_NOSIGNAL));
  struct pollfd entry = {ends[1], POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&entry, 1, 0);
  say("poll", "%s", poll_names(entry.revents));
  close(ends[1]);
}

int main(void) {
  begin();
  type("stream", SOCK_STREAM);
  type("datagram", SOCK_DGRAM);
  type("seqpacket", SOCK_SEQPACKET);

  int ends[2];
  say_ok("AF_INET", socketpair(AF_INET, SOCK_STREAM, 0, ends));
  say_ok("no such family", socketpair(99, SOCK_STREAM, 0, ends));
  say_ok("no such type", socketpair(AF_UNIX, 77, 0, ends));
  say_ok("a protocol", socketpair(AF_UNIX, SOCK_STREAM, IPPROTO_TCP, ends));

  char buffer[16];
  say_ok("SOCK_NONBLOCK", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
  say_count("recv does not wait", recv(ends[0], buffer, sizeof buffer, 0));
  say_count("nor on the other", read(ends[1], buffer, sizeof buffer));
  say_yes("F_GETFL", (fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
  // Fill it: what does not fit is refused.
  char block[4096];
  memset(block, 'b', sizeof block);
  long total = 0, count;
  while ((count = send(ends[0], block, sizeof block, 0)) > 0) total += count;
  say("a full one", "%s", errno_name(errno));
  say_count("POLLOUT", wait_for(ends[1], POLLIN) & POLLIN);
  long back = 0;
  while ((count = recv(ends[1], block, sizeof block, 0)) > 0) back += count;
  say_yes("all came through", total == back && total > 0);
  close(ends[0]);
  close(ends[1]);

  // A large write on a blocking datagram socket is one message or an error.
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends);
  say_count("an empty packet", send(ends[0], "", 0, 0));
  say_count("a packet", send(ends[0], "packet", 6, 0));
  say_count("recv of the empty one", recv(ends[1], buffer, sizeof buffer, 0));
  say_count("a packet cut short", recv(ends[1], buffer, 3, 0));
  say_count("its rest is gone", recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT));
  close(ends[0]);
  close(ends[1]);
  return 0;
}
