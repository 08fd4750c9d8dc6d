// exit() ends an event-driven program though sockets are open and watched.
// flags: -sEXIT_RUNTIME
// peer: script
#include "events.h"

static int server, peer;

static void on_message(int fd, void *user_data) {
  (void)user_data;
  char buffer[64];
  say_count("message", recv(fd, buffer, sizeof buffer, 0));
  say("exit", "with a listener and a connection open");
  events_exit(0);
}

int main(int argc, char **argv) {
  begin();
  emscripten_set_socket_message_callback(NULL, on_message);
  server = listener(4);
  events_watch(server, LISTENING);
  peer = dial(peer_port(argc, argv));
  events_watch(peer, CONNECTED);
  send_text(peer, "later 50 now\n");
  return events_run();
}
