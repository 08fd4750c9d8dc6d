// Datagrams connected and not: filters, reconnecting, disconnecting, errors that come by ICMP, the error queue.
#include "common.h"

static int bound(void) {
  int fd = (int)must("socket", socket(AF_INET, SOCK_DGRAM, 0));
  must("bind", bind_ipv4(fd, "127.0.0.1", 0));
  return fd;
}

static void to(const char *name, int fd, int port, const char *text) {
  struct sockaddr_in address = ipv4("127.0.0.1", port);
  say_count(name, sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, sizeof address));
}

int main(void) {
  begin();
  char buffer[64];
  int one = bound(), two = bound(), three = bound();

  say_ok("connect", connect_ipv4(one, "127.0.0.1", local_port(two)));
  struct sockaddr_in name;
  socklen_t length = sizeof name;
  say_ok("getpeername", getpeername(one, (struct sockaddr *)&name, &length));
  say_yes("it is the other", ntohs(name.sin_port) == local_port(two));
  say_count("send", send(one, "hello", 5, 0));
  say_count("recv", recv(two, buffer, sizeof buffer, 0));
  to("a stranger", three, local_port(one), "stranger");
  say_count("is not heard", recv(one, buffer, sizeof buffer, MSG_DONTWAIT));
  to("the peer", two, local_port(one), "peer");
  say_count("is heard", recv(one, buffer, sizeof buffer, 0));
  to("sendto elsewhere", one, local_port(three), "elsewhere");
  say_count("arrives", recv(three, buffer, sizeof buffer, 0));
  say_ok("connect to another", connect_ipv4(one, "127.0.0.1", local_port(three)));
  say_count("write", write(one, "third", 5));
  say_count("arrives there", read(three, buffer, sizeof buffer));
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  say_ok("disconnect", connect(one, &none, sizeof none));
  say_ok("getpeername", getpeername(one, (struct sockaddr *)&name, &length));
  say_count("send", send(one, "x", 1, 0));

  // A port at which nobody is: the error of one datagram comes with the next call.
  int gone = bound(), port = local_port(gone);
  close(gone);
  to("unconnected, to nobody", one, port, "x");
  say_count("hears nothing of it", recv(one, buffer, sizeof buffer, MSG_DONTWAIT));
  must("connect", connect_ipv4(one, "127.0.0.1", port));
  say_count("connected, to nobody", send(one, "x", 1, 0));
  say("poll", "%s", poll_names(wait_for(one, POLLIN)));
  say_count("recv", recv(one, buffer, sizeof buffer, 0));
  say_count("it is told once", recv(one, buffer, sizeof buffer, MSG_DONTWAIT));
  send(one, "x", 1, 0);
  wait_for(one, POLLIN);
  say_count("the next send tells it", send(one, "x", 1, 0));
  wait_for(one, POLLIN);
  say("SO_ERROR tells it", "%s", errno_name(int_option(one, SOL_SOCKET, SO_ERROR)));

  // The error queue says which datagram it was, and who said so.
  int on = 1;
  say_ok("IP_RECVERR", setsockopt(three, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
  to("to nobody", three, port, "lost one");
  say("poll", "%s", poll_names(wait_for(three, POLLIN)));
  char control[256], data[64];
  struct iovec piece = {data, sizeof data};
  struct msghdr message = {.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &piece, .msg_iovlen = 1,
                           .msg_control = control, .msg_controllen = sizeof control};
  say_count("ERRQUEUE", recvmsg(three, &message, MSG_ERRQUEUE));
  say_yes("MSG_ERRQUEUE in msg_flags", (message.msg_flags & MSG_ERRQUEUE) != 0);
  say("the datagram", "%.8s", data);
  say_yes("where it went", ntohs(name.sin_port) == port);
  struct cmsghdr *first = CMSG_FIRSTHDR(&message);
  say_yes("its control message", first && first->cmsg_level == IPPROTO_IP && first->cmsg_type == IP_RECVERR);
  say_count("ERRQUEUE once more", recvmsg(three, &message, MSG_ERRQUEUE));

  // IPv6 hears IPv4 where it may.
  int six = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 any;
  memset(&any, 0, sizeof any);
  any.sin6_family = AF_INET6;
  say_ok("bind to all", bind(six, (struct sockaddr *)&any, sizeof any));
  to("to it over IPv4", two, local_port(six), "mapped");
  length = sizeof any;
  say_count("recvfrom", recvfrom(six, buffer, sizeof buffer, 0, (struct sockaddr *)&any, &length));
  say_yes("a mapped address", IN6_IS_ADDR_V4MAPPED(&any.sin6_addr));
  close(one);
  close(two);
  close(three);
  close(six);
  return 0;
}
