// Callbacks of a client: a refused connection, a transfer up to its end, a reset. It ends when no socket is left.
// peer: script
#include "events.h"

static int peer, turn, events_of_message;
static size_t received;
static int equal = 1;
static unsigned char buffer[7000];
static char text[16] = "user data";

static void begin_turn(void);

static void finish_turn(int fd) {
  events_close(fd);
  turn++;
  begin_turn();
}

static void on_open(int fd, void *user_data) {
  say("open, with", "%s", (char *)user_data);
  say("SO_ERROR", "%s", errno_name(events_error(fd)));
  if (turn == 1) send_text(fd, "send 300000\nend\n");
  else send_text(fd, "reset\n");
}

static void on_error(int fd, int error, const char *message, void *user_data) {
  // A reset may arrive as an error event or as the result of recv.
  if (turn == 2) {
    say("reset", "%s", errno_name(error));
    finish_turn(fd);
    return;
  }
  say("error", "%s, with %s, %s", errno_name(error), (char *)user_data, message && *message ? "a message" : "no message");
  say("SO_ERROR", "%s", errno_name(events_error(fd)));
  say("SO_ERROR again", "%s", errno_name(events_error(fd)));
  finish_turn(fd);
}

static void on_message(int fd, void *user_data) {
  (void)user_data;
  events_of_message++;
  long count = recv(fd, buffer, sizeof buffer, 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count > 0) {
    equal &= is_pattern(buffer, (size_t)count, received);
    received += (size_t)count;
    return;
  }
  if (turn == 1) {
    say_count("received", (long)received);
    say_yes("the pattern", equal);
    say_yes("in several events", events_of_message > 10);
    say_count("the end, as an event", count);
  } else {
    say("reset", "%s", errno_name(errno));
  }
  finish_turn(fd);
}

static void begin_turn(void) {
  if (turn > 2) {
    say("done", "no socket left");
    return;
  }
  int fd = tcp(), bound = tcp();
  must("bind", bind_ipv4(bound, "127.0.0.1", 0));
  set_nonblocking(fd);
  say_ok("connect", connect_ipv4(fd, "127.0.0.1", turn == 0 ? local_port(bound) : peer));
  close(bound);
  events_watch(fd, CONNECTING);
}

int main(int argc, char **argv) {
  begin();
  peer = peer_port(argc, argv);
  emscripten_set_socket_open_callback(text, on_open);
  emscripten_set_socket_error_callback(text, on_error);
  emscripten_set_socket_message_callback(text, on_message);
  begin_turn();
  say("main", "returns");
  return events_run();
}
