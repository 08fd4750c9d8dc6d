// Memory that grows between two calls on a socket: the calls must use the memory of now.
// flags: -sALLOW_MEMORY_GROWTH
// peer: echo
#include "common.h"

#define SIZE (48 << 20)

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  char buffer[16];
  send_text(fd, "before");
  say_count("before growing", read_exactly(fd, buffer, 6));

  for (int round = 1; round <= 3; round++) {
    unsigned char *block = malloc(SIZE);
    if (!block) {
      say("memory", "none");
      return 1;
    }
    // At the end of the new block: beyond the end of the old memory.
    unsigned char *out = block + SIZE - 200000, *in = block + SIZE - 100000;
    fill_pattern(out, 100000, (size_t)round);
    memset(in, 0, 100000);
    say_count("sent from new memory", write_all(fd, out, 100000));
    say_count("received into new memory", read_exactly(fd, in, 100000));
    say_yes("the same bytes", is_pattern(in, 100000, (size_t)round));
    struct pollfd *entry = (struct pollfd *)(void *)(block + SIZE - 64);
    *entry = (struct pollfd){fd, POLLOUT, 0};
    say_count("poll in new memory", poll(entry, 1, -1));
    socklen_t *length = (socklen_t *)(void *)(block + SIZE - 32);
    struct sockaddr_in *name = (struct sockaddr_in *)(void *)(block + SIZE - 128);
    *length = sizeof *name;
    say_ok("getpeername in new memory", getpeername(fd, (struct sockaddr *)name, length));
    say("it is", "%s", inet_ntoa(name->sin_addr));
  }
  close(fd);
  return 0;
}
