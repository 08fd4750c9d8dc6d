// read, write, readv, writev on sockets; socket calls on what is no socket.
#include "common.h"

int main(void) {
  begin();
  char buffer[64], a[4], b[8];
  int client, server;
  volatile int minus = -1;
  tcp_pair(&client, &server);
  say_count("write", write(client, "write", 5));
  say_count("read", read(server, buffer, sizeof buffer));
  struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefgh", 6}};
  say_count("writev", writev(client, out, 3));
  struct iovec in[2] = {{a, 4}, {b, 8}};
  say_count("readv", readv(server, in, 2));
  say("pieces", "[%.4s] [%.4s]", a, b);
  say_count("write of nothing", write(client, "", 0));
  say_count("writev of no pieces", writev(client, out, 0));
  say_count("readv of no pieces", readv(server, in, 0));
  say_count("a negative count", writev(client, out, minus));
  say_count("too many", writev(client, out, minus + 1026));
  set_nonblocking(server);
  say_count("read does not wait", read(server, buffer, sizeof buffer));
  say_count("nor readv", readv(server, in, 2));
  close(client);
  wait_for(server, POLLIN);
  say_count("the end", read(server, buffer, sizeof buffer));
  say_count("readv at the end", readv(server, in, 2));
  close(server);

  // More than fits: a blocking write takes it all once the other side reads.
  tcp_pair(&client, &server);
  set_nonblocking(client);
  static unsigned char large[1 << 20];
  fill_pattern(large, sizeof large, 0);
  size_t sent = 0, got = 0;
  int good = 1;
  static unsigned char part[1 << 18];
  while (got < 8u << 20) {
    size_t offset = sent % sizeof large;
    long count = sent < 8u << 20 ? write(client, large + offset, sizeof large - offset) : -1;
    if (count > 0) sent += (size_t)count;
    struct iovec two[2] = {{part, 1000}, {part + 1000, sizeof part - 1000}};
    wait_for(server, POLLIN);
    count = readv(server, two, 2);
    if (count <= 0) break;
    for (long i = 0; i < count; i += 997) good &= part[i] == pattern((got + (size_t)i) % sizeof large);
    got += (size_t)count;
  }
  say_count("8 MiB in pieces", (long)got);
  say_yes("unchanged", good);
  close(client);
  close(server);

  int file = not_a_socket();
  struct sockaddr_in address = ipv4("127.0.0.1", 9);
  socklen_t length = sizeof address;
  int value = 0;
  say_count("send on a file", send(file, "x", 1, 0));
  say_count("recv on a file", recv(file, buffer, 1, 0));
  say_ok("connect on a file", connect(file, (struct sockaddr *)&address, sizeof address));
  say_ok("bind on a file", bind(file, (struct sockaddr *)&address, sizeof address));
  say_ok("listen on a file", listen(file, 1));
  say_ok("accept on a file", accept(file, NULL, NULL));
  say_ok("getsockname on a file", getsockname(file, (struct sockaddr *)&address, &length));
  say_ok("getpeername on a file", getpeername(file, (struct sockaddr *)&address, &length));
  length = sizeof value;
  say_ok("getsockopt on a file", getsockopt(file, SOL_SOCKET, SO_TYPE, &value, &length));
  say_ok("setsockopt on a file", setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &value, length));
  say_count("write on a file", write(file, "x", 1));
  close(file);
  say_count("send on a closed one", send(file, "x", 1, 0));
  say_count("read on a closed one", read(file, buffer, 1));
  say_count("write on a closed one", write(file, "x", 1));
  say_count("readv on a closed one", readv(file, in, 2));
  say_ok("connect on a closed one", connect(file, (struct sockaddr *)&address, sizeof address));
  say_ok("a negative one", listen(-5, 1));
  int ends[2];
  must("pipe", pipe(ends));
  say_count("send on a pipe", send(ends[1], "x", 1, 0));
  say_count("recv on a pipe", recv(ends[0], buffer, 1, MSG_DONTWAIT));
  say_ok("getsockname on a pipe", getsockname(ends[0], (struct sockaddr *)&address, &length));
  return 0;
}
