// SOCK_NONBLOCK and SOCK_CLOEXEC at creation and at accept4; protocols and families that there are not.
#include "common.h"

static void flags_of(const char *title, int fd) {
  say(title, "%s, %s", fcntl(fd, F_GETFL) & O_NONBLOCK ? "does not wait" : "waits",
      (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR ? "read and write" : "another mode");
}

int main(void) {
  begin();
  char buffer[8];
  int plain = socket(AF_INET, SOCK_STREAM, 0);
  flags_of("plain", plain);
  close(plain);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  flags_of("SOCK_NONBLOCK", fd);
  say_count("SO_TYPE has no flags", int_option(fd, SOL_SOCKET, SO_TYPE));
  say_count("SO_PROTOCOL", int_option(fd, SOL_SOCKET, SO_PROTOCOL));
  int listening = listener(8);
  int result = connect_ipv4(fd, "127.0.0.1", local_port(listening));
  say_ok("connect", result < 0 && errno != EINPROGRESS ? -1 : 0);
  say("writable", "%s", poll_names(wait_for(fd, POLLOUT)));
  say_count("recv does not wait", recv(fd, buffer, sizeof buffer, 0));

  int accepted = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  flags_of("accept4 SOCK_NONBLOCK", accepted);
  say_count("its recv does not wait", recv(accepted, buffer, sizeof buffer, 0));
  close(accepted);
  close(fd);
  set_nonblocking(listening);
  say_ok("accept on a listener that does not wait", accept(listening, NULL, NULL));
  fd = dial(local_port(listening));
  wait_for(listening, POLLIN);
  accepted = accept(listening, NULL, NULL);
  flags_of("accepted there without flags", accepted);
  close(accepted);
  say_ok("accept4 with a bad flag", accept4(listening, NULL, NULL, 1));
  close(fd);
  close(listening);

  // accept: addresses.
  listening = listener(8);
  int client = tcp();
  must("bind", bind_ipv4(client, "127.0.0.1", 0));
  must("connect", connect_ipv4(client, "127.0.0.1", local_port(listening)));
  struct sockaddr_storage storage;
  socklen_t length = sizeof storage;
  accepted = accept4(listening, (struct sockaddr *)&storage, &length, 0);
  struct sockaddr_in *address = (struct sockaddr_in *)&storage;
  say_yes("the client's port", ntohs(address->sin_port) == local_port(client));
  say_count("the address's length", length);
  close(accepted);
  close(client);
  client = dial(local_port(listening));
  memset(&storage, 0, sizeof storage);
  length = 4;
  accepted = accept(listening, (struct sockaddr *)&storage, &length);
  say_ok("accept with little room", accepted);
  say("cut at 4, though it has", "%d", (int)length);
  say_yes("nothing behind", address->sin_addr.s_addr == 0);
  close(accepted);
  close(client);
  say_ok("no listener", accept(tcp(), NULL, NULL));
  close(listening);

  say_ok("no such family", socket(200, SOCK_STREAM, 0));
  say_ok("no such type", socket(AF_INET, 9, 0));
  say_ok("stream over UDP", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  say_ok("datagram over TCP", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  say_ok("a negative protocol", socket(AF_INET, SOCK_STREAM, -1));
  say_ok("a local socket with a protocol", socket(AF_UNIX, SOCK_STREAM, 6));
  say_ok("raw as itself", socket(AF_INET, SOCK_RAW, 0));
  say_ok("TCP by its number", socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
  say_ok("UDP by its number", socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
  say_ok("local seqpacket", socket(AF_UNIX, SOCK_SEQPACKET, 0));
  say_ok("local datagram", socket(AF_UNIX, SOCK_DGRAM, 0));
  return 0;
}
