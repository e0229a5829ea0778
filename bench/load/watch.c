#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

double cpu_own(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double one(long pid) {
  char path[64], text[1024];
  unsigned long user = 0, kernel = 0;
  snprintf(path, sizeof path, "/proc/%ld/stat", pid);
  FILE *f = fopen(path, "r");
  if (!f) return 0;
  size_t n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  text[n] = 0;
  char *p = strrchr(text, ')'); /* the name may hold anything */
  if (p) sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
  return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double cpu_of(const char *pids) {
  double sum = 0;
  for (const char *p = pids; *p;) {
    char *end;
    sum += one(strtol(p, &end, 10));
    p = *end ? end + 1 : end;
  }
  return sum;
}

/* With what the host gave to other machines: that is taken from ours too, and told in `stolen` by itself. */
double cpu_all(double *stolen_too) {
  double tick = (double)sysconf(_SC_CLK_TCK);
  unsigned long long user = 0, nice = 0, kernel = 0, irq = 0, soft = 0, stolen = 0;
  FILE *f = fopen("/proc/stat", "r");
  if (!f) return 0;
  int n = fscanf(f, "cpu %llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &kernel, &irq, &soft, &stolen);
  fclose(f);
  if (n != 6) stolen = user = nice = kernel = irq = soft = 0;
  *stolen_too = (double)stolen / tick;
  return (double)(user + nice + kernel + irq + soft + stolen) / tick;
}
