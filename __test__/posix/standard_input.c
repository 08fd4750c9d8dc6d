// Standard input, a pipe, and a socket in one poll and one select; then reading it to its end.
// input: 300 typed
#include "common.h"

int main(void) {
  begin();
  char buffer[64];
  int client, server;
  tcp_pair(&client, &server);
  struct pollfd both[2] = {{0, POLLIN, 0}, {server, POLLIN, 0}};
  say_count("neither", poll(both, 2, 50));
  send(client, "x", 1, 0);
  say_count("the socket", poll(both, 2, -1));
  say("which", "%s %s", both[0].revents ? "input" : "-", both[1].revents ? "socket" : "-");
  recv(server, buffer, 1, 0);
  long long start = now_ms();
  say_count("the input, later", poll(both, 2, 10000));
  say("which", "%s %s", both[0].revents ? "input" : "-", both[1].revents ? "socket" : "-");
  say_yes("before the time was up", now_ms() - start < 5000);
  fd_set reads;
  FD_ZERO(&reads);
  FD_SET(0, &reads);
  FD_SET(server, &reads);
  say_count("select", select(server + 1, &reads, NULL, NULL, NULL));
  say("which", "%s %s", FD_ISSET(0, &reads) ? "input" : "-", FD_ISSET(server, &reads) ? "socket" : "-");
  long count = read(0, buffer, sizeof buffer);
  say_count("read", count);
  say("it says", "%.*s", (int)(count > 0 ? count - 1 : 0), buffer);
  say_count("the end is readable", poll(both, 1, 5000));
  say_count("the end", read(0, buffer, sizeof buffer));
  struct pollfd out = {1, POLLOUT, 0};
  say_count("standard output has room", poll(&out, 1, 0));
  return 0;
}
