// SCM_RIGHTS: sockets and pipes handed over, and none lost when there is no room for them.
#include "common.h"
#include <sys/un.h>

static long pass(int through, const int *fds, int count) {
  char control[CMSG_SPACE(16 * sizeof(int))];
  struct iovec piece = {"fd", 2};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control};
  memset(control, 0, sizeof control);
  message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
  memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
  return sendmsg(through, &message, 0);
}

// How many descriptors came, with room for `room` of them.
static int take(int from, int *fds, int room, int *flags) {
  char control[CMSG_SPACE(16 * sizeof(int))], buffer[8];
  struct iovec piece = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control};
  message.msg_controllen = room ? CMSG_LEN((size_t)room * sizeof(int)) : 0;
  if (recvmsg(from, &message, 0) < 0) return -1;
  *flags = message.msg_flags;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_type != SCM_RIGHTS) return 0;
  int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
  memcpy(fds, CMSG_DATA(header), (size_t)count * sizeof(int));
  return count;
}

int main(void) {
  begin();
  int ends[2], fds[16], flags = 0, pair[2];
  char buffer[64];
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));

  int listening = listener(2);
  say_count("pass a listener", pass(ends[0], &listening, 1));
  say_count("take it", take(ends[1], fds, 4, &flags));
  say("msg_flags", "%s", flags & MSG_CTRUNC ? "MSG_CTRUNC" : "0");
  say_yes("another number", fds[0] != listening);
  say_yes("the same socket", local_port(fds[0]) == local_port(listening));
  close(listening);
  int client = tcp();
  say_ok("it listens still", connect_ipv4(client, "127.0.0.1", local_port(fds[0])));
  int server = accept(fds[0], NULL, NULL);
  say_ok("accept through it", server);
  close(fds[0]);

  // Passed and closed at once: it lives in the message.
  say_count("pass a connection", pass(ends[0], &server, 1));
  close(server);
  say_count("sent meanwhile", send(client, "meanwhile", 9, 0));
  say_count("take it", take(ends[1], fds, 1, &flags));
  say_count("and read", recv(fds[0], buffer, sizeof buffer, 0));
  close(fds[0]);
  say_count("closed: the end", recv(client, buffer, sizeof buffer, 0));
  close(client);

  int tube[2];
  must("pipe", pipe(tube));
  say_count("pass both ends of a pipe", pass(ends[0], tube, 2));
  close(tube[0]);
  close(tube[1]);
  say_count("take them", take(ends[1], fds, 2, &flags));
  say_count("write into one", write(fds[1], "through", 7));
  say_count("read from the other", read(fds[0], buffer, sizeof buffer));
  close(fds[1]);
  say_count("the end", read(fds[0], buffer, sizeof buffer));
  close(fds[0]);

  // Room for two of three: the third is closed, and MSG_CTRUNC says so.
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  int three[3] = {pair[1], pair[1], pair[1]};
  say_count("pass three", pass(ends[0], three, 3));
  close(pair[1]);
  say_count("take two", take(ends[1], fds, 2, &flags));
  say("msg_flags", "%s", flags & MSG_CTRUNC ? "MSG_CTRUNC" : "0");
  close(fds[0]);
  say_count("one left", recv(pair[0], buffer, sizeof buffer, MSG_DONTWAIT));
  close(fds[1]);
  say_count("none left over", recv(pair[0], buffer, sizeof buffer, MSG_DONTWAIT));
  close(pair[0]);

  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  pass(ends[0], &pair[1], 1);
  close(pair[1]);
  say_count("no room at all", take(ends[1], fds, 0, &flags));
  say("msg_flags", "%s", flags & MSG_CTRUNC ? "MSG_CTRUNC" : "0");
  say_count("it is closed", recv(pair[0], buffer, sizeof buffer, MSG_DONTWAIT));
  close(pair[0]);

  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  pass(ends[0], &pair[1], 1);
  close(pair[1]);
  say_count("recv takes no descriptors", recv(ends[1], buffer, sizeof buffer, 0));
  say_count("it is closed", recv(pair[0], buffer, sizeof buffer, MSG_DONTWAIT));
  close(pair[0]);

  int closed = pair[0];
  say_count("pass a closed one", pass(ends[0], &closed, 1));
  say_count("nothing was sent", recv(ends[1], buffer, sizeof buffer, MSG_DONTWAIT));
  say_count("over TCP it means nothing", (tcp_pair(&client, &server), pass(client, &server, 1)));

  // Credentials are the kernel's.
  int on = 1;
  setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  send(ends[0], "who", 3, 0);
  char control[CMSG_SPACE(64)];
  struct iovec piece = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  say_count("SO_PASSCRED", recvmsg(ends[1], &message, 0));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  say_yes("SCM_CREDENTIALS", header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS);
  say("its length", "%d", header ? (int)(header->cmsg_len - CMSG_LEN(0)) : -1);

  // A descriptor of the sender's process (SO_PASSPIDFD, SCM_PIDFD).
  int off = 0, process;
  setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
  say_count("SO_PASSPIDFD", setsockopt(ends[1], SOL_SOCKET, 76, &on, sizeof on));
  send(ends[0], "who", 3, 0);
  message.msg_controllen = sizeof control;
  say_count("recvmsg", recvmsg(ends[1], &message, 0));
  header = CMSG_FIRSTHDR(&message);
  say("level, type, length", "%d %d %d", header ? header->cmsg_level : -1, header ? header->cmsg_type : -1,
      header ? (int)(header->cmsg_len - CMSG_LEN(0)) : -1);
  if (!header) return 1;
  memcpy(&process, CMSG_DATA(header), sizeof process);
  struct pollfd alive = {process, POLLIN, 0};
  say_count("it has not ended", poll(&alive, 1, 0));
  say_count("read", read(process, buffer, sizeof buffer));
  say_count("close", close(process));
  say_count("again", close(process));
  // recv has no room for it.
  send(ends[0], "who", 3, 0);
  say_count("recv", recv(ends[1], buffer, sizeof buffer, 0));
  return 0;
}
