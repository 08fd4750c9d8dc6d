// AF_UNIX: paths and abstract names, streams and datagrams.
#include "common.h"
#include <stddef.h>
#include <sys/un.h>

static socklen_t named(struct sockaddr_un *address, const char *path, int abstract) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path + abstract, path, strlen(path));
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)abstract + strlen(path) + (abstract ? 0 : 1));
}

static void kind(const char *title, const char *name, int abstract) {
  struct sockaddr_un address, other;
  char buffer[64];
  say("--", "%s", title);
  socklen_t length = named(&address, name, abstract), got = sizeof other;
  int listening = (int)must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  say_ok("bind", bind(listening, (struct sockaddr *)&address, length));
  say_ok("bind again", bind(listening, (struct sockaddr *)&address, length));
  int second = socket(AF_UNIX, SOCK_STREAM, 0);
  say_ok("a second bind", bind(second, (struct sockaddr *)&address, length));
  say_ok("connect before listen", connect(second, (struct sockaddr *)&address, length));
  say_ok("listen", listen(listening, 4));
  say_ok("getsockname", getsockname(listening, (struct sockaddr *)&other, &got));
  say_yes("length", got == length);
  say_yes("name", !memcmp(&other, &address, got));
  got = 5;
  memset(&other, 0x7e, sizeof other);
  getsockname(listening, (struct sockaddr *)&other, &got);
  say_yes("cut, but its length is told", got == length && ((char *)&other)[5] == 0x7e);
  int client = socket(AF_UNIX, SOCK_STREAM, 0);
  say_ok("connect", connect(client, (struct sockaddr *)&address, length));
  got = sizeof other;
  int server = accept(listening, (struct sockaddr *)&other, &got);
  say_ok("accept", server);
  say("the client's name has length", "%d", (int)got);
  got = sizeof other;
  say_ok("getpeername", getpeername(client, (struct sockaddr *)&other, &got));
  say_yes("it is the listener's", got == length && !memcmp(&other, &address, got));
  say_count("send", send(client, "local", 5, 0));
  say_count("recv", recv(server, buffer, sizeof buffer, 0));
  struct ucred who;
  got = sizeof who;
  say_ok("SO_PEERCRED", getsockopt(server, SOL_SOCKET, SO_PEERCRED, &who, &got));
  say("its length", "%d", (int)got);
  close(client);
  say_count("the end", recv(server, buffer, sizeof buffer, 0));
  close(server);
  close(listening);
  say_ok("connect to nobody", connect(second, (struct sockaddr *)&address, length));
  close(second);
}

int main(void) {
  begin();
  char path[64], other[80];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  snprintf(path, sizeof path, "/tmp/hostsock-test-%lx%lx.sock", (unsigned long)now.tv_sec, (unsigned long)now.tv_nsec);
  snprintf(other, sizeof other, "%s.2", path);
  kind("a path", path, 0);
  kind("an abstract name", path, 1);

  struct sockaddr_un address, from;
  char buffer[64];
  socklen_t length = named(&address, other, 1), got = sizeof from;
  int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0);
  say_ok("bind a datagram socket", bind(one, (struct sockaddr *)&address, length));
  say_count("sendto", sendto(two, "nameless", 8, 0, (struct sockaddr *)&address, length));
  say_count("recvfrom", recvfrom(one, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &got));
  say("a nameless sender has length", "%d", (int)got);
  struct sockaddr_un automatic = {.sun_family = AF_UNIX};
  say_ok("bind to a name that the kernel chooses", bind(two, (struct sockaddr *)&automatic, 2));
  say_count("sendto", sendto(two, "named", 5, 0, (struct sockaddr *)&address, length));
  got = sizeof from;
  say_count("recvfrom", recvfrom(one, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &got));
  say("its length and first byte", "%d %d", (int)got, from.sun_path[0]);
  say_count("answer", sendto(one, "answer", 6, 0, (struct sockaddr *)&from, got));
  say_count("it comes", recv(two, buffer, sizeof buffer, 0));
  say_ok("connect", connect(two, (struct sockaddr *)&address, length));
  say_count("send", send(two, "x", 1, 0));
  say_ok("a stream to a datagram name", connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, length));
  close(one);
  say_count("send to nobody", send(two, "x", 1, MSG_NOSIGNAL));

  int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
  length = named(&address, "/nonexistent/folder/socket", 0);
  say_ok("bind where there is no folder", bind(fresh, (struct sockaddr *)&address, length));
  say_ok("connect where there is nothing", connect(fresh, (struct sockaddr *)&address, length));
  say_ok("an address too long", bind(fresh, (struct sockaddr *)&address, sizeof address + 1));
  say_ok("an address too short", bind(fresh, (struct sockaddr *)&address, 1));
  address.sun_family = AF_INET;
  say_ok("another family", bind(fresh, (struct sockaddr *)&address, length));
  unlink(path);
  return 0;
}
