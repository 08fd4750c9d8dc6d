// Pipes beside sockets: they wait, are polled, break, and do not wait when told so.
#include "common.h"

int main(void) {
  begin();
  char buffer[64];
  int ends[2];
  say_ok("pipe", pipe(ends));
  say_count("write", write(ends[1], "hello", 5));
  say_count("read of fewer", read(ends[0], buffer, 3));
  say_count("the rest", read(ends[0], buffer, sizeof buffer));
  struct pollfd both[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
  poll(both, 2, 0);
  say("an empty one", "%s %s", both[0].revents ? "ready" : "-", poll_names(both[1].revents));
  struct iovec out[2] = {{"ab", 2}, {"cd", 2}}, in[2] = {{buffer, 1}, {buffer + 8, 8}};
  say_count("writev", writev(ends[1], out, 2));
  say_count("readv", readv(ends[0], in, 2));
  say_count("read of the writing end", read(ends[1], buffer, 1));
  say_count("write to the reading end", write(ends[0], "x", 1));
  long long start = now_ms();
  say_count("poll waits", poll(both, 1, 50));
  say_yes("long enough", now_ms() - start >= 49);
  say_ok("close the writing end", close(ends[1]));
  say("poll", "%s", poll_names(wait_for(ends[0], POLLIN)));
  say_count("the end", read(ends[0], buffer, sizeof buffer));
  close(ends[0]);

  must("pipe", pipe(ends));
  close(ends[0]);
  say_count("nobody reads", write(ends[1], "x", 1));
  say("poll", "%s", poll_names(wait_for(ends[1], POLLOUT)));
  close(ends[1]);

  say_ok("pipe2 O_NONBLOCK", pipe2(ends, O_NONBLOCK | O_CLOEXEC));
  say_count("read does not wait", read(ends[0], buffer, 1));
  static char block[4096];
  long total = 0, count;
  while ((count = write(ends[1], block, sizeof block)) > 0) total += count;
  say("full", "%ld %s", total, errno_name(errno));
  say_count("POLLOUT of a full one", (both[0] = (struct pollfd){ends[1], POLLOUT, 0}, poll(both, 1, 0)));
  read(ends[0], block, sizeof block);
  say_count("with room again", poll(both, 1, 0));
  close(ends[0]);
  close(ends[1]);
  say_ok("pipe2 with a bad flag", pipe2(ends, 0x8000000));

  // Beside a socket in one select.
  int client, server;
  must("pipe", pipe(ends));
  tcp_pair(&client, &server);
  fd_set reads;
  FD_ZERO(&reads);
  FD_SET(ends[0], &reads);
  FD_SET(server, &reads);
  int most = (ends[0] > server ? ends[0] : server) + 1;
  write(ends[1], "x", 1);
  say_count("select", select(most, &reads, NULL, NULL, NULL));
  say("which", "%s %s", FD_ISSET(ends[0], &reads) ? "pipe" : "-", FD_ISSET(server, &reads) ? "socket" : "-");
  read(ends[0], buffer, 1);
  send(client, "x", 1, 0);
  FD_SET(ends[0], &reads);
  FD_SET(server, &reads);
  say_count("select", select(most, &reads, NULL, NULL, NULL));
  say("which", "%s %s", FD_ISSET(ends[0], &reads) ? "pipe" : "-", FD_ISSET(server, &reads) ? "socket" : "-");

  // Through stdio.
  FILE *from = fdopen(ends[0], "r"), *to = fdopen(ends[1], "w");
  fprintf(to, "a line %d\n", 42);
  fflush(to);
  say_yes("fgets", fgets(buffer, sizeof buffer, from) != NULL);
  buffer[strcspn(buffer, "\n")] = 0;
  say("it is", "%s", buffer);
  fclose(to);
  say_count("the end", fgetc(from) == EOF);
  fclose(from);
  return 0;
}
