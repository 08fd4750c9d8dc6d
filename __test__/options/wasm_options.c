// Sets and reads options for the test that compares a wasm build with a native one: see engine.h for the commands that
// carry plain bytes. These here build structures as the program's own compiler lays them out, which differ in size:
//
//   longs SLOT OPTION SECONDS MICROSECONDS [MORE]  `long[2]`, the timeouts of old; MORE is added to the length
//   getlongs SLOT OPTION [MORE]
//   timeout SLOT RCV|SND SECONDS MICROSECONDS      `struct timeval` under the C library's own number
//   gettimeout SLOT RCV|SND
//   group SLOT LEVEL OPTION INDEX GROUP [MORE]     `struct group_req`
//   source SLOT LEVEL OPTION INDEX GROUP SOURCE [MORE]
//   msfilter SLOT LEVEL INDEX GROUP MODE COUNT [MORE] SOURCE...
//   getmsfilter SLOT LEVEL INDEX GROUP ROOM [MORE]
//   program SLOT OPTION COUNT own|null|high [MORE] `struct sock_fprog`, its pointer where the word says
//   getprogram SLOT COUNT                          the length of SO_GET_FILTER is one of instructions, not bytes
//   badset SLOT LEVEL OPTION null|high LENGTH      a value that is not in memory
//   badget SLOT LEVEL OPTION VALUE LENGTH NUMBER   both pointers: own, null, high
//   flowlabel SLOT                                 the kernel chooses a label and writes it back
//   peercred SLOT                                  `struct ucred`
#include "engine.h"

#include <limits.h>
#include <sys/time.h>

#define MCAST_INCLUDE_MODE 1

// The last page: kernel memory natively, beyond the end of a wasm memory.
static void *volatile high = (void *)(uintptr_t)-4096;
static void *volatile null = NULL;

static void *pointer(const char *where, void *own) {
  return strcmp(where, "null") == 0 ? null : strcmp(where, "high") == 0 ? high : own;
}

static void line(int result) {
  print_result(result);
  putchar('\n');
}

static void set_longs(const struct command *command) {
  long value[4] = {number(command, 3), number(command, 4), 0, 0};
  socklen_t length = (socklen_t)(2 * sizeof(long) + (size_t)number(command, 5));
  line(setsockopt(slot_of(command)->fd, SOL_SOCKET, (int)number(command, 2), value, length));
}

static void get_longs(const struct command *command) {
  long value[8];
  memset(value, 0, sizeof value);
  socklen_t length = (socklen_t)(2 * sizeof(long) + (size_t)number(command, 3));
  int result = getsockopt(slot_of(command)->fd, SOL_SOCKET, (int)number(command, 2), value, &length);
  print_result(result);
  printf(" %ld %ld, %d more\n", value[0], value[1], (int)length - 2 * (int)sizeof(long));
}

static int timeout_option(const struct command *command) {
  return strcmp(word(command, 2), "RCV") == 0 ? SO_RCVTIMEO : SO_SNDTIMEO;
}

static void set_timeout(const struct command *command) {
  struct timeval value;
  // What lies between the fields is not for anybody to read.
  memset(&value, 0xee, sizeof value);
  value.tv_sec = number(command, 3);
  value.tv_usec = number(command, 4);
  line(setsockopt(slot_of(command)->fd, SOL_SOCKET, timeout_option(command), &value, sizeof value));
}

static void get_timeout(const struct command *command) {
  struct timeval value;
  memset(&value, 0xee, sizeof value);
  socklen_t length = sizeof value;
  int result = getsockopt(slot_of(command)->fd, SOL_SOCKET, timeout_option(command), &value, &length);
  print_result(result);
  printf(" %lld %lld, %d more\n", (long long)value.tv_sec, (long long)value.tv_usec, (int)length - (int)sizeof value);
}

static void address(const char *text, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  struct sockaddr_in *in = (struct sockaddr_in *)storage;
  struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;
  if (inet_pton(AF_INET, text, &in->sin_addr) == 1) in->sin_family = AF_INET;
  else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) in6->sin6_family = AF_INET6;
}

static const char *text_of(const struct sockaddr_storage *storage) {
  static char text[64];
  const void *from = storage->ss_family == AF_INET ? (const void *)&((const struct sockaddr_in *)storage)->sin_addr
                                                   : (const void *)&((const struct sockaddr_in6 *)storage)->sin6_addr;
  return inet_ntop(storage->ss_family, from, text, sizeof text) ? text : "?";
}

// Room behind a structure, for lengths that are too long.
#define ROOMY(type) union { struct type it; char room[sizeof(struct type) + 64]; }

static void set_group(const struct command *command) {
  ROOMY(group_req) value;
  memset(&value, 0, sizeof value);
  value.it.gr_interface = (uint32_t)number(command, 4);
  address(word(command, 5), &value.it.gr_group);
  socklen_t length = (socklen_t)(sizeof value.it + (size_t)number(command, 6));
  line(setsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), &value, length));
}

static void set_source(const struct command *command) {
  ROOMY(group_source_req) value;
  memset(&value, 0, sizeof value);
  value.it.gsr_interface = (uint32_t)number(command, 4);
  address(word(command, 5), &value.it.gsr_group);
  address(word(command, 6), &value.it.gsr_source);
  socklen_t length = (socklen_t)(sizeof value.it + (size_t)number(command, 7));
  line(setsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), &value, length));
}

#define MOST_SOURCES 16

static union {
  struct group_filter it;
  char room[GROUP_FILTER_SIZE(MOST_SOURCES) + 64];
} filter;

static void set_msfilter(const struct command *command) {
  memset(&filter, 0, sizeof filter);
  filter.it.gf_interface = (uint32_t)number(command, 3);
  address(word(command, 4), &filter.it.gf_group);
  filter.it.gf_fmode = strcmp(word(command, 5), "include") == 0 ? MCAST_INCLUDE_MODE : 0;
  filter.it.gf_numsrc = (uint32_t)number(command, 6);
  int sources = command->count - 8;
  for (int index = 0; index < sources; index++) address(word(command, 8 + index), &filter.it.gf_slist[index]);
  socklen_t length = (socklen_t)(GROUP_FILTER_SIZE(sources) + (size_t)number(command, 7));
  line(setsockopt(slot_of(command)->fd, (int)number(command, 2), MCAST_MSFILTER, &filter, length));
}

static void get_msfilter(const struct command *command) {
  memset(&filter, 0, sizeof filter);
  filter.it.gf_interface = (uint32_t)number(command, 3);
  address(word(command, 4), &filter.it.gf_group);
  filter.it.gf_numsrc = (uint32_t)number(command, 5);
  socklen_t room = (socklen_t)(GROUP_FILTER_SIZE(filter.it.gf_numsrc) + (size_t)number(command, 6)), length = room;
  uint32_t most = filter.it.gf_numsrc;
  int result = getsockopt(slot_of(command)->fd, (int)number(command, 2), MCAST_MSFILTER, &filter, &length);
  print_result(result);
  if (result == 0) {
    uint32_t count = filter.it.gf_numsrc, given = count < most ? count : most;
    printf(" %s, %u sources, length of %d", filter.it.gf_fmode == MCAST_INCLUDE_MODE ? "include" : "exclude", count,
           ((int)length - (int)GROUP_FILTER_SIZE(0)) / (int)sizeof(struct sockaddr_storage));
    for (uint32_t index = 0; index < given; index++) printf(" %s", text_of(&filter.it.gf_slist[index]));
  }
  putchar('\n');
}

// `struct sock_filter`
struct instruction {
  unsigned short code;
  unsigned char jt, jf;
  unsigned k;
};

static void set_program(const struct command *command) {
  static struct instruction accept_all[4] = {{6, 0, 0, UINT_MAX}, {6, 0, 0, UINT_MAX}, {6, 0, 0, UINT_MAX}, {6, 0, 0, UINT_MAX}};
  struct {
    struct program it;
    char room[64];
  } value;
  memset(&value, 0, sizeof value);
  value.it.count = (unsigned short)number(command, 3);
  value.it.instructions = pointer(word(command, 4), accept_all);
  socklen_t length = (socklen_t)(sizeof value.it + (size_t)number(command, 5));
  line(setsockopt(slot_of(command)->fd, SOL_SOCKET, (int)number(command, 2), &value, length));
}

static void get_program(const struct command *command) {
  memset(buffer, 0, sizeof buffer);
  socklen_t count = (socklen_t)number(command, 2);
  int result = getsockopt(slot_of(command)->fd, SOL_SOCKET, 26, buffer, &count);
  print_result(result);
  printf(" %d ", (int)count);
  print_bytes(buffer, result < 0 ? 0 : 8 * count);
  putchar('\n');
}

static void set_bad(const struct command *command) {
  socklen_t length = (socklen_t)number(command, 5);
  line(setsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), pointer(word(command, 4), buffer), length));
}

static void get_bad(const struct command *command) {
  memset(buffer, 0, sizeof buffer);
  socklen_t length = (socklen_t)number(command, 6);
  void *value = pointer(word(command, 4), buffer);
  socklen_t *at = pointer(word(command, 5), &length);
  print_result(getsockopt(slot_of(command)->fd, (int)number(command, 2), (int)number(command, 3), value, at));
  printf(" %d\n", (int)length);
}

static void flow_label(const struct command *command) {
  // struct in6_flowlabel_req: destination, label, action, share, flags, two times, padding.
  unsigned char request[32] = {0};
  request[15] = 1;
  request[21] = 1;
  request[22] = 1;
  print_result(setsockopt(slot_of(command)->fd, IPPROTO_IPV6, 32, request, sizeof request));
  printf(", the label is %s\n", request[16] | request[17] | request[18] | request[19] ? "here" : "not here");
}

static void peer_credentials(const struct command *command) {
  struct ucred { int pid; unsigned uid, gid; } peer = {-2, 77, 77};
  socklen_t length = sizeof peer;
  print_result(getsockopt(slot_of(command)->fd, SOL_SOCKET, 17, &peer, &length));
  printf(" %s %u %u, length %d\n", peer.pid > 0 ? "a process" : "no process", peer.uid, peer.gid, (int)length);
}

static int own_command(const struct command *command) {
  static const struct {
    const char *name;
    void (*run)(const struct command *);
  } commands[] = {
    {"longs", set_longs},         {"getlongs", get_longs},     {"timeout", set_timeout},
    {"gettimeout", get_timeout},  {"group", set_group},        {"source", set_source},
    {"msfilter", set_msfilter},   {"getmsfilter", get_msfilter}, {"program", set_program},
    {"getprogram", get_program},
    {"badset", set_bad},          {"badget", get_bad},         {"flowlabel", flow_label},
    {"peercred", peer_credentials},
  };
  for (size_t index = 0; index < sizeof commands / sizeof commands[0]; index++) {
    if (strcmp(word(command, 0), commands[index].name) != 0) continue;
    commands[index].run(command);
    return 1;
  }
  return 0;
}

int main(void) {
  return run_commands(own_command);
}
