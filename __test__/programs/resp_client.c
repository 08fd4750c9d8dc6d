// A Redis client of blocking calls.
// server: redis-server
#include "resp.h"

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  struct buffer out = {0}, in = {0};
  while (talk_step(&out)) {
    must("send", write_all(fd, out.data, out.size));
    out.size = 0;
    for (int last = 0; !last;) {
      struct reply reply;
      size_t taken = parse_reply(in.data, in.size, &reply);
      if (taken) {
        last = talk_reply(&reply);
        buffer_drop(&in, taken);
        continue;
      }
      long count = must("recv", recv(fd, buffer_room(&in, 65536), 65536, 0));
      if (count == 0) {
        say("recv", "the end, in the middle of the conversation");
        return 1;
      }
      in.size += (size_t)count;
    }
  }
  say_count("bytes left over", (long)in.size);
  close(fd);
  return 0;
}
