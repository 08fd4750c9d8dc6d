// connect() with O_NONBLOCK: in progress, then finished or failed, as poll and SO_ERROR tell.
// peer: echo
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int port = peer_port(argc, argv);
  char buffer[64];

  int fd = tcp();
  set_nonblocking(fd);
  say_ok("connect", connect_ipv4(fd, "127.0.0.1", port));
  say("poll", "%s", poll_names(wait_for(fd, POLLOUT)));
  say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  say_ok("connect again", connect_ipv4(fd, "127.0.0.1", port));
  say_ok("and again", connect_ipv4(fd, "127.0.0.1", port));
  say_count("recv with nothing there", recv(fd, buffer, sizeof buffer, 0));
  say_count("read with nothing there", read(fd, buffer, sizeof buffer));
  say_count("send", send(fd, "ping", 4, 0));
  say("poll", "%s", poll_names(wait_for(fd, POLLIN)));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  say_ok("socket with SOCK_NONBLOCK", fd);
  say_yes("O_NONBLOCK is set", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  say_ok("connect", connect_ipv4(fd, "127.0.0.1", port));
  say("poll", "%s", poll_names(wait_for(fd, POLLOUT)));
  close(fd);

  // Refused: connect() cannot know yet; poll and SO_ERROR tell.
  int bound = tcp();
  must("bind", bind_ipv4(bound, "127.0.0.1", 0));
  fd = tcp();
  set_nonblocking(fd);
  say_ok("connect to a closed port", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
  say("poll", "%s", poll_names(wait_until(fd, POLLOUT, POLLOUT | POLLHUP | POLLERR)));
  say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  say("SO_ERROR again", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  close(fd);

  // The same, but the program asks by sending.
  fd = tcp();
  set_nonblocking(fd);
  say_ok("connect to a closed port", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
  wait_until(fd, POLLOUT, POLLHUP);
  say_count("send", send(fd, "x", 1, 0));
  say_count("send again", send(fd, "x", 1, 0));
  close(fd);

  // And by connecting once more.
  fd = tcp();
  set_nonblocking(fd);
  say_ok("connect to a closed port", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
  wait_until(fd, POLLOUT, POLLHUP);
  say_ok("connect reports it", connect_ipv4(fd, "127.0.0.1", local_port(bound)));
  close(fd);
  close(bound);

  // A listener whose queue is full does not answer: the connection stays in progress.
  int full = listener(0);
  int first = dial(local_port(full));
  fd = tcp();
  set_nonblocking(fd);
  say_ok("connect to a full listener", connect_ipv4(fd, "127.0.0.1", local_port(full)));
  say_ok("connect again", connect_ipv4(fd, "127.0.0.1", local_port(full)));
  struct pollfd entry = {fd, POLLIN | POLLOUT, 0};
  say_count("poll for 50 ms", poll(&entry, 1, 50));
  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  say_ok("getpeername", getpeername(fd, (struct sockaddr *)&peer, &length));
  say_count("send", send(fd, "x", 1, 0));
  say_count("recv", recv(fd, buffer, sizeof buffer, 0));
  say("SO_ERROR", "%s", errno_name(int_option(fd, SOL_SOCKET, SO_ERROR)));
  close(fd);
  close(first);
  close(full);
  return 0;
}
