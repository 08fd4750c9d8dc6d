// Pieces: readv, writev, sendmsg and recvmsg scatter and gather, and the flags that change what recv returns.
// peer: script
#include "common.h"

static void say_bytes(const char *name, const char *bytes, long count) {
  say(name, "%.*s", (int)(count < 0 ? 0 : count), bytes);
}

int main(int argc, char **argv) {
  begin();
  int client, server;
  char a[16], b[16], c[64];
  tcp_pair(&client, &server);

  struct iovec out[4] = {{"scatter", 7}, {"", 0}, {"-and-", 5}, {"gather", 6}};
  say_count("writev of four, one empty", writev(client, out, 4));
  struct iovec in[3] = {{a, 3}, {b, 9}, {c, 20}};
  must("poll", wait_for(server, POLLIN));
  say_count("readv of three", readv(server, in, 3));
  say_bytes("first", a, 3);
  say_bytes("second", b, 9);
  say_bytes("third", c, 6);

  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = out;
  message.msg_iovlen = 4;
  say_count("sendmsg of four", sendmsg(client, &message, 0));
  struct sockaddr_in name;
  char control[64];
  memset(&message, 0, sizeof message);
  memset(a, '.', sizeof a);
  memset(b, '.', sizeof b);
  memset(c, '.', sizeof c);
  in[0] = (struct iovec){a, 5};
  in[1] = (struct iovec){b, 0};
  in[2] = (struct iovec){c, 40};
  message.msg_iov = in;
  message.msg_iovlen = 3;
  message.msg_name = &name;
  message.msg_namelen = sizeof name;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  message.msg_flags = -1;
  wait_for(server, POLLIN);
  say_count("recvmsg of three, one empty", recvmsg(server, &message, 0));
  say_bytes("first", a, 5);
  say_bytes("third", c, 13);
  say_yes("bytes beyond are untouched", c[13] == '.' && a[5] == '.' && b[0] == '.');
  say("msg_flags", "%d", message.msg_flags);
  say("msg_controllen", "%d", (int)message.msg_controllen);
  say("msg_namelen", "%d", (int)message.msg_namelen);

  // Flags.
  send_text(client, "abcdefghij");
  wait_for(server, POLLIN);
  say_count("MSG_PEEK", recv(server, c, 4, MSG_PEEK));
  say_bytes("seen", c, 4);
  say_count("MSG_PEEK again", recv(server, c, 6, MSG_PEEK));
  say_bytes("seen", c, 6);
  say_count("recv", recv(server, c, 4, 0));
  say_bytes("taken", c, 4);
  say_count("MSG_TRUNC discards", recv(server, c, 3, MSG_TRUNC));
  say_count("recv", recv(server, c, sizeof c, 0));
  say_bytes("what is left", c, 3);
  say_count("MSG_DONTWAIT on a blocking socket", recv(server, c, sizeof c, MSG_DONTWAIT));
  say_count("MSG_DONTWAIT by recvmsg", recvmsg(server, &message, MSG_DONTWAIT));
  say_count("MSG_DONTWAIT by send", send(client, "xyz", 3, MSG_DONTWAIT | MSG_NOSIGNAL));
  in[0] = (struct iovec){a, 2};
  in[1] = (struct iovec){b, 2};
  memset(&message, 0, sizeof message);
  message.msg_iov = in;
  message.msg_iovlen = 2;
  wait_for(server, POLLIN);
  say_count("MSG_PEEK by recvmsg", recvmsg(server, &message, MSG_PEEK));
  say_count("then recvmsg", recvmsg(server, &message, 0));
  say_bytes("second piece", b, 1);

  // recvfrom on a connection has no address to give.
  send_text(client, "who");
  socklen_t length = sizeof name;
  wait_for(server, POLLIN);
  say_count("recvfrom", recvfrom(server, c, sizeof c, 0, (struct sockaddr *)&name, &length));
  say("address length", "%u", (unsigned)length);
  // sendto on a connection ignores the address.
  struct sockaddr_in elsewhere = ipv4("192.0.2.1", 9);
  say_count("sendto", sendto(client, "to", 2, 0, (struct sockaddr *)&elsewhere, sizeof elsewhere));
  wait_for(server, POLLIN);
  say_count("arrives", recv(server, c, sizeof c, 0));

  // Nothing to send, nothing to receive.
  say_count("send of 0 bytes", send(client, "", 0, 0));
  say_count("recv into 0 bytes", recv(server, c, 0, MSG_DONTWAIT));
  say_count("write of 0 bytes", write(client, "", 0));
  message.msg_iovlen = 0;
  say_count("sendmsg of no pieces", sendmsg(client, &message, 0));
  say_count("writev of no pieces", writev(client, out, 0));
  volatile int negative = -1;
  say_count("writev of -1 pieces", writev(client, out, negative));

  // As many pieces as a call takes, and one more.
  static struct iovec many[1025];
  for (int i = 0; i < 1025; i++) many[i] = (struct iovec){c, 1};
  say_count("writev of 1024 pieces", writev(client, many, 1024));
  say_count("writev of 1025 pieces", writev(client, many, 1025));
  say_count("readv of 1025 pieces", readv(server, many, 1025));
  say_count("readv of 1024 pieces", readv(server, many, 1024));

  // Urgent data.
  say_count("MSG_OOB send", send(client, "!", 1, MSG_OOB));
  say("poll", "%s", poll_names(wait_for(server, POLLPRI)));
  say_count("MSG_OOB recv", recv(server, c, 1, MSG_OOB));
  say_bytes("urgent", c, 1);
  close(client);
  close(server);

  // MSG_WAITALL takes as many arrivals as it needs: the peer sends five pieces of 1000 bytes, with pauses.
  static unsigned char large[8192];
  int peer = dial(peer_port(argc, argv));
  send_text(peer, "pieces 5 1000 30\n");
  say_count("MSG_WAITALL over five arrivals", recv(peer, large, 5000, MSG_WAITALL));
  say_yes("bytes", is_pattern(large, 5000, 0));
  send_text(peer, "pieces 4 500 30\n");
  struct iovec halves[2] = {{large, 900}, {large + 4096, 1100}};
  memset(&message, 0, sizeof message);
  message.msg_iov = halves;
  message.msg_iovlen = 2;
  say_count("MSG_WAITALL by recvmsg", recvmsg(peer, &message, MSG_WAITALL));
  say_yes("bytes", is_pattern(large, 900, 0) && is_pattern(large + 4096, 1100, 900));
  send_text(peer, "send 700\nend\n");
  say_count("MSG_WAITALL ends with the stream", recv(peer, large, 5000, MSG_WAITALL));
  say_count("then", recv(peer, large, 5000, MSG_WAITALL));
  close(peer);
  return 0;
}
