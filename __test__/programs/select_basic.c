// select(): the same waits as poll(), by sets of descriptors.
// peer: script
#include "common.h"

static int highest(int a, int b) {
  return a > b ? a : b;
}

int main(int argc, char **argv) {
  begin();
  int peer = dial(peer_port(argc, argv));
  int client, server;
  tcp_pair(&client, &server);
  char buffer[64];
  fd_set readable, writable;
  int count = highest(peer, highest(client, server)) + 1;

  FD_ZERO(&readable);
  FD_SET(server, &readable);
  struct timeval none = {0, 0};
  say_count("nothing ready, no wait", select(count, &readable, NULL, NULL, &none));
  say_yes("set is empty", !FD_ISSET(server, &readable));

  FD_SET(server, &readable);
  struct timeval wait = {0, 120000};
  long long start = now_ms();
  say_count("nothing ready, 120 ms", select(count, &readable, NULL, NULL, &wait));
  say_yes("it waited", now_ms() - start >= 118);

  wait = (struct timeval){0, 60000};
  start = now_ms();
  say_count("no sets, 60 ms", select(0, NULL, NULL, NULL, &wait));
  say_yes("it waited", now_ms() - start >= 58);

  // Without a timeout it waits until the peer sends, and the peer sends late.
  start = now_ms();
  send_text(peer, "later 150 wake up\n");
  FD_ZERO(&readable);
  FD_SET(peer, &readable);
  FD_SET(server, &readable);
  say_count("no timeout", select(count, &readable, NULL, NULL, NULL));
  say_yes("it waited", now_ms() - start >= 120);
  say_yes("the peer is readable", FD_ISSET(peer, &readable));
  say_yes("the other is", FD_ISSET(server, &readable));
  read_exactly(peer, buffer, 8);

  // A long timeout ends early.
  send_text(peer, "later 50 again\n");
  FD_ZERO(&readable);
  FD_SET(peer, &readable);
  wait = (struct timeval){60, 0};
  start = now_ms();
  say_count("timeout of 60 s", select(count, &readable, NULL, NULL, &wait));
  say_yes("it ended early", now_ms() - start < 30000);
  read_exactly(peer, buffer, 6);

  // Both sets: each ready membership counts.
  send_text(client, "data");
  wait_for(server, POLLIN);
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  FD_SET(server, &readable);
  FD_SET(peer, &readable);
  FD_SET(server, &writable);
  FD_SET(client, &writable);
  wait = (struct timeval){5, 0};
  say_count("read and write sets", select(count, &readable, &writable, NULL, &wait));
  say("ready", "%d%d %d%d", !!FD_ISSET(server, &readable), !!FD_ISSET(peer, &readable), !!FD_ISSET(server, &writable), !!FD_ISSET(client, &writable));
  read_exactly(server, buffer, 4);

  FD_ZERO(&writable);
  FD_SET(client, &writable);
  say_count("write set alone, no timeout", select(count, NULL, &writable, NULL, NULL));
  say_yes("writable", FD_ISSET(client, &writable));

  // Beyond nfds nothing is looked at.
  FD_ZERO(&writable);
  FD_SET(count - 1, &writable);
  wait = (struct timeval){0, 1000};
  say_count("descriptor beyond nfds", select(count - 1, NULL, &writable, NULL, &wait));

  // A connection waits at a listener.
  int listening = listener(4);
  int second = dial(local_port(listening));
  FD_ZERO(&readable);
  FD_SET(listening, &readable);
  wait = (struct timeval){5, 0};
  say_count("listener with a connection", select(listening + 1, &readable, NULL, NULL, &wait));
  close(second);
  close(listening);

  // The end of a connection is readable.
  close(client);
  FD_ZERO(&readable);
  FD_SET(server, &readable);
  wait = (struct timeval){5, 0};
  say_count("the other side closed", select(count, &readable, NULL, NULL, &wait));
  say_count("recv", recv(server, buffer, sizeof buffer, 0));

  close(server);
  FD_ZERO(&readable);
  FD_SET(server, &readable);
  wait = (struct timeval){0, 0};
  say_count("closed descriptor", select(count, &readable, NULL, NULL, &wait));
  close(peer);
  return 0;
}
