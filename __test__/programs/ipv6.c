// IPv6: addresses of 28 bytes, the loopback, and an IPv6 listener that serves IPv4 clients too.
#include "common.h"

static const char *text(const struct sockaddr_in6 *address) {
  static char result[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &address->sin6_addr, result, sizeof result);
}

static int connect_ipv6(int fd, const char *address_text, int port) {
  struct sockaddr_in6 address = ipv6(address_text, port);
  return connect(fd, (struct sockaddr *)&address, sizeof address);
}

int main(void) {
  begin();
  struct sockaddr_in6 address;
  socklen_t length = sizeof address;

  int server = socket(AF_INET6, SOCK_STREAM, 0);
  say_ok("socket", server);
  if (server < 0) return 0;
  getsockname(server, (struct sockaddr *)&address, &length);
  say("unbound", "%s, family %s, length %u", text(&address), address.sin6_family == AF_INET6 ? "AF_INET6" : "another", (unsigned)length);
  address = ipv6("::1", 0);
  say_ok("bind to ::1", bind(server, (struct sockaddr *)&address, sizeof address));
  say_ok("listen", listen(server, 4));
  int port = local_port(server);
  say_yes("port", port > 0);

  int client = socket(AF_INET6, SOCK_STREAM, 0);
  say_ok("connect to ::1", connect_ipv6(client, "::1", port));
  length = sizeof address;
  memset(&address, 0xee, sizeof address);
  int accepted = accept(server, (struct sockaddr *)&address, &length);
  say_ok("accept", accepted);
  say("peer", "%s, length %u, flow %u, scope %u", text(&address), (unsigned)length, (unsigned)address.sin6_flowinfo, (unsigned)address.sin6_scope_id);
  say_yes("peer's port", ntohs(address.sin6_port) == local_port(client));
  length = sizeof address;
  getpeername(client, (struct sockaddr *)&address, &length);
  say("getpeername", "%s, %s", text(&address), ntohs(address.sin6_port) == port ? "the listener's port" : "another port");
  char buffer[32];
  send_text(client, "over IPv6");
  long count = read_exactly(accepted, buffer, 9);
  say("received", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  close(accepted);
  close(client);

  // Bound and not listening: nobody answers.
  int bound = socket(AF_INET6, SOCK_STREAM, 0);
  address = ipv6("::1", 0);
  must("bind", bind(bound, (struct sockaddr *)&address, sizeof address));
  client = socket(AF_INET6, SOCK_STREAM, 0);
  say_ok("connect refused", connect_ipv6(client, "::1", local_port(bound)));
  close(client);
  close(bound);

  client = tcp();
  say_ok("an IPv4 client of ::1's port", connect_ipv4(client, "127.0.0.1", port));
  close(client);
  close(server);

  // All addresses: IPv4 clients arrive with mapped addresses.
  server = socket(AF_INET6, SOCK_STREAM, 0);
  say("IPV6_V6ONLY", "%d", int_option(server, IPPROTO_IPV6, IPV6_V6ONLY));
  address = ipv6("::", 0);
  must("bind", bind(server, (struct sockaddr *)&address, sizeof address));
  must("listen", listen(server, 4));
  port = local_port(server);
  client = tcp();
  say_ok("an IPv4 client of ::", connect_ipv4(client, "127.0.0.1", port));
  length = sizeof address;
  accepted = accept(server, (struct sockaddr *)&address, &length);
  say("it is", "%s, length %u", text(&address), (unsigned)length);
  length = sizeof address;
  getsockname(accepted, (struct sockaddr *)&address, &length);
  say("its local address", "%s", text(&address));
  close(accepted);
  close(client);

  client = socket(AF_INET6, SOCK_STREAM, 0);
  say_ok("connect to a mapped address", connect_ipv6(client, "::ffff:127.0.0.1", port));
  length = sizeof address;
  getpeername(client, (struct sockaddr *)&address, &length);
  say("its peer", "%s", text(&address));
  accepted = accept(server, NULL, NULL);
  close(accepted);
  close(client);
  close(server);

  // Addresses of the wrong family.
  client = socket(AF_INET6, SOCK_STREAM, 0);
  struct sockaddr_in address4 = ipv4("127.0.0.1", port);
  say_ok("connect to an IPv4 address", connect(client, (struct sockaddr *)&address4, sizeof address4));
  say_ok("bind to an IPv4 address", bind(client, (struct sockaddr *)&address4, sizeof address4));
  address = ipv6("::1", port);
  say_ok("short address", connect(client, (struct sockaddr *)&address, 20));
  address = ipv6("2001:db8::1", 0);
  say_ok("address of no interface", bind(client, (struct sockaddr *)&address, sizeof address));
  address = ipv6("fe80::1", 0);
  say_ok("link-local address without a scope", bind(client, (struct sockaddr *)&address, sizeof address));
  close(client);
  return 0;
}
