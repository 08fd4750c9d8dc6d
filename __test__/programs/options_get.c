// getsockopt: what the kernel says of sockets in each state.
#include "common.h"

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif
#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
#ifndef IP_MTU
#define IP_MTU 14
#endif

static void say_int(const char *name, int fd, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  if (getsockopt(fd, level, option, &value, &length) < 0) say(name, "%s", errno_name(errno));
  else say(name, "%d, length %u", value, (unsigned)length);
}

static void say_state(const char *name, int fd) {
  // struct tcp_info begins with the state, in the same place everywhere.
  unsigned char info[1024];
  memset(info, 0xee, sizeof info);
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &length) < 0) {
    say(name, "%s", errno_name(errno));
    return;
  }
  static const char *states[] = {"?", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN"};
  say(name, "%s, length %u, next byte %s", info[0] < 11 ? states[info[0]] : "?", (unsigned)length, info[length] == 0xee ? "untouched" : "written");
}

int main(void) {
  begin();
  int fd = tcp();
  say_int("SO_TYPE", fd, SOL_SOCKET, SO_TYPE);
  say_int("SO_DOMAIN", fd, SOL_SOCKET, SO_DOMAIN);
  say_int("SO_PROTOCOL", fd, SOL_SOCKET, SO_PROTOCOL);
  say_int("SO_ERROR", fd, SOL_SOCKET, SO_ERROR);
  say_int("SO_ACCEPTCONN", fd, SOL_SOCKET, SO_ACCEPTCONN);
  say_int("SO_REUSEADDR", fd, SOL_SOCKET, SO_REUSEADDR);
  say_int("SO_KEEPALIVE", fd, SOL_SOCKET, SO_KEEPALIVE);
  say_int("SO_SNDBUF", fd, SOL_SOCKET, SO_SNDBUF);
  say_int("SO_RCVBUF", fd, SOL_SOCKET, SO_RCVBUF);
  say_int("SO_RCVLOWAT", fd, SOL_SOCKET, SO_RCVLOWAT);
  say_int("SO_PRIORITY", fd, SOL_SOCKET, SO_PRIORITY);
  say_int("TCP_NODELAY", fd, IPPROTO_TCP, TCP_NODELAY);
  say_int("TCP_MAXSEG", fd, IPPROTO_TCP, TCP_MAXSEG);
  say_int("TCP_KEEPIDLE", fd, IPPROTO_TCP, TCP_KEEPIDLE);
  say_int("TCP_KEEPINTVL", fd, IPPROTO_TCP, TCP_KEEPINTVL);
  say_int("TCP_KEEPCNT", fd, IPPROTO_TCP, TCP_KEEPCNT);
  say_int("TCP_SYNCNT", fd, IPPROTO_TCP, TCP_SYNCNT);
  say_int("TCP_USER_TIMEOUT", fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
  say_int("TCP_QUICKACK", fd, IPPROTO_TCP, TCP_QUICKACK);
  say_int("IP_TTL", fd, IPPROTO_IP, IP_TTL);
  say_int("IP_TOS", fd, IPPROTO_IP, IP_TOS);
  say_int("IP_MTU, not connected", fd, IPPROTO_IP, IP_MTU);
  say_int("IPV6_V6ONLY on an IPv4 socket", fd, IPPROTO_IPV6, IPV6_V6ONLY);

  struct linger linger = {-1, -1};
  socklen_t length = sizeof linger;
  say_ok("SO_LINGER", getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &length));
  say("it is", "%d, %d s, length %u", linger.l_onoff, linger.l_linger, (unsigned)length);

  struct timeval wait = {-1, -1};
  length = sizeof wait;
  say_ok("SO_RCVTIMEO", getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, &length));
  say("it is", "%ld s %ld us, %s", (long)wait.tv_sec, (long)wait.tv_usec, length == sizeof wait ? "a timeval" : "another length");

  char text[64];
  memset(text, 0, sizeof text);
  length = sizeof text;
  say_ok("TCP_CONGESTION", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, text, &length));
  say("it is", "%s, length %u", text, (unsigned)length);
  length = sizeof text;
  say_ok("SO_BINDTODEVICE", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, text, &length));
  say("its length", "%u", (unsigned)length);
  uint64_t cookie = 0;
  length = sizeof cookie;
  say_ok("SO_COOKIE", getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length));
  say_yes("eight bytes, not zero", length == 8 && cookie != 0);
  length = sizeof text;
  say_ok("SO_MEMINFO", getsockopt(fd, SOL_SOCKET, SO_MEMINFO, text, &length));
  say("its length", "%u", (unsigned)length);

  // Lengths: a long buffer is filled as far as there is something, a short one as far as it goes.
  length = 64;
  memset(text, 0x5a, sizeof text);
  say_ok("64 bytes for an int", getsockopt(fd, SOL_SOCKET, SO_TYPE, text, &length));
  say("length", "%u, next byte %s", (unsigned)length, text[4] == 0x5a ? "untouched" : "written");
  length = 2;
  memset(text, 0x5a, sizeof text);
  say_ok("2 bytes for an int", getsockopt(fd, SOL_SOCKET, SO_TYPE, text, &length));
  say("length", "%u, bytes %d %d, next byte %s", (unsigned)length, text[0], text[1], text[2] == 0x5a ? "untouched" : "written");
  length = 0;
  say_ok("0 bytes", getsockopt(fd, SOL_SOCKET, SO_TYPE, text, &length));
  say("length", "%u", (unsigned)length);
  length = 1;
  say_ok("1 byte for IP_TTL", getsockopt(fd, IPPROTO_IP, IP_TTL, text, &length));
  say("length", "%u, value %d", (unsigned)length, text[0]);
  close(fd);

  // States.
  fd = tcp();
  say_state("TCP_INFO, new", fd);
  must("listen", listen(fd, 3));
  say_state("TCP_INFO, listening", fd);
  say_int("SO_ACCEPTCONN, listening", fd, SOL_SOCKET, SO_ACCEPTCONN);
  int client = dial(local_port(fd));
  int server = (int)must("accept", accept(fd, NULL, NULL));
  say_state("TCP_INFO, connected", client);
  say_state("TCP_INFO, accepted", server);
  say_int("SO_ACCEPTCONN, accepted", server, SOL_SOCKET, SO_ACCEPTCONN);
  say_int("TCP_MAXSEG, connected", client, IPPROTO_TCP, TCP_MAXSEG);
  say_int("IP_MTU, connected", client, IPPROTO_IP, IP_MTU);
  unsigned char eight[8];
  length = sizeof eight;
  say_ok("TCP_INFO, 8 bytes of it", getsockopt(client, IPPROTO_TCP, TCP_INFO, eight, &length));
  say("length", "%u", (unsigned)length);
  close(server);
  wait_for(client, POLLIN);
  say_state("TCP_INFO, the other side closed", client);
  close(client);
  close(fd);

  fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd >= 0) {
    say_int("SO_DOMAIN, IPv6", fd, SOL_SOCKET, SO_DOMAIN);
    say_int("IPV6_V6ONLY", fd, IPPROTO_IPV6, IPV6_V6ONLY);
    say_int("IPV6_UNICAST_HOPS", fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
    close(fd);
  }
  return 0;
}
