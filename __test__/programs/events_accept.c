// Callbacks of a server, in the order of awkward things: what happened before accept(), and closing in a callback.
// peer: script
#include "events.h"

enum { RESET, WAITING, CLOSING, QUIET };
static int turn = RESET, control, server, clients[3], accepted[3], count, messages;
static char buffer[64];

static void take_one(void) {
  int fd = accept(server, NULL, NULL);
  if (fd < 0) return;
  accepted[count++] = fd;
  events_watch(fd, CONNECTED);
}

static void when_all_have_come(void) {
  if (turn != WAITING || count < 3 || messages < 2) return;
  say("connections, one for each event", "%d", count);
  say("messages that came before accept", "%d", messages);
  // Now more for two of them, and the first to hear closes all three.
  turn = CLOSING;
  send_text(clients[0], "more");
  send_text(clients[1], "more");
  wait_for(accepted[0], POLLIN);
}

static void on_connection(int fd, void *user_data) {
  (void)user_data;
  if (fd != server) say("connection", "of another descriptor than the listener's");
  // The first one is accepted only after it was reset.
  if (turn != WAITING) return;
  take_one();
  when_all_have_come();
}

static void on_control(long size) {
  say("the peer says", "%.*s", (int)(size > 0 ? size - 1 : 0), buffer);
  if (turn == RESET) {
    wait_for(server, POLLIN);
    take_one();
    say("accepted", "%d", count);
    return;
  }
  events_close(control);
  events_close(server);
  say("done", "no socket left");
}

static void on_message(int fd, void *user_data) {
  (void)user_data;
  if (turn == QUIET && fd != control) say("message", "of a closed socket");
  long size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0 && errno == EAGAIN) return;
  if (fd == control) {
    on_control(size);
  } else if (turn == RESET) {
    say_count("a connection that was reset before accept", size);
    events_close(fd);
    // Three clients wait at once, two of them with data.
    turn = WAITING;
    count = 0;
    for (int i = 0; i < 3; i++) {
      clients[i] = dial(local_port(server));
      events_watch(clients[i], CONNECTED);
      if (i < 2) send_text(clients[i], "early");
    }
  } else if (turn == WAITING) {
    if (size != 5) say("early message", "%ld bytes", size);
    messages++;
    when_all_have_come();
  } else if (turn == CLOSING) {
    turn = QUIET;
    say_count("the first to hear closes all", size);
    for (int i = 0; i < 3; i++) {
      events_close(accepted[i]);
      events_close(clients[i]);
    }
    // A last word from the peer, behind whatever else might come.
    send_text(control, "later 60 nothing came\n");
  }
}

int main(int argc, char **argv) {
  begin();
  emscripten_set_socket_connection_callback(NULL, on_connection);
  emscripten_set_socket_message_callback(NULL, on_message);
  control = dial(peer_port(argc, argv));
  events_watch(control, CONNECTED);
  server = listener(16);
  set_nonblocking(server);
  events_watch(server, LISTENING);
  char command[64];
  snprintf(command, sizeof command, "touch %d\n", local_port(server));
  send_text(control, command);
  return events_run();
}
