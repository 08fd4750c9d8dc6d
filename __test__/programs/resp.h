// RESP, the protocol of Redis: writing commands, reading replies from bytes that arrive in any pieces, and the
// conversation that both clients hold, one over blocking calls and one over events.
#ifndef HOSTSOCK_TEST_RESP_H
#define HOSTSOCK_TEST_RESP_H

#include "common.h"

struct buffer {
  char *data;
  size_t size, capacity;
};

static void *grown(void *data, size_t size) {
  data = realloc(data, size);
  if (!data) {
    say("memory", "none left");
    exit(1);
  }
  return data;
}

static char *buffer_room(struct buffer *buffer, size_t size) {
  if (buffer->size + size > buffer->capacity) {
    buffer->capacity = (buffer->size + size) * 3 / 2;
    buffer->data = grown(buffer->data, buffer->capacity);
  }
  return buffer->data + buffer->size;
}

static void buffer_add(struct buffer *buffer, const void *data, size_t size) {
  if (size) memcpy(buffer_room(buffer, size), data, size);
  buffer->size += size;
}

static void buffer_drop(struct buffer *buffer, size_t size) {
  memmove(buffer->data, buffer->data + size, buffer->size - size);
  buffer->size -= size;
}

static void command_begin(struct buffer *out, int arguments) {
  char head[32];
  buffer_add(out, head, (size_t)snprintf(head, sizeof head, "*%d\r\n", arguments));
}

static void command_bytes(struct buffer *out, const void *data, size_t size) {
  char head[32];
  buffer_add(out, head, (size_t)snprintf(head, sizeof head, "$%u\r\n", (unsigned)size));
  buffer_add(out, data, size);
  buffer_add(out, "\r\n", 2);
}

// A command of words, separated by single spaces.
static void command(struct buffer *out, const char *words) {
  int count = 1;
  for (const char *at = words; *at; at++) count += *at == ' ';
  command_begin(out, count);
  for (;;) {
    size_t size = strcspn(words, " ");
    command_bytes(out, words, size);
    if (!words[size]) return;
    words += size + 1;
  }
}

struct reply {
  char type;         // + - : $ * as in the protocol; 0 for nil
  long long number;  // of `:`; the count of `*`
  const char *data;  // of + - $, and the elements of `*`
  size_t size;
};

// The bytes that the first reply takes, or 0 while it is not complete.
static size_t parse_reply(const char *data, size_t size, struct reply *reply) {
  const char *end = size ? memchr(data, '\n', size) : NULL;
  if (!end) return 0;
  size_t head = (size_t)(end - data) + 1;
  reply->type = data[0];
  reply->data = data + 1;
  reply->size = head - 3;
  if (data[0] == '+' || data[0] == '-') return head;
  reply->number = strtoll(data + 1, NULL, 10);
  if (data[0] == ':') return head;
  if (reply->number < 0) {
    reply->type = 0;
    return head;
  }
  if (data[0] == '$') {
    reply->data = data + head;
    reply->size = (size_t)reply->number;
    return size >= head + reply->size + 2 ? head + reply->size + 2 : 0;
  }
  size_t total = head;
  for (long long i = 0; i < reply->number; i++) {
    struct reply element;
    size_t taken = parse_reply(data + total, size - total, &element);
    if (!taken) return 0;
    total += taken;
  }
  reply->data = data + head;
  reply->size = total - head;
  return total;
}

static void say_reply(const char *name, const struct reply *reply) {
  switch (reply->type) {
    case 0: say(name, "nil"); return;
    case '+': say(name, "%.*s", (int)reply->size, reply->data); return;
    case '-': say(name, "error, %.*s", (int)reply->size, reply->data); return;
    case ':': say(name, "%lld", reply->number); return;
    case '$': say(name, "%u bytes, %.*s", (unsigned)reply->size, reply->size > 40 ? 0 : (int)reply->size, reply->data); return;
    default: break;
  }
  say(name, "array of %lld", reply->number);
  const char *at = reply->data;
  for (long long i = 0; i < reply->number; i++) {
    struct reply element;
    at += parse_reply(at, reply->size - (size_t)(at - reply->data), &element);
    say_reply("  element", &element);
  }
}

// The conversation. Each step is one write of one or more commands; the next begins when all replies are there.

#define PIPELINE 1000
static const size_t sizes[] = {0, 1, 2, 100, 4093, 65537, 1048576};
#define SIZES (sizeof sizes / sizeof *sizes)
static const char *const plain[] = {
  "FLUSHALL", "PING", "ECHO hello", "SET text value", "GET text", "GET no-such-key", "INCR text", "NOSUCH",
  "RPUSH list one two three", "LRANGE list 0 -1", "GET list", "MGET text no-such-key", "EXISTS text list no-such-key",
  "DEL text list no-such-key", "EXISTS text", "LRANGE list 0 -1",
};
#define PLAIN (sizeof plain / sizeof *plain)

static struct {
  size_t step;
  int replies, awaited;
  long long sum;
  int wrong;
} talk;

static unsigned char *value_of(size_t size) {
  static unsigned char *bytes;
  bytes = grown(bytes, size + 1);
  // Bytes of every kind: zeros, newlines, what looks like a reply.
  fill_pattern(bytes, size, size);
  return bytes;
}

// Appends the step's commands; returns 0 when there is no further step.
static int talk_step(struct buffer *out) {
  char name[32];
  size_t step = talk.step;
  talk.awaited = 1;
  if (step < PLAIN) {
    command(out, plain[step]);
    return 1;
  }
  step -= PLAIN;
  if (step < 2 * SIZES) {
    size_t size = sizes[step / 2];
    snprintf(name, sizeof name, "value:%u", (unsigned)size);
    command_begin(out, step % 2 ? 2 : 3);
    command_bytes(out, step % 2 ? "GET" : "SET", 3);
    command_bytes(out, name, strlen(name));
    if (step % 2 == 0) command_bytes(out, value_of(size), size);
    return 1;
  }
  step -= 2 * SIZES;
  if (step > 1) return 0;
  talk.awaited = PIPELINE;
  for (int i = 0; i < PIPELINE; i++) {
    if (step == 0) {
      command(out, "INCR counter");
      continue;
    }
    // Alternating sizes, so that replies and reads do not fall together.
    snprintf(name, sizeof name, "GET value:%u", (unsigned)sizes[i % 5]);
    command(out, name);
  }
  return 1;
}

// One reply of the step that is going on. Returns 1 when it was the last.
static int talk_reply(const struct reply *reply) {
  char name[64];
  size_t step = talk.step;
  if (step < PLAIN) {
    say_reply(plain[step], reply);
  } else if (step < PLAIN + 2 * SIZES) {
    size_t size = sizes[(step - PLAIN) / 2];
    int get = (step - PLAIN) % 2;
    snprintf(name, sizeof name, "%s of %u bytes", get ? "GET" : "SET", (unsigned)size);
    if (!get || reply->type != '$') say_reply(name, reply);
    else say(name, "%u bytes, %s", (unsigned)reply->size, reply->size == size && !memcmp(reply->data, value_of(size), size) ? "equal" : "different");
  } else if (step == PLAIN + 2 * SIZES) {
    if (reply->type != ':' || reply->number != talk.replies + 1) talk.wrong++;
    talk.sum += reply->number;
  } else {
    size_t size = sizes[talk.replies % 5];
    if (reply->type != '$' || reply->size != size || memcmp(reply->data, value_of(size), size)) talk.wrong++;
  }
  if (++talk.replies < talk.awaited) return 0;
  if (step == PLAIN + 2 * SIZES) {
    say("pipelined INCR", "%d replies, sum %lld, %d wrong", talk.replies, talk.sum, talk.wrong);
  } else if (step > PLAIN + 2 * SIZES) {
    say("pipelined GET", "%d replies, %d wrong", talk.replies, talk.wrong);
  }
  talk.replies = talk.wrong = 0;
  talk.step++;
  return 1;
}

#endif
