// A socket behind stdio: fdopen(), lines in and out, and fclose() as the last close.
// peer: echo
#include "common.h"

int main(int argc, char **argv) {
  begin();
  int fd = dial(peer_port(argc, argv));
  FILE *in = fdopen(dup(fd), "r"), *out = fdopen(fd, "w");
  say_yes("fdopen", in && out);
  char line[64];
  say_count("fprintf", fprintf(out, "first %d\nsecond %s\n", 1, "line"));
  say_ok("fflush", fflush(out));
  say("fgets", "%s", fgets(line, sizeof line, in) ? strtok(line, "\n") : "none");
  say("fgets", "%s", fgets(line, sizeof line, in) ? strtok(line, "\n") : "none");

  static unsigned char data[50000], back[50000];
  fill_pattern(data, sizeof data, 3);
  say_count("fwrite", (long)fwrite(data, 1, sizeof data, out));
  fflush(out);
  say_count("fread", (long)fread(back, 1, sizeof back, in));
  say_yes("equal", !memcmp(data, back, sizeof data));
  setvbuf(out, NULL, _IONBF, 0);
  fputs("unbuffered", out);
  say_count("fread", (long)fread(back, 1, 10, in));
  say_ok("fseek", fseek(in, 0, SEEK_SET));
  say_ok("fclose", fclose(out));
  say_ok("fclose of the other", fclose(in));
  say_ok("the descriptor is closed", fcntl(fd, F_GETFL));

  // Output to a peer that has gone.
  int client, server;
  tcp_pair(&client, &server);
  send_text(client, "unread");
  wait_for(server, POLLIN);
  close(server);
  wait_until(client, 0, POLLHUP);
  out = fdopen(client, "w");
  fputs("lost", out);
  say_ok("fflush to nobody", fflush(out));
  say_yes("ferror", ferror(out));
  fclose(out);
  return 0;
}
