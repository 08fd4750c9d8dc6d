// A peer that resets the connection, idle or in the middle of a transfer: the error once, then the end; no signal.
// peer: script
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int port = peer_port(argc, argv);
  static unsigned char buffer[65536];

  int fd = dial(port);
  send_text(fd, "send 1000\n");
  say_count("bytes before", read_exactly(fd, buffer, 1000));
  send_text(fd, "reset\n");
  say("poll", "%s", poll_names(wait_until(fd, POLLIN | POLLOUT, POLLIN | POLLERR | POLLHUP)));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  say_count("recv again", recv(fd, buffer, sizeof buffer, 0));
  say_count("send", send(fd, "x", 1, 0));
  say_count("write", write(fd, "x", 1));
  struct iovec part = {"x", 1};
  say_count("writev", writev(fd, &part, 1));
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  say_count("sendmsg", sendmsg(fd, &message, MSG_NOSIGNAL));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  say_ok("getpeername", getpeername(fd, (struct sockaddr *)&peer, &length));
  say_ok("close", close(fd));

  // SO_ERROR takes the error away.
  fd = dial(port);
  send_text(fd, "reset\n");
  say("poll, no events asked for", "%s", poll_names(wait_until(fd, 0, POLLERR | POLLHUP)));
  say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  say("SO_ERROR again", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  say_count("send", send(fd, "x", 1, 0));
  close(fd);

  // In the middle of receiving: the peer promises a megabyte and resets after a part of it.
  fd = dial(port);
  send_text(fd, "break 1048576\n");
  size_t received = 0;
  long count;
  while ((count = recv(fd, buffer, sizeof buffer, 0)) > 0) received += (size_t)count;
  say_count("receiving ends with", count);
  say_yes("short of the promised bytes", received < 1048576);
  close(fd);

  // In the middle of sending: the peer takes 100 000 bytes and resets.
  fd = dial(port);
  send_text(fd, "refuse 100000\n");
  size_t sent = 0;
  for (;;) {
    count = send(fd, buffer, sizeof buffer, 0);
    if (count < 0) break;
    sent += (size_t)count;
  }
  say_count("sending ends with", count);
  say_yes("after the taken bytes", sent >= 100000);
  say_count("send again", send(fd, buffer, sizeof buffer, 0));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  close(fd);

  // While a blocking recv waits.
  fd = dial(port);
  long long start = now_ms();
  send_text(fd, "wait 150 reset\n");
  say_count("a waiting recv", recv(fd, buffer, sizeof buffer, 0));
  say_yes("it waited", now_ms() - start >= 120);
  close(fd);

  // Closing with unread data resets, too; what had arrived before is still readable.
  int client, server;
  tcp_pair(&client, &server);
  send_text(server, "before");
  send_text(client, "unread");
  wait_for(server, POLLIN);
  wait_for(client, POLLIN);
  close(server);
  wait_until(client, 0, POLLHUP);
  say_count("what had arrived", recv(client, buffer, sizeof buffer, 0));
  say_count("then", recv(client, buffer, sizeof buffer, 0));
  say_count("then", recv(client, buffer, sizeof buffer, 0));
  close(client);

  // A peer that closes in order: the end; a first write is taken, and answered by a reset.
  tcp_pair(&client, &server);
  close(server);
  say_count("the end", recv(client, buffer, sizeof buffer, 0));
  say_count("first send", send(client, "x", 1, 0));
  wait_until(client, 0, POLLHUP);
  say_count("second send", send(client, "x", 1, 0));
  say_count("recv", recv(client, buffer, sizeof buffer, 0));
  close(client);
  return 0;
}
