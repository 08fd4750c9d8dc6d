// SHA-256 (FIPS 180-4), and HMAC over it (RFC 2104).
#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
  uint32_t state[8];
  unsigned char block[64];
  uint64_t size;
} sha256;

static uint32_t sha256_rotated(uint32_t value, int bits) {
  return value >> bits | value << (32 - bits);
}

static void sha256_block(sha256 *hash, const unsigned char *block) {
  static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  };
  uint32_t w[64], v[8];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (sha256_rotated(a, 7) ^ sha256_rotated(a, 18) ^ a >> 3) + w[i - 7] +
           (sha256_rotated(b, 17) ^ sha256_rotated(b, 19) ^ b >> 10);
  }
  memcpy(v, hash->state, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t one = v[7] + (sha256_rotated(v[4], 6) ^ sha256_rotated(v[4], 11) ^ sha256_rotated(v[4], 25)) +
                   ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
    uint32_t two = (sha256_rotated(v[0], 2) ^ sha256_rotated(v[0], 13) ^ sha256_rotated(v[0], 22)) +
                   ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += one;
    v[0] = one + two;
  }
  for (int i = 0; i < 8; i++) hash->state[i] += v[i];
}

static void sha256_begin(sha256 *hash) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(hash->state, start, sizeof start);
  hash->size = 0;
}

static void sha256_add(sha256 *hash, const void *bytes, size_t size) {
  const unsigned char *data = bytes;
  while (size > 0) {
    size_t used = hash->size % 64, part = 64 - used < size ? 64 - used : size;
    memcpy(hash->block + used, data, part);
    hash->size += part;
    if (used + part == 64) sha256_block(hash, hash->block);
    data += part;
    size -= part;
  }
}

static void sha256_end(sha256 *hash, unsigned char digest[32]) {
  uint64_t bits = hash->size * 8;
  unsigned char length[8];
  for (int i = 0; i < 8; i++) length[i] = (unsigned char)(bits >> (56 - 8 * i));
  sha256_add(hash, "\x80", 1);
  while (hash->size % 64 != 56) sha256_add(hash, "", 1);
  sha256_add(hash, length, 8);
  for (int i = 0; i < 32; i++) digest[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

static inline void hmac_sha256(const void *key, size_t key_size, const void *data, size_t size, unsigned char mac[32]) {
  unsigned char pad[64] = {0};
  sha256 hash;
  if (key_size > 64) {
    sha256_begin(&hash);
    sha256_add(&hash, key, key_size);
    sha256_end(&hash, pad);
  } else {
    memcpy(pad, key, key_size);
  }
  for (int i = 0; i < 64; i++) pad[i] ^= 0x36;
  sha256_begin(&hash);
  sha256_add(&hash, pad, 64);
  sha256_add(&hash, data, size);
  sha256_end(&hash, mac);
  for (int i = 0; i < 64; i++) pad[i] ^= 0x36 ^ 0x5c;
  sha256_begin(&hash);
  sha256_add(&hash, pad, 64);
  sha256_add(&hash, mac, 32);
  sha256_end(&hash, mac);
}

#endif
