// Hostile code in a module that was linked with hostsock: it calls hostsock's imports itself. `hold` keeps a listening
// socket and one that is not bound; `steal` looks for anybody else's, among descriptors and among handles, which are
// easily guessed.

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int hostsock_name(int fd, void *address, void *length, int peer);
int hostsock_bind(int fd, const void *address, int length);
int hostsock_adopt(int handle, int domain, int type, int flags);

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
  int stolen = 0, bound = 0, adopted = 0, mine = socket(AF_INET, SOCK_STREAM, 0);
  for (int fd = 0; fd < 32; fd++) {
    socklen_t length = sizeof address;
    struct sockaddr_in found = {0};
    if (fd != mine && !hostsock_name(fd, &found, &length, 0)) stolen++;
    // Its own, too: its rules allow nothing.
    if (!hostsock_bind(fd, &address, sizeof address)) bound++;
  }
  for (int generation = 1; generation < 4; generation++)
    for (int index = 0; index < 256; index++)
      if (hostsock_adopt(generation << 20 | index, AF_INET, SOCK_STREAM, 2) >= 0) adopted++;
  // Its own socket is among those: the guesses are good.
  printf("stolen %d, bound %d, adopted %d\n", stolen, bound, adopted);
  return 0;
}
