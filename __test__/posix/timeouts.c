// SO_RCVTIMEO and SO_SNDTIMEO end recv, accept, send, connect and what else waits.
#include "common.h"
#include <sys/time.h>
#include <sys/un.h>

static void limit(int fd, int option, int milliseconds) {
  struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
  must("setsockopt", setsockopt(fd, SOL_SOCKET, option, &time, sizeof time));
}

static void timed(const char *name, long result, long long start, int milliseconds) {
  int error = errno;
  long long elapsed = now_ms() - start;
  say(name, "%s, %s", result < 0 ? errno_name(error) : "done",
      elapsed < milliseconds - 1 ? "too early" : elapsed > milliseconds + 900 ? "late" : "in time");
}

// What is on its way may make room for a while yet: full is what stays full.
static void fill(int fd) {
  static char block[1 << 16];
  for (int quiet = 0; quiet < 15; quiet++) {
    if (send(fd, block, sizeof block, MSG_DONTWAIT) > 0) quiet = 0;
    else usleep(20000);
  }
}

int main(void) {
  begin();
  char buffer[64];
  int client, server;
  tcp_pair(&client, &server);
  limit(server, SO_RCVTIMEO, 60);
  struct timeval time;
  socklen_t length = sizeof time;
  say_ok("SO_RCVTIMEO", getsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &time, &length));
  say("is", "%ld %ld, length %s", (long)time.tv_sec, (long)time.tv_usec, length == sizeof time ? "right" : "wrong");
  long long start = now_ms();
  timed("recv", recv(server, buffer, sizeof buffer, 0), start, 60);
  start = now_ms();
  timed("read", read(server, buffer, sizeof buffer), start, 60);
  struct iovec piece = {buffer, sizeof buffer};
  start = now_ms();
  timed("readv", readv(server, &piece, 1), start, 60);
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  start = now_ms();
  timed("recvmsg", recvmsg(server, &message, 0), start, 60);
  start = now_ms();
  timed("DONTWAIT", recv(server, buffer, sizeof buffer, MSG_DONTWAIT), start, 0);
  send(client, "part", 4, 0);
  start = now_ms();
  long count = recv(server, buffer, sizeof buffer, MSG_WAITALL);
  timed("WAITALL", count, start, 60);
  say_count("with what had come", count);
  send(client, "part", 4, 0);
  start = now_ms();
  count = recv(server, buffer, sizeof buffer, MSG_WAITALL | MSG_PEEK);
  timed("WAITALL|PEEK", count, start, 60);
  say_count("with what had come", count);
  struct pollfd entry = {client, POLLIN, 0};
  start = now_ms();
  timed("poll has a time of its own", poll(&entry, 1, 100) == 0 ? 0 : -1, start, 100);

  limit(client, SO_SNDTIMEO, 80);
  // More than all buffers on the way have room for: the call ends with a part.
  static char block[1 << 16];
  struct iovec blocks[512];
  for (int at = 0; at < 512; at++) blocks[at] = (struct iovec){block, sizeof block};
  start = now_ms();
  count = writev(client, blocks, 512);
  timed("writev of more than fits", count, start, 80);
  say_yes("a part", count > 0 && count < 512L * (long)sizeof block);
  fill(client);
  start = now_ms();
  timed("send into a full connection", send(client, block, sizeof block, 0), start, 80);
  start = now_ms();
  timed("write", write(client, block, sizeof block), start, 80);
  start = now_ms();
  timed("DONTWAIT", send(client, block, sizeof block, MSG_DONTWAIT), start, 0);
  close(client);
  close(server);

  int listening = listener(4);
  limit(listening, SO_RCVTIMEO, 70);
  start = now_ms();
  timed("accept", accept(listening, NULL, NULL), start, 70);
  close(listening);

  // A queue that is full makes connect wait.
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int size = snprintf(address.sun_path + 1, 90, "hostsock-%ld-%ld", (long)now.tv_sec, (long)now.tv_nsec);
  length = (socklen_t)(sizeof address.sun_family + 1 + (size_t)size);
  listening = socket(AF_UNIX, SOCK_STREAM, 0);
  must("bind", bind(listening, (struct sockaddr *)&address, length));
  must("listen", listen(listening, 0));
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  must("connect", connect(client, (struct sockaddr *)&address, length));
  int second = socket(AF_UNIX, SOCK_STREAM, 0);
  limit(second, SO_SNDTIMEO, 90);
  start = now_ms();
  timed("connect to a full queue", connect(second, (struct sockaddr *)&address, length), start, 90);
  set_nonblocking(second);
  start = now_ms();
  timed("without waiting", connect(second, (struct sockaddr *)&address, length), start, 0);

  int datagram = socket(AF_INET, SOCK_DGRAM, 0);
  must("bind", bind_ipv4(datagram, "127.0.0.1", 0));
  limit(datagram, SO_RCVTIMEO, 50);
  start = now_ms();
  timed("recvfrom", recvfrom(datagram, buffer, sizeof buffer, 0, NULL, NULL), start, 50);
  time = (struct timeval){-1, 0};
  say_ok("a negative time", setsockopt(datagram, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  time = (struct timeval){0, 1000000};
  say_ok("too many microseconds", setsockopt(datagram, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  say_ok("too short a value", setsockopt(datagram, SOL_SOCKET, SO_RCVTIMEO, &time, 4));
  return 0;
}
