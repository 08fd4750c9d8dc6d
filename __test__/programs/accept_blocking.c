// accept() waits for a connection that another process makes later; what it returns, and what it does not inherit.
// peer: script
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int control = dial(peer_port(argc, argv));

  int server = listener(8);
  char command[64];
  char buffer[64];

  // The peer dials only 200 ms after it was asked, so accept() must have waited.
  snprintf(command, sizeof command, "dial 200 %d hello\n", local_port(server));
  long long start = now_ms();
  send_text(control, command);
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  memset(&address, 0, sizeof address);
  int accepted = accept(server, (struct sockaddr *)&address, &length);
  say_ok("accept waits for a connection", accepted);
  say_yes("it took at least 150 ms", now_ms() - start >= 150);
  say("address", "%s, family %s, length %u", inet_ntoa(address.sin_addr), address.sin_family == AF_INET ? "AF_INET" : "another", (unsigned)length);
  say_yes("it is the peer's", ({
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    getpeername(accepted, (struct sockaddr *)&peer, &size) == 0 && peer.sin_port == address.sin_port;
  }));
  long count = read_exactly(accepted, buffer, 5);
  say("received", "%.*s", (int)(count < 0 ? 0 : count), buffer);
  say_count("sent", send(accepted, "bye", 3, 0));
  close(accepted);

  // A short address buffer: filled as far as it goes, the length says how much there was.
  snprintf(command, sizeof command, "dial 0 %d x\n", local_port(server));
  send_text(control, command);
  unsigned char bytes[16];
  memset(bytes, 0xee, sizeof bytes);
  length = 8;
  accepted = accept(server, (struct sockaddr *)bytes, &length);
  say_ok("accept with a short address buffer", accepted);
  say("length reported", "%u", (unsigned)length);
  say_yes("filled so far", bytes[4] == 127 && bytes[7] == 1);
  say_yes("and no further", bytes[8] == 0xee);
  close(accepted);

  // The client has gone before accept(): the connection and its bytes are still there.
  int client = dial(local_port(server));
  send_text(client, "last words");
  close(client);
  accepted = accept(server, NULL, NULL);
  say_ok("accept after the client has gone", accepted);
  say_count("its bytes", recv(accepted, buffer, sizeof buffer, 0));
  say_count("then the end", recv(accepted, buffer, sizeof buffer, 0));
  close(accepted);

  // O_NONBLOCK: on the listener it makes accept() return, and the accepted socket does not inherit it.
  set_nonblocking(server);
  say_ok("accept on a non-blocking listener", accept(server, NULL, NULL));
  client = dial(local_port(server));
  wait_for(server, POLLIN);
  accepted = accept(server, NULL, NULL);
  say_ok("accept when one is waiting", accepted);
  say_yes("accepted socket is non-blocking", (fcntl(accepted, F_GETFL) & O_NONBLOCK) != 0);
  close(accepted);
  close(client);

  client = dial(local_port(server));
  wait_for(server, POLLIN);
  accepted = accept4(server, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  say_ok("accept4 with SOCK_NONBLOCK", accepted);
  say_yes("accepted socket is non-blocking", (fcntl(accepted, F_GETFL) & O_NONBLOCK) != 0);
  say_count("recv there", recv(accepted, buffer, sizeof buffer, 0));
  close(accepted);
  close(client);

  // Several wait in the queue and come out in the order of their arrival.
  int clients[5];
  for (int i = 0; i < 5; i++) {
    clients[i] = dial(local_port(server));
    char digit = (char)('0' + i);
    write_all(clients[i], &digit, 1);
  }
  char order[6] = "";
  for (int i = 0; i < 5; i++) {
    wait_for(server, POLLIN);
    accepted = accept(server, NULL, NULL);
    read_exactly(accepted, order + i, 1);
    close(accepted);
    close(clients[i]);
  }
  say("queue of five", "%s", order);
  say_ok("and no sixth", accept(server, NULL, NULL));

  say_ok("accept on a connected socket", accept(control, NULL, NULL));
  int file = not_a_socket();
  say_ok("accept on what is not a socket", accept(file, NULL, NULL));
  close(file);
  close(server);
  say_ok("accept on a closed descriptor", accept(server, NULL, NULL));
  close(control);
  return 0;
}
