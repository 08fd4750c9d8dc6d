// Emscripten's socket callbacks (emscripten.h), and the same for a native build over poll(), so that one event-driven
// program does for both. On Emscripten main() returns and the callbacks follow; natively events_run() is the loop.
#ifndef HOSTSOCK_TEST_EVENTS_H
#define HOSTSOCK_TEST_EVENTS_H

#include "common.h"

// What a socket is when the program begins to wait for its events.
enum events_state { LISTENING, CONNECTING, CONNECTED, FAILED };

#ifdef __EMSCRIPTEN__

#include <emscripten.h>

// Every socket is watched already.
static UNUSED void events_watch(int fd, enum events_state state) {
  (void)fd;
  (void)state;
}
static UNUSED void events_close(int fd) {
  close(fd);
}
static UNUSED int events_error(int fd) {
  return int_option(fd, SOL_SOCKET, SO_ERROR);
}
static UNUSED void events_exit(int status) {
  emscripten_force_exit(status);
}
static UNUSED int events_run(void) {
  return 0;
}
static UNUSED void events_leave_errors(void) {}

#else

typedef void (*em_socket_callback)(int fd, void *user_data);
typedef void (*em_socket_error_callback)(int fd, int error, const char *message, void *user_data);

static struct pollfd events_entries[1024];
static struct { enum events_state state; int error; } events_states[1024];
static int events_count, events_leave;
static struct { em_socket_callback call; void *data; } events_open, events_connection, events_message, events_ended;
static struct { em_socket_error_callback call; void *data; } events_failed;

#define SETTER(name, slot)                                                           \
  static UNUSED void emscripten_set_socket_##name##_callback(void *data, em_socket_callback call) { \
    slot.call = call;                                                                \
    slot.data = data;                                                                \
  }
SETTER(open, events_open)
SETTER(connection, events_connection)
SETTER(message, events_message)
SETTER(close, events_ended)
#undef SETTER
static UNUSED void emscripten_set_socket_error_callback(void *data, em_socket_error_callback call) {
  events_failed.call = call;
  events_failed.data = data;
}

static int events_index(int fd) {
  for (int i = 0; i < events_count; i++)
    if (events_entries[i].fd == fd) return i;
  return -1;
}

static UNUSED void events_watch(int fd, enum events_state state) {
  events_entries[events_count] = (struct pollfd){fd, state == CONNECTING ? POLLOUT : POLLIN, 0};
  events_states[events_count].state = state;
  events_states[events_count++].error = 0;
}

static UNUSED void events_close(int fd) {
  int i = events_index(fd);
  if (i >= 0) {
    events_entries[i] = events_entries[--events_count];
    events_states[i] = events_states[events_count];
  }
  close(fd);
}

// The error that was reported is given to the program once more, as SO_ERROR.
static UNUSED int events_error(int fd) {
  int i = events_index(fd), error = i < 0 ? 0 : events_states[i].error;
  if (!error) return int_option(fd, SOL_SOCKET, SO_ERROR);
  events_states[i].error = 0;
  return error;
}

static UNUSED void events_exit(int status) {
  exit(status);
}

// From now on an error event comes without its number, and leaves the error to the program's next call.
static UNUSED void events_leave_errors(void) {
  events_leave = 1;
}

static void events_dispatch(int fd, int revents) {
  int i = events_index(fd);
  if (i < 0) return;
  enum events_state state = events_states[i].state;
  if (state == CONNECTING) {
    int error = events_leave ? revents & POLLERR : int_option(fd, SOL_SOCKET, SO_ERROR);
    events_states[i].state = error ? FAILED : CONNECTED;
    events_states[i].error = events_leave ? 0 : error;
    events_entries[i].events = error ? 0 : POLLIN;
    if (error && events_failed.call) events_failed.call(fd, error, strerror(error), events_failed.data);
    if (!error && events_open.call) events_open.call(fd, events_open.data);
  } else if (state == LISTENING) {
    if (events_connection.call) events_connection.call(fd, events_connection.data);
  } else if (state == CONNECTED) {
    if (events_message.call) events_message.call(fd, events_message.data);
    i = events_index(fd);
    if (i >= 0 && (revents & POLLHUP)) {
      events_states[i].state = FAILED;
      if (events_ended.call) events_ended.call(fd, events_ended.data);
    }
  }
}

// Until no socket is left.
static UNUSED int events_run(void) {
  while (events_count > 0) {
    if (poll(events_entries, (nfds_t)events_count, 30000) <= 0) return 1;
    struct pollfd ready[1024];
    int count = events_count;
    memcpy(ready, events_entries, sizeof *ready * (size_t)count);
    for (int i = 0; i < count; i++)
      if (ready[i].revents) events_dispatch(ready[i].fd, ready[i].revents);
  }
  return 0;
}

#endif
#endif
