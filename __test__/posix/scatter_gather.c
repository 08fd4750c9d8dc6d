// sendmsg and recvmsg: many pieces, names, msg_flags, and what they leave in msghdr.
#include "common.h"

int main(void) {
  begin();
  char a[4], b[8], c[32];
  int client, server;
  tcp_pair(&client, &server);

  struct iovec out[4] = {{"one", 3}, {"", 0}, {"two and", 7}, {" three", 6}};
  struct msghdr message = {.msg_iov = out, .msg_iovlen = 4};
  say_count("gathered", sendmsg(client, &message, 0));
  struct iovec in[3] = {{a, 4}, {b, 8}, {c, 32}};
  struct sockaddr_in name;
  memset(&message, 0, sizeof message);
  message.msg_iov = in;
  message.msg_iovlen = 3;
  message.msg_name = &name;
  message.msg_namelen = sizeof name;
  message.msg_flags = -1;
  say_count("scattered", recvmsg(server, &message, 0));
  say("pieces", "[%.4s] [%.8s] [%.4s]", a, b, c);
  say("a connection gives no name", "%d", (int)message.msg_namelen);
  say("msg_flags", "%d", message.msg_flags);

  message = (struct msghdr){.msg_iov = NULL, .msg_iovlen = 0};
  say_count("no pieces to send", sendmsg(client, &message, 0));
  say_count("none to receive", recvmsg(server, &message, MSG_DONTWAIT));
  static struct iovec many[1025];
  static char bytes[1025];
  for (int i = 0; i < 1025; i++) many[i] = (struct iovec){&bytes[i], 1};
  for (int i = 0; i < 1025; i++) bytes[i] = (char)pattern((size_t)i);
  message.msg_iov = many;
  message.msg_iovlen = 1024;
  say_count("1024 pieces", sendmsg(client, &message, 0));
  memset(bytes, 0, sizeof bytes);
  say_count("and back", recvmsg(server, &message, MSG_WAITALL));
  say_yes("in their order", is_pattern((unsigned char *)bytes, 1024, 0));
  message.msg_iovlen = 1025;
  say_count("one too many", sendmsg(client, &message, 0));
  close(client);
  close(server);

  // Datagrams.
  int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
  must("bind", bind_ipv4(one, "127.0.0.1", 0));
  must("bind", bind_ipv4(two, "127.0.0.1", 0));
  name = ipv4("127.0.0.1", local_port(two));
  message = (struct msghdr){.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = out, .msg_iovlen = 4};
  say_count("one datagram of four pieces", sendmsg(one, &message, 0));
  struct sockaddr_storage from;
  message = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = in, .msg_iovlen = 2};
  memset(&from, 0, sizeof from);
  say_count("received in two", recvmsg(two, &message, 0));
  say("msg_flags", "%s", message.msg_flags & MSG_TRUNC ? "MSG_TRUNC" : "0");
  say("msg_namelen", "%d", (int)message.msg_namelen);
  say_yes("from", ntohs(((struct sockaddr_in *)&from)->sin_port) == local_port(one));
  sendto(one, "12345", 5, 0, (struct sockaddr *)&name, sizeof name);
  message.msg_namelen = 4;
  say_count("little room for the name", recvmsg(two, &message, 0));
  say("msg_namelen", "%d", (int)message.msg_namelen);
  sendto(one, "12345678901234567890", 20, 0, (struct sockaddr *)&name, sizeof name);
  message.msg_name = NULL;
  message.msg_namelen = 77;
  message.msg_iovlen = 1;
  say_count("TRUNC gives the true length", recvmsg(two, &message, MSG_TRUNC));
  say("msg_flags", "%s", message.msg_flags & MSG_TRUNC ? "MSG_TRUNC" : "0");
  say_count("nothing there", recvmsg(two, &message, MSG_DONTWAIT));
  say_count("sendmsg without a name", sendmsg(one, &(struct msghdr){.msg_iov = out, .msg_iovlen = 1}, 0));

  int pair[2];
  must("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
  message = (struct msghdr){.msg_iov = out, .msg_iovlen = 4};
  say_count("a record", sendmsg(pair[0], &message, MSG_EOR));
  message = (struct msghdr){.msg_iov = in, .msg_iovlen = 3};
  say_count("received", recvmsg(pair[1], &message, 0));
  say("msg_flags", "%s%s", message.msg_flags & MSG_TRUNC ? "MSG_TRUNC " : "", message.msg_flags & MSG_EOR ? "MSG_EOR" : "");
  return 0;
}
