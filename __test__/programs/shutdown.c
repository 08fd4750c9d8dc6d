// shutdown(): closing one direction leaves the other open.
// versions: >=6.0.2
// peer: script
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int client, server;
  char buffer[64];

  tcp_pair(&client, &server);
  send_text(client, "last");
  say_ok("SHUT_WR", shutdown(client, SHUT_WR));
  say_count("send after it", send(client, "x", 1, 0));
  say_count("write after it", write(client, "x", 1));
  say_count("the other side reads what was sent", read_exactly(server, buffer, 4));
  say_count("then the end", recv(server, buffer, sizeof buffer, 0));
  say_count("and answers", send(server, "answer", 6, 0));
  say_count("which is received", read_exactly(client, buffer, 6));
  say("poll, one direction closed", "%s", poll_names(wait_until(server, POLLIN | POLLOUT | POLLRDHUP, POLLRDHUP)));
  say_ok("SHUT_WR again", shutdown(client, SHUT_WR));
  say_ok("the other side's SHUT_WR", shutdown(server, SHUT_WR));
  say_count("the end here", recv(client, buffer, sizeof buffer, 0));
  say("poll, both closed", "%s", poll_names(wait_until(client, POLLIN | POLLOUT | POLLRDHUP, POLLRDHUP | POLLHUP)));
  close(client);
  close(server);

  tcp_pair(&client, &server);
  say_ok("SHUT_RD", shutdown(client, SHUT_RD));
  say_count("recv after it", recv(client, buffer, sizeof buffer, 0));
  say_count("send still works", send(client, "out", 3, 0));
  say_count("and arrives", read_exactly(server, buffer, 3));
  close(client);
  close(server);

  tcp_pair(&client, &server);
  say_ok("SHUT_RDWR", shutdown(client, SHUT_RDWR));
  say_count("recv after it", recv(client, buffer, sizeof buffer, 0));
  say_count("send after it", send(client, "x", 1, 0));
  say_count("the other side", recv(server, buffer, sizeof buffer, 0));
  close(client);
  close(server);

  // A copy shares the closed direction; close() of the copy does not.
  tcp_pair(&client, &server);
  int copy = dup(client);
  say_ok("SHUT_WR through a copy", shutdown(copy, SHUT_WR));
  say_count("send through the other", send(client, "x", 1, 0));
  close(copy);
  close(client);
  close(server);

  // A request that ends by half-close, as with netcat: the peer counts until the end and answers.
  int fd = dial(peer_port(argc, argv));
  send_text(fd, "count\n");
  static unsigned char data[100000];
  write_all(fd, data, sizeof data);
  say_ok("half-close to a server", shutdown(fd, SHUT_WR));
  long count = read_exactly(fd, buffer, sizeof buffer);
  say("it counted", "%.*s", (int)(count < 1 ? 0 : count - 1), buffer);
  close(fd);

  fd = tcp();
  say_ok("not connected", shutdown(fd, SHUT_WR));
  say_ok("unknown direction", shutdown(fd, 7));
  close(fd);
  fd = listener(1);
  say_ok("a listener", shutdown(fd, SHUT_RD));
  say_ok("accept after it", accept(fd, NULL, NULL));
  close(fd);
  say_ok("closed descriptor", shutdown(fd, SHUT_WR));
  int file = not_a_socket();
  say_ok("not a socket", shutdown(file, SHUT_WR));
  close(file);
  return 0;
}
