// bind() and listen(): what is allowed, in which order, and what the kernel then says about the socket.
#include "common.h"

int main(void) {
  begin();

  int fd = tcp();
  say_yes("port before bind is 0", local_port(fd) == 0);
  say_ok("bind to a port of the kernel's choice", bind_ipv4(fd, "127.0.0.1", 0));
  int port = local_port(fd);
  say_yes("it chose one", port > 0);
  say_ok("bind again", bind_ipv4(fd, "127.0.0.1", 0));
  say("SO_ACCEPTCONN before listen", "%d", int_option(fd, SOL_SOCKET, SO_ACCEPTCONN));
  say_ok("accept before listen", accept(fd, NULL, NULL));
  say_ok("listen", listen(fd, 5));
  say("SO_ACCEPTCONN after listen", "%d", int_option(fd, SOL_SOCKET, SO_ACCEPTCONN));
  say_ok("listen again, another backlog", listen(fd, 10));
  say_yes("the port stays", local_port(fd) == port);

  int other = tcp();
  say_ok("same address and port", bind_ipv4(other, "127.0.0.1", port));
  say_ok("same port on all addresses", bind_ipv4(other, "0.0.0.0", port));
  say_ok("same port on another address", bind_ipv4(other, "127.0.0.2", port));
  close(other);

  close(fd);

  const char *own = own_address();
  fd = tcp();
  must("bind", bind_ipv4(fd, own, 0));
  must("listen", listen(fd, 1));
  port = local_port(fd);
  close(fd);
  fd = tcp();
  say_ok("the address of a closed listener", bind_ipv4(fd, own, port));
  close(fd);

  fd = tcp();
  say_ok("address of no interface", bind_ipv4(fd, "203.0.113.77", 0));
  struct sockaddr_in address = ipv4("127.0.0.1", 0);
  say_ok("short address", bind(fd, (struct sockaddr *)&address, 8));
  struct sockaddr_in6 address6 = ipv6("::1", 0);
  say_ok("IPv6 address on an IPv4 socket", bind(fd, (struct sockaddr *)&address6, sizeof address6));
  address.sin_family = 99;
  say_ok("unknown family", bind(fd, (struct sockaddr *)&address, sizeof address));
  say_yes("still unbound", local_port(fd) == 0);
  say_ok("listen without bind", listen(fd, 1));
  say_yes("the kernel binds it", local_port(fd) > 0);

  int client = dial(local_port(fd));
  say_ok("listen on a connected socket", listen(client, 1));
  say_ok("bind a connected socket", bind_ipv4(client, "127.0.0.1", 0));
  close(client);
  close(fd);

  // A client may choose its end first.
  int server = listener(1);
  client = tcp();
  say_ok("bind before connect", bind_ipv4(client, "127.0.0.3", 0));
  port = local_port(client);
  say_ok("connect from there", connect_ipv4(client, "127.0.0.1", local_port(server)));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  int accepted = accept(server, (struct sockaddr *)&peer, &length);
  say("the other side sees", "%s, %s", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port) == port ? "that port" : "another port");
  close(accepted);
  close(client);
  close(server);

  say_ok("bind a closed descriptor", bind_ipv4(fd, "127.0.0.1", 0));
  say_ok("listen on a closed descriptor", listen(fd, 1));
  int file = not_a_socket();
  say_ok("bind what is not a socket", bind_ipv4(file, "127.0.0.1", 0));
  say_ok("listen on what is not a socket", listen(file, 1));
  close(file);
  return 0;
}
