// fcntl, ioctl and fstat on sockets and pipes.
#include "common.h"

static const char *kind_of(int fd) {
  struct stat info;
  if (fstat(fd, &info) < 0) return errno_name(errno);
  return S_ISSOCK(info.st_mode) ? "socket" : S_ISFIFO(info.st_mode) ? "pipe" : S_ISCHR(info.st_mode) ? "device" : "other";
}

static int pending(int fd) {
  int count = -1;
  return ioctl(fd, FIONREAD, &count) < 0 ? -errno : count;
}

int main(void) {
  begin();
  char buffer[64];
  int client, server, value;
  tcp_pair(&client, &server);
  int datagram = socket(AF_INET, SOCK_DGRAM, 0), listening = listener(1), ends[2], pair[2];
  must("pipe", pipe(ends));
  must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  int file = not_a_socket();

  say("fstat of a connection", "%s", kind_of(client));
  say("of a datagram socket", "%s", kind_of(datagram));
  say("of a listener", "%s", kind_of(listening));
  say("of a pair", "%s", kind_of(pair[0]));
  say("of a pipe", "%s", kind_of(ends[0]));
  say("of its other end", "%s", kind_of(ends[1]));
  say("of a device", "%s", kind_of(file));
  say_count("lseek of a socket", lseek(client, 0, SEEK_CUR));
  say_count("lseek of a pipe", lseek(ends[0], 0, SEEK_CUR));
  say_count("isatty", isatty(client));

  say_count("FIONREAD of an idle one", pending(server));
  send(client, "twelve bytes", 12, 0);
  wait_for(server, POLLIN);
  say_count("with bytes", pending(server));
  recv(server, buffer, 5, 0);
  say_count("with fewer", pending(server));
  say("of a listener", "%s", pending(listening) == -EINVAL ? "EINVAL" : "other");
  write(ends[1], "pipe", 4);
  say_count("of a pipe", pending(ends[0]));
  send(pair[0], "first", 5, 0);
  send(pair[0], "second one", 10, 0);
  say_count("of datagrams: the first", pending(pair[1]));

  value = 1;
  say_ok("FIONBIO on", ioctl(server, FIONBIO, &value));
  say_yes("F_GETFL", (fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
  recv(server, buffer, sizeof buffer, 0);
  say_count("recv does not wait", recv(server, buffer, sizeof buffer, 0));
  value = 0;
  say_ok("FIONBIO off", ioctl(server, FIONBIO, &value));
  say_yes("F_GETFL", (fcntl(server, F_GETFL) & O_NONBLOCK) == 0);
  say_ok("F_SETFL on", fcntl(server, F_SETFL, O_NONBLOCK));
  say_count("recv does not wait", recv(server, buffer, sizeof buffer, 0));
  say_ok("F_SETFL off", fcntl(server, F_SETFL, fcntl(server, F_GETFL) & ~O_NONBLOCK));
  say_yes("F_GETFL", (fcntl(server, F_GETFL) & O_NONBLOCK) == 0);
  say_ok("SIOCATMARK", ioctl(server, SIOCATMARK, &value));
  say_ok("of datagrams", ioctl(datagram, SIOCATMARK, &value));
  say_ok("no such request", ioctl(server, 0x7fff, &value));
  say_ok("FIONBIO of a closed one", ioctl(150, FIONBIO, &value));
  say_ok("FIONREAD of a closed one", ioctl(150, FIONREAD, &value));

  say_count("F_GETFD", fcntl(server, F_GETFD));
  say_ok("F_SETFD", fcntl(server, F_SETFD, FD_CLOEXEC));
  say_ok("F_GETFL of a closed one", fcntl(150, F_GETFL));
  say_ok("F_SETFL of a closed one", fcntl(150, F_SETFL, O_NONBLOCK));
  say_count("a pipe's reading end", fcntl(ends[0], F_GETFL) & O_ACCMODE);
  say_count("a pipe's writing end", fcntl(ends[1], F_GETFL) & O_ACCMODE);
  say_ok("O_NONBLOCK on a pipe", fcntl(ends[0], F_SETFL, O_NONBLOCK));
  read(ends[0], buffer, sizeof buffer);
  say_count("its read does not wait", read(ends[0], buffer, sizeof buffer));
  return 0;
}
