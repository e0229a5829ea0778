/* load MODE [options]: phones by the thousand in one thread. bench/README.md says what the modes do. */
#include "load.h"
#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

options opt = {.first = OPTIONS, .accounts = 10000, .inflight = 64, .domain = "bench.example", .host = "127.0.0.1", .own = "127.0.0.1",
               .caller_port = 15080, .callee_port = 15070, .to_port = 5060};
counters count;
slot *slots;
sock *caller, *callee;

static uint32_t idle[MAX_SLOTS], idle_n, next_number;
static uint64_t window_start, window_end, next_due;
static uint64_t done_in_window;
static double seconds = 5, warmup = 1;
static const char *watched = "";

static bool exhausted(void) { return opt.stopping || (opt.once && next_number >= opt.accounts); }

void finish_exchange(slot *s, bool good, uint64_t now) {
  s->step = IDLE;
  if (good) {
    count.done++;
    if (now >= window_start && now < window_end) done_in_window++;
    if (s->started >= window_start) hist_add(now - s->started);
  } else {
    count.errors++;
  }
  if (opt.rate > 0 || exhausted()) idle[idle_n++] = (uint32_t)(s - slots);
  else start_exchange(s, next_number++, now, now);
}

/* Open loop: latency counts from the moment an exchange was due, so a server that stalls cannot hide it. */
static void start_due(uint64_t now) {
  double gap = 1e9 / opt.rate;
  static double due;
  if (due == 0) due = (double)now;
  for (; due <= (double)now && !exhausted(); due += gap) {
    if (idle_n == 0) count.overflow++;
    else start_exchange(&slots[idle[--idle_n]], next_number++, (uint64_t)due, now);
  }
  next_due = (uint64_t)due;
}

static void receive(sock *s, void (*handle)(const char *, size_t, uint64_t)) {
  int n;
  do {
    n = sock_receive(s);
    uint64_t now = now_ns();
    for (int i = 0; i < n; i++) {
      size_t len;
      char *p = sock_data(s, i, &len);
      handle(p, len, now);
    }
  } while (n == BATCH);
}

static void wait_some(uint64_t now) {
  struct pollfd f[2] = {{.fd = sock_fd(caller), .events = POLLIN}, {.fd = sock_fd(callee), .events = POLLIN}};
  uint64_t ns = 10000000;
  if (opt.spin) return;
  if (opt.rate > 0 && !opt.stopping) ns = next_due > now ? (next_due - now < ns ? next_due - now : ns) : 0;
  struct timespec t = {0, (long)ns};
  ppoll(f, caller == callee ? 1 : 2, &t, NULL);
}

static void round_trip(uint64_t *scan) {
  uint64_t now = now_ns();
  if (opt.rate > 0 && !exhausted()) start_due(now);
  sock_flush(caller);
  if (callee != caller) sock_flush(callee);
  wait_some(now);
  receive(caller, on_caller);
  if (callee != caller) receive(callee, on_callee);
  now = now_ns();
  if (now < *scan) return;
  *scan = now + 20000000;
  for (uint32_t i = 0; i < opt.inflight; i++) caller_timer(&slots[i], now), callee_timer(&slots[i], now);
}

typedef struct { double server, own, all, stolen; } usage_at;

static usage_at usage_now(void) {
  usage_at u = {.server = cpu_of(watched), .own = cpu_own()};
  u.all = cpu_all(&u.stolen);
  return u;
}

static void report(usage_at from, usage_at to) {
  double took = opt.once ? (double)(now_ns() - window_start) / 1e9 : seconds;
  uint64_t done = opt.once ? count.done : done_in_window;
  printf("{\"rate\":%.1f,\"done\":%llu,\"lost\":%llu,\"errors\":%llu,\"retransmitted\":%llu,\"late\":%llu,\"unacked\":%llu,\"overflow\":%llu,\"refused\":%llu,",
         (double)done / took, (unsigned long long)done, (unsigned long long)count.lost, (unsigned long long)(count.errors - count.lost),
         (unsigned long long)count.retransmitted, (unsigned long long)count.late, (unsigned long long)count.unacked,
         (unsigned long long)count.overflow, (unsigned long long)sock_refused());
  double cpu = to.server - from.server, own = to.own - from.own, others = to.all - from.all - cpu - own;
  printf("\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f,\"server_cpu\":%.3f,\"own_cpu\":%.3f,\"others_cpu\":%.3f,\"stolen\":%.3f,\"seconds\":%.3f,\"first_error\":\"%s\"}\n",
         hist_ms(0.5), hist_ms(0.99), hist_ms(0.999), hist_max_ms(), cpu, own / took, others > 0 ? others / took : 0, (to.stolen - from.stolen) / took, took, count.first_error);
}

static void run(void) {
  uint64_t scan = 0, start = now_ns(), stop_by = 0;
  usage_at from = usage_now(), to = {0};
  bool measuring = false;
  window_start = start + (uint64_t)(opt.once ? 0 : warmup * 1e9);
  window_end = opt.once ? UINT64_MAX : window_start + (uint64_t)(seconds * 1e9);
  for (uint32_t i = opt.inflight; i-- > 0;) slots[i].seq = opt.run + i, idle[idle_n++] = i;
  if (opt.rate == 0)
    while (idle_n > 0 && !exhausted()) start_exchange(&slots[idle[--idle_n]], next_number++, start, start);
  for (;;) {
    round_trip(&scan);
    uint64_t now = now_ns();
    if (!measuring && now >= window_start) {
      measuring = true;
      memset(&count, 0, sizeof count);
      hist_clear();
      from = usage_now();
    }
    if (!opt.stopping && now >= window_end) {
      opt.stopping = true;
      stop_by = now + GIVE_UP + 1000000000;
      to = usage_now();
    }
    if (exhausted() && (idle_n == opt.inflight || (stop_by && now > stop_by))) break;
  }
  if (!opt.stopping) to = usage_now();
  report(from, to);
}

static void explain(void) {
  fputs("usage: load options|register|call|echo|pbx [--to PORT] [--callee-port PORT] [--caller-port PORT] [--accounts N] [--domain NAME]\n"
        "            [--seconds S] [--warmup S] [--inflight N] [--rate N] [--algorithm MD5|SHA-256] [--digest] [--ringing] [--once]\n"
        "            [--spin] [--raw] [--trusting] [--watch PID,PID] [--at ADDRESS] [--own ADDRESS] [--callee ADDRESS] [--skip ACCOUNTS]\n", stderr);
  exit(2);
}

static bool parse(int argc, char **argv) {
  bool sha = false;
  int c;
  static const struct option table[] = {
      {"to", 1, 0, 't'}, {"callee-port", 1, 0, 'c'}, {"caller-port", 1, 0, 'p'}, {"accounts", 1, 0, 'a'}, {"domain", 1, 0, 'd'}, {"seconds", 1, 0, 's'},
      {"warmup", 1, 0, 'w'}, {"inflight", 1, 0, 'i'}, {"rate", 1, 0, 'r'}, {"algorithm", 1, 0, 'g'}, {"digest", 0, 0, 'D'}, {"ringing", 0, 0, 'R'},
      {"once", 0, 0, 'o'}, {"spin", 0, 0, 'S'}, {"raw", 0, 0, 'W'}, {"trusting", 0, 0, 'T'}, {"watch", 1, 0, 'P'},
      {"at", 1, 0, 'h'}, {"own", 1, 0, 'O'}, {"callee", 1, 0, 'C'}, {"skip", 1, 0, 'k'}, {0, 0, 0, 0}};
  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
      case 't': opt.to_port = atoi(optarg); break;
      case 'c': opt.callee_port = atoi(optarg); break;
      case 'p': opt.caller_port = atoi(optarg); break;
      case 'a': opt.accounts = (uint32_t)atoi(optarg); break;
      case 'd': opt.domain = optarg; break;
      case 's': seconds = atof(optarg); break;
      case 'w': warmup = atof(optarg); break;
      case 'i': opt.inflight = (uint32_t)atoi(optarg); break;
      case 'r': opt.rate = atof(optarg); break;
      case 'g': sha = strcmp(optarg, "SHA-256") == 0; break;
      case 'D': opt.digest = true; break;
      case 'R': opt.ringing = true; break;
      case 'o': opt.once = true; break;
      case 'S': opt.spin = true; break;
      case 'W': opt.raw = true; break;
      case 'T': opt.trusting = true; break;
      case 'P': watched = optarg; break;
      case 'h': opt.host = optarg; break;
      case 'O': opt.own = optarg; break;
      case 'C': opt.callee_host = optarg; break;
      case 'k': opt.skip = (uint32_t)atoi(optarg); break;
      default: explain();
    }
  }
  if (!opt.callee_host) opt.callee_host = opt.own;
  if (opt.skip > 1000000) explain();
  if (opt.inflight < 1 || opt.inflight > MAX_SLOTS || opt.accounts < 1 || opt.accounts > 1000000) explain();
  return sha;
}

int main(int argc, char **argv) {
  if (argc < 2) explain();
  bool sha = parse(argc - 1, argv + 1);
  if (strcmp(argv[1], "pbx") == 0) return pbx(opt.to_port);
  if (strcmp(argv[1], "echo") == 0) return responder(opt.to_port, opt.raw ? 0 : opt.callee_port);
  if (strcmp(argv[1], "register") == 0) opt.first = REGISTER;
  else if (strcmp(argv[1], "call") == 0) opt.first = INVITE;
  else if (strcmp(argv[1], "options") != 0) explain();
  if (opt.first != OPTIONS) accounts_init(opt.skip + opt.accounts, opt.domain, sha);
  prctl(PR_SET_TIMERSLACK, 1000);
  opt.run = (uint32_t)(now_ns() / 1000) * 2654435761u;
  slots = calloc(opt.inflight, sizeof *slots);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.to_port)};
  inet_pton(AF_INET, opt.host, &to.sin_addr);
  /* A phone is called where it registered from: so registrations leave by the callee's port. */
  caller = sock_open(opt.own, opt.first == REGISTER ? opt.callee_port : opt.caller_port, &to);
  callee = opt.first == INVITE ? sock_open(opt.callee_host, opt.callee_port, &to) : caller;
  run();
  return 0;
}
