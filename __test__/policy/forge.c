// Hostile code in a module that was linked with hostsock: it calls hostsock's imports itself, with the numbers of other
// modules. `hold` keeps a listening socket and one that is not bound; `steal` looks for anybody else's.

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int hostsock_name(int instance, int fd, void *address, void *length, int peer);
int hostsock_bind(int instance, int fd, const void *address, int length);

int main(int count, char **words) {
  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (count > 1 && !strcmp(words[1], "hold")) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int other = socket(AF_INET, SOCK_STREAM, 0);
    printf("holds %d %d\n", other > fd, fd >= 0 && !bind(fd, (struct sockaddr *)&address, sizeof address) && !listen(fd, 1));
    return 0;
  }
  int stolen = 0, bound = 0, mine = socket(AF_INET, SOCK_STREAM, 0);
  for (int instance = -1; instance < 64; instance++) {
    for (int fd = 0; fd < 32; fd++) {
      socklen_t length = sizeof address;
      struct sockaddr_in found = {0};
      if (fd != mine && !hostsock_name(instance, fd, &found, &length, 0)) stolen++;
      // Its own, too: its rules allow nothing.
      if (!hostsock_bind(instance, fd, &address, sizeof address)) bound++;
    }
  }
  printf("stolen %d, bound %d\n", stolen, bound);
  return 0;
}
