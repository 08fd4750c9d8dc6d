// Back to blocking: O_NONBLOCK cleared, and FIONBIO. (Older versions of Emscripten know neither for sockets.)
// versions: >=6.0.2
// peer: script
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  char buffer[64];
  int on = 1, off = 0;

  set_nonblocking(fd);
  say_count("recv, non-blocking", recv(fd, buffer, sizeof buffer, 0));
  say_ok("clear O_NONBLOCK", fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK));
  say_yes("it is clear", !(fcntl(fd, F_GETFL) & O_NONBLOCK));
  long long start = now_ms();
  send_text(fd, "later 120 back\n");
  say_count("recv waits again", recv(fd, buffer, 5, 0));
  say_yes("it waited", now_ms() - start >= 100);

  say_ok("FIONBIO on", ioctl(fd, FIONBIO, &on));
  say_yes("O_NONBLOCK shows it", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  say_ok("FIONBIO off", ioctl(fd, FIONBIO, &off));
  say_yes("O_NONBLOCK shows it", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  start = now_ms();
  send_text(fd, "later 120 back\n");
  say_count("recv waits again", recv(fd, buffer, 5, 0));
  say_yes("it waited", now_ms() - start >= 100);
  close(fd);
  return 0;
}
