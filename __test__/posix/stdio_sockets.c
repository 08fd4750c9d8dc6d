// stdio on sockets and pipes: what fread, fgets, getline, fprintf and dprintf say when the peer is slow, has ended,
// has broken the connection, or takes nothing; on blocking and non-blocking descriptors.
#include "common.h"

static int pair[2];

static void both(void) { must("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair)); }

static void show(FILE *file) {
  say("eof, error", "%d %d", feof(file) != 0, ferror(file) != 0);
}

// What is sent is there at once: a read gives what there is and does not wait for more.
static void short_reads(void) {
  both();
  FILE *in = fdopen(pair[0], "r");
  char buffer[64], *line = NULL;
  size_t room = 0;
  send(pair[1], "one\ntwo\nthr", 11, 0);
  say("fgets", "%s", fgets(buffer, sizeof buffer, in) ? strtok(buffer, "\n") : "none");
  say_count("getline", getline(&line, &room, in));
  say("line", "%.3s", line);
  // The rest is in the stream's buffer, where poll cannot see it.
  say_count("nothing in the kernel", poll(&(struct pollfd){pair[0], POLLIN, 0}, 1, 0));
  say("getc", "%c", getc(in));
  say("ungetc", "%c", ungetc('T', in));
  send(pair[1], "ee\n", 3, 0);
  say("fgets", "%s", fgets(buffer, sizeof buffer, in) ? strtok(buffer, "\n") : "none");
  send(pair[1], "12 -7 word", 10, 0);
  shutdown(pair[1], SHUT_WR);
  int first = 0, second = 0;
  say_count("fscanf", fscanf(in, "%d %d %63s", &first, &second, buffer));
  say("values", "%d %d %s", first, second, buffer);
  show(in);
  say_count("fread at the end", (long)fread(buffer, 1, 4, in));
  show(in);
  clearerr(in);
  say_yes("still the end", getc(in) == EOF);
  show(in);
  free(line);
  fclose(in);
  close(pair[1]);
}

static void nonblocking(void) {
  both();
  set_nonblocking(pair[0]);
  FILE *in = fdopen(dup(pair[0]), "r"), *out = fdopen(pair[0], "w");
  char buffer[64];
  errno = 0;
  say("fgets of nothing", "%s", fgets(buffer, sizeof buffer, in) ? "line" : errno_name(errno));
  show(in);
  clearerr(in);
  send(pair[1], "abc", 3, 0);
  errno = 0;
  say_count("fread of ten", (long)fread(buffer, 1, 10, in));
  say("why no more", "%s", errno_name(errno));
  show(in);
  clearerr(in);
  // More than there is room for.
  static char big[1 << 20];
  memset(big, 'x', sizeof big);
  errno = 0;
  size_t written = fwrite(big, 1, sizeof big, out);
  say_yes("not all is written", written < sizeof big);
  say("why", "%s", errno_name(errno));
  show(out);
  fclose(in);
  fclose(out);
  close(pair[1]);
}

static void timed(void) {
  both();
  struct timeval tenth = {0, 100000};
  must("SO_RCVTIMEO", setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth));
  FILE *in = fdopen(pair[0], "r");
  char buffer[64];
  long long start = now_ms();
  errno = 0;
  say("fgets that times out", "%s", fgets(buffer, sizeof buffer, in) ? "line" : errno_name(errno));
  say_yes("it has waited", now_ms() - start >= 90);
  show(in);
  clearerr(in);
  send(pair[1], "late\n", 5, 0);
  say("after that", "%s", fgets(buffer, sizeof buffer, in) ? strtok(buffer, "\n") : "none");
  fclose(in);
  close(pair[1]);
}

static void broken(void) {
  both();
  FILE *out = fdopen(pair[0], "w");
  close(pair[1]);
  errno = 0;
  say_count("fprintf is only kept", fprintf(out, "hello %d\n", 1));
  say("fflush", "%s", fflush(out) == EOF ? errno_name(errno) : "ok");
  show(out);
  errno = 0;
  say("fclose", "%s", fclose(out) == EOF ? errno_name(errno) : "ok");
  say_ok("closed all the same", fcntl(pair[0], F_GETFD));

  int client, server;
  tcp_pair(&client, &server);
  struct linger hard = {1, 0};
  setsockopt(server, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(server);
  wait_until(client, 0, POLLHUP);
  FILE *in = fdopen(client, "r+");
  errno = 0;
  say_yes("getc", getc(in) == EOF);
  say("after a reset", "%s", errno_name(errno));
  show(in);
  fclose(in);
}

static void descriptors(void) {
  both();
  char buffer[64] = {0};
  say_count("dprintf", dprintf(pair[0], "%s %05d", "number", 42));
  say_count("recv", recv(pair[1], buffer, sizeof buffer, 0));
  say("it is", "%s", buffer);
  FILE *both_ways = fdopen(pair[0], "r+");
  fputs("ask\n", both_ways);
  fflush(both_ways);
  say_count("recv", recv(pair[1], buffer, sizeof buffer, 0));
  send(pair[1], "answer\n", 7, 0);
  say("fgets", "%s", fgets(buffer, sizeof buffer, both_ways) ? strtok(buffer, "\n") : "none");
  errno = 0;
  say_ok("fseek", fseek(both_ways, 0, SEEK_END));
  say_count("ftell", ftell(both_ways));
  say_count("fileno", fileno(both_ways) == pair[0]);
  setvbuf(both_ways, NULL, _IOLBF, 0);
  fclose(both_ways);
  say_count("the peer sees the end", recv(pair[1], buffer, sizeof buffer, 0));
  errno = 0;
  say_count("dprintf to no descriptor", dprintf(pair[0], "x"));
  close(pair[1]);

  int ends[2];
  must("pipe", pipe(ends));
  FILE *in = fdopen(ends[0], "r"), *out = fdopen(ends[1], "w");
  fprintf(out, "through a pipe\n");
  fflush(out);
  say("pipe", "%s", fgets(buffer, sizeof buffer, in) ? strtok(buffer, "\n") : "none");
  fclose(out);
  say_yes("its end", getc(in) == EOF && feof(in));
  fclose(in);
}

// Bytes that are no text, lines that do not end: all the same on standard output, as programs like cat want it.
static void output(void) {
  fflush(stdout);
  say_count("write", write(1, "raw \xff\xfe\0 bytes\n", 14));
  fputs("no end of line, ", stdout);
  fflush(stdout);
  say_count("writev", writev(1, (struct iovec[]){{"two ", 4}, {"pieces\n", 7}}, 2));
  int other = dup(1);
  say_count("dprintf to its dup", dprintf(other, "by another number\n"));
  close(other);
  say_count("printf", printf("%s", ""));
}

int main(void) {
  begin();
  short_reads();
  nonblocking();
  timed();
  broken();
  descriptors();
  output();
  return 0;
}
