// setsockopt: what node:net does not have, set by the program and read back from the kernel.
// versions: >=6.0.2
#include "common.h"

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif
#ifndef SO_MAX_PACING_RATE
#define SO_MAX_PACING_RATE 47
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif
#ifndef TCP_SAVE_SYN
#define TCP_SAVE_SYN 27
#endif

// One line: what was asked for, and what the kernel has afterwards.
static void try_int(const char *name, int fd, int level, int option, int value) {
  if (setsockopt(fd, level, option, &value, sizeof value) < 0) {
    say(name, "%d is %s", value, errno_name(errno));
    return;
  }
  int result = -1;
  socklen_t length = sizeof result;
  if (getsockopt(fd, level, option, &result, &length) < 0) say(name, "%d set, get is %s", value, errno_name(errno));
  else say(name, "%d set, the kernel has %d", value, result);
}

static void try_time(const char *name, int fd, int option, long seconds, long microseconds) {
  struct timeval wait;
  memset(&wait, 0, sizeof wait);
  wait.tv_sec = seconds;
  wait.tv_usec = microseconds;
  say_ok(name, setsockopt(fd, SOL_SOCKET, option, &wait, sizeof wait));
  memset(&wait, 0xee, sizeof wait);
  socklen_t length = sizeof wait;
  getsockopt(fd, SOL_SOCKET, option, &wait, &length);
  say("the kernel has", "%ld s %ld us", (long)wait.tv_sec, (long)wait.tv_usec);
}

int main(void) {
  begin();
  int fd = tcp();

  try_int("SO_REUSEADDR", fd, SOL_SOCKET, SO_REUSEADDR, 1);
  try_int("SO_REUSEPORT", fd, SOL_SOCKET, SO_REUSEPORT, 1);
  try_int("SO_KEEPALIVE", fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  try_int("SO_RCVBUF", fd, SOL_SOCKET, SO_RCVBUF, 65536);
  try_int("SO_SNDBUF", fd, SOL_SOCKET, SO_SNDBUF, 32768);
  try_int("SO_RCVBUF, less than the least", fd, SOL_SOCKET, SO_RCVBUF, 1);
  try_int("SO_RCVLOWAT", fd, SOL_SOCKET, SO_RCVLOWAT, 10);
  try_int("SO_PRIORITY", fd, SOL_SOCKET, SO_PRIORITY, 5);
  try_int("SO_OOBINLINE", fd, SOL_SOCKET, SO_OOBINLINE, 1);
  try_int("SO_MARK", fd, SOL_SOCKET, SO_MARK, 7);
  try_int("SO_MAX_PACING_RATE", fd, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000);
  try_int("IP_TOS", fd, IPPROTO_IP, IP_TOS, 0x10);
  try_int("IP_TTL", fd, IPPROTO_IP, IP_TTL, 33);
  try_int("IP_MTU_DISCOVER", fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  try_int("IP_BIND_ADDRESS_NO_PORT", fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  try_int("IP_FREEBIND", fd, IPPROTO_IP, IP_FREEBIND, 1);
  try_int("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY, 1);
  try_int("TCP_MAXSEG", fd, IPPROTO_TCP, TCP_MAXSEG, 1200);
  try_int("TCP_CORK", fd, IPPROTO_TCP, TCP_CORK, 1);
  try_int("TCP_KEEPIDLE", fd, IPPROTO_TCP, TCP_KEEPIDLE, 33);
  try_int("TCP_KEEPINTVL", fd, IPPROTO_TCP, TCP_KEEPINTVL, 7);
  try_int("TCP_KEEPCNT", fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
  try_int("TCP_SYNCNT", fd, IPPROTO_TCP, TCP_SYNCNT, 3);
  try_int("TCP_LINGER2", fd, IPPROTO_TCP, TCP_LINGER2, 20);
  try_int("TCP_DEFER_ACCEPT", fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10);
  try_int("TCP_WINDOW_CLAMP", fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, 50000);
  try_int("TCP_USER_TIMEOUT", fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  try_int("TCP_NOTSENT_LOWAT", fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384);
  try_int("TCP_FASTOPEN_CONNECT", fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
  try_int("TCP_SAVE_SYN", fd, IPPROTO_TCP, TCP_SAVE_SYN, 1);

  struct linger linger = {1, 5};
  say_ok("SO_LINGER", setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  memset(&linger, 0xee, sizeof linger);
  socklen_t length = sizeof linger;
  getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length);
  say("the kernel has", "%d, %d s", linger.l_onoff, linger.l_linger);

  try_time("SO_RCVTIMEO", fd, SO_RCVTIMEO, 1, 500000);
  try_time("SO_SNDTIMEO", fd, SO_SNDTIMEO, 70000, 0);

  char text[16] = "";
  say_ok("TCP_CONGESTION", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
  length = sizeof text;
  getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &length);
  say("the kernel has", "%s", text);
  say_ok("TCP_CONGESTION of no such name", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no-such", 7));
  say_ok("SO_BINDTODEVICE", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
  length = sizeof text;
  memset(text, 0, sizeof text);
  getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &length);
  say("the kernel has", "%s", text);
  close(fd);

  // Refused values.
  fd = tcp();
  try_int("TCP_KEEPIDLE", fd, IPPROTO_TCP, TCP_KEEPIDLE, 0);
  try_int("TCP_KEEPCNT", fd, IPPROTO_TCP, TCP_KEEPCNT, 1000);
  try_int("TCP_MAXSEG", fd, IPPROTO_TCP, TCP_MAXSEG, 1);
  try_int("TCP_USER_TIMEOUT", fd, IPPROTO_TCP, TCP_USER_TIMEOUT, -1);
  try_int("IP_TTL", fd, IPPROTO_IP, IP_TTL, 300);
  try_int("SO_TYPE", fd, SOL_SOCKET, SO_TYPE, 1);
  try_int("SO_ERROR", fd, SOL_SOCKET, SO_ERROR, 1);
  try_int("SO_ACCEPTCONN", fd, SOL_SOCKET, SO_ACCEPTCONN, 1);
  try_int("TCP_INFO", fd, IPPROTO_TCP, TCP_INFO, 1);
  try_int("unknown socket option", fd, SOL_SOCKET, 9999, 1);
  try_int("unknown TCP option", fd, IPPROTO_TCP, 9999, 1);
  try_int("unknown IP option", fd, IPPROTO_IP, 9999, 1);
  try_int("unknown level", fd, 9999, 1, 1);
  try_int("IPV6_V6ONLY on an IPv4 socket", fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);

  // Refused lengths.
  int value = 1;
  say_ok("2 bytes for an int", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 2));
  say_ok("2 bytes for a TCP int", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 2));
  say_ok("1 byte for IP_TTL", setsockopt(fd, IPPROTO_IP, IP_TTL, "\x21", 1));
  say("the kernel has", "%d", int_option(fd, IPPROTO_IP, IP_TTL));
  say_ok("4 bytes for SO_LINGER", setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, 4));
  say_ok("64 bytes for an int", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, (int[16]){1}, 64));
  say("the kernel has", "%d", int_option(fd, SOL_SOCKET, SO_KEEPALIVE));
  say_ok("0 bytes", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 0));
  say_ok("negative length", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (socklen_t)-1));
  void *volatile beyond = (void *)(uintptr_t)-4096;
  say_ok("value outside memory", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, beyond, 4));
  close(fd);
  say_ok("closed descriptor", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
  int file = not_a_socket();
  say_ok("not a socket", setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
  close(file);

  // What options do.
  int on = 1, port;
  int one = tcp(), two = tcp();
  setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  setsockopt(two, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  must("bind", bind_ipv4(one, "127.0.0.1", 0));
  must("listen", listen(one, 1));
  port = local_port(one);
  say_ok("SO_REUSEPORT: a second bind to the port", bind_ipv4(two, "127.0.0.1", port));
  say_ok("and listen", listen(two, 1));
  close(one);
  close(two);

  int client, server;
  char buffer[64];
  tcp_pair(&client, &server);
  linger = (struct linger){1, 0};
  setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(client);
  wait_for(server, POLLIN);
  say_count("SO_LINGER of 0 s: close resets", recv(server, buffer, sizeof buffer, 0));
  close(server);

  tcp_pair(&client, &server);
  value = 5;
  setsockopt(server, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
  send_text(client, "1234");
  struct pollfd entry = {server, POLLIN, 0};
  say_count("SO_RCVLOWAT 5: 4 bytes are no event", poll(&entry, 1, 60));
  send_text(client, "5");
  say_count("5 bytes are", poll(&entry, 1, 10000));
  try_int("TCP_QUICKACK", client, IPPROTO_TCP, TCP_QUICKACK, 0);
  try_int("TCP_QUICKACK", client, IPPROTO_TCP, TCP_QUICKACK, 1);
  close(client);
  close(server);

  // What is set on a listener, accepted sockets have.
  one = tcp();
  value = 44;
  setsockopt(one, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value);
  value = 0x08;
  setsockopt(one, IPPROTO_IP, IP_TOS, &value, sizeof value);
  must("bind", bind_ipv4(one, "127.0.0.1", 0));
  must("listen", listen(one, 1));
  client = dial(local_port(one));
  server = (int)must("accept", accept(one, NULL, NULL));
  say("accepted socket's TCP_KEEPIDLE", "%d", int_option(server, IPPROTO_TCP, TCP_KEEPIDLE));
  say("accepted socket's IP_TOS", "%d", int_option(server, IPPROTO_IP, IP_TOS));
  close(client);
  close(server);
  close(one);

  // IPv6.
  fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd >= 0) {
    try_int("IPV6_V6ONLY", fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    try_int("IPV6_UNICAST_HOPS", fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    try_int("IPV6_TCLASS", fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    close(fd);
  }
  return 0;
}
