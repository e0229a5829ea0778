/* The load generator's parts. One thread, fixed memory: nothing is allocated per message. */
#ifndef LOAD_H
#define LOAD_H
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BATCH = 64, ROOM = 4096, KEEP = 2048, MAX_SLOTS = 16384 };

#define RESEND 500000000ull     /* RFC 3261 T1, doubled each time */
#define GIVE_UP 8000000000ull   /* an exchange that stands still this long is lost */

/* ---- text.c: spans of a received message, and building by copying ---- */
typedef struct { const char *p; uint32_t n; } span;

typedef struct {
  int status;     /* 0 for a request */
  char method;    /* first letter of a request's method */
  span first;     /* start line */
  span branch;    /* of the top Via, without z9hG4bK */
  span from, to, call_id, cseq, contact;
  span via[8], rr[8], auth[4];
  int vias, rrs, auths;
} msg;

bool read_msg(const char *p, size_t n, msg *m);
/* Value of name= in a parameter list, without quotes; n = 0 when absent. name carries its '=' . */
span param(span list, const char *name);
bool same(span a, span b);
bool has(span s, const char *text);
/* The URI of a name-addr, without the brackets. */
span addr_uri(span s);

#define LIT(p, s) (memcpy((p), (s), sizeof(s) - 1), (p) += sizeof(s) - 1)
static inline char *put(char *p, const char *s, size_t n) { memcpy(p, s, n); return p + n; }
static inline char *put_span(char *p, span s) { return put(p, s.p, s.n); }
static inline char *put_text(char *p, const char *s) { return put(p, s, strlen(s)); }
char *put_hex(char *p, uint64_t v, int digits);
char *put_num(char *p, uint32_t v);
bool get_hex(const char *p, int digits, uint64_t *v);
/* RFC 3261 8.2.6.2: Via, From, To, Call-ID, CSeq as they came, and Record-Route (12.1.1). A To without tag gets "e" and this one; tag_n 0: none. */
char *put_reply(char *p, const msg *m, const char *status_line, const char *tag, size_t tag_n);

/* ---- hash.c ---- */
void md5_hex(const char *p, size_t n, char out[32]);
void sha256_hex(const char *p, size_t n, char out[64]);

/* ---- net.c: a connected UDP socket with a batch each way ---- */
typedef struct sock sock;
sock *sock_open(const char *host, int local_port, const struct sockaddr_in *to);
int sock_fd(const sock *s);
int sock_receive(sock *s);                       /* how many came, without waiting */
char *sock_data(sock *s, int i, size_t *n);
char *sock_room(sock *s);                        /* ROOM bytes to write one datagram into */
void sock_commit(sock *s, size_t n);             /* queue it; a full batch leaves by itself */
void sock_copy(sock *s, const char *p, size_t n);
void sock_flush(sock *s);
uint64_t sock_refused(void);                     /* ICMP errors and full queues seen so far */
uint64_t now_ns(void);
int sock_bound(const char *host, int port);      /* a socket with large buffers */
int responder(int port, int callee_port);        /* the bare C echo and relay */
int pbx(int port);                               /* pbx.c: a phone system behind the edge */

/* ---- hist.c: log-linear buckets of nanoseconds, 1.6 % wide ---- */
void hist_clear(void);
void hist_add(uint64_t ns);
double hist_ms(double quantile);
double hist_max_ms(void);

/* ---- accounts.c: digest for the bench's accounts ---- */
void accounts_init(uint32_t count, const char *domain, bool sha256);
char *put_account(char *p, uint32_t i);          /* bench-000001 */
/* "Digest username=..." answering one of the message's challenges; NULL when none is for our realm and algorithm. */
char *put_credentials(char *p, const msg *challenge, uint32_t account, const char *method, const char *uri, size_t uri_n, uint32_t salt);

/* ---- watch.c: processor time of the server, of ourselves, of everybody ---- */
double cpu_of(const char *pids);                 /* "12,34": seconds used by those processes so far */
double cpu_own(void);
double cpu_all(double *stolen_too);                            /* of everybody on this machine */

/* ---- caller.c and callee.c: what is said ---- */
enum step { IDLE, OPTIONS, REGISTER, REGISTER_AUTH, INVITE, INVITE_AUTH, BYE };

typedef struct {
  uint8_t step, tries;
  bool answered, acked;          /* callee side: sent its 200; got the ACK */
  uint8_t answer_tries;
  uint32_t seq, from, to;        /* number of the exchange; accounts */
  uint32_t cseq;
  uint64_t started, due, give_up, answer_due;
  uint32_t last_n, ack_n, answer_n;
  char last[KEEP], ack[KEEP], answer[KEEP];
} slot;

typedef struct {
  enum step first;               /* OPTIONS, REGISTER or INVITE */
  bool digest, ringing, once, spin, stopping, raw, trusting;
  uint32_t accounts, skip, inflight;   /* accounts skip .. skip + accounts - 1 */
  double rate;
  const char *domain, *host;     /* host: the server */
  const char *own, *callee_host; /* where we are, and where those are that are called */
  int caller_port, callee_port, to_port;
  uint32_t run;                  /* goes into Call-ID and branch: no two runs meet in a server's tables */
} options;

typedef struct {
  uint64_t done, lost, errors;   /* exchanges */
  uint64_t retransmitted, late;  /* datagrams: sent again by us; received for an exchange that is over */
  uint64_t unacked, overflow;    /* calls whose ACK never came; starts that found every slot taken */
  char first_error[160];
} counters;

extern options opt;
extern counters count;
extern slot *slots;
extern sock *caller, *callee;

void start_exchange(slot *s, uint32_t number, uint64_t started, uint64_t now);
void finish_exchange(slot *s, bool good, uint64_t now);   /* the loop's: counts, and starts the next */
void on_caller(const char *p, size_t n, uint64_t now);
void on_callee(const char *p, size_t n, uint64_t now);
void caller_timer(slot *s, uint64_t now);
void callee_timer(slot *s, uint64_t now);
slot *slot_of(span text, enum step *step);       /* reads what put_id wrote; NULL when stale or not ours */
char *put_id(char *p, const slot *s, enum step step);
void note_error(const char *p, size_t n);
#endif
