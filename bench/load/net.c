#include "load.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct sock {
  int fd, queued;
  struct mmsghdr in[BATCH], out[BATCH];
  struct iovec in_v[BATCH], out_v[BATCH];
  char in_room[BATCH][ROOM], out_room[BATCH][ROOM];
};

static uint64_t refused;

uint64_t sock_refused(void) { return refused; }

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int sock_bound(const char *host, int port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, host, &me.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  if (fd < 0 || bind(fd, (struct sockaddr *)&me, sizeof me) < 0) {
    fprintf(stderr, "load: cannot bind %s:%d: %s\n", host, port, strerror(errno));
    exit(2);
  }
  return fd;
}

sock *sock_open(const char *host, int local_port, const struct sockaddr_in *to) {
  sock *s = calloc(1, sizeof *s);
  s->fd = sock_bound(host, local_port);
  if (connect(s->fd, (const struct sockaddr *)to, sizeof *to) < 0) exit(2);
  for (int i = 0; i < BATCH; i++) {
    s->in_v[i] = (struct iovec){s->in_room[i], ROOM};
    s->in[i].msg_hdr = (struct msghdr){.msg_iov = &s->in_v[i], .msg_iovlen = 1};
    s->out_v[i].iov_base = s->out_room[i];
    s->out[i].msg_hdr = (struct msghdr){.msg_iov = &s->out_v[i], .msg_iovlen = 1};
  }
  return s;
}

int sock_fd(const sock *s) { return s->fd; }

int sock_receive(sock *s) {
  int n = recvmmsg(s->fd, s->in, BATCH, MSG_DONTWAIT, NULL);
  if (n >= 0) return n;
  if (errno != EAGAIN && errno != EINTR) refused++;
  return 0;
}

char *sock_data(sock *s, int i, size_t *n) {
  *n = s->in[i].msg_len;
  return s->in_room[i];
}

char *sock_room(sock *s) { return s->out_room[s->queued]; }

void sock_commit(sock *s, size_t n) {
  s->out_v[s->queued++].iov_len = n;
  if (s->queued == BATCH) sock_flush(s);
}

void sock_copy(sock *s, const char *p, size_t n) {
  memcpy(sock_room(s), p, n);
  sock_commit(s, n);
}

void sock_flush(sock *s) {
  for (int sent = 0; sent < s->queued;) {
    int n = sendmmsg(s->fd, s->out + sent, (unsigned)(s->queued - sent), 0);
    if (n > 0) sent += n;
    else if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR) continue;
    else refused++; /* a pending ICMP error is reported once, and then the send goes out */
  }
  s->queued = 0;
}

static char room[BATCH][ROOM], trying[BATCH][ROOM];

/* The most a server could do: every datagram goes straight back, or, when a callee port is given, on to the other side.
   An INVITE is also answered by a 100, so that a call costs it the 11 datagrams that it costs a proxy. */
int responder(int port, int callee_port) {
  static struct mmsghdr in[BATCH], out[2 * BATCH];
  static struct iovec in_v[BATCH], out_v[2 * BATCH];
  static struct sockaddr_in from[BATCH], other, last;
  int fd = sock_bound("127.0.0.1", port);
  other = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)callee_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (int i = 0; i < BATCH; i++) in_v[i] = (struct iovec){room[i], ROOM};
  for (;;) {
    for (int i = 0; i < BATCH; i++) in[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in_v[i], .msg_iovlen = 1};
    int n = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL), k = 0;
    for (int i = 0; i < n; i++) {
      struct sockaddr_in *to = &from[i];
      size_t len = in[i].msg_len;
      if (callee_port && room[i][0] != 'O') {
        bool back = from[i].sin_port == other.sin_port;
        if (!back) last = from[i];
        to = back ? &last : &other;
        char *line_end = memchr(room[i], '\n', len);
        if (room[i][0] == 'I' && !back && line_end) {
          size_t line = (size_t)(line_end - room[i]) + 1;
          char *p = trying[i];
          LIT(p, "SIP/2.0 100 Trying\r\n");
          p = put(p, room[i] + line, len - line);
          out_v[k] = (struct iovec){trying[i], (size_t)(p - trying[i])};
          out[k].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof *to, .msg_iov = &out_v[k], .msg_iovlen = 1};
          k++;
        }
      }
      out_v[k] = (struct iovec){room[i], len};
      out[k].msg_hdr = (struct msghdr){.msg_name = to, .msg_namelen = sizeof *to, .msg_iov = &out_v[k], .msg_iovlen = 1};
      k++;
    }
    for (int sent = 0; sent < k;) {
      int r = sendmmsg(fd, out + sent, (unsigned)(k - sent), 0);
      sent += r > 0 ? r : 1;
    }
  }
}
