#include "load.h"
#include <stdio.h>

static const char sdp[] =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n";

char *put_id(char *p, const slot *s, enum step step) {
  p = put_hex(p, (uint64_t)(s - slots), 4);
  p = put_hex(p, s->seq, 8);
  return put_hex(p, step, 1);
}

slot *slot_of(span text, enum step *step) {
  uint64_t i, seq, st, run;
  if (text.n < 21 || !get_hex(text.p, 4, &i) || !get_hex(text.p + 4, 8, &seq) || !get_hex(text.p + 12, 1, &st)) return NULL;
  if (!get_hex(text.p + 13, 8, &run) || run != opt.run || i >= opt.inflight) return NULL;
  slot *s = &slots[i];
  if (s->seq != seq || s->step == IDLE) return NULL;
  *step = (enum step)st;
  return s;
}

void note_error(const char *p, size_t n) {
  if (count.first_error[0]) return;
  size_t k = 0;
  for (; k < n && k < sizeof count.first_error - 1 && (unsigned char)p[k] >= ' '; k++)
    count.first_error[k] = p[k] == '"' || p[k] == '\\' ? '\'' : p[k];
  count.first_error[k] = 0;
}

static void send_step(slot *s, char *end, uint64_t now) {
  s->last_n = (uint32_t)(end - s->last);
  s->tries = 0;
  s->due = now + RESEND;
  s->give_up = now + GIVE_UP;
  sock_copy(caller, s->last, s->last_n);
}

static char *put_via(char *p, const slot *s, enum step step) {
  LIT(p, " SIP/2.0\r\nVia: SIP/2.0/UDP ");
  p = put_text(p, opt.own);
  *p++ = ':';
  p = put_num(p, (uint32_t)(opt.first == REGISTER ? opt.callee_port : opt.caller_port));
  LIT(p, ";rport;branch=z9hG4bK");
  p = put_id(p, s, step);
  p = put_hex(p, opt.run, 8);
  LIT(p, "\r\nMax-Forwards: 70\r\n");
  return p;
}

static char *put_from(char *p, const slot *s) {
  LIT(p, "From: <sip:");
  if (opt.first == REGISTER || opt.digest) p = put_account(p, s->from), *p++ = '@', p = put_text(p, opt.domain);
  else LIT(p, "stranger@elsewhere.example");
  LIT(p, ">;tag=f");
  return put_id(p, s, IDLE);
}

static char *put_call(char *p, const slot *s, const char *method) {
  LIT(p, "\r\nCall-ID: ");
  if (opt.first == REGISTER) { /* one device, one Call-ID: 10.2 */
    LIT(p, "r");
    p = put_hex(p, s->from, 8);
  } else {
    LIT(p, "c");
    p = put_id(p, s, IDLE);
  }
  p = put_hex(p, opt.run, 8);
  *p++ = '@';
  p = put_text(p, opt.own);
  LIT(p, "\r\nCSeq: ");
  p = put_num(p, s->cseq);
  *p++ = ' ';
  p = put_text(p, method);
  LIT(p, "\r\n");
  return p;
}

static char *put_target(char *p, const slot *s) {
  LIT(p, "sip:");
  p = put_account(p, s->to);
  *p++ = '@';
  return put_text(p, opt.domain);
}

static void send_options(slot *s, uint64_t now) {
  char *p = s->last;
  LIT(p, "OPTIONS sip:");
  p = put_text(p, opt.domain);
  p = put_via(p, s, OPTIONS);
  p = put_from(p, s);
  LIT(p, "\r\nTo: <sip:");
  p = put_text(p, opt.domain);
  LIT(p, ">");
  p = put_call(p, s, "OPTIONS");
  LIT(p, "User-Agent: rempart-bench\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n");
  send_step(s, p, now);
}

static void send_register(slot *s, const msg *challenge, uint64_t now) {
  char *p = s->last, uri[256];
  size_t n = (size_t)(put_text(put_text(uri, "sip:"), opt.domain) - uri);
  s->step = challenge ? REGISTER_AUTH : REGISTER;
  LIT(p, "REGISTER ");
  p = put(p, uri, n);
  p = put_via(p, s, s->step);
  p = put_from(p, s);
  LIT(p, "\r\nTo: <");
  p = put_target(p, s);
  LIT(p, ">");
  p = put_call(p, s, "REGISTER");
  if (challenge) {
    LIT(p, "Authorization: ");
    p = put_credentials(p, challenge, s->from, "REGISTER", uri, n, s->seq);
    if (!p) return note_error("no challenge that fits", 22), finish_exchange(s, false, now);
    LIT(p, "\r\n");
  }
  LIT(p, "Contact: <sip:");
  p = put_account(p, s->from);
  *p++ = '@';
  p = put_text(p, opt.own);
  *p++ = ':';
  p = put_num(p, (uint32_t)opt.callee_port);
  LIT(p, ">\r\nExpires: 3600\r\nUser-Agent: rempart-bench\r\nContent-Length: 0\r\n\r\n");
  send_step(s, p, now);
}

static void send_invite(slot *s, const msg *challenge, uint64_t now) {
  char *p = s->last, uri[256];
  size_t n = (size_t)(put_target(uri, s) - uri);
  s->step = challenge ? INVITE_AUTH : INVITE;
  LIT(p, "INVITE ");
  p = put(p, uri, n);
  p = put_via(p, s, s->step);
  p = put_from(p, s);
  LIT(p, "\r\nTo: <");
  p = put(p, uri, n);
  LIT(p, ">");
  p = put_call(p, s, "INVITE");
  if (challenge) {
    LIT(p, "Proxy-Authorization: ");
    p = put_credentials(p, challenge, s->from, "INVITE", uri, n, s->seq);
    if (!p) return note_error("no challenge that fits", 22), finish_exchange(s, false, now);
    LIT(p, "\r\n");
  }
  LIT(p, "Contact: <sip:caller@");
  p = put_text(p, opt.own);
  *p++ = ':';
  p = put_num(p, (uint32_t)opt.caller_port);
  LIT(p, ">\r\nUser-Agent: rempart-bench\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nContent-Type: application/sdp\r\nContent-Length: ");
  p = put_num(p, sizeof sdp - 1);
  LIT(p, "\r\n\r\n");
  LIT(p, sdp);
  send_step(s, p, now);
}

/* RFC 3261 17.1.1.3: the ACK of a refusal goes on the INVITE's own branch. */
static void ack_refusal(slot *s, const msg *m) {
  char room[KEEP], *p = room;
  LIT(p, "ACK ");
  p = put_target(p, s);
  p = put_via(p, s, s->step);
  p = put_from(p, s);
  LIT(p, "\r\nTo: ");
  p = put_span(p, m->to);
  p = put_call(p, s, "ACK");
  LIT(p, "Content-Length: 0\r\n\r\n");
  sock_copy(caller, room, (size_t)(p - room));
}

/* A request inside the dialog that this 200 made: its Contact, its Record-Routes the other way round (12.1.2). */
static char *put_in_dialog(char *p, const slot *s, const msg *m, const char *method, enum step step) {
  p = put_text(p, method);
  *p++ = ' ';
  p = put_span(p, addr_uri(m->contact));
  p = put_via(p, s, step);
  for (int i = m->rrs - 1; i >= 0; i--) {
    LIT(p, "Route: ");
    p = put_span(p, m->rr[i]);
    LIT(p, "\r\n");
  }
  p = put_from(p, s);
  LIT(p, "\r\nTo: ");
  p = put_span(p, m->to);
  p = put_call(p, s, method);
  LIT(p, "Content-Length: 0\r\n\r\n");
  return p;
}

static void on_answer(slot *s, const msg *m, uint64_t now) {
  if (!m->contact.n) return note_error("200 without Contact", 19), finish_exchange(s, false, now);
  s->ack_n = (uint32_t)(put_in_dialog(s->ack, s, m, "ACK", IDLE) - s->ack);
  sock_copy(caller, s->ack, s->ack_n);
  s->step = BYE;
  s->cseq++;
  send_step(s, put_in_dialog(s->last, s, m, "BYE", BYE), now);
}

static bool ours(const slot *s, const msg *m) {
  uint64_t account;
  uint32_t number = 0;
  for (uint32_t i = 0; i < m->cseq.n && m->cseq.p[i] >= '0' && m->cseq.p[i] <= '9'; i++) number = number * 10 + (uint32_t)(m->cseq.p[i] - '0');
  if (number != s->cseq) return false;
  span id = {m->call_id.p + 1, m->call_id.n - 1};
  if (opt.first == REGISTER) return id.n > 8 && get_hex(id.p, 8, &account) && account == s->from;
  enum step any;
  return slot_of(id, &any) == s;
}

static void on_final(slot *s, const msg *m, uint64_t now) {
  bool ok = m->status == 200 || (opt.raw && m->status == 0);
  enum step step = s->step;
  if (step == REGISTER && m->status == 401) return s->cseq++, send_register(s, m, now);
  if (step == INVITE && m->status == 407 && opt.digest) return ack_refusal(s, m), s->cseq++, send_invite(s, m, now);
  if ((step == INVITE || step == INVITE_AUTH) && m->status >= 300) ack_refusal(s, m);
  if (step == REGISTER || (step == INVITE && opt.digest)) ok = false; /* let in without a password */
  if (!ok) return note_error(m->first.p, m->first.n), finish_exchange(s, false, now);
  if (step == INVITE || step == INVITE_AUTH) return on_answer(s, m, now);
  finish_exchange(s, true, now);
}

void on_caller(const char *p, size_t n, uint64_t now) {
  msg m;
  enum step step;
  if (!read_msg(p, n, &m)) {
    count.errors++;
    return note_error(p, n);
  }
  slot *s = slot_of(m.branch, &step);
  if (!s) {
    count.late++;
    return;
  }
  if (step != s->step) { /* our ACK was lost, so the 200 came again; or it is just late */
    if (s->step == BYE && m.status == 200 && s->ack_n && step != IDLE) sock_copy(caller, s->ack, s->ack_n), count.retransmitted++;
    else count.late++;
    return;
  }
  if (!ours(s, &m)) {
    count.errors++;
    return note_error("Call-ID or CSeq of another request", 34);
  }
  if (m.status >= 200 || opt.raw) return on_final(s, &m, now);
  s->due = s->give_up; /* 17.1.1.2: a provisional answer ends our retransmissions */
}

void caller_timer(slot *s, uint64_t now) {
  if (s->step == IDLE || now < s->due) return;
  if (now >= s->give_up) {
    count.lost++;
    return finish_exchange(s, false, now);
  }
  s->due = now + (RESEND << ++s->tries);
  if (s->due > s->give_up) s->due = s->give_up;
  count.retransmitted++;
  sock_copy(caller, s->last, s->last_n);
}

void start_exchange(slot *s, uint32_t number, uint64_t started, uint64_t now) {
  s->seq++;
  s->to = opt.skip + number % opt.accounts;
  s->from = opt.first == REGISTER ? s->to : opt.skip + (number + opt.accounts / 2) % opt.accounts;
  s->started = started;
  s->answered = s->acked = false;
  s->ack_n = 0;
  s->step = opt.first;
  s->cseq = opt.first == REGISTER ? number / opt.accounts * 2 + 1 : 1;
  if (opt.first == OPTIONS) send_options(s, now);
  else if (opt.first == REGISTER) send_register(s, NULL, now);
  else send_invite(s, NULL, now);
}
