/* The stream load's parts. One thread, epoll, one slot for each connection that is open. */
#ifndef CLIENT_H
#define CLIENT_H
#include "../load/load.h"
#include <openssl/ssl.h>

enum over { OVER_TCP, OVER_TLS, OVER_WSS };

typedef struct {
  enum over over;
  bool resume;              /* take up the slot's last session again */
  bool keep;                /* one exchange after another on one connection, not a connection for each */
  bool hold;                /* open `inflight` of them, let each be answered once, and wait */
  uint32_t inflight;
  int port, version;        /* version: 0 for what both sides like best */
  const char *domain, *groups;
} wishes;

typedef struct {
  uint64_t done, lost, errors;   /* lost: stood still for GIVE_UP */
  uint64_t not_resumed;
  char first_error[160];
  char spoken[160];              /* version, cipher and key exchange of the last handshake */
} outcome;

extern wishes want;
extern outcome got;

/* ---- line.c: one connection ---- */
typedef struct line line;
void lines_init(int epoll);
line *line_new(uint32_t number);
/* Begins an exchange: a new connection, unless the last one stands and is to be kept. */
void line_start(line *l, uint64_t now);
/* Something can be read or written. */
void line_step(line *l, uint64_t now);
void line_give_up(line *l, uint64_t now);
/* The loop's: what became of an exchange. It may be started again in here. */
void line_done(line *l, bool good, uint64_t started, uint64_t now);
#endif
