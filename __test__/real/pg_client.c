// pg_client HOST PORT USER PASSWORD: speaks PostgreSQL's protocol (version 3.0), one thread, non-blocking sockets,
// poll(2). A HOST that begins with / is the folder of the server's unix socket.
//
// It logs in (trust, password or SCRAM-SHA-256), and then queries simply and with parameters, copies in and out,
// makes mistakes, listens for a notification, and cancels a query that would take a minute.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "sha256.h"

#define DEADLINE_MS 30000

static const char *host, *port, *user, *password;

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  exit(1);
}

// Bytes that grow.

typedef struct {
  char *bytes;
  size_t size, room;
} buffer;

static void add(buffer *to, const void *bytes, size_t size) {
  if (to->size + size > to->room) {
    to->room = 2 * (to->size + size);
    to->bytes = realloc(to->bytes, to->room);
    if (!to->bytes) fail("out of memory");
  }
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static void drop(buffer *from, size_t size) {
  from->size -= size;
  memmove(from->bytes, from->bytes + size, from->size);
}

static void add_int(buffer *to, uint32_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) add(to, &(char){(char)(value >> shift)}, 1);
}

static void add_text(buffer *to, const char *text) { add(to, text, strlen(text) + 1); }

static uint32_t number(const void *at, int bytes) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | ((const unsigned char *)at)[i];
  return value;
}

// A connection.

typedef struct {
  int fd;
  buffer out, in;
  size_t read;  // what of `in` was taken already
  size_t begun; // where the message that is being made begins
  uint32_t process, secret;
  char notified[64];
} connection;

typedef struct {
  char kind;
  const char *body;
  size_t size;
} message;

static void await(connection *to, int events) {
  struct pollfd entry = {to->fd, (short)events, 0};
  int ready = poll(&entry, 1, DEADLINE_MS);
  if (ready < 0) fail("poll: %s", strerror(errno));
  if (ready == 0) fail("nothing happened for %d ms", DEADLINE_MS);
}

static int dial(int family, int type, const struct sockaddr *address, socklen_t length) {
  int fd = socket(family, type, 0), error = 0;
  socklen_t size = sizeof error;
  if (fd < 0) return -1;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  if (connect(fd, address, length) < 0) {
    connection waiting = {.fd = fd};
    if (errno == EINPROGRESS) {
      await(&waiting, POLLOUT);
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error == 0) return fd;
      errno = error;
    }
    close(fd);
    return -1;
  }
  return fd;
}

static int dial_server(void) {
  if (*host == '/') {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.%s", host, port);
    return dial(AF_UNIX, SOCK_STREAM, (struct sockaddr *)&address, sizeof address);
  }
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
  int code = getaddrinfo(host, port, &hints, &list), fd = -1;
  if (code) fail("%s: %s", host, gai_strerror(code));
  for (struct addrinfo *entry = list; entry && fd < 0; entry = entry->ai_next)
    fd = dial(entry->ai_family, entry->ai_socktype, entry->ai_addr, entry->ai_addrlen);
  freeaddrinfo(list);
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  return fd;
}

// Sends and receives what there is and what there is room for.
static void work(connection *on, int must_receive) {
  int events = (on->out.size ? POLLOUT : 0) | POLLIN;
  struct pollfd entry = {on->fd, (short)events, 0};
  int ready = poll(&entry, 1, must_receive || on->out.size ? DEADLINE_MS : 0);
  if (ready < 0) fail("poll: %s", strerror(errno));
  if (ready == 0 && must_receive) fail("no answer");
  if (entry.revents & POLLOUT) {
    ssize_t count = send(on->fd, on->out.bytes, on->out.size, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) fail("send: %s", strerror(errno));
    if (count > 0) drop(&on->out, (size_t)count);
  }
  if (entry.revents & (POLLIN | POLLHUP | POLLERR)) {
    static char bytes[65536];
    ssize_t count = recv(on->fd, bytes, sizeof bytes, 0);
    if (count == 0) fail("the server has closed the connection");
    if (count < 0 && errno != EAGAIN) fail("recv: %s", strerror(errno));
    if (count > 0) add(&on->in, bytes, (size_t)count);
  }
}

static void flush_out(connection *on) {
  while (on->out.size) work(on, 0);
}

static void begin_message(connection *on, char kind) {
  if (kind) add(&on->out, &kind, 1);
  on->begun = on->out.size;
  add_int(&on->out, 0, 4);
}

static void end_message(connection *on) {
  uint32_t size = (uint32_t)(on->out.size - on->begun);
  for (int i = 0; i < 4; i++) on->out.bytes[on->begun + i] = (char)(size >> (24 - 8 * i));
}

// The next message, which stays where it is until the one after it.
static message next_message(connection *on) {
  for (;;) {
    drop(&on->in, on->read);
    on->read = 0;
    while (on->in.size < 5 || on->in.size < 1 + number(on->in.bytes + 1, 4)) work(on, 1);
    size_t size = number(on->in.bytes + 1, 4) - 4;
    on->read = size + 5;
    message got = {on->in.bytes[0], on->in.bytes + 5, size};
    // Those that come at any time.
    if (got.kind == 'A') {
      const char *channel = got.body + 4;
      snprintf(on->notified, sizeof on->notified, "%s: %s", channel, channel + strlen(channel) + 1);
    }
    if (!strchr("ANS", got.kind)) return got;
  }
}

static const char *field(message got, char wanted) {
  for (const char *at = got.body; *at; at += strlen(at) + 1)
    if (*at == wanted) return at + 1;
  return "";
}

static message expect(connection *on, const char *kinds) {
  message got = next_message(on);
  if (!strchr(kinds, got.kind)) {
    if (got.kind == 'E') fail("%s %s", field(got, 'C'), field(got, 'M'));
    fail("%c came instead of %s", got.kind, kinds);
  }
  return got;
}

// Logging in.

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void to_base64(const unsigned char *bytes, size_t size, char *text) {
  for (size_t i = 0; i < size; i += 3) {
    uint32_t group = (uint32_t)bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] << 8 : 0) | (i + 2 < size ? bytes[i + 2] : 0);
    for (int j = 0; j < 4; j++) *text++ = i + j > size ? '=' : letters[group >> (18 - 6 * j) & 63];
  }
  *text = 0;
}

static size_t from_base64(const char *text, unsigned char *bytes) {
  size_t size = 0;
  uint32_t group = 0;
  for (int i = 0; text[i] && text[i] != '='; i++) {
    group = group << 6 | (uint32_t)(strchr(letters, text[i]) - letters);
    if (i % 4) bytes[size++] = (unsigned char)(group >> (6 - 2 * (i % 4)));
  }
  return size;
}

// SCRAM-SHA-256 (RFC 5802, 7677), without channel binding. The server must prove that it knows the password, too.
static void scram(connection *on) {
  char nonce[25], first[64], server[512], without_proof[256], proof_text[64], expected[64];
  unsigned char random[18], salt[64], salted[32], round[32], key[32], stored[32], signature[32];
  FILE *source = fopen("/dev/urandom", "r");
  if (!source || fread(random, 1, sizeof random, source) != sizeof random) fail("no random numbers");
  fclose(source);
  to_base64(random, sizeof random, nonce);
  snprintf(first, sizeof first, "n=,r=%s", nonce);
  begin_message(on, 'p');
  add_text(&on->out, "SCRAM-SHA-256");
  add_int(&on->out, (uint32_t)strlen(first) + 3, 4);
  add(&on->out, "n,,", 3);
  add(&on->out, first, strlen(first));
  end_message(on);

  message got = expect(on, "R");
  if (number(got.body, 4) != 11) fail("no SASL continuation");
  snprintf(server, sizeof server, "%.*s", (int)got.size - 4, got.body + 4);
  char salt_text[128], whole_nonce[128];
  int rounds;
  if (sscanf(server, "r=%127[^,],s=%127[^,],i=%d", whole_nonce, salt_text, &rounds) != 3) fail("no challenge: %s", server);
  if (strncmp(whole_nonce, nonce, strlen(nonce))) fail("not our nonce");

  size_t salt_size = from_base64(salt_text, salt);
  memcpy(salt + salt_size, "\0\0\0\1", 4);
  hmac_sha256(password, strlen(password), salt, salt_size + 4, round);
  memcpy(salted, round, 32);
  for (int i = 1; i < rounds; i++) {
    hmac_sha256(password, strlen(password), round, 32, round);
    for (int j = 0; j < 32; j++) salted[j] ^= round[j];
  }
  char signed_text[1024];
  snprintf(without_proof, sizeof without_proof, "c=biws,r=%s", whole_nonce);
  snprintf(signed_text, sizeof signed_text, "%s,%s,%s", first, server, without_proof);
  hmac_sha256(salted, 32, "Client Key", 10, key);
  sha256 hash;
  sha256_begin(&hash);
  sha256_add(&hash, key, 32);
  sha256_end(&hash, stored);
  hmac_sha256(stored, 32, signed_text, strlen(signed_text), signature);
  for (int i = 0; i < 32; i++) key[i] ^= signature[i];
  to_base64(key, 32, proof_text);
  begin_message(on, 'p');
  add(&on->out, without_proof, strlen(without_proof));
  add(&on->out, ",p=", 3);
  add(&on->out, proof_text, strlen(proof_text));
  end_message(on);

  got = expect(on, "R");
  if (number(got.body, 4) != 12) fail("no SASL outcome");
  hmac_sha256(salted, 32, "Server Key", 10, key);
  hmac_sha256(key, 32, signed_text, strlen(signed_text), signature);
  to_base64(signature, 32, expected);
  if (strncmp(got.body + 4, "v=", 2) || strncmp(got.body + 6, expected, 44)) fail("the server does not know the password");
}

static connection *log_in(void) {
  connection *on = calloc(1, sizeof *on);
  on->fd = dial_server();
  if (on->fd < 0) fail("connect: %s", strerror(errno));
  begin_message(on, 0);
  add_int(&on->out, 3 << 16, 4);
  const char *parameters[] = {"user", user, "database", "postgres", "application_name", "pg_client"};
  for (int i = 0; i < 6; i++) add_text(&on->out, parameters[i]);
  add_int(&on->out, 0, 1);
  end_message(on);
  for (;;) {
    message got = expect(on, "RKZ");
    if (got.kind == 'K') {
      on->process = number(got.body, 4);
      on->secret = number(got.body + 4, 4);
    }
    if (got.kind == 'Z') return on;
    if (got.kind != 'R') continue;
    switch (number(got.body, 4)) {
      case 0: printf("logged in\n"); break;
      case 3:
        printf("password\n");
        begin_message(on, 'p');
        add_text(&on->out, password);
        end_message(on);
        break;
      case 10:
        printf("%s\n", got.body + 4);
        scram(on);
        break;
      default: fail("the server wants %u", number(got.body, 4));
    }
  }
}

static void log_out(connection *on) {
  begin_message(on, 'X');
  end_message(on);
  flush_out(on);
  char byte;
  await(on, POLLIN);
  printf("goodbye: %zd\n", recv(on->fd, &byte, 1, 0));
  close(on->fd);
  free(on->in.bytes);
  free(on->out.bytes);
  free(on);
}

// Queries.

static void print_row(message row) {
  const char *at = row.body + 2;
  for (uint32_t i = 0, count = number(row.body, 2); i < count; i++) {
    uint32_t size = number(at, 4);
    at += 4;
    printf("%s", i ? " | " : "  ");
    if (size == UINT32_MAX) {
      printf("null");
      continue;
    }
    if (size > 40) printf("%u bytes of %c", size, *at);
    else printf("%.*s", (int)size, at);
    at += size;
  }
  putchar('\n');
}

static void print_columns(message columns) {
  const char *at = columns.body + 2;
  for (uint32_t i = 0, count = number(columns.body, 2); i < count; i++) {
    printf("%s%s", i ? " | " : "  ", at);
    at += strlen(at) + 1 + 18;
  }
  putchar('\n');
}

// Answers until the server is ready again.
static void answers(connection *on) {
  for (;;) {
    message got = next_message(on);
    if (got.kind == 'T') print_columns(got);
    if (got.kind == 'D') print_row(got);
    if (got.kind == 'C') printf("  %s\n", got.body);
    if (got.kind == 'E') printf("  error %s: %s\n", field(got, 'C'), field(got, 'M'));
    if (got.kind == 'G' || got.kind == 'H') fail("a COPY was not expected");
    if (got.kind == 'Z') {
      if (*got.body != 'I') printf("  in a transaction: %c\n", *got.body);
      return;
    }
  }
}

static void query(connection *on, const char *text) {
  printf("%s\n", text);
  begin_message(on, 'Q');
  add_text(&on->out, text);
  end_message(on);
  answers(on);
}

// Parse, bind, execute and sync in one go, as drivers do it.
static void prepared(connection *on, const char *text, int count, const char *const *values) {
  printf("%s\n", text);
  begin_message(on, 'P');
  add_text(&on->out, "");
  add_text(&on->out, text);
  add_int(&on->out, 0, 2);
  end_message(on);
  begin_message(on, 'B');
  add_text(&on->out, "");
  add_text(&on->out, "");
  add_int(&on->out, 0, 2);
  add_int(&on->out, (uint32_t)count, 2);
  for (int i = 0; i < count; i++) {
    add_int(&on->out, values[i] ? (uint32_t)strlen(values[i]) : UINT32_MAX, 4);
    if (values[i]) add(&on->out, values[i], strlen(values[i]));
  }
  add_int(&on->out, 0, 2);
  end_message(on);
  begin_message(on, 'D');
  add(&on->out, "P", 2);
  end_message(on);
  begin_message(on, 'E');
  add_text(&on->out, "");
  add_int(&on->out, 0, 4);
  end_message(on);
  begin_message(on, 'S');
  end_message(on);
  answers(on);
}

static void start_copy(connection *on, const char *text, char kind) {
  printf("%s\n", text);
  begin_message(on, 'Q');
  add_text(&on->out, text);
  end_message(on);
  expect(on, (char[]){kind, 0});
}

static void copies(connection *on) {
  query(on, "create table lines (id int primary key, word text)");
  start_copy(on, "copy lines from stdin", 'G');
  sha256 sent, received;
  unsigned char one[32], two[32];
  char line[400], padding[300];
  sha256_begin(&sent);
  for (int i = 0; i < 20000; i++) {
    memset(padding, 'a' + i % 26, sizeof padding);
    int size = snprintf(line, sizeof line, "%d\tword %.*s\n", i, i % 300, padding);
    sha256_add(&sent, line, (size_t)size);
    begin_message(on, 'd');
    add(&on->out, line, (size_t)size);
    end_message(on);
    if (on->out.size > 100000) flush_out(on);
  }
  begin_message(on, 'c');
  end_message(on);
  answers(on);
  query(on, "select count(*), sum(length(word)) from lines");

  start_copy(on, "copy (select * from lines order by id) to stdout", 'H');
  size_t total = 0;
  sha256_begin(&received);
  for (message got; (got = expect(on, "dc")).kind == 'd';) {
    sha256_add(&received, got.body, got.size);
    total += got.size;
  }
  answers(on);
  sha256_end(&sent, one);
  sha256_end(&received, two);
  printf("  %zu bytes, the same: %s\n", total, memcmp(one, two, 32) ? "no" : "yes");

  start_copy(on, "copy lines from stdin", 'G');
  begin_message(on, 'f');
  add_text(&on->out, "changed my mind");
  end_message(on);
  answers(on);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

// The request goes by another connection, of which the server says nothing but the end.
static void cancels(connection *on) {
  const char *text = "select pg_sleep(60)";
  printf("%s\n", text);
  begin_message(on, 'Q');
  add_text(&on->out, text);
  end_message(on);
  flush_out(on);
  // So that the server has begun.
  struct pollfd entry = {on->fd, POLLIN, 0};
  printf("  an answer in 300 ms: %d\n", poll(&entry, 1, 300));
  long long start = now();
  connection other = {.fd = dial_server()};
  begin_message(&other, 0);
  add_int(&other.out, 1234 << 16 | 5678, 4);
  add_int(&other.out, on->process, 4);
  add_int(&other.out, on->secret, 4);
  end_message(&other);
  while (other.out.size) {
    await(&other, POLLOUT);
    ssize_t count = send(other.fd, other.out.bytes, other.out.size, MSG_NOSIGNAL);
    if (count < 0) fail("send: %s", strerror(errno));
    drop(&other.out, (size_t)count);
  }
  char byte;
  await(&other, POLLIN);
  printf("  the other connection: %zd\n", recv(other.fd, &byte, 1, 0));
  close(other.fd);
  free(other.out.bytes);
  answers(on);
  printf("  at once: %s\n", now() - start < 10000 ? "yes" : "no");
}

int main(int argc, char **argv) {
  if (argc != 5) fail("usage: pg_client HOST PORT USER PASSWORD");
  host = argv[1];
  port = argv[2];
  user = argv[3];
  password = argv[4];
  setvbuf(stdout, NULL, _IOLBF, 0);
  connection *on = log_in();
  query(on, "select 1 + 1 as two, null as nothing, 'text' as text; select current_user as name");
  query(on, "select repeat('x', 3000000) as long, inet_server_port() is null as unix");
  query(on, "select i, i * i as square from generate_series(1, 5) as i");
  prepared(on, "select $1::int + $2::int as sum, upper($3) as loud, $4::text as none", 4,
           (const char *const[]){"40", "2", "quiet", NULL});
  prepared(on, "select $1::int", 1, (const char *const[]){"no number"});
  query(on, "select missing from nowhere");
  query(on, "begin");
  query(on, "select 1 / 0");
  query(on, "rollback");
  copies(on);
  query(on, "listen news");
  query(on, "notify news, 'fresh'");
  query(on, "select 'after it' as then");
  printf("notified: %s\n", on->notified);
  cancels(on);
  query(on, "drop table lines");
  log_out(on);
  return 0;
}
