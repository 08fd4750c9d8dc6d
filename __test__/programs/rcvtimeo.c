// SO_RCVTIMEO and SO_SNDTIMEO end a blocking call after their time.
// versions: >=6.0.2
#include "common.h"

static void set_timeout(int fd, int option, long milliseconds) {
  struct timeval wait;
  memset(&wait, 0, sizeof wait);
  wait.tv_sec = milliseconds / 1000;
  wait.tv_usec = milliseconds % 1000 * 1000;
  must("setsockopt", setsockopt(fd, SOL_SOCKET, option, &wait, sizeof wait));
}

static void say_time(long long start, long long least) {
  long long elapsed = now_ms() - start;
  say("it returned", "%s", elapsed < least - 10 ? "too early" : elapsed < least + 8000 ? "in time" : "late");
}

int main(void) {
  begin();
  int client, server;
  static char buffer[65536];
  tcp_pair(&client, &server);

  set_timeout(client, SO_RCVTIMEO, 200);
  long long start = now_ms();
  say_count("recv, 200 ms", recv(client, buffer, sizeof buffer, 0));
  say_time(start, 200);
  start = now_ms();
  say_count("read, 200 ms", read(client, buffer, sizeof buffer));
  say_time(start, 200);
  send_text(server, "part");
  start = now_ms();
  say_count("MSG_WAITALL returns what came", recv(client, buffer, 10, MSG_WAITALL));
  say_time(start, 200);
  send_text(server, "there");
  say_count("recv with data", recv(client, buffer, sizeof buffer, 0));
  set_timeout(client, SO_RCVTIMEO, 100);
  start = now_ms();
  say_count("recv, 100 ms", recv(client, buffer, sizeof buffer, 0));
  say_time(start, 100);

  // Nobody reads: a blocking send ends after its time, with what it could send or with EAGAIN.
  set_timeout(client, SO_SNDTIMEO, 150);
  long count;
  do {
    start = now_ms();
    count = send(client, buffer, sizeof buffer, 0);
  } while (count > 0);
  say_count("send, 150 ms", count);
  say_time(start, 150);
  close(client);
  close(server);

  int listening = listener(1);
  set_timeout(listening, SO_RCVTIMEO, 150);
  start = now_ms();
  say_ok("accept, 150 ms", accept(listening, NULL, NULL));
  say_time(start, 150);
  close(listening);

  // A listener that does not answer: the connection is still in progress when the time is over.
  int full = listener(0);
  int first = dial(local_port(full));
  int fd = tcp();
  set_timeout(fd, SO_SNDTIMEO, 150);
  start = now_ms();
  say_ok("connect, 150 ms", connect_ipv4(fd, "127.0.0.1", local_port(full)));
  say_time(start, 150);
  close(fd);
  close(first);
  close(full);
  return 0;
}
