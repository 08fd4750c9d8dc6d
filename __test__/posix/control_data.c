// Control messages of IP and of time: IP_PKTINFO, IP_TTL, IP_TOS, IPv6's, SCM_TIMESTAMP.
#include "common.h"
#include <sys/time.h>

static char control[512];
static struct msghdr message;
static struct iovec piece;
static char buffer[64];

static long take(int fd, size_t room) {
  memset(control, 0, sizeof control);
  piece = (struct iovec){buffer, sizeof buffer};
  message = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
  return recvmsg(fd, &message, 0);
}

static struct cmsghdr *find(int level, int type) {
  for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at))
    if (at->cmsg_level == level && at->cmsg_type == type) return at;
  return NULL;
}

static int count(void) {
  int all = 0;
  for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) all++;
  return all;
}

static void on(const char *name, int fd, int level, int option) {
  int value = 1;
  say_ok(name, setsockopt(fd, level, option, &value, sizeof value));
}

int main(void) {
  begin();
  int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
  must("bind", bind_ipv4(two, "0.0.0.0", 0));
  struct sockaddr_in to = ipv4("127.0.0.1", local_port(two));
  must("connect", connect(one, (struct sockaddr *)&to, sizeof to));

  on("IP_PKTINFO", two, IPPROTO_IP, IP_PKTINFO);
  send(one, "info", 4, 0);
  say_count("recvmsg", take(two, sizeof control));
  struct cmsghdr *at = find(IPPROTO_IP, IP_PKTINFO);
  say_yes("IP_PKTINFO came", at != NULL);
  struct in_pktinfo info;
  memcpy(&info, CMSG_DATA(at), sizeof info);
  say("sent to", "%s", inet_ntoa(info.ipi_addr));
  say_yes("over an interface", info.ipi_ifindex > 0);
  say_count("control messages", count());
  say("length", "%d", (int)(at->cmsg_len - CMSG_LEN(0)));
  say_yes("msg_controllen", message.msg_controllen == CMSG_SPACE(sizeof info));

  on("IP_RECVTTL", two, IPPROTO_IP, IP_RECVTTL);
  on("IP_RECVTOS", two, IPPROTO_IP, IP_RECVTOS);
  int ttl = 37, tos = 0x10;
  setsockopt(one, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
  setsockopt(one, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
  send(one, "ttl", 3, 0);
  say_count("recvmsg", take(two, sizeof control));
  say_count("control messages", count());
  at = find(IPPROTO_IP, IP_TTL);
  say("IP_TTL", "%d", at ? *(int *)CMSG_DATA(at) : -1);
  at = find(IPPROTO_IP, IP_TOS);
  say("IP_TOS", "%d", at ? *CMSG_DATA(at) : -1);
  send(one, "cut", 3, 0);
  say_count("room for one of three", take(two, CMSG_SPACE(sizeof info)));
  say("messages and flags", "%d %s", count(), message.msg_flags & MSG_CTRUNC ? "MSG_CTRUNC" : "0");
  send(one, "none", 4, 0);
  say_count("room for none", take(two, 0));
  say("messages and flags", "%d %s", count(), message.msg_flags & MSG_CTRUNC ? "MSG_CTRUNC" : "0");

  // What a message carries may be set for it alone.
  char out[CMSG_SPACE(sizeof(int))];
  memset(out, 0, sizeof out);
  struct iovec text = {"own", 3};
  struct msghdr sent = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = out, .msg_controllen = sizeof out};
  at = CMSG_FIRSTHDR(&sent);
  at->cmsg_level = IPPROTO_IP;
  at->cmsg_type = IP_TTL;
  at->cmsg_len = CMSG_LEN(sizeof(int));
  *(int *)CMSG_DATA(at) = 5;
  say_count("sendmsg with IP_TTL", sendmsg(one, &sent, 0));
  say_count("recvmsg", take(two, sizeof control));
  at = find(IPPROTO_IP, IP_TTL);
  say("IP_TTL", "%d", at ? *(int *)CMSG_DATA(at) : -1);
  at = CMSG_FIRSTHDR(&sent);
  *(int *)CMSG_DATA(at) = 999;
  say_count("one that cannot be", sendmsg(one, &sent, 0));
  at->cmsg_level = 250;
  *(int *)CMSG_DATA(at) = 5;
  say_count("a level that means nothing here", sendmsg(one, &sent, 0));
  at->cmsg_level = IPPROTO_IP;
  at->cmsg_len = 3;
  say_count("a length that cannot be", sendmsg(one, &sent, 0));
  take(two, sizeof control);

  int three = socket(AF_INET, SOCK_DGRAM, 0);
  must("bind", bind_ipv4(three, "127.0.0.1", 0));
  to = ipv4("127.0.0.1", local_port(three));
  must("connect", connect(one, (struct sockaddr *)&to, sizeof to));
  on("SO_TIMESTAMP", three, SOL_SOCKET, SO_TIMESTAMP);
  send(one, "time", 4, 0);
  say_count("recvmsg", take(three, sizeof control));
  at = find(SOL_SOCKET, SCM_TIMESTAMP);
  say_yes("SCM_TIMESTAMP came", at != NULL);
  struct timeval time = {0, 0};
  if (at) memcpy(&time, CMSG_DATA(at), sizeof time);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  say_yes("it is now", at && llabs((long long)now.tv_sec - (long long)time.tv_sec) <= 2 && time.tv_usec < 1000000);
  say_yes("its length", at && at->cmsg_len == CMSG_LEN(sizeof time));
  int four = socket(AF_INET, SOCK_DGRAM, 0);
  must("bind", bind_ipv4(four, "127.0.0.1", 0));
  to = ipv4("127.0.0.1", local_port(four));
  must("connect", connect(one, (struct sockaddr *)&to, sizeof to));
  on("SO_TIMESTAMPNS", four, SOL_SOCKET, SO_TIMESTAMPNS);
  send(one, "nano", 4, 0);
  say_count("recvmsg", take(four, sizeof control));
  at = find(SOL_SOCKET, SCM_TIMESTAMPNS);
  struct timespec exact = {0, 0};
  if (at) memcpy(&exact, CMSG_DATA(at), sizeof exact);
  say_yes("SCM_TIMESTAMPNS is now", at && llabs((long long)now.tv_sec - (long long)exact.tv_sec) <= 2);

  int six = socket(AF_INET6, SOCK_DGRAM, 0), from = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 loopback = ipv6("::1", 0);
  must("bind", bind(six, (struct sockaddr *)&loopback, sizeof loopback));
  socklen_t length = sizeof loopback;
  getsockname(six, (struct sockaddr *)&loopback, &length);
  on("IPV6_RECVPKTINFO", six, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  on("IPV6_RECVHOPLIMIT", six, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
  on("IPV6_RECVTCLASS", six, IPPROTO_IPV6, IPV6_RECVTCLASS);
  say_count("sendto", sendto(from, "six", 3, 0, (struct sockaddr *)&loopback, sizeof loopback));
  say_count("recvmsg", take(six, sizeof control));
  at = find(IPPROTO_IPV6, IPV6_PKTINFO);
  struct in6_pktinfo info6;
  if (at) memcpy(&info6, CMSG_DATA(at), sizeof info6);
  say_yes("IPV6_PKTINFO", at && IN6_IS_ADDR_LOOPBACK(&info6.ipi6_addr));
  at = find(IPPROTO_IPV6, IPV6_HOPLIMIT);
  say("IPV6_HOPLIMIT", "%d", at ? *(int *)CMSG_DATA(at) : -1);
  at = find(IPPROTO_IPV6, IPV6_TCLASS);
  say("IPV6_TCLASS", "%d", at ? *(int *)CMSG_DATA(at) : -1);
  say_count("control messages", count());
  return 0;
}
