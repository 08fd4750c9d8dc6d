// poll, ppoll, select, pselect: to the millisecond, and what they say of mistakes.
#include "common.h"

static int fd;

static void in_time(const char *name, int result, long long start, double milliseconds) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  double elapsed = now.tv_sec * 1e3 + now.tv_nsec / 1e6 - start / 1e3;
  // The machine may be busy: late is late only by much.
  say(name, "%d %s", result, elapsed < milliseconds - 0.05 ? "too early" : elapsed > milliseconds + 2000 ? "late" : "in time");
}

static long long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// The shortest of at least ten, and of as many as it takes on a busy machine: what the call takes when nothing else is
// in the way.
static void precise(const char *name, int milliseconds, int kind) {
  long long best = 1 << 30, wanted = milliseconds * 1000, give_up = now_us() + 10000000;
  for (int turn = 0; turn < 10 || (best > wanted + 1000 && now_us() < give_up); turn++) {
    long long start = now_us();
    struct pollfd entry = {fd, POLLIN, 0};
    struct timespec time = {0, milliseconds * 1000000L};
    struct timeval interval = {0, milliseconds * 1000};
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(fd, &reads);
    if (kind == 0) poll(&entry, 1, milliseconds);
    if (kind == 1) ppoll(&entry, 1, &time, NULL);
    if (kind == 2) select(fd + 1, &reads, NULL, NULL, &interval);
    if (kind == 3) pselect(fd + 1, &reads, NULL, NULL, &time, NULL);
    long long elapsed = now_us() - start;
    if (elapsed < best) best = elapsed;
  }
  say(name, "%s", best < wanted - 50 ? "too early" : best > wanted + 1000 ? "late" : "to the millisecond");
}

int main(void) {
  begin();
  int server;
  tcp_pair(&fd, &server);
  precise("poll of 1 ms", 1, 0);
  precise("poll of 7 ms", 7, 0);
  precise("ppoll of 5 ms", 5, 1);
  precise("select of 3 ms", 3, 2);
  precise("pselect of 9 ms", 9, 3);

  struct pollfd entry = {fd, POLLIN, 0};
  long long start = now_us();
  in_time("poll of 120 ms", poll(&entry, 1, 120), start, 120);
  start = now_us();
  struct timespec time = {0, 60500000};
  in_time("ppoll of 60.5 ms", ppoll(&entry, 1, &time, NULL), start, 60.5);
  say("it is left alone", "%ld", (long)time.tv_nsec);
  fd_set reads, writes, excepts;
  FD_ZERO(&reads);
  FD_SET(fd, &reads);
  struct timeval interval = {0, 80000};
  start = now_us();
  in_time("select of 80 ms", select(fd + 1, &reads, NULL, NULL, &interval), start, 80);
  say_yes("the set is empty", !FD_ISSET(fd, &reads));
  say("nothing is left of the time", "%ld %ld", (long)interval.tv_sec, (long)interval.tv_usec);
  FD_SET(fd, &reads);
  send(server, "x", 1, 0);
  interval = (struct timeval){5, 0};
  say_count("select with a byte there", select(fd + 1, &reads, NULL, NULL, &interval));
  say_yes("most of the time is left", interval.tv_sec == 4 && interval.tv_usec > 500000);
  start = now_us();
  in_time("select of nothing", select(0, NULL, NULL, NULL, &(struct timeval){0, 40000}), start, 40);
  start = now_us();
  in_time("poll of nothing", poll(NULL, 0, 40), start, 40);
  start = now_us();
  in_time("ppoll of nothing", ppoll(NULL, 0, &(struct timespec){0, 20000000}, NULL), start, 20);

  FD_SET(fd, &reads);
  FD_ZERO(&writes);
  FD_SET(fd, &writes);
  FD_SET(server, &writes);
  FD_ZERO(&excepts);
  FD_SET(fd, &excepts);
  int most = (fd > server ? fd : server) + 1;
  say_count("three sets", select(most, &reads, &writes, &excepts, NULL));
  say("they hold", "%d %d %d %d", FD_ISSET(fd, &reads) != 0, FD_ISSET(fd, &writes) != 0, FD_ISSET(server, &writes) != 0,
      FD_ISSET(fd, &excepts) != 0);
  FD_ZERO(&reads);
  FD_SET(server, &reads);
  say_count("a number too low hides it", select(0, &reads, NULL, NULL, &(struct timeval){0, 0}));
  say_count("a negative number", select(-1, &reads, NULL, NULL, &(struct timeval){0, 0}));
  say_count("a negative time", select(most, &reads, NULL, NULL, &(struct timeval){-1, 0}));
  time = (struct timespec){0, 1000000000};
  say_count("pselect: too many nanoseconds", pselect(most, &reads, NULL, NULL, &time, NULL));
  say_count("ppoll: too many nanoseconds", ppoll(&entry, 1, &time, NULL));
  say_count("ppoll: a negative time", ppoll(&entry, 1, &(struct timespec){-1, 0}, NULL));
  // The kernel leaves out what lies beyond the end of the process's descriptor table: it has to be
  // that long first.
  close(dup2(fd, 200));
  FD_ZERO(&reads);
  FD_SET(200, &reads);
  say_count("a closed descriptor in select", select(201, &reads, NULL, NULL, &(struct timeval){0, 0}));
  struct pollfd same[3] = {{fd, POLLIN, 0}, {fd, POLLOUT, 0}, {fd, POLLIN, 0}};
  say_count("the same one three times", poll(same, 3, 0));
  // sleep and usleep are not ours, but wait as well.
  start = now_us();
  in_time("usleep of 20 ms", usleep(20000), start, 20);
  return 0;
}
