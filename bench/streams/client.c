/* client MODE [options]: phones over TCP, TLS and WebSocket. bench/README.md says what the modes do. */
#include "client.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

wishes want = {.over = OVER_TLS, .inflight = 64, .port = 5061, .domain = "bench.example", .groups = "X25519:P-256"};
outcome got;

/* Handshakes under way at once while many connections are opened to be held. */
enum { OPENING = 32 };

static line **lines;
static line *waiting[MAX_SLOTS];
static uint32_t waiting_n, standing;
static uint64_t window_start, window_end, done_in_window;
static double seconds = 5, warmup = 1;
static const char *watched = "";
static bool stopping;

/* Started by the loop and not in here: what fails at once would fail for ever in the depth of the stack. */
void line_done(line *l, bool good, uint64_t started, uint64_t now) {
  if (!good) got.errors++;
  else {
    got.done++;
    if (now >= window_start && now < window_end) done_in_window++;
    if (started >= window_start) hist_add(now - started);
  }
  if (!want.hold) waiting[waiting_n++] = l;
  else standing++;
}

static void start_waiting(void) {
  uint32_t n = waiting_n;
  line *now_waiting[MAX_SLOTS];
  memcpy(now_waiting, waiting, n * sizeof *waiting);
  waiting_n = 0;
  for (uint32_t i = 0; i < n; i++) line_start(now_waiting[i], now_ns());
}

static void round_trip(int fd) {
  static uint64_t scan;
  struct epoll_event e[256];
  int n = epoll_wait(fd, e, 256, waiting_n ? 0 : 10);
  for (int i = 0; i < n; i++) line_step(e[i].data.ptr, now_ns());
  uint64_t now = now_ns();
  if (now < scan) return;
  scan = now + 100000000;
  for (uint32_t i = 0; i < want.inflight; i++) line_give_up(lines[i], now);
}

typedef struct { double server, own, all, stolen; } usage_at;

static usage_at usage_now(void) {
  usage_at u = {.server = cpu_of(watched), .own = cpu_own()};
  u.all = cpu_all(&u.stolen);
  return u;
}

/* The names of load's report, so that one reader reads both. */
static void report(usage_at from, double took, uint64_t done) {
  usage_at to = usage_now();
  double cpu = to.server - from.server, own = to.own - from.own, others = to.all - from.all - cpu - own;
  printf("{\"rate\":%.1f,\"done\":%llu,\"lost\":%llu,\"errors\":%llu,\"retransmitted\":0,\"late\":0,\"unacked\":0,\"overflow\":0,\"not_resumed\":%llu,",
         (double)done / took, (unsigned long long)done, (unsigned long long)got.lost, (unsigned long long)(got.errors - got.lost), (unsigned long long)got.not_resumed);
  printf("\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f,\"server_cpu\":%.3f,\"own_cpu\":%.3f,\"others_cpu\":%.3f,\"stolen\":%.3f,\"seconds\":%.3f,\"first_error\":\"%s\",\"spoken\":\"%s\"}\n",
         hist_ms(0.5), hist_ms(0.99), hist_ms(0.999), hist_max_ms(), cpu, own / took, others > 0 ? others / took : 0, (to.stolen - from.stolen) / took, took, got.first_error, got.spoken);
  fflush(stdout);
}

static void measure(int fd) {
  uint64_t start = now_ns();
  usage_at from = usage_now();
  bool measuring = false;
  window_start = start + (uint64_t)(warmup * 1e9);
  window_end = window_start + (uint64_t)(seconds * 1e9);
  for (uint32_t i = 0; i < want.inflight; i++) waiting[waiting_n++] = lines[i];
  while (!stopping) {
    start_waiting();
    round_trip(fd);
    uint64_t now = now_ns();
    if (!measuring && now >= window_start) {
      measuring = true;
      char spoken[sizeof got.spoken];
      memcpy(spoken, got.spoken, sizeof spoken);
      memset(&got, 0, sizeof got);
      memcpy(got.spoken, spoken, sizeof spoken);
      hist_clear();
      from = usage_now();
    }
    stopping = now >= window_end;
  }
  report(from, seconds, done_in_window);
}

/* Each has been answered once when the report is written; they stand until stdin ends. */
static void hold(int fd) {
  uint64_t start = now_ns();
  usage_at from = usage_now();
  window_end = UINT64_MAX;
  uint32_t started = 0;
  char end;
  while (standing < want.inflight) {
    while (started < want.inflight && started - standing < OPENING) line_start(lines[started++], now_ns());
    round_trip(fd);
  }
  report(from, (double)(now_ns() - start) / 1e9, got.done);
  while (read(0, &end, 1) > 0) continue;
}

static void explain(void) {
  fputs("usage: client new|resumed|keep|hold --port PORT [--over tcp|tls|wss] [--version 1.2|1.3] [--groups LIST] [--domain NAME]\n"
        "              [--seconds S] [--warmup S] [--inflight N] [--watch PID,PID]\n", stderr);
  exit(2);
}

static void parse(int argc, char **argv) {
  static const struct option table[] = {{"port", 1, 0, 'p'}, {"over", 1, 0, 'o'}, {"version", 1, 0, 'v'}, {"groups", 1, 0, 'g'}, {"domain", 1, 0, 'd'},
                                        {"seconds", 1, 0, 's'}, {"warmup", 1, 0, 'w'}, {"inflight", 1, 0, 'i'}, {"watch", 1, 0, 'P'}, {0, 0, 0, 0}};
  int c;
  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
      case 'p': want.port = atoi(optarg); break;
      case 'o': want.over = strcmp(optarg, "tcp") == 0 ? OVER_TCP : strcmp(optarg, "wss") == 0 ? OVER_WSS : OVER_TLS; break;
      case 'v': want.version = strcmp(optarg, "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION; break;
      case 'g': want.groups = optarg; break;
      case 'd': want.domain = optarg; break;
      case 's': seconds = atof(optarg); break;
      case 'w': warmup = atof(optarg); break;
      case 'i': want.inflight = (uint32_t)atoi(optarg); break;
      case 'P': watched = optarg; break;
      default: explain();
    }
  }
  if (want.inflight < 1 || want.inflight > MAX_SLOTS) explain();
}

int main(int argc, char **argv) {
  if (argc < 2) explain();
  parse(argc - 1, argv + 1);
  want.resume = strcmp(argv[1], "resumed") == 0;
  want.keep = strcmp(argv[1], "keep") == 0;
  want.hold = strcmp(argv[1], "hold") == 0;
  if (!want.resume && !want.keep && !want.hold && strcmp(argv[1], "new") != 0) explain();
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int fd = epoll_create1(0);
  lines_init(fd);
  lines = calloc(want.inflight, sizeof *lines);
  for (uint32_t i = 0; i < want.inflight; i++) lines[i] = line_new(i);
  if (want.hold) hold(fd);
  else measure(fd);
  return 0;
}
