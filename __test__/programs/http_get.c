// An HTTP/1.1 client: http_get HOST PORT PATH. Reads the response in odd-sized pieces and prints its SHA-256.
// server: nginx
#include "common.h"

static const uint32_t constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static struct {
  uint32_t state[8];
  unsigned char block[64];
  uint64_t size;
} hash = {
  {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}, {0}, 0,
};

static uint32_t rotated(uint32_t value, int bits) {
  return value >> bits | value << (32 - bits);
}

static void hash_block(const unsigned char *block) {
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + w[i - 7] + (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
  }
  memcpy(v, hash.state, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t one = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
    uint32_t two = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += one;
    v[0] = one + two;
  }
  for (int i = 0; i < 8; i++) hash.state[i] += v[i];
}

static void hash_add(const unsigned char *data, size_t size) {
  while (size > 0) {
    size_t used = hash.size % 64, part = 64 - used < size ? 64 - used : size;
    hash.size += part;
    if (part == 64) {
      hash_block(data);
    } else {
      memcpy(hash.block + used, data, part);
      if (used + part == 64) hash_block(hash.block);
    }
    data += part;
    size -= part;
  }
}

static const char *hash_end(void) {
  static char text[65];
  uint64_t bits = hash.size * 8;
  unsigned char length[8];
  for (int i = 0; i < 8; i++) length[i] = (unsigned char)(bits >> (56 - 8 * i));
  hash_add((const unsigned char *)"\x80", 1);
  while (hash.size % 64 != 56) hash_add((const unsigned char *)"", 1);
  hash_add(length, 8);
  for (int i = 0; i < 8; i++) snprintf(text + 8 * i, 9, "%08x", (unsigned)hash.state[i]);
  return text;
}

static int connect_by_name(const char *host, const char *port) {
  struct addrinfo hints, *list, *entry;
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  int code = getaddrinfo(host, port, &hints, &list);
  if (code) {
    say("getaddrinfo", "%s", gai_strerror(code));
    exit(1);
  }
  int fd = -1;
  for (entry = list; entry; entry = entry->ai_next) {
    fd = socket(entry->ai_family, entry->ai_socktype, entry->ai_protocol);
    if (fd < 0) continue;
    if (connect(fd, entry->ai_addr, entry->ai_addrlen) == 0) break;
    close(fd);
    fd = -1;
  }
  freeaddrinfo(list);
  return (int)must("connect", fd);
}

int main(int argc, char **argv) {
  begin();
  if (argc < 4) return 2;
  int fd = connect_by_name(argv[1], argv[2]);
  char request[512];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n", argv[3], argv[1], argv[2]);
  must("send", write_all(fd, request, strlen(request)));

  // The head, byte by byte into odd-sized reads; what comes after it is the body's beginning.
  static char head[8192 + 1];
  static unsigned char buffer[65537];
  static const size_t pieces[] = {1, 7, 4093, 65537};
  size_t filled = 0, turn = 0;
  char *body = NULL;
  while (!body && filled < sizeof head - 1) {
    size_t piece = pieces[turn++ % 2], room = sizeof head - 1 - filled;
    long count = must("recv", recv(fd, head + filled, piece < room ? piece : room, 0));
    if (count == 0) break;
    filled += (size_t)count;
    head[filled] = 0;
    body = strstr(head, "\r\n\r\n");
  }
  if (!body) {
    say("head", "not complete");
    return 1;
  }
  *body = 0;
  body += 4;
  say("status", "%.*s", (int)strcspn(head, "\r"), head);
  long long length = -1;
  for (char *line = head; line; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (!strncasecmp(line, "content-length:", 15)) length = atoll(line + 15);
  }
  say("Content-Length", "%lld", length);

  long long received = head + filled - body;
  hash_add((unsigned char *)body, (size_t)received);
  while (received < length) {
    size_t piece = pieces[turn++ % 4];
    if ((long long)piece > length - received) piece = (size_t)(length - received);
    long count = must("recv", recv(fd, buffer, piece, 0));
    if (count == 0) break;
    hash_add(buffer, (size_t)count);
    received += count;
  }
  say("received", "%lld", received);
  say("SHA-256", "%s", hash_end());
  say_count("after it", recv(fd, buffer, sizeof buffer, 0));
  close(fd);
  return 0;
}
