// input poll|select|epoll|fgets|getchar PORT: what comes first, from standard input or from a server, is shown first;
// until both have ended. With fgets and getchar, standard input is read by stdio.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *how;
static int server, epoll = -1, input_open = 1, server_open = 1;

// Bit 0: standard input, bit 1: the server.
static int wait_for_either(void) {
  if (!strcmp(how, "select")) {
    fd_set reads;
    FD_ZERO(&reads);
    if (input_open) FD_SET(0, &reads);
    if (server_open) FD_SET(server, &reads);
    if (select(server + 1, &reads, NULL, NULL, NULL) < 0) return -1;
    return (FD_ISSET(0, &reads) != 0) | (FD_ISSET(server, &reads) != 0) << 1;
  }
  if (!strcmp(how, "epoll")) {
    struct epoll_event events[2];
    int ready = epoll_wait(epoll, events, 2, -1), bits = 0;
    for (int i = 0; i < ready; i++) bits |= events[i].data.fd == 0 ? 1 : 2;
    return ready < 0 ? -1 : bits;
  }
  struct pollfd both[2] = {{input_open ? 0 : -1, POLLIN, 0}, {server_open ? server : -1, POLLIN, 0}};
  if (poll(both, 2, -1) < 0) return -1;
  return (both[0].revents != 0) | (both[1].revents != 0) << 1;
}

static void input_ends(void) {
  printf("end of input\n");
  input_open = 0;
  if (epoll >= 0) epoll_ctl(epoll, EPOLL_CTL_DEL, 0, NULL);
}

static void read_input(void) {
  char text[256];
  if (!strcmp(how, "fgets")) {
    if (fgets(text, sizeof text, stdin)) printf("typed %s", text);
    else input_ends();
    return;
  }
  if (!strcmp(how, "getchar")) {
    int letter;
    printf("typed ");
    while ((letter = getchar()) != EOF && letter != '\n') putchar(letter);
    putchar('\n');
    if (letter == EOF) input_ends();
    return;
  }
  ssize_t got = read(0, text, sizeof text);
  if (got > 0) printf("typed %.*s", (int)got, text);
  if (got == 0) input_ends();
  if (got < 0) {
    perror("read");
    exit(1);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  how = argv[1];
  server = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(server, (struct sockaddr *)&address, sizeof address) < 0) {
    perror("connect");
    return 1;
  }
  printf("a terminal: %s\n", isatty(0) ? "yes" : "no");
  if (!strcmp(how, "epoll")) {
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 0};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event) < 0) printf("epoll_ctl: %s\n", errno == EPERM ? "EPERM" : "other");
    event.data.fd = server;
    epoll_ctl(epoll, EPOLL_CTL_ADD, server, &event);
  }
  // A prompt: no end of line.
  printf("ready> ");
  fflush(stdout);
  while (input_open || server_open) {
    int ready = wait_for_either();
    if (ready < 0) {
      perror(how);
      return 1;
    }
    if (ready & 2) {
      char text[256];
      ssize_t got = recv(server, text, sizeof text, 0);
      if (got > 0) printf("server %.*s", (int)got, text);
      else {
        printf("end of server\n");
        server_open = 0;
        if (epoll >= 0) epoll_ctl(epoll, EPOLL_CTL_DEL, server, NULL);
      }
    }
    if (ready & 1) read_input();
    fflush(stdout);
  }
  return 0;
}
