// getsockname() and getpeername(): both ends of a connection agree, and lengths are as the kernel gives them.
#include "common.h"

static const char *text(const struct sockaddr_in *address) {
  static char result[64];
  snprintf(result, sizeof result, "%s:%s", inet_ntoa(address->sin_addr), address->sin_port ? "port" : "0");
  return result;
}

int main(void) {
  begin();
  struct sockaddr_in local, peer, remote;
  socklen_t length = sizeof local;

  int fd = tcp();
  memset(&local, 0xee, sizeof local);
  say_ok("getsockname, unbound", getsockname(fd, (struct sockaddr *)&local, &length));
  say("address", "%s, family %s, length %u", text(&local), local.sin_family == AF_INET ? "AF_INET" : "another", (unsigned)length);
  say_ok("getpeername, unconnected", getpeername(fd, (struct sockaddr *)&peer, &length));
  must("bind", bind_ipv4(fd, "127.0.0.5", 0));
  getsockname(fd, (struct sockaddr *)&local, &length);
  say("bound", "%s", text(&local));
  must("listen", listen(fd, 1));
  say_ok("getpeername, listening", getpeername(fd, (struct sockaddr *)&peer, &length));

  int client = tcp();
  must("connect", connect(client, (struct sockaddr *)&local, sizeof local));
  length = sizeof remote;
  int server = (int)must("accept", accept(fd, (struct sockaddr *)&remote, &length));
  length = sizeof peer;
  say_ok("getpeername, connected", getpeername(client, (struct sockaddr *)&peer, &length));
  say("the client's peer", "%s", text(&peer));
  say_yes("is the listener", peer.sin_port == local.sin_port);
  getsockname(server, (struct sockaddr *)&peer, &length);
  say("the server's own", "%s", text(&peer));
  struct sockaddr_in mine, theirs;
  length = sizeof mine;
  getsockname(client, (struct sockaddr *)&mine, &length);
  getpeername(server, (struct sockaddr *)&theirs, &length);
  say_yes("the client's own is the server's peer", !memcmp(&mine, &theirs, 8));
  say_yes("and what accept reported", !memcmp(&mine, &remote, 8));

  // Short, long and zero lengths.
  unsigned char bytes[32];
  memset(bytes, 0xee, sizeof bytes);
  length = 5;
  say_ok("5 bytes", getsockname(client, (struct sockaddr *)bytes, &length));
  say("length", "%u, next byte %s", (unsigned)length, bytes[5] == 0xee ? "untouched" : "written");
  length = sizeof bytes;
  say_ok("32 bytes", getsockname(client, (struct sockaddr *)bytes, &length));
  say("length", "%u, next byte %s", (unsigned)length, bytes[16] == 0xee ? "untouched" : "written");
  length = 0;
  say_ok("0 bytes", getpeername(client, (struct sockaddr *)bytes, &length));
  say("length", "%u", (unsigned)length);

  // The peer's name goes when the connection is reset: unread data makes close() send a reset.
  send_text(client, "unread");
  wait_for(server, POLLIN);
  close(server);
  wait_until(client, 0, POLLHUP);
  length = sizeof peer;
  say_ok("getpeername after a reset", getpeername(client, (struct sockaddr *)&peer, &length));
  close(client);
  close(fd);

  say_ok("getsockname, closed descriptor", getsockname(client, (struct sockaddr *)&peer, &length));
  say_ok("getpeername, closed descriptor", getpeername(client, (struct sockaddr *)&peer, &length));
  int file = not_a_socket();
  say_ok("getsockname, not a socket", getsockname(file, (struct sockaddr *)&peer, &length));
  say_ok("getpeername, not a socket", getpeername(file, (struct sockaddr *)&peer, &length));
  close(file);
  return 0;
}
