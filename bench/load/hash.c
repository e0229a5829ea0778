/* MD5 (RFC 1321) and SHA-256 (FIPS 180-4), one-shot. The generator computes what phones compute. */
#include "load.h"
#include <math.h>

static const uint8_t md5_turn[16] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};

static uint32_t md5_k[64];

static inline uint32_t left(uint32_t x, int n) { return x << n | x >> (32 - n); }
static inline uint32_t right(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void md5_block(uint32_t h[4], const uint8_t *p) {
  uint32_t w[16], a = h[0], b = h[1], c = h[2], d = h[3];
  memcpy(w, p, 64);
#pragma GCC unroll 64
  for (int i = 0; i < 64; i++) {
    uint32_t f;
    int g;
    if (i < 16) f = (b & c) | (~b & d), g = i;
    else if (i < 32) f = (d & b) | (~d & c), g = (5 * i + 1) & 15;
    else if (i < 48) f = b ^ c ^ d, g = (3 * i + 5) & 15;
    else f = c ^ (b | ~d), g = (7 * i) & 15;
    uint32_t t = d;
    d = c;
    c = b;
    b += left(a + f + md5_k[i] + w[g], md5_turn[(i >> 4) * 4 + (i & 3)]);
    a = t;
  }
  h[0] += a, h[1] += b, h[2] += c, h[3] += d;
}

static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static void sha_block(uint32_t h[8], const uint8_t *p) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (right(a, 7) ^ right(a, 18) ^ a >> 3) + (right(b, 17) ^ right(b, 19) ^ b >> 10);
  }
  memcpy(s, h, 32);
  for (int i = 0; i < 64; i++) {
    uint32_t t1 = s[7] + (right(s[4], 6) ^ right(s[4], 11) ^ right(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha_k[i] + w[i];
    uint32_t t2 = (right(s[0], 2) ^ right(s[0], 13) ^ right(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    s[7] = s[6], s[6] = s[5], s[5] = s[4], s[4] = s[3] + t1, s[3] = s[2], s[2] = s[1], s[1] = s[0], s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

/* Both pad alike (a one bit, zeros, the length in bits); only the length's byte order differs. */
static void run(void (*block)(uint32_t *, const uint8_t *), uint32_t *h, const char *p, size_t n, bool big) {
  uint8_t tail[128] = {0};
  size_t whole = n & ~(size_t)63, rest = n - whole, size = rest < 56 ? 64 : 128;
  for (size_t i = 0; i < whole; i += 64) block(h, (const uint8_t *)p + i);
  memcpy(tail, p + whole, rest);
  tail[rest] = 0x80;
  for (int i = 0; i < 8; i++) tail[size - 8 + i] = (uint8_t)((uint64_t)n * 8 >> (big ? 56 - 8 * i : 8 * i));
  for (size_t i = 0; i < size; i += 64) block(h, tail + i);
}

void md5_hex(const char *p, size_t n, char out[32]) {
  uint32_t h[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  if (!md5_k[0])
    for (int i = 0; i < 64; i++) md5_k[i] = (uint32_t)floor(fabs(sin(i + 1)) * 4294967296.0);
  run(md5_block, h, p, n, false);
  for (int i = 0; i < 16; i++) put_hex(out + 2 * i, (uint8_t)(h[i >> 2] >> (8 * (i & 3))), 2);
}

void sha256_hex(const char *p, size_t n, char out[64]) {
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  run(sha_block, h, p, n, true);
  for (int i = 0; i < 8; i++) put_hex(out + 8 * i, h[i], 8);
}
