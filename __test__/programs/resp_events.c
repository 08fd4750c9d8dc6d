// A Redis client of callbacks: the same conversation, each step begun when the last reply of the one before arrived.
// server: redis-server
#include "events.h"
#include "resp.h"

static struct buffer out, in;

static void next_step(int fd) {
  out.size = 0;
  if (talk_step(&out)) {
    // The socket is a blocking one, so that this takes all.
    must("send", write_all(fd, out.data, out.size));
    return;
  }
  say_count("bytes left over", (long)in.size);
  events_close(fd);
}

static void on_open(int fd, void *user_data) {
  (void)user_data;
  next_step(fd);
}

static void on_message(int fd, void *user_data) {
  (void)user_data;
  long count = recv(fd, buffer_room(&in, 65536), 65536, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) {
    say("recv", "%s, in the middle of the conversation", count ? errno_name(errno) : "the end");
    exit(1);
  }
  in.size += (size_t)count;
  struct reply reply;
  for (size_t taken; (taken = parse_reply(in.data, in.size, &reply));) {
    int last = talk_reply(&reply);
    buffer_drop(&in, taken);
    if (last) next_step(fd);
  }
}

static void on_error(int fd, int error, const char *message, void *user_data) {
  (void)fd;
  (void)message;
  (void)user_data;
  say("error", "%s", errno_name(error));
  exit(1);
}

int main(int argc, char **argv) {
  begin();
  emscripten_set_socket_open_callback(NULL, on_open);
  emscripten_set_socket_error_callback(NULL, on_error);
  emscripten_set_socket_message_callback(NULL, on_message);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  set_nonblocking(fd);
  if (connect_ipv4(fd, "127.0.0.1", peer_port(argc, argv)) < 0 && errno != EINPROGRESS) must("connect", -1);
  events_watch(fd, CONNECTING);
  return events_run();
}
