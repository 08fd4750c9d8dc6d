// The MSG_ flags on datagrams: boundaries, PEEK, TRUNC, MORE, addresses.
#include "common.h"

static int bound(void) {
  int fd = (int)must("socket", socket(AF_INET, SOCK_DGRAM, 0));
  must("bind", bind_ipv4(fd, "127.0.0.1", 0));
  return fd;
}

int main(void) {
  begin();
  char buffer[64];
  int one = bound(), two = bound();
  struct sockaddr_in to_two = ipv4("127.0.0.1", local_port(two)), from;
  socklen_t length = sizeof from;

  say_count("sendto", sendto(one, "datagram", 8, 0, (struct sockaddr *)&to_two, sizeof to_two));
  say_count("PEEK", recvfrom(two, buffer, 4, MSG_PEEK, (struct sockaddr *)&from, &length));
  say_yes("from", ntohs(from.sin_port) == local_port(one) && length == sizeof from);
  say_count("PEEK|TRUNC tells the length", recv(two, buffer, 0, MSG_PEEK | MSG_TRUNC));
  say_count("FIONREAD", (ioctl(two, FIONREAD, &length), length));
  say_count("TRUNC", recv(two, buffer, 4, MSG_TRUNC));
  say_count("the rest is gone", recv(two, buffer, sizeof buffer, MSG_DONTWAIT));
  sendto(one, "short", 5, 0, (struct sockaddr *)&to_two, sizeof to_two);
  say_count("cut without a word", recv(two, buffer, 2, 0));
  say_count("an empty datagram", sendto(one, NULL, 0, 0, (struct sockaddr *)&to_two, sizeof to_two));
  say("it is readable", "%s", poll_names(wait_for(two, POLLIN)));
  say_count("recv", recv(two, buffer, sizeof buffer, 0));
  sendto(one, "a", 1, MSG_MORE, (struct sockaddr *)&to_two, sizeof to_two);
  sendto(one, "b", 1, MSG_MORE, (struct sockaddr *)&to_two, sizeof to_two);
  say_count("MORE holds it back", recv(two, buffer, sizeof buffer, MSG_DONTWAIT));
  sendto(one, "c", 1, 0, (struct sockaddr *)&to_two, sizeof to_two);
  say_count("and makes one of three", recv(two, buffer, sizeof buffer, 0));
  say_count("WAITALL changes nothing", (sendto(one, "wait", 4, 0, (struct sockaddr *)&to_two, sizeof to_two),
                                        recv(two, buffer, sizeof buffer, MSG_WAITALL)));
  say_count("OOB", recv(two, buffer, 1, MSG_OOB | MSG_DONTWAIT));
  say_count("send OOB", sendto(one, "x", 1, MSG_OOB, (struct sockaddr *)&to_two, sizeof to_two));

  say_count("no address", send(one, "x", 1, 0));
  say_count("a short address", sendto(one, "x", 1, 0, (struct sockaddr *)&to_two, 4));
  struct sockaddr_in odd = to_two;
  odd.sin_family = AF_UNIX;
  say_count("another family", sendto(one, "x", 1, 0, (struct sockaddr *)&odd, sizeof odd));
  struct sockaddr_in zero = ipv4("127.0.0.1", 0);
  say_count("port 0", sendto(one, "x", 1, 0, (struct sockaddr *)&zero, sizeof zero));
  static char large[70000];
  say_count("too large", sendto(one, large, sizeof large, 0, (struct sockaddr *)&to_two, sizeof to_two));
  say_count("as large as can be", sendto(one, large, 65507, 0, (struct sockaddr *)&to_two, sizeof to_two));
  say_count("it arrives", recv(two, large, sizeof large, 0));
  struct sockaddr_in broadcast = ipv4("255.255.255.255", 9);
  say_count("broadcast without leave", sendto(one, "x", 1, 0, (struct sockaddr *)&broadcast, sizeof broadcast));

  // recvfrom: the length goes both ways.
  for (int room = 0; room <= 16; room += 8) {
    sendto(one, "abc", 3, 0, (struct sockaddr *)&to_two, sizeof to_two);
    memset(&from, 0, sizeof from);
    length = (socklen_t)room;
    long count = recvfrom(two, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length);
    say("room and length", "%d %d, %ld bytes, %s", room, (int)length, count,
        from.sin_addr.s_addr ? "the whole address" : "a part of it");
  }
  sendto(one, "abc", 3, 0, (struct sockaddr *)&to_two, sizeof to_two);
  say_count("no address asked for", recvfrom(two, buffer, sizeof buffer, 0, NULL, NULL));
  close(one);
  close(two);
  return 0;
}
