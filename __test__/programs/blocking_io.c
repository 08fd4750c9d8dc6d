// Blocking transfers: recv() waits for the first byte, send() takes everything however slowly the peer reads.
// flags: -sALLOW_MEMORY_GROWTH
// peer: script
#include "common.h"

#define MEBIBYTE (1 << 20)

// Sends without waiting until the kernel takes no more, and returns how much that was.
static size_t fill_buffers(void) {
  static unsigned char data[MEBIBYTE], copy[MEBIBYTE];
  fill_pattern(data, MEBIBYTE, 0);
  int client, server;
  tcp_pair(&client, &server);
  set_nonblocking(client);
  size_t sent = 0, received = 0;
  long n;
  while ((n = send(client, data + sent % MEBIBYTE, MEBIBYTE - sent % MEBIBYTE, 0)) > 0) sent += (size_t)n;
  say_count("non-blocking sends end with", n);
  say_yes("after some bytes", sent > 0);
  // What is on its way arrives, and then nothing moves.
  struct pollfd entry = {client, POLLOUT, 0};
  while (poll(&entry, 1, 100) > 0) {
    n = send(client, data + sent % MEBIBYTE, MEBIBYTE - sent % MEBIBYTE, 0);
    if (n <= 0) break;
    sent += (size_t)n;
  }
  say_count("poll for room", poll(&entry, 1, 50));
  int equal = 1;
  while (received < sent) {
    n = recv(server, copy, MEBIBYTE - received % MEBIBYTE, 0);
    if (n <= 0) break;
    equal &= !memcmp(copy, data + received % MEBIBYTE, (size_t)n);
    received += (size_t)n;
  }
  say_yes("all that was taken arrives", received == sent && equal);
  say("poll for room", "%s", poll_names(wait_for(client, POLLOUT)));
  say_count("send", send(client, data, 1000, 0));
  close(client);
  close(server);
  return sent;
}

static void say_all(const char *name, long result, size_t size) {
  if (result < 0) say_count(name, result);
  else say(name, "%s", (size_t)result == size ? "all" : "a part");
}

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  char line[64], command[64];

  long long start = now_ms();
  send_text(fd, "later 150 hello\n");
  say_count("recv waits", recv(fd, line, sizeof line, 0));
  say_yes("until there is something", now_ms() - start >= 120);
  start = now_ms();
  send_text(fd, "later 100 hello\n");
  say_count("read waits", read(fd, line, sizeof line));
  say_yes("until there is something", now_ms() - start >= 80);
  struct iovec parts[2] = {{line, 2}, {line + 2, 30}};
  send_text(fd, "later 100 hello\n");
  say_count("readv waits", readv(fd, parts, 2));
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  send_text(fd, "later 100 hello\n");
  say_count("recvmsg waits", recvmsg(fd, &message, 0));

  // More than fits: the peer does not read for a while, and the send returns only when all is taken. A new connection
  // each time, as the kernel makes the buffers of one that carries much larger.
  size_t size = (fill_buffers() + 4 * MEBIBYTE) & ~(size_t)3;
  unsigned char *data = malloc(size);
  fill_pattern(data, size, 0);
  snprintf(command, sizeof command, "pause 150 take %lu\n", (unsigned long)size);
  start = now_ms();
  send_text(fd, command);
  say_all("send to a slow reader", send(fd, data, size, 0), size);
  say_yes("it waited", now_ms() - start >= 120);
  long count = read_exactly(fd, line, 10);
  say("the peer got the pattern", "%.*s", (int)(count < 0 ? 0 : count), line);

  close(fd);
  fd = dial(peer_port(argc, argv));
  start = now_ms();
  send_text(fd, command);
  say_all("write to a slow reader", write(fd, data, size), size);
  say_yes("it waited", now_ms() - start >= 120);
  count = read_exactly(fd, line, 10);
  say("the peer got the pattern", "%.*s", (int)(count < 0 ? 0 : count), line);

  struct iovec quarters[4];
  for (int i = 0; i < 4; i++) quarters[i] = (struct iovec){data + (size_t)i * (size / 4), size / 4};
  memset(&message, 0, sizeof message);
  message.msg_iov = quarters;
  message.msg_iovlen = 4;
  close(fd);
  fd = dial(peer_port(argc, argv));
  start = now_ms();
  send_text(fd, command);
  say_all("sendmsg to a slow reader", sendmsg(fd, &message, 0), size);
  say_yes("it waited", now_ms() - start >= 120);
  count = read_exactly(fd, line, 10);
  say("the peer got the pattern", "%.*s", (int)(count < 0 ? 0 : count), line);

  close(fd);
  fd = dial(peer_port(argc, argv));
  start = now_ms();
  send_text(fd, command);
  say_all("writev to a slow reader", writev(fd, quarters, 4), size);
  say_yes("it waited", now_ms() - start >= 120);
  count = read_exactly(fd, line, 10);
  say("the peer got the pattern", "%.*s", (int)(count < 0 ? 0 : count), line);

  memset(data, 0, size);
  send_text(fd, "send 4194304\n");
  say_count("receive 4 MiB", read_exactly(fd, data, 4 * MEBIBYTE));
  say_yes("the pattern", is_pattern(data, 4 * MEBIBYTE, 0));

  send_text(fd, "end\n");
  say_count("the end", recv(fd, line, sizeof line, 0));
  say_count("again", recv(fd, line, sizeof line, 0));
  close(fd);
  free(data);
  return 0;
}
