// An error event takes nothing away: the program's next call, whichever it is, still gets the error.
#include "events.h"

static int turn, bound;

static void begin_turn(void);

static void on_error(int fd, int error, const char *message, void *user_data) {
  (void)error;
  (void)message;
  (void)user_data;
  char byte = 'x';
  wait_until(fd, POLLIN | POLLOUT, POLLIN | POLLOUT | POLLHUP);
  switch (turn++) {
    case 0:
      say_count("send", send(fd, &byte, 1, 0));
      say_count("send again", send(fd, &byte, 1, 0));
      break;
    case 1:
      say_count("recv", recv(fd, &byte, 1, 0));
      say_count("recv again", recv(fd, &byte, 1, 0));
      break;
    case 2:
      say_count("read", read(fd, &byte, 1));
      say_count("then write", write(fd, &byte, 1));
      break;
    case 3:
      say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
      say("SO_ERROR again", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
      break;
    case 4:
      say("poll", "%s", poll_names(wait_for(fd, POLLIN | POLLOUT)));
      say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
      say("poll", "%s", poll_names(wait_for(fd, POLLIN | POLLOUT)));
      break;
    case 5:
      say_ok("connect", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
      say_ok("connect again, a new attempt", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
      break;
  }
  events_close(fd);
  begin_turn();
}

static void begin_turn(void) {
  if (turn > 5) {
    close(bound);
    return;
  }
  int fd = tcp();
  set_nonblocking(fd);
  say_ok("connect to a closed port", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
  events_watch(fd, CONNECTING);
}

int main(void) {
  begin();
  events_leave_errors();
  emscripten_set_socket_error_callback(NULL, on_error);
  bound = tcp();
  must("bind", bind_ipv4(bound, "127.0.0.1", 0));
  begin_turn();
  return events_run();
}
