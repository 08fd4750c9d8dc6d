// The names of unix sockets: unlink before bind and after close, stat, access, chmod, remove; and that other files of
// the host stay out of reach of a program that has a file system of its own.
#include "common.h"
#include <sys/un.h>

static struct sockaddr_un named(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  return address;
}

static int bound(const char *path) {
  struct sockaddr_un address = named(path);
  int fd = (int)must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  say_ok("bind", bind(fd, (struct sockaddr *)&address, sizeof address));
  return fd;
}

int main(void) {
  begin();
  char path[100];
  struct timespec now;
  struct stat status;
  clock_gettime(CLOCK_REALTIME, &now);
  snprintf(path, sizeof path, "/tmp/hostsock-%ld-%d", (long)now.tv_nsec, (int)getpid());
  say_ok("unlink of nothing", unlink(path));
  say_ok("stat of nothing", stat(path, &status));
  int one = bound(path);
  say_ok("stat", stat(path, &status));
  say_yes("a socket", S_ISSOCK(status.st_mode));
  say_count("links", (long)status.st_nlink);
  say_count("bytes", (long)status.st_size);
  say_yes("made now", status.st_mtime >= now.tv_sec - 1 && status.st_mtime <= now.tv_sec + 60);
  say_ok("lstat", lstat(path, &status));
  say_ok("access", access(path, F_OK));
  say_ok("chmod", chmod(path, 0600));
  stat(path, &status);
  say("mode", "%o", (unsigned)(status.st_mode & 07777));
  chmod(path, 0777);
  stat(path, &status);
  say("mode", "%o", (unsigned)(status.st_mode & 07777));
  say_ok("access to read and write", access(path, R_OK | W_OK));
  close(one);
  // What a server meets that was ended without a word.
  one = bound(path);
  close(one);
  say_ok("unlink", unlink(path));
  say_ok("unlink again", unlink(path));
  one = bound(path);
  must("listen", listen(one, 1));
  struct sockaddr_un address = named(path);
  int client = (int)must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  say_ok("connect", connect(client, (struct sockaddr *)&address, sizeof address));
  say_ok("remove", remove(path));
  say_ok("it is gone", access(path, F_OK));
  close(client);
  client = (int)must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  say_ok("connect to nobody", connect(client, (struct sockaddr *)&address, sizeof address));

  // Its own files, as always.
  FILE *file = fopen(path, "w");
  fputs("file", file);
  fclose(file);
  say_ok("stat of a file", stat(path, &status));
  say_yes("a file", S_ISREG(status.st_mode) && status.st_size == 4);
  say_ok("remove of a file", remove(path));
  must("mkdir", mkdir(path, 0700));
  say_ok("unlink of a directory fails", unlink(path));
  say_ok("remove of a directory", remove(path));
  say_ok("it is gone", access(path, F_OK));
  return 0;
}
