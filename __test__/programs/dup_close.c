// Descriptors that share a socket: what one changes the other sees, and only the last close() closes.
#include "common.h"

static char buffer[64];

// What the other end sees now: bytes, the end, or nothing yet.
static const char *state(int fd) {
  long count = recv(fd, buffer, sizeof buffer, MSG_PEEK | MSG_DONTWAIT);
  return count > 0 ? "data" : count == 0 ? "end" : errno_name(errno);
}

int main(void) {
  begin();
  int client, server;

  tcp_pair(&client, &server);
  int copy = dup(client);
  say_ok("dup", copy);
  say_yes("another number", copy != client);
  send_text(client, "one");
  send_text(copy, "two");
  long count = read_exactly(server, buffer, 6);
  say("both write to one connection", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  say_yes("same local port", local_port(copy) == local_port(client));
  say_ok("close the first", close(client));
  say("the other end", "%s", state(server));
  say_count("write through the copy", write(copy, "still here", 10));
  count = read_exactly(server, buffer, 10);
  say("received", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  send_text(server, "answer");
  say_count("read through the copy", read_exactly(copy, buffer, 6));
  say_count("use of the closed number", write(client, "x", 1));
  say_ok("close the last", close(copy));
  wait_for(server, POLLIN);
  say("the other end", "%s", state(server));
  say_ok("close it once more", close(copy));
  close(server);

  // Three copies, closed in an order of their own.
  tcp_pair(&client, &server);
  int second = dup(client), third = dup(second);
  close(second);
  close(client);
  say("two of three closed", "%s", state(server));
  say_count("the third still writes", write(third, "3", 1));
  read_exactly(server, buffer, 1);
  close(third);
  wait_for(server, POLLIN);
  say("all three closed", "%s", state(server));
  close(server);

  // dup2 onto an open socket closes that one.
  int other_client, other_server;
  tcp_pair(&client, &server);
  tcp_pair(&other_client, &other_server);
  say_yes("dup2 returns its target", dup2(client, other_client) == other_client);
  wait_for(other_server, POLLIN);
  say("the target's old peer", "%s", state(other_server));
  send_text(other_client, "now here");
  count = read_exactly(server, buffer, 8);
  say("the target's new peer received", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  say_yes("dup2 onto itself", dup2(client, client) == client);
  say_ok("dup2 of a closed descriptor", dup2(other_server + 20, client));
  say_count("its target is untouched", send(client, "x", 1, 0));
  close(client);
  read_exactly(server, buffer, 1);
  say("one copy left", "%s", state(server));
  close(other_client);
  wait_for(server, POLLIN);
  say("none left", "%s", state(server));
  close(server);
  close(other_server);

  // F_DUPFD takes the lowest free number from a given one on.
  tcp_pair(&client, &server);
  copy = fcntl(client, F_DUPFD, 40);
  say_yes("F_DUPFD from 40 on", copy == 40);
  close(client);
  say_count("it writes", write(copy, "dupfd", 5));
  close(copy);
  say_count("and the peer reads", read_exactly(server, buffer, 5));
  wait_for(server, POLLIN);
  say("then", "%s", state(server));
  close(server);

  // O_NONBLOCK belongs to the socket, not to the descriptor.
  tcp_pair(&client, &server);
  copy = dup(client);
  set_nonblocking(client);
  say_yes("O_NONBLOCK set on one shows on the copy", (fcntl(copy, F_GETFL) & O_NONBLOCK) != 0);
  say_count("and recv on the copy does not wait", recv(copy, buffer, sizeof buffer, 0));
  close(copy);
  close(client);
  close(server);

  // A copy of a listener keeps listening.
  const char *own = own_address();
  int listening = tcp();
  must("bind", bind_ipv4(listening, own, 0));
  must("listen", listen(listening, 4));
  int port = local_port(listening);
  copy = dup(listening);
  close(listening);
  client = tcp();
  say_ok("connect after one of two listeners closed", connect_ipv4(client, own, port));
  server = accept(copy, NULL, NULL);
  say_ok("accept through the copy", server);
  close(server);
  close(client);
  close(copy);
  client = tcp();
  say_ok("connect after both closed", connect_ipv4(client, own, port));
  close(client);

  // A number that is used again is the new socket's.
  tcp_pair(&client, &server);
  // tcp_pair left a gap, its listener's number.
  int gap = dup(server);
  int old = client;
  close(client);
  int fresh = tcp();
  say_yes("the lowest free number is used again", fresh == old);
  say_count("it is not connected", send(fresh, "x", 1, 0));
  close(fresh);
  close(gap);
  close(server);

  say_ok("dup of a closed descriptor", dup(fresh));
  say_ok("close of a closed descriptor", close(fresh));
  say_ok("close of a negative descriptor", close(-1));
  return 0;
}
