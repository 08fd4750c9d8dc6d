// Calls in the wrong state, on the wrong descriptor, with the wrong arguments.
#include "common.h"

int main(void) {
  begin();
  char buffer[16];
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  int value;
  socklen_t length = sizeof value;

  say_ok("socket of an unknown family", socket(99, SOCK_STREAM, 0));
  say_ok("socket of family 0", socket(AF_UNSPEC, SOCK_STREAM, 0));
  say_ok("socket of an unknown type", socket(AF_INET, 9, 0));
  say_ok("stream socket of protocol UDP", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
  say_ok("datagram socket of protocol TCP", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
  int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  say_ok("stream socket of protocol TCP", fd);

  // Not connected.
  say_count("send", send(fd, "x", 1, 0));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  say_count("read", read(fd, buffer, sizeof buffer));
  say_count("write", write(fd, "x", 1));
  say_count("sendmsg", sendmsg(fd, &message, 0));
  say_count("recvmsg", recvmsg(fd, &message, 0));
  struct sockaddr_in address = ipv4("127.0.0.1", 9);
  say_count("sendto", sendto(fd, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
  say_count("MSG_OOB", recv(fd, buffer, 1, MSG_OOB));

  // Listening.
  must("listen", listen(fd, 1));
  say_count("send on a listener", send(fd, "x", 1, 0));
  say_count("recv on a listener", recv(fd, buffer, sizeof buffer, 0));
  say_count("read on a listener", read(fd, buffer, sizeof buffer));
  close(fd);

  // Connected.
  int client, server;
  tcp_pair(&client, &server);
  say_count("MSG_OOB with none sent", recv(server, buffer, 1, MSG_OOB));
  say_count("MSG_ERRQUEUE with none queued", recv(server, buffer, 1, MSG_ERRQUEUE | MSG_DONTWAIT));
  say_ok("getsockopt of an unknown option", getsockopt(client, SOL_SOCKET, 9999, &value, &length));
  say_ok("getsockopt of an unknown TCP option", getsockopt(client, IPPROTO_TCP, 9999, &value, &length));
  say_ok("getsockopt of an unknown level", getsockopt(client, 9999, 1, &value, &length));
  length = (socklen_t)-1;
  say_ok("getsockopt with a negative length", getsockopt(client, SOL_SOCKET, SO_TYPE, &value, &length));
  close(client);
  close(server);

  // Closed.
  say_count("send, closed descriptor", send(client, "x", 1, 0));
  say_count("recv, closed descriptor", recv(client, buffer, 1, 0));
  say_count("sendto, closed descriptor", sendto(client, "x", 1, 0, (struct sockaddr *)&address, sizeof address));
  say_count("recvfrom, closed descriptor", recvfrom(client, buffer, 1, 0, NULL, NULL));
  say_count("sendmsg, closed descriptor", sendmsg(client, &message, 0));
  say_count("recvmsg, closed descriptor", recvmsg(client, &message, 0));
  say_count("read, closed descriptor", read(client, buffer, 1));
  say_count("write, closed descriptor", write(client, "x", 1));
  length = sizeof value;
  say_ok("getsockopt, closed descriptor", getsockopt(client, SOL_SOCKET, SO_TYPE, &value, &length));

  // A file.
  int file = not_a_socket();
  say_count("send, not a socket", send(file, "x", 1, 0));
  say_count("recv, not a socket", recv(file, buffer, 1, 0));
  say_count("sendmsg, not a socket", sendmsg(file, &message, 0));
  say_count("recvmsg, not a socket", recvmsg(file, &message, 0));
  say_ok("getsockopt, not a socket", getsockopt(file, SOL_SOCKET, SO_TYPE, &value, &length));
  return 0;
}
