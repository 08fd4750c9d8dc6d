// The MSG_ flags on a stream: PEEK, WAITALL, DONTWAIT, OOB, MORE, TRUNC, NOSIGNAL.
// peer: script
#include "common.h"

int main(int argc, char **argv) {
  begin();
  char buffer[256];
  int peer = dial(peer_port(argc, argv));

  send_text(peer, "later 60 abcdefgh\n");
  say_count("DONTWAIT with nothing there", recv(peer, buffer, sizeof buffer, MSG_DONTWAIT));
  say_count("PEEK waits", recv(peer, buffer, 4, MSG_PEEK));
  say("it saw", "%.4s", buffer);
  say_count("PEEK again, more", recv(peer, buffer, sizeof buffer, MSG_PEEK));
  say_count("PEEK|TRUNC", recv(peer, buffer, 2, MSG_PEEK | MSG_TRUNC));
  say_count("TRUNC throws away", recv(peer, buffer, 3, MSG_TRUNC));
  say_count("the rest", recv(peer, buffer, sizeof buffer, 0));
  say("it was", "%.5s", buffer);

  // Pieces of 10 bytes, 40 ms apart.
  send_text(peer, "pieces 4 10 40\n");
  long long start = now_ms();
  say_count("WAITALL", recv(peer, buffer, 40, MSG_WAITALL));
  say_yes("it waited for the last piece", now_ms() - start >= 100);
  say_yes("they are right", is_pattern((unsigned char *)buffer, 40, 0));
  send_text(peer, "pieces 3 10 40\n");
  start = now_ms();
  say_count("PEEK|WAITALL", recv(peer, buffer, 30, MSG_PEEK | MSG_WAITALL));
  say_yes("it waited as well", now_ms() - start >= 60);
  say_count("all are still there", recv(peer, buffer, sizeof buffer, MSG_DONTWAIT));
  send_text(peer, "later 0 xyz\n");
  wait_for(peer, POLLIN);
  say_count("WAITALL|DONTWAIT takes what there is", recv(peer, buffer, sizeof buffer, MSG_WAITALL | MSG_DONTWAIT));
  send_text(peer, "pieces 1 5 0\n");
  send_text(peer, "end\n");
  say_count("WAITALL until the end", recv(peer, buffer, sizeof buffer, MSG_WAITALL));
  say_count("then", recv(peer, buffer, sizeof buffer, MSG_WAITALL));
  close(peer);

  int client, server;
  tcp_pair(&client, &server);
  say_count("MORE", send(client, "held ", 5, MSG_MORE));
  say_count("and the rest", send(client, "back", 4, 0));
  say_count("together", recv(server, buffer, 9, MSG_WAITALL));
  say_count("OOB with none there", recv(server, buffer, 1, MSG_OOB));
  say_count("send OOB", send(client, "12!", 3, MSG_OOB));
  say("an urgent byte", "%s", poll_names(wait_until(server, POLLPRI | POLLIN, POLLPRI | POLLIN)));
  say_count("not at the mark", sockatmark(server));
  say_count("up to the mark", recv(server, buffer, sizeof buffer, 0));
  say_count("at the mark", sockatmark(server));
  say_count("OOB", recv(server, buffer, sizeof buffer, MSG_OOB));
  say("it is", "%c", buffer[0]);
  say_count("OOB once more", recv(server, buffer, 1, MSG_OOB));
  int on = 1;
  setsockopt(server, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  send(client, "a", 1, MSG_OOB);
  wait_until(server, POLLPRI | POLLIN, POLLPRI | POLLIN);
  say_count("OOBINLINE", recv(server, buffer, sizeof buffer, MSG_DONTWAIT));
  say_count("no bytes", send(client, "", 0, 0));
  say_count("recv of no bytes", recv(server, buffer, 0, MSG_DONTWAIT));
  say_count("DONTROUTE", send(client, "r", 1, MSG_DONTROUTE));
  say_count("it comes", recv(server, buffer, sizeof buffer, 0));
  say_count("CONFIRM and EOR mean nothing here", send(client, "e", 1, MSG_CONFIRM | MSG_EOR));
  say_count("it comes", recv(server, buffer, sizeof buffer, 0));
  say_count("an address on a connection", sendto(client, "x", 1, 0, NULL, 0));
  struct sockaddr_in any = ipv4("127.0.0.1", 9);
  say_count("another one", sendto(client, "x", 1, 0, (struct sockaddr *)&any, sizeof any));
  close(server);
  recv(client, buffer, 1, 0);
  send(client, "x", 1, MSG_NOSIGNAL);
  wait_until(client, POLLOUT, POLLHUP);
  // A reset may have been told by now, or a broken pipe.
  long count = send(client, "x", 1, MSG_NOSIGNAL);
  say_yes("NOSIGNAL: an error instead", count < 0 && (errno == EPIPE || errno == ECONNRESET));
  say_count("and then EPIPE", send(client, "x", 1, MSG_NOSIGNAL));
  close(client);
  return 0;
}
