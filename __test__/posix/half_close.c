// shutdown(): each direction by itself, on TCP, on pairs, on datagrams.
#include "common.h"

int main(void) {
  begin();
  char buffer[64];
  int client, server;

  tcp_pair(&client, &server);
  say_ok("SHUT_WR", shutdown(client, SHUT_WR));
  say_count("send after it", send(client, "x", 1, MSG_NOSIGNAL));
  say_count("the peer reads the end", recv(server, buffer, sizeof buffer, 0));
  say_count("and again", recv(server, buffer, sizeof buffer, 0));
  say_count("the peer still sends", send(server, "still", 5, 0));
  say_count("we still read", read_exactly(client, buffer, 5));
  say("poll of the peer", "%s", poll_names(wait_for(server, POLLIN | POLLOUT | POLLRDHUP)));
  say("poll of ours", "%s", poll_names(wait_for(client, POLLOUT)));
  say_ok("the peer's SHUT_WR", shutdown(server, SHUT_WR));
  say_count("now the end", recv(client, buffer, sizeof buffer, 0));
  say("poll of ours", "%s", poll_names(wait_until(client, POLLIN | POLLOUT | POLLRDHUP, POLLHUP)));
  say_ok("SHUT_WR of a finished one", shutdown(client, SHUT_WR));
  close(client);
  close(server);

  tcp_pair(&client, &server);
  say_ok("SHUT_RD", shutdown(client, SHUT_RD));
  say_count("recv after it", recv(client, buffer, sizeof buffer, 0));
  say("poll", "%s", poll_names(wait_for(client, POLLIN | POLLRDHUP)));
  say_count("sending goes on", send(client, "on", 2, 0));
  say_count("and arrives", read_exactly(server, buffer, 2));
  say_ok("SHUT_RDWR", shutdown(client, SHUT_RDWR));
  say_count("the peer's end", recv(server, buffer, sizeof buffer, 0));
  close(client);
  close(server);

  int ends[2];
  must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  say_count("queued before", send(ends[0], "queued", 6, 0));
  say_ok("pair: SHUT_WR", shutdown(ends[0], SHUT_WR));
  say_count("what was queued", recv(ends[1], buffer, sizeof buffer, 0));
  say_count("then the end", recv(ends[1], buffer, sizeof buffer, 0));
  say_count("send", send(ends[0], "x", 1, MSG_NOSIGNAL));
  say_ok("the other's SHUT_RD", shutdown(ends[1], SHUT_RD));
  close(ends[0]);
  close(ends[1]);

  int fresh = tcp();
  say_ok("not connected", shutdown(fresh, SHUT_RDWR));
  say_ok("no such direction", shutdown(fresh, 3));
  say_ok("a negative one", shutdown(fresh, -1));
  close(fresh);
  say_ok("closed", shutdown(fresh, SHUT_RD));
  int file = not_a_socket();
  say_ok("a file", shutdown(file, SHUT_RD));
  close(file);

  int listening = listener(3);
  say_ok("a listener's SHUT_RD", shutdown(listening, SHUT_RD));
  say_ok("accept after it", accept(listening, NULL, NULL));
  close(listening);

  int datagram = socket(AF_INET, SOCK_DGRAM, 0);
  say_ok("an unconnected datagram socket", shutdown(datagram, SHUT_RD));
  must("bind", bind_ipv4(datagram, "127.0.0.1", 0));
  must("connect", connect_ipv4(datagram, "127.0.0.1", local_port(datagram)));
  say_ok("a connected one", shutdown(datagram, SHUT_WR));
  say_count("it sends", send(datagram, "x", 1, MSG_NOSIGNAL));
  close(datagram);
  return 0;
}
