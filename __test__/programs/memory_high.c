// Buffers beyond two gigabytes: addresses that are negative as 32-bit numbers.
// flags: -sALLOW_MEMORY_GROWTH -sMAXIMUM_MEMORY=4GB
// peer: echo
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  // Never touched, so that it takes addresses and no memory.
  static void *volatile low;
  low = malloc(2100u << 20);
  struct all {
    char data[4096];
    struct iovec pieces[2];
    struct msghdr message;
    struct sockaddr_in name;
    socklen_t length;
    struct pollfd entry;
    int value;
    fd_set set;
    struct timeval wait;
  } *high = calloc(1, sizeof *high);
  if (!low || !high) {
    say("memory", "none");
    return 1;
  }
#ifdef __EMSCRIPTEN__
  if ((uintptr_t)high < 0x80000000u) say("memory", "not high");
#endif
  strcpy(high->data, "high");
  say_count("send", send(fd, high->data, 4, 0));
  say_count("recv", read_exactly(fd, high->data + 100, 4));
  say("bytes", "%s", high->data + 100);
  say_count("write", write(fd, high->data, 4));
  wait_for(fd, POLLIN);
  say_count("read", read(fd, high->data + 200, 100));
  high->pieces[0] = (struct iovec){high->data, 2};
  high->pieces[1] = (struct iovec){high->data + 2, 2};
  high->message.msg_iov = high->pieces;
  high->message.msg_iovlen = 2;
  say_count("writev", writev(fd, high->pieces, 2));
  wait_for(fd, POLLIN);
  say_count("readv", readv(fd, high->pieces, 2));
  say_count("sendmsg", sendmsg(fd, &high->message, 0));
  high->entry = (struct pollfd){fd, POLLIN, 0};
  say_count("poll", poll(&high->entry, 1, 10000));
  say("revents", "%s", poll_names(high->entry.revents));
  FD_SET(fd, &high->set);
  high->wait.tv_sec = 10;
  say_count("select", select(fd + 1, &high->set, NULL, NULL, &high->wait));
  say_count("recvmsg", recvmsg(fd, &high->message, MSG_WAITALL));
  say("bytes", "%.4s", high->data);
  high->length = sizeof high->name;
  say_ok("getpeername", getpeername(fd, (struct sockaddr *)&high->name, &high->length));
  say("name", "%s", inet_ntoa(high->name.sin_addr));
  high->length = sizeof high->value;
  say_ok("getsockopt", getsockopt(fd, SOL_SOCKET, SO_TYPE, &high->value, &high->length));
  say("value", "%d", high->value);
  high->value = -1;
  say_ok("FIONREAD", ioctl(fd, FIONREAD, &high->value));
  say("value", "%d", high->value);
  int server = tcp();
  high->name = ipv4("127.0.0.1", 0);
  say_ok("bind", bind(server, (struct sockaddr *)&high->name, sizeof high->name));
  listen(server, 1);
  high->length = sizeof high->name;
  getsockname(server, (struct sockaddr *)&high->name, &high->length);
  int client = tcp();
  say_ok("connect", connect(client, (struct sockaddr *)&high->name, high->length));
  int accepted = accept(server, (struct sockaddr *)&high->name, &high->length);
  say("accept", "%s, length %u", inet_ntoa(high->name.sin_addr), (unsigned)high->length);
  struct addrinfo *list;
  strcpy(high->data, "127.0.0.1");
  strcpy(high->data + 100, "80");
  int code = getaddrinfo(high->data, high->data + 100, NULL, &list);
  say("getaddrinfo", "%s", code ? "an error" : inet_ntoa(((struct sockaddr_in *)list->ai_addr)->sin_addr));
  if (!code) freeaddrinfo(list);
  code = getnameinfo((struct sockaddr *)&high->name, sizeof high->name, high->data, 100, high->data + 100, 100, NI_NUMERICHOST | NI_NUMERICSERV);
  say("getnameinfo", "%s", code ? "an error" : high->data);
  close(accepted);
  close(client);
  close(server);
  close(fd);
  return 0;
}
