// poll() waits: for as long as it was told, until an event, on several descriptors at once.
// peer: script
#include "common.h"

static const char *took(long long start, long long least) {
  long long elapsed = now_ms() - start;
  if (elapsed < least) return "too early";
  return elapsed < least + 8000 ? "in time" : "late";
}

int main(int argc, char **argv) {
  begin();
  int peer = dial(peer_port(argc, argv));
  char buffer[64];
  struct pollfd entry = {peer, POLLIN, 0};

  long long start = now_ms();
  say_count("timeout of 0", poll(&entry, 1, 0));
  say("it returned", "%s", took(start, 0));
  start = now_ms();
  say_count("timeout of 120 ms", poll(&entry, 1, 120));
  say("it returned", "%s", took(start, 118));
  start = now_ms();
  say_count("no descriptors, 60 ms", poll(NULL, 0, 60));
  say("it returned", "%s", took(start, 58));

  // -1 waits until the peer sends, and the peer sends late.
  start = now_ms();
  send_text(peer, "later 150 wake up\n");
  say_count("no timeout", poll(&entry, 1, -1));
  say("revents", "%s", poll_names(entry.revents));
  say("it returned", "%s", took(start, 120));
  say_count("level: again", poll(&entry, 1, -1));
  say_count("the bytes", read_exactly(peer, buffer, 8));
  say_count("after reading", poll(&entry, 1, 0));

  // A long timeout ends early when the event comes.
  start = now_ms();
  send_text(peer, "later 100 again\n");
  say_count("timeout of 60 s", poll(&entry, 1, 60000));
  say("it returned", "%s", took(start, 80));
  read_exactly(peer, buffer, 6);

  entry.events = POLLOUT;
  say_count("POLLOUT", poll(&entry, 1, -1));
  say("revents", "%s", poll_names(entry.revents));
  entry.events = POLLIN | POLLOUT;
  poll(&entry, 1, 1000);
  say("POLLIN|POLLOUT with nothing to read", "%s", poll_names(entry.revents));
  entry.events = 0;
  say_count("no events asked for", poll(&entry, 1, 30));

  // Several at once: only what is ready is marked.
  int client, server;
  tcp_pair(&client, &server);
  int listening = listener(4);
  struct pollfd four[4] = {{server, POLLIN, 0}, {listening, POLLIN, 0}, {-1, POLLIN, 77}, {peer, POLLIN, 0}};
  say_count("none of four", poll(four, 4, 20));
  send_text(client, "data");
  say_count("one of four", poll(four, 4, 5000));
  say("the connection", "%s", poll_names(four[0].revents));
  say("the listener", "%s", poll_names(four[1].revents));
  say("a negative descriptor", "%s", poll_names(four[2].revents));
  int second = dial(local_port(listening));
  // The handshake's last step may still be on its way to the listener.
  wait_for(listening, POLLIN);
  say_count("two of four", poll(four, 4, 5000));
  say("the listener", "%s", poll_names(four[1].revents));
  int accepted = accept(listening, NULL, NULL);
  close(accepted);
  close(second);
  read_exactly(server, buffer, 4);

  // Beside a file, which is always ready.
  int file = not_a_socket();
  struct pollfd mixed[2] = {{file, POLLIN | POLLOUT, 0}, {server, POLLIN, 0}};
  say_count("a file and an idle socket", poll(mixed, 2, -1));
  say("the file", "%s", poll_names(mixed[0].revents));
  close(file);

  // Beside a pipe, as programs do to wake themselves up.
  int ends[2];
  must("pipe", pipe(ends));
  struct pollfd waking[2] = {{ends[0], POLLIN, 0}, {server, POLLIN, 0}};
  say_count("an empty pipe and an idle socket", poll(waking, 2, 30));
  must("write", write(ends[1], "x", 1));
  say_count("a full pipe and an idle socket", poll(waking, 2, -1));
  say("the pipe", "%s", poll_names(waking[0].revents));
  close(ends[0]);
  close(ends[1]);

  // Closed descriptors are an event, not an error.
  close(listening);
  four[1].events = POLLIN;
  say_count("a closed descriptor among them", poll(four, 2, -1));
  say("revents", "%s", poll_names(four[1].revents));

  // The ends of a connection.
  close(client);
  struct pollfd end = {server, POLLIN | POLLRDHUP, 0};
  say_count("the other side closed", poll(&end, 1, 5000));
  say("revents", "%s", poll_names(end.revents));
  say_count("recv", recv(server, buffer, sizeof buffer, 0));
  say_count("level: again", poll(&end, 1, 5000));
  close(server);

  int fresh = tcp();
  struct pollfd unconnected = {fresh, POLLIN | POLLOUT, 0};
  say_count("never connected", poll(&unconnected, 1, 0));
  say("revents", "%s", poll_names(unconnected.revents));
  close(fresh);
  close(peer);
  return 0;
}
