// dup, dup2, dup3, F_DUPFD: of sockets, pipes and epolls; the last close is the one that counts.
#include "common.h"
#include <sys/epoll.h>

int main(void) {
  begin();
  char buffer[32];
  int client, server;
  tcp_pair(&client, &server);
  say_yes("dup3", dup3(client, 50, 0) == 50);
  say_yes("dup3 with O_CLOEXEC", dup3(client, 51, O_CLOEXEC) == 51);
  say_ok("dup3 onto itself", dup3(client, client, 0));
  say_ok("dup3 with a bad flag", dup3(client, 52, O_APPEND));
  say_ok("dup3 of a closed one", dup3(99, 52, 0));
  say_ok("dup2 to a negative one", dup2(client, -1));
  say_ok("dup2 beyond the limit", dup2(client, 1 << 28));
  int low = fcntl(client, F_DUPFD_CLOEXEC, 60);
  say_yes("F_DUPFD_CLOEXEC", low == 60);
  close(client);
  close(50);
  close(51);
  say_count("it lives", write(60, "x", 1));
  say_count("and arrives", recv(server, buffer, sizeof buffer, 0));
  close(60);
  say_count("the end", recv(server, buffer, sizeof buffer, 0));
  close(server);

  int ends[2];
  must("pipe", pipe(ends));
  int copy = dup(ends[1]);
  close(ends[1]);
  say_count("a copied end of a pipe", write(copy, "pipe", 4));
  say_count("read", read(ends[0], buffer, sizeof buffer));
  close(copy);
  say_count("the end", read(ends[0], buffer, sizeof buffer));
  close(ends[0]);

  int epoll = epoll_create1(0), other = dup(epoll);
  tcp_pair(&client, &server);
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
  say_ok("add through the copy", epoll_ctl(other, EPOLL_CTL_ADD, server, &event));
  send(client, "x", 1, 0);
  close(other);
  say_count("wait through the first", epoll_wait(epoll, &event, 1, 5000));
  close(epoll);
  say_ok("closed", epoll_wait(epoll, &event, 1, 0));

  // A socket over standard input's number.
  must("dup2", dup2(server, 0));
  say_count("read from descriptor 0", read(0, buffer, sizeof buffer));
  say_ok("close 0", close(0));
  say_count("the socket lives", send(server, "y", 1, 0));
  close(client);
  close(server);

  // A file and a socket change places.
  int file = not_a_socket();
  tcp_pair(&client, &server);
  say_yes("a file over a socket", dup2(file, client) == client);
  say_count("the peer sees the end", recv(server, buffer, sizeof buffer, 0));
  say_count("reads as the file does", read(client, buffer, sizeof buffer));
  say_count("it is no socket now", send(client, "x", 1, 0));
  say_yes("a socket over a file", dup2(server, file) == file);
  say_yes("it has the socket's port", local_port(file) == local_port(server));
  close(client);
  close(server);
  close(file);

  // Many: numbers are the lowest free ones, and all of them work.
  int many[200][2], good = 0;
  for (int i = 0; i < 200; i++) must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, many[i]));
  for (int i = 0; i < 200; i++) good += write(many[i][0], &i, sizeof i) == sizeof i;
  for (int i = 0; i < 200; i++) {
    int value = -1;
    good += read(many[i][1], &value, sizeof value) == sizeof value && value == i;
  }
  say_count("400 descriptors", good);
  for (int i = 0; i < 200; i++) close(many[i][0]), close(many[i][1]);
  int again = tcp();
  say_yes("the lowest number again", again == many[0][0] || again < many[0][0]);
  return 0;
}
