// Addresses outside the program's memory: EFAULT, never a crash, and the socket works afterwards.
#include "common.h"

int main(void) {
  begin();
  int client, server;
  char buffer[64];
  tcp_pair(&client, &server);

  // The last page: kernel memory natively, beyond the end of a wasm memory.
  void *volatile beyond = (void *)(uintptr_t)-4096;

  say_count("send", send(client, beyond, 16, 0));
  say_count("write", write(client, beyond, 16));
  send_text(client, "0123456789");
  wait_for(server, POLLIN);
  say_count("recv", recv(server, beyond, 16, 0));
  say_count("read", read(server, beyond, 16));
  say_count("nothing was lost", recv(server, buffer, sizeof buffer, MSG_PEEK));

  struct iovec part = {beyond, 16};
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  say_count("sendmsg, piece", sendmsg(client, &message, 0));
  say_count("recvmsg, piece", recvmsg(server, &message, 0));
  message.msg_iov = beyond;
  say_count("sendmsg, list of pieces", sendmsg(client, &message, 0));
  say_count("recvmsg, list of pieces", recvmsg(server, &message, 0));
  say_count("sendmsg, message", sendmsg(client, beyond, 0));
  // (recvmsg with a bad message is not here: on Emscripten, libc itself reads the message.)
  // More pieces than the kernel takes.
  part = (struct iovec){buffer, 1};
  message.msg_iov = &part;
  message.msg_iovlen = 1025;
  say_count("sendmsg, 1025 pieces", sendmsg(client, &message, 0));

  int fd = tcp();
  say_ok("bind", bind(fd, beyond, sizeof(struct sockaddr_in)));
  say_ok("connect", connect(fd, beyond, sizeof(struct sockaddr_in)));
  struct sockaddr_in address = ipv4("127.0.0.1", 1);
  say_ok("connect with a huge length", connect(fd, (struct sockaddr *)&address, 4096));
  socklen_t length = sizeof address;
  say_ok("getsockname, address", getsockname(client, beyond, &length));
  say_ok("getsockname, length", getsockname(client, (struct sockaddr *)&address, beyond));
  say_ok("getpeername, address", getpeername(client, beyond, &length));
  int value;
  length = sizeof value;
  say_ok("getsockopt, value", getsockopt(client, SOL_SOCKET, SO_TYPE, beyond, &length));
  say_ok("getsockopt, length", getsockopt(client, SOL_SOCKET, SO_TYPE, &value, beyond));
  say_count("poll", poll(beyond, 1, 0));
  say_ok("FIONREAD", ioctl(client, FIONREAD, beyond));
  part = (struct iovec){beyond, 4};
  say_count("writev", writev(client, &part, 1));
  say_count("readv", readv(server, &part, 1));
  close(fd);

  say_count("the bytes are still there", recv(server, buffer, sizeof buffer, 0));
  say("unchanged", "%.10s", buffer);
  send_text(server, "fine");
  say_count("and the other way", read_exactly(client, buffer, 4));
  close(client);
  close(server);
  return 0;
}
