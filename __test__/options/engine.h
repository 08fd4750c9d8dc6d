// What the reference programs share: sockets in numbered slots, and commands that set and get options on them, one a
// line, each answered by one line. Results are names of errors, lengths and bytes: nothing that two runs, or a native
// and a wasm build, would have to show differently.
//
//   open SLOT FAMILY TYPE PROTOCOL STATE   STATE: fresh, connected, listening, pair
//   close SLOT
//   get SLOT LEVEL OPTION LENGTH [BYTES]   BYTES: what stands in the buffer before; zeros by default
//   set SLOT LEVEL OPTION BYTES [LENGTH]   LENGTH: to lie about it
//   filter SLOT LEVEL OPTION BYTES [COUNT] instructions, which a struct sock_fprog points to
//
// Bytes are in hexadecimal, `-` stands for none.
#ifndef HOSTSOCK_TEST_ENGINE_H
#define HOSTSOCK_TEST_ENGINE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SLOTS 64
#define LONGEST 70000

struct slot {
  int fd;
  // What must stay open beside it: the other end, or a listener.
  int others[2];
};

static struct slot slots[SLOTS];

static const char *error_name(int number) {
  switch (number) {
#define NAME(x) case x: return #x;
    NAME(EPERM) NAME(ENOENT) NAME(ESRCH) NAME(EINTR) NAME(EIO) NAME(ENXIO) NAME(E2BIG) NAME(EBADF) NAME(EAGAIN)
    NAME(ENOMEM) NAME(EACCES) NAME(EFAULT) NAME(EBUSY) NAME(EEXIST) NAME(ENODEV) NAME(ENOTDIR) NAME(EISDIR)
    NAME(EINVAL) NAME(ENFILE) NAME(EMFILE) NAME(ENOTTY) NAME(EFBIG) NAME(ENOSPC) NAME(ESPIPE) NAME(EPIPE) NAME(EDOM)
    NAME(ERANGE) NAME(ENAMETOOLONG) NAME(ENOSYS) NAME(ENODATA) NAME(EPROTO) NAME(EBADMSG) NAME(EOVERFLOW)
    NAME(ENOTSOCK) NAME(EDESTADDRREQ) NAME(EMSGSIZE) NAME(EPROTOTYPE) NAME(ENOPROTOOPT) NAME(EPROTONOSUPPORT)
    NAME(ESOCKTNOSUPPORT) NAME(EOPNOTSUPP) NAME(EPFNOSUPPORT) NAME(EAFNOSUPPORT) NAME(EADDRINUSE)
    NAME(EADDRNOTAVAIL) NAME(ENETDOWN) NAME(ENETUNREACH) NAME(ENETRESET) NAME(ECONNABORTED) NAME(ECONNRESET)
    NAME(ENOBUFS) NAME(EISCONN) NAME(ENOTCONN) NAME(ESHUTDOWN) NAME(ETIMEDOUT) NAME(ECONNREFUSED) NAME(EHOSTUNREACH)
    NAME(EALREADY) NAME(EINPROGRESS) NAME(ESTALE) NAME(EDQUOT) NAME(ECANCELED)
#ifdef ENOKEY
    NAME(ENOKEY)
#endif
#ifdef EKEYREJECTED
    NAME(EKEYREJECTED)
#endif
#undef NAME
    default: return "ANOTHER";
  }
}

static int digit(char c) {
  return c >= 'a' ? c - 'a' + 10 : c - '0';
}

// How many bytes a word in hexadecimal stands for.
static size_t bytes_of(const char *word, unsigned char *bytes) {
  if (word[0] == '-') return 0;
  size_t length = strlen(word) / 2;
  if (length > LONGEST) exit(3);
  for (size_t at = 0; at < length; at++) bytes[at] = (unsigned char)(digit(word[2 * at]) << 4 | digit(word[2 * at + 1]));
  return length;
}

static void print_bytes(const unsigned char *bytes, size_t length) {
  static const char digits[] = "0123456789abcdef";
  if (length == 0) putchar('-');
  for (size_t at = 0; at < length; at++) {
    putchar(digits[bytes[at] >> 4]);
    putchar(digits[bytes[at] & 15]);
  }
}

// `OK`, or the error's name.
static void print_result(int result) {
  fputs(result < 0 ? error_name(errno) : "OK", stdout);
}

static socklen_t loopback(int family, unsigned short port, struct sockaddr_storage *address) {
  memset(address, 0, sizeof *address);
  if (family == AF_INET6) {
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    in6->sin6_addr = in6addr_loopback;
    return sizeof *in6;
  }
  struct sockaddr_in *in = (struct sockaddr_in *)address;
  in->sin_family = AF_INET;
  in->sin_port = htons(port);
  in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sizeof *in;
}

// A closed connection leaves nothing behind.
static void reset_on_close(int fd) {
  struct linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static int open_slot(struct slot *slot, int family, int type, int protocol, const char *state) {
  struct sockaddr_storage address;
  slot->fd = slot->others[0] = slot->others[1] = -1;
  if (strcmp(state, "pair") == 0) {
    int pair[2];
    if (socketpair(family, type, protocol, pair) < 0) return -1;
    slot->fd = pair[0];
    slot->others[0] = pair[1];
    return 0;
  }
  slot->fd = socket(family, type, protocol);
  if (slot->fd < 0 || strcmp(state, "fresh") == 0) return slot->fd;
  if (family == AF_UNIX) {
    // Without a name of its own: one from the abstract namespace is made for it.
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (bind(slot->fd, (struct sockaddr *)&name, sizeof name.sun_family) < 0) return -1;
    return listen(slot->fd, 5);
  }
  if (strcmp(state, "listening") == 0) {
    socklen_t length = loopback(family, 0, &address);
    if (bind(slot->fd, (struct sockaddr *)&address, length) < 0) return -1;
    return listen(slot->fd, 5);
  }
  if (type != SOCK_STREAM) {
    // Nobody is there, and nothing is sent.
    socklen_t length = loopback(family, 9, &address);
    return connect(slot->fd, (struct sockaddr *)&address, length);
  }
  int listener = socket(family, type, protocol);
  slot->others[0] = listener;
  socklen_t length = loopback(family, 0, &address);
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 5) < 0) return -1;
  length = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &length) < 0) return -1;
  if (connect(slot->fd, (struct sockaddr *)&address, length) < 0) return -1;
  slot->others[1] = accept(listener, NULL, NULL);
  reset_on_close(slot->others[1]);
  return slot->others[1];
}

static void close_slot(struct slot *slot) {
  if (slot->others[1] >= 0) close(slot->others[1]);
  if (slot->others[0] >= 0) close(slot->others[0]);
  close(slot->fd);
  slot->fd = slot->others[0] = slot->others[1] = -1;
}

#define MOST_WORDS 16

// One line, cut into words.
struct command {
  int count;
  char *words[MOST_WORDS];
};

static const char *word(const struct command *command, int index) {
  return index < command->count ? command->words[index] : "-";
}

static long number(const struct command *command, int index) {
  return strtol(word(command, index), NULL, 0);
}

static struct slot *slot_of(const struct command *command) {
  long index = number(command, 1);
  if (index < 0 || index >= SLOTS) exit(3);
  return &slots[index];
}

static unsigned char buffer[LONGEST + 8192];

static void get_option(const struct command *command) {
  socklen_t length = (socklen_t)number(command, 4);
  memset(buffer, 0, sizeof buffer);
  bytes_of(word(command, 5), buffer);
  int result = getsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), buffer, &length);
  print_result(result);
  printf(" %d ", (int)length);
  socklen_t room = (socklen_t)number(command, 4);
  print_bytes(buffer, result < 0 ? 0 : length < room ? length : room);
  putchar('\n');
}

static void set_option(const struct command *command) {
  memset(buffer, 0, sizeof buffer);
  socklen_t length = (socklen_t)bytes_of(word(command, 4), buffer);
  if (command->count > 5) length = (socklen_t)number(command, 5);
  print_result(setsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), buffer, length));
  putchar('\n');
}

// `struct sock_fprog`, which not every libc declares.
struct program {
  unsigned short count;
  void *instructions;
};

static void set_filter(const struct command *command) {
  memset(buffer, 0, sizeof buffer);
  struct program program;
  memset(&program, 0, sizeof program);
  program.count = (unsigned short)(bytes_of(word(command, 4), buffer) / 8);
  if (command->count > 5) program.count = (unsigned short)number(command, 5);
  program.instructions = buffer;
  print_result(setsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), &program, sizeof program));
  putchar('\n');
}

// Does one of the commands that all programs have; 0 for another one.
static int common_command(const struct command *command) {
  const char *name = word(command, 0);
  if (strcmp(name, "open") == 0) {
    print_result(open_slot(slot_of(command), (int)number(command, 2), (int)number(command, 3), (int)number(command, 4), word(command, 5)));
    putchar('\n');
  } else if (strcmp(name, "close") == 0) {
    close_slot(slot_of(command));
    puts("OK");
  } else if (strcmp(name, "get") == 0) {
    get_option(command);
  } else if (strcmp(name, "set") == 0) {
    set_option(command);
  } else if (strcmp(name, "filter") == 0) {
    set_filter(command);
  } else {
    return 0;
  }
  return 1;
}

// Reads commands to the end of standard input.
static int run_commands(int (*own_command)(const struct command *)) {
  static char line[2 * LONGEST + 4096];
  for (int index = 0; index < SLOTS; index++) slots[index] = (struct slot){-1, {-1, -1}};
  while (fgets(line, sizeof line, stdin)) {
    struct command command = {0};
    for (char *rest = line, *next; command.count < MOST_WORDS && (next = strtok(rest, " \n")); rest = NULL) {
      command.words[command.count++] = next;
    }
    if (command.count == 0) continue;
    if (!common_command(&command) && !own_command(&command)) puts("UNKNOWN");
  }
  fflush(stdout);
  return 0;
}

#endif
