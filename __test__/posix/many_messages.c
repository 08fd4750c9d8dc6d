// sendmmsg and recvmmsg: counts, lengths, MSG_WAITFORONE, timeouts.
#include "common.h"

static struct mmsghdr messages[8];
static struct iovec pieces[8];
static char space[8][16];

static void prepare(int room) {
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < 8; i++) {
    pieces[i] = (struct iovec){space[i], (size_t)room};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
}

int main(void) {
  begin();
  int ends[2];
  must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));

  prepare(0);
  for (int i = 0; i < 8; i++) pieces[i].iov_len = (size_t)snprintf(space[i], 16, "%.*s", i, "message");
  say_count("sendmmsg", sendmmsg(ends[0], messages, 8, 0));
  say("msg_len", "%u %u %u %u", messages[0].msg_len, messages[1].msg_len, messages[4].msg_len, messages[7].msg_len);
  prepare(16);
  say_count("recvmmsg of 5", recvmmsg(ends[1], messages, 5, 0, NULL));
  say("msg_len", "%u %u %u", messages[0].msg_len, messages[1].msg_len, messages[4].msg_len);
  say_count("WAITFORONE takes what there is", recvmmsg(ends[1], messages, 8, MSG_WAITFORONE, NULL));
  say("msg_len", "%u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len);
  say_count("DONTWAIT with nothing there", recvmmsg(ends[1], messages, 8, MSG_DONTWAIT, NULL));
  send(ends[0], "one", 3, 0);
  say_count("DONTWAIT with one", recvmmsg(ends[1], messages, 8, MSG_DONTWAIT, NULL));
  say_count("none asked for", recvmmsg(ends[1], messages, 0, 0, NULL));
  say_count("none to send", sendmmsg(ends[0], messages, 0, 0));

  // The timeout is looked at when a message has come.
  struct timespec timeout = {0, 0};
  send(ends[0], "two", 3, 0);
  send(ends[0], "three", 5, 0);
  say_count("a timeout that has passed", recvmmsg(ends[1], messages, 8, 0, &timeout));
  timeout = (struct timespec){5, 0};
  say_count("one that has not", recvmmsg(ends[1], messages, 1, 0, &timeout));
  say_yes("what is left of it", timeout.tv_sec <= 5 && timeout.tv_sec >= 3);
  timeout = (struct timespec){-1, 0};
  say_count("a negative one", recvmmsg(ends[1], messages, 1, MSG_DONTWAIT, &timeout));
  timeout = (struct timespec){0, 1000000000};
  say_count("too many nanoseconds", recvmmsg(ends[1], messages, 1, MSG_DONTWAIT, &timeout));

  prepare(4);
  send(ends[0], "longer than that", 16, 0);
  say_count("cut", recvmmsg(ends[1], messages, 1, 0, NULL));
  say("length and flags", "%u %s", messages[0].msg_len, messages[0].msg_hdr.msg_flags & MSG_TRUNC ? "MSG_TRUNC" : "0");

  prepare(4);
  close(ends[1]);
  say_count("to nobody", sendmmsg(ends[0], messages, 3, MSG_NOSIGNAL));
  close(ends[0]);
  say_count("closed", sendmmsg(ends[0], messages, 1, 0));
  say_count("closed", recvmmsg(ends[0], messages, 1, 0, NULL));
  int file = not_a_socket();
  say_count("a file", recvmmsg(file, messages, 1, 0, NULL));
  close(file);

  // Each to its own address.
  int one = socket(AF_INET, SOCK_DGRAM, 0), two[2];
  struct sockaddr_in to[2];
  prepare(3);
  for (int i = 0; i < 2; i++) {
    two[i] = socket(AF_INET, SOCK_DGRAM, 0);
    must("bind", bind_ipv4(two[i], "127.0.0.1", 0));
    to[i] = ipv4("127.0.0.1", local_port(two[i]));
    messages[i].msg_hdr.msg_name = &to[i];
    messages[i].msg_hdr.msg_namelen = sizeof to[i];
    pieces[i].iov_len = (size_t)i + 1;
  }
  say_count("to two addresses", sendmmsg(one, messages, 2, 0));
  char buffer[16];
  say_count("the first got", recv(two[0], buffer, sizeof buffer, 0));
  say_count("the second got", recv(two[1], buffer, sizeof buffer, 0));
  messages[1].msg_hdr.msg_namelen = 3;
  say_count("the second is wrong", sendmmsg(one, messages, 2, 0));
  messages[0].msg_hdr.msg_namelen = 3;
  say_count("the first is wrong", sendmmsg(one, messages, 2, 0));

  // Senders' addresses, and a wait that SO_RCVTIMEO ends.
  struct timeval limit = {0, 60000};
  must("SO_RCVTIMEO", setsockopt(two[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  struct sockaddr_in from[8];
  prepare(16);
  for (int i = 0; i < 8; i++) {
    messages[i].msg_hdr.msg_name = &to[0];
    messages[i].msg_hdr.msg_namelen = sizeof to[0];
  }
  say_count("three without a wait", sendmmsg(one, messages, 3, MSG_DONTWAIT));
  for (int i = 0; i < 8; i++) {
    messages[i].msg_hdr.msg_name = i == 1 ? NULL : &from[i];
    messages[i].msg_hdr.msg_namelen = i == 2 ? 4 : sizeof from[i];
    messages[i].msg_len = 77;
    messages[i].msg_hdr.msg_flags = 99;
  }
  memset(from, 0, sizeof from);
  say_count("eight, of which three come", recvmmsg(two[0], messages, 8, 0, NULL));
  for (int i = 0; i < 4; i++)
    say("entry", "%u %u %d %d %d", messages[i].msg_len, (unsigned)messages[i].msg_hdr.msg_namelen,
        messages[i].msg_hdr.msg_flags, from[i].sin_family, ntohs(from[i].sin_port) == local_port(one));
  say_count("nothing comes", recvmmsg(two[0], messages, 8, 0, NULL));
  say_count("no error is there", recvmmsg(two[0], messages, 8, MSG_ERRQUEUE, NULL));

  // Runs with control data or several pieces among them.
  must("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
  struct iovec both[2] = {{space[0], 2}, {space[1], 3}};
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
  } control;
  prepare(4);
  memset(&control, 0, sizeof control);
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), &one, sizeof one);
  messages[2].msg_hdr.msg_control = &control;
  messages[2].msg_hdr.msg_controllen = sizeof control;
  messages[5].msg_hdr.msg_iov = both;
  messages[5].msg_hdr.msg_iovlen = 2;
  say_count("a mixture", sendmmsg(ends[0], messages, 8, 0));
  say("lengths", "%u %u %u %u", messages[0].msg_len, messages[2].msg_len, messages[5].msg_len, messages[7].msg_len);
  prepare(16);
  messages[2].msg_hdr.msg_control = &control;
  messages[2].msg_hdr.msg_controllen = sizeof control;
  say_count("arrives", recvmmsg(ends[1], messages, 8, 0, NULL));
  say("lengths", "%u %u %u %u", messages[0].msg_len, messages[2].msg_len, messages[5].msg_len, messages[7].msg_len);
  int passed;
  memcpy(&passed, CMSG_DATA(&control.header), sizeof passed);
  say_count("with a descriptor", close(passed));
  close(ends[0]);
  close(ends[1]);

  // A stream takes them one by one.
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  prepare(5);
  say_count("into a stream", sendmmsg(ends[0], messages, 8, 0));
  prepare(12);
  say_count("out of it", recvmmsg(ends[1], messages, 4, MSG_DONTWAIT, NULL));
  say("lengths", "%u %u %u %u", messages[0].msg_len, messages[1].msg_len, messages[2].msg_len, messages[3].msg_len);
  return 0;
}
