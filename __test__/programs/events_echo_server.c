// An echo server of callbacks: main() returns, and accepting and echoing happen when there is something to do.
// flags: -sEXIT_RUNTIME
// args: 8
// clients: 8
#include "events.h"

static int server, expected, accepted, closed;
static long long echoed;
static unsigned char buffer[16384];

static void on_connection(int fd, void *user_data) {
  (void)user_data;
  // One at a time: the event comes again while more are waiting.
  int client = accept(fd, NULL, NULL);
  if (client < 0) return;
  accepted++;
  events_watch(client, CONNECTED);
}

static void finish(int fd) {
  events_close(fd);
  if (++closed < expected) return;
  say("connections", "%d", accepted);
  say("bytes", "%lld", echoed);
  events_close(server);
  events_exit(0);
}

static void on_message(int fd, void *user_data) {
  (void)user_data;
  // One read per event: the event comes again while bytes are left.
  long count = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) say("recv", "%s", errno_name(errno));
  // The socket is a blocking one, so that send() takes all.
  if (count <= 0 || send(fd, buffer, (size_t)count, 0) != count) finish(fd);
  else echoed += count;
}

int main(int argc, char **argv) {
  begin();
  expected = argc > 1 ? atoi(argv[1]) : 1;
  emscripten_set_socket_connection_callback(NULL, on_connection);
  emscripten_set_socket_message_callback(NULL, on_message);
  server = listener(512);
  set_nonblocking(server);
  events_watch(server, LISTENING);
  printf("listening %d\n", local_port(server));
  return events_run();
}
