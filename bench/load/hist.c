#include "load.h"

enum { SUB = 64, TOP = 40 };
static uint64_t bucket[TOP * SUB];
static uint64_t total, longest;

static int index_of(uint64_t ns) {
  if (ns < SUB) return (int)ns;
  int bits = 63 - __builtin_clzll(ns);
  int i = (bits - 5) * SUB + (int)(ns >> (bits - 6)) - SUB;
  return i < TOP * SUB ? i : TOP * SUB - 1;
}

static uint64_t value_of(int i) {
  if (i < SUB) return (uint64_t)i;
  return (uint64_t)(i % SUB + SUB) << (i / SUB - 1);
}

void hist_clear(void) {
  memset(bucket, 0, sizeof bucket);
  total = longest = 0;
}

void hist_add(uint64_t ns) {
  bucket[index_of(ns)]++;
  total++;
  if (ns > longest) longest = ns;
}

double hist_ms(double quantile) {
  uint64_t want = (uint64_t)(quantile * (double)total), seen = 0;
  for (int i = 0; i < TOP * SUB; i++) {
    seen += bucket[i];
    if (seen > want) return (double)value_of(i) / 1e6;
  }
  return (double)longest / 1e6;
}

double hist_max_ms(void) { return (double)longest / 1e6; }
