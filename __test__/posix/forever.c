// Waits for ever, on what its argument says.
// server: none
#include "common.h"
#include <sys/epoll.h>

int main(int argc, char **argv) {
  begin();
  const char *how = argc > 1 ? argv[1] : "recv";
  char byte;
  int client, server;
  tcp_pair(&client, &server);
  struct pollfd entry = {server, POLLIN, 0};
  struct epoll_event event = {.events = EPOLLIN};
  fd_set reads;
  FD_ZERO(&reads);
  FD_SET(server, &reads);
  int epoll = epoll_create1(0), ends[2];
  must("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event));
  must("pipe", pipe(ends));
  printf("waiting\n");
  fflush(stdout);
  if (!strcmp(how, "recv")) recv(server, &byte, 1, 0);
  if (!strcmp(how, "read")) read(ends[0], &byte, 1);
  if (!strcmp(how, "accept")) accept(listener(1), NULL, NULL);
  if (!strcmp(how, "input")) read(0, &byte, 1);
  if (!strcmp(how, "getchar")) getchar();
  // A queue that is full leaves who comes then without an answer.
  for (int full = listener(0); !strcmp(how, "connect");) connect_ipv4(tcp(), "127.0.0.1", local_port(full));
  if (!strcmp(how, "poll")) poll(&entry, 1, -1);
  if (!strcmp(how, "select")) select(server + 1, &reads, NULL, NULL, NULL);
  if (!strcmp(how, "epoll")) epoll_wait(epoll, &event, 1, -1);
  printf("over\n");
  return 0;
}
