#include "client.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* A server may allow so many connections from one address, and the system has so many ports for each. */
enum { PER_SOURCE = 50, SOURCES = 4096 };

enum state { CLOSED, CONNECTING, SHAKING, UPGRADING, ASKING, RESTING };

struct line {
  enum state state;
  int fd;
  uint32_t number, seq, n;
  SSL *ssl;
  SSL_SESSION *session;
  uint64_t started;
  char in[ROOM];
};

static SSL_CTX *ctx;
static int epoll_fd, line_at;
static uint32_t opened;

/* In TLS 1.3 it comes with the first bytes that are read, in 1.2 with the handshake. */
static int on_session(SSL *ssl, SSL_SESSION *session) {
  line *l = SSL_get_ex_data(ssl, line_at);
  SSL_SESSION_free(l->session);
  l->session = session;
  return 1;
}

void lines_init(int epoll) {
  epoll_fd = epoll;
  ctx = SSL_CTX_new(TLS_client_method());
  line_at = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
  if (want.version) SSL_CTX_set_min_proto_version(ctx, want.version), SSL_CTX_set_max_proto_version(ctx, want.version);
  /* The one that every phone has: servers differ in whose preference counts. */
  SSL_CTX_set_cipher_list(ctx, "ECDHE+AES128+AESGCM");
  if (!SSL_CTX_set1_groups_list(ctx, want.groups)) fprintf(stderr, "client: unknown group in %s\n", want.groups), exit(2);
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  if (!want.resume) return;
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ctx, on_session);
}

line *line_new(uint32_t number) {
  line *l = calloc(1, sizeof *l);
  l->number = number;
  /* No two runs meet in a server's tables of transactions. */
  l->seq = (uint32_t)(now_ns() / 1000) * 2654435761u;
  l->fd = -1;
  return l;
}

static void hang_up(line *l) {
  if (l->ssl) {
    if (l->state >= UPGRADING) SSL_shutdown(l->ssl);
    SSL_free(l->ssl);
    l->ssl = NULL;
  }
  if (l->fd >= 0) close(l->fd);
  l->fd = -1;
  l->state = CLOSED;
}

static void finish(line *l, uint64_t now) {
  l->state = RESTING;
  if (!want.keep && !want.hold) hang_up(l);
  line_done(l, true, l->started, now);
}

static void fail(line *l, const char *why, uint64_t now) {
  if (!got.first_error[0]) {
    int n = snprintf(got.first_error, sizeof got.first_error, "%.100s", why);
    unsigned long e = ERR_peek_error();
    if (e && n < 100) snprintf(got.first_error + n, sizeof got.first_error - (size_t)n, ": %.50s", ERR_reason_error_string(e));
    for (char *c = got.first_error; *c; c++) if (*c == '"' || *c == '\\' || *c < ' ') *c = '\'';
  }
  ERR_clear_error();
  hang_up(l);
  line_done(l, false, l->started, now);
}

void line_give_up(line *l, uint64_t now) {
  if (l->state == CLOSED || l->state == RESTING || now - l->started < GIVE_UP) return;
  got.lost++;
  fail(l, l->state == ASKING ? "no answer" : "no connection", now);
}

/* How many bytes; 0 when it has to wait; -1 at the end. */
static int transfer(line *l, int n, bool over_tls) {
  if (n > 0) return n;
  if (!over_tls) return n < 0 && errno == EAGAIN ? 0 : -1;
  int e = SSL_get_error(l->ssl, n);
  return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static bool say(line *l, const char *p, size_t n) {
  int sent = l->ssl ? SSL_write(l->ssl, p, (int)n) : (int)send(l->fd, p, n, MSG_NOSIGNAL);
  return sent == (int)n;
}

static char *put_call_id(char *p, const line *l) {
  p = put_hex(p, l->number, 8);
  return put_hex(p, l->seq, 8);
}

static bool ask(line *l) {
  static const char *const names[] = {"TCP", "TLS", "WSS"};
  char room[1024], *from = room + 8, *p = from;
  LIT(p, "OPTIONS sip:");
  p = put_text(p, want.domain);
  LIT(p, " SIP/2.0\r\nVia: SIP/2.0/");
  p = put_text(p, names[want.over]);
  LIT(p, " phone.invalid;rport;branch=z9hG4bK");
  p = put_call_id(p, l);
  LIT(p, "\r\nMax-Forwards: 70\r\nFrom: <sip:stranger@elsewhere.example>;tag=f");
  p = put_hex(p, l->number, 8);
  LIT(p, "\r\nTo: <sip:");
  p = put_text(p, want.domain);
  LIT(p, ">\r\nCall-ID: ");
  p = put_call_id(p, l);
  LIT(p, "\r\nCSeq: 1 OPTIONS\r\nUser-Agent: rempart-bench\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n");
  l->state = ASKING;
  l->n = 0;
  if (want.over != OVER_WSS) return say(l, from, (size_t)(p - from));
  /* RFC 6455 5.2: a text frame of more than 125 bytes, masked with zeros */
  size_t n = (size_t)(p - from);
  room[0] = (char)0x81, room[1] = (char)(0x80 | 126), room[2] = (char)(n >> 8), room[3] = (char)n;
  memset(room + 4, 0, 4);
  return say(l, room, n + 8);
}

static bool upgrade(line *l) {
  char room[512], *p = room;
  LIT(p, "GET / HTTP/1.1\r\nHost: ");
  p = put_text(p, want.domain);
  LIT(p, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n");
  l->state = UPGRADING;
  l->n = 0;
  return say(l, room, (size_t)(p - room));
}

static bool stands(line *l) { return want.over == OVER_WSS ? upgrade(l) : ask(l); }

static void note_spoken(line *l) {
  EVP_PKEY *key = NULL;
  const char *group = "no key exchange";
  if (SSL_get_peer_tmp_key(l->ssl, &key) == 1) group = EVP_PKEY_get0_type_name(key);
  X509 *cert = SSL_get0_peer_certificate(l->ssl);
  EVP_PKEY *public = cert ? X509_get0_pubkey(cert) : NULL;
  snprintf(got.spoken, sizeof got.spoken, "%s, %s, %s, certificate %s of %d bits", SSL_get_version(l->ssl), SSL_get_cipher(l->ssl), group,
           public ? EVP_PKEY_get0_type_name(public) : "none", public ? EVP_PKEY_get_bits(public) : 0);
  EVP_PKEY_free(key);
}

static bool shaken(line *l) {
  if (want.resume && !SSL_session_reused(l->ssl)) got.not_resumed++;
  if (!got.spoken[0]) note_spoken(l);
  return stands(l);
}

/* 1: the whole answer is there and right; 0: more is to come; -1: it is something else. */
static int judge(line *l) {
  const char *p = l->in;
  size_t n = l->n, head = 0;
  char id[16];
  msg m;
  if (l->state == UPGRADING) {
    if (!memmem(p, n, "\r\n\r\n", 4)) return 0;
    return memcmp(p, "HTTP/1.1 101", 12) == 0 ? 1 : -1;
  }
  if (want.over == OVER_WSS) {
    if (n < 4) return 0;
    head = (p[1] & 127) == 126 ? 4 : 2;
  }
  if (n < head + 4 || memcmp(p + n - 4, "\r\n\r\n", 4) != 0) return 0;
  put_call_id(id, l);
  if (!read_msg(p + head, n - head, &m) || m.status != 200) return -1;
  return m.call_id.n == 16 && memcmp(m.call_id.p, id, 16) == 0 ? 1 : -1;
}

static void hear(line *l, uint64_t now) {
  while (l->state == UPGRADING || l->state == ASKING) {
    char *to = l->in + l->n;
    int room = (int)(sizeof l->in - 1 - l->n);
    int n = transfer(l, l->ssl ? SSL_read(l->ssl, to, room) : (int)recv(l->fd, to, (size_t)room, 0), l->ssl != NULL);
    if (n == 0) return;
    if (n < 0) return fail(l, "hung up", now);
    l->n += (uint32_t)n;
    l->in[l->n] = 0;
    int verdict = judge(l);
    if (verdict < 0) return fail(l, l->in, now);
    if (verdict == 0) continue;
    if (l->state == ASKING) return finish(l, now);
    if (!ask(l)) return fail(l, "cannot write", now);
  }
}

void line_step(line *l, uint64_t now) {
  if (l->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) return fail(l, strerror(error), now);
    if (l->ssl) l->state = SHAKING;
    else if (!stands(l)) return fail(l, "cannot write", now);
  }
  if (l->state == SHAKING) {
    int n = SSL_do_handshake(l->ssl);
    if (n != 1) {
      if (transfer(l, n, true) < 0) fail(l, "handshake", now);
      return;
    }
    if (!shaken(l)) return fail(l, "cannot write", now);
  }
  hear(l, now);
}

/* Ports of one address are used up in a minute, so connections come from many. */
static bool dial(line *l) {
  uint32_t source = opened++ / PER_SOURCE % SOURCES;
  struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f010001u + source)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)want.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (l->fd < 0) return false;
  setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(l->fd, (struct sockaddr *)&me, sizeof me) < 0) return false;
  if (connect(l->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) return false;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = l};
  return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, l->fd, &e) == 0;
}

void line_start(line *l, uint64_t now) {
  l->seq++;
  l->started = now;
  if (l->state == RESTING) {
    if (!ask(l)) fail(l, "cannot write", now);
    return;
  }
  l->state = CONNECTING;
  if (!dial(l)) return fail(l, strerror(errno), now);
  if (want.over == OVER_TCP) return;
  l->ssl = SSL_new(ctx);
  SSL_set_ex_data(l->ssl, line_at, l);
  SSL_set_fd(l->ssl, l->fd);
  SSL_set_connect_state(l->ssl);
  SSL_set_tlsext_host_name(l->ssl, want.domain);
  if (!want.resume || !l->session) return;
  /* OpenSSL takes up a ticket of TLS 1.3 once (RFC 8446 C.4), but not every server gives a new one with each. */
  SSL_SESSION *copy = SSL_SESSION_dup(l->session);
  SSL_set_session(l->ssl, copy);
  SSL_SESSION_free(copy);
}
