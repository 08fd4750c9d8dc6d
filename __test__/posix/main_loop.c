// Emscripten's main loop goes on while sockets are served by callbacks, and each may use blocking calls in between.
// server: none
// clients: 4
// flags: -sEXIT_RUNTIME
#include "common.h"
#ifdef __EMSCRIPTEN__
#include <emscripten.h>

static int frames, ended, accepted, waited;

static void accept_one(int fd, void *data) {
  (void)data;
  if (accept(fd, NULL, NULL) >= 0) accepted++;
}

static void message(int fd, void *data) {
  static char buffer[1 << 16];
  (void)data;
  // The connection that woke us, whatever it is, blocks: the bytes are there.
  long count = recv(fd, buffer, sizeof buffer, 0);
  if (count > 0) write_all(fd, buffer, (size_t)count);
}

static void gone(int fd, void *data) {
  (void)data;
  close(fd);
  ended++;
}

static void frame(void) {
  frames++;
  // A wait of its own inside of a frame.
  struct pollfd nothing = {-1, POLLIN, 0};
  waited += poll(&nothing, 1, 1) == 0;
  if (ended < 4 || frames < 10) return;
  say_count("accepted", accepted);
  say_count("ended", ended);
  say_yes("frames went on", waited == frames);
  emscripten_force_exit(0);
}

int main(void) {
  begin();
  int fd = listener(16);
  emscripten_set_socket_connection_callback(NULL, accept_one);
  emscripten_set_socket_message_callback(NULL, message);
  emscripten_set_socket_close_callback(NULL, gone);
  printf("listening %d\n", local_port(fd));
  fflush(stdout);
  emscripten_set_main_loop(frame, 100, 0);
  return 0;
}
#else
int main(void) { return 0; }
#endif
