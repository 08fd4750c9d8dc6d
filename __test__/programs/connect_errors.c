// What connect() says when it cannot connect: the kernel's own errors.
#include "common.h"

int main(void) {
  begin();

  // Bound and not listening: nobody else can take the port, and nobody answers on it.
  int bound = tcp();
  must("bind", bind_ipv4(bound, "127.0.0.1", 0));
  int closed_port = local_port(bound);

  int fd = tcp();
  say_ok("refused", connect_ipv4(fd, "127.0.0.1", closed_port));
  say("SO_ERROR after a blocking connect reported it", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  say_ok("the same socket again", connect_ipv4(fd, "127.0.0.1", closed_port));
  say_ok("refused by way of 0.0.0.0", connect_ipv4(fd, "0.0.0.0", closed_port));
  close(fd);

  // The socket is still usable after a refusal.
  int server = listener(4);
  fd = tcp();
  say_ok("refused first", connect_ipv4(fd, "127.0.0.1", closed_port));
  say_ok("connected then", connect_ipv4(fd, "127.0.0.1", local_port(server)));
  say_ok("connected already", connect_ipv4(fd, "127.0.0.1", local_port(server)));
  close(fd);

  fd = tcp();
  say_ok("multicast address", connect_ipv4(fd, "224.0.0.1", 80));
  say_ok("broadcast address", connect_ipv4(fd, "255.255.255.255", 80));
  say_ok("port 0", connect_ipv4(fd, "127.0.0.1", 0));

  struct sockaddr_in address = ipv4("127.0.0.1", local_port(server));
  say_ok("short address", connect(fd, (struct sockaddr *)&address, 8));
  struct sockaddr_in6 address6 = ipv6("::1", local_port(server));
  say_ok("IPv6 address on an IPv4 socket", connect(fd, (struct sockaddr *)&address6, sizeof address6));
  address.sin_family = 99;
  say_ok("unknown family", connect(fd, (struct sockaddr *)&address, sizeof address));
  close(fd);

  say_ok("on a listener", connect_ipv4(server, "127.0.0.1", closed_port));
  say_ok("closed descriptor", connect_ipv4(fd, "127.0.0.1", closed_port));
  say_ok("negative descriptor", connect_ipv4(-1, "127.0.0.1", closed_port));
  int file = not_a_socket();
  say_ok("not a socket", connect_ipv4(file, "127.0.0.1", closed_port));
  close(file);

  // connect(AF_UNSPEC) dissolves a connection, after which the socket can connect again.
  fd = dial(local_port(server));
  struct sockaddr unspecified;
  memset(&unspecified, 0, sizeof unspecified);
  unspecified.sa_family = AF_UNSPEC;
  say_ok("dissolve by AF_UNSPEC", connect(fd, &unspecified, sizeof unspecified));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  say_ok("peer then", getpeername(fd, (struct sockaddr *)&peer, &length));
  say_ok("connect again", connect_ipv4(fd, "127.0.0.1", local_port(server)));
  close(fd);

  close(server);
  close(bound);
  return 0;
}
