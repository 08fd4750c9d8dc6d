// fcntl() and ioctl() on sockets, and what only files can do.
#include "common.h"

int main(void) {
  begin();
  int client, server;
  char buffer[64];
  tcp_pair(&client, &server);

  int flags = fcntl(client, F_GETFL);
  say_yes("opened for reading and writing", (flags & O_ACCMODE) == O_RDWR);
  say_yes("blocking at first", !(flags & O_NONBLOCK));
  say_ok("set O_NONBLOCK", fcntl(client, F_SETFL, flags | O_NONBLOCK));
  say_yes("it is set", (fcntl(client, F_GETFL) & O_NONBLOCK) != 0);
  say_count("recv", recv(client, buffer, sizeof buffer, 0));
  say_count("read", read(client, buffer, sizeof buffer));
  struct iovec parts[2] = {{buffer, 8}, {buffer + 8, 8}};
  say_count("readv", readv(client, parts, 2));
  say_yes("the other end is not affected", !(fcntl(server, F_GETFL) & O_NONBLOCK));

  int available = -1;
  say_ok("FIONREAD", ioctl(client, FIONREAD, &available));
  say("available", "%d", available);
  send_text(server, "seventeen bytes..");
  wait_for(client, POLLIN);
  say_ok("FIONREAD", ioctl(client, FIONREAD, &available));
  say("available", "%d", available);
  recv(client, buffer, 7, 0);
  ioctl(client, FIONREAD, &available);
  say("available after reading 7", "%d", available);
  recv(client, buffer, sizeof buffer, 0);
  ioctl(client, FIONREAD, &available);
  say("available after reading all", "%d", available);

  int listening = listener(1);
  say_ok("FIONREAD on a listener", ioctl(listening, FIONREAD, &available));
  close(listening);

  struct stat status;
  say_ok("fstat", fstat(client, &status));
  say_yes("it is a socket", S_ISSOCK(status.st_mode));
  say_ok("lseek", lseek(client, 0, SEEK_SET));
  say_ok("pread", pread(client, buffer, 4, 0));
  say_ok("pwrite", pwrite(client, "x", 1, 0));
  say("isatty", "%d", isatty(client));

  close(client);
  say_ok("F_GETFL, closed descriptor", fcntl(client, F_GETFL));
  say_ok("FIONREAD, closed descriptor", ioctl(client, FIONREAD, &available));
  close(server);
  return 0;
}
