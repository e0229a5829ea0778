#include "load.h"

static const char sdp[] =
    "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 50000 RTP/AVP 8 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

static void plain(const msg *m, const char *status_line, const char *tag, size_t tag_n) {
  char room[KEEP], *p = put_reply(room, m, status_line, tag, tag_n);
  LIT(p, "Content-Length: 0\r\n\r\n");
  sock_copy(callee, room, (size_t)(p - room));
}

static void answer(slot *s, const msg *m, const char *tag, uint64_t now) {
  char name[12], *p;
  put_account(name, s->to);
  /* the proxy has to have found the right binding */
  if (!memmem(m->first.p, m->first.n, name, 12)) {
    count.errors++;
    note_error(m->first.p, m->first.n);
  }
  if (opt.ringing) plain(m, "SIP/2.0 180 Ringing", tag, 12);
  p = put_reply(s->answer, m, "SIP/2.0 200 OK", tag, 12);
  LIT(p, "Contact: <sip:");
  p = put(p, name, 12);
  *p++ = '@';
  p = put_text(p, opt.callee_host);
  *p++ = ':';
  p = put_num(p, (uint32_t)opt.callee_port);
  LIT(p, ">\r\nContent-Type: application/sdp\r\nContent-Length: ");
  p = put_num(p, sizeof sdp - 1);
  LIT(p, "\r\n\r\n");
  LIT(p, sdp);
  s->answer_n = (uint32_t)(p - s->answer);
  s->answered = true;
  s->answer_tries = 0;
  s->answer_due = now + RESEND;
  sock_copy(callee, s->answer, s->answer_n);
}

void on_callee(const char *p, size_t n, uint64_t now) {
  msg m;
  enum step step;
  if (!read_msg(p, n, &m) || m.status != 0) {
    count.errors++;
    return note_error(p, n);
  }
  span id = {m.call_id.p + 1, m.call_id.n - 1};
  slot *s = slot_of(id, &step);
  if (m.method == 'B') {
    if (!s) count.late++;
    else if (!s->acked) count.unacked++, s->acked = true;
    return plain(&m, "SIP/2.0 200 OK", NULL, 0);
  }
  if (m.method == 'A') {
    if (s) s->acked = true;
    else count.late++;
    return;
  }
  if (m.method != 'I' || !s) {
    count.late++;
    return plain(&m, "SIP/2.0 481 Call/Transaction Does Not Exist", "gone", 4);
  }
  if (s->answered) return sock_copy(callee, s->answer, s->answer_n);
  answer(s, &m, id.p, now);
}

/* 13.3.1.4: the 200 is the callee's to repeat until the ACK comes. */
void callee_timer(slot *s, uint64_t now) {
  if (s->step == IDLE || !s->answered || s->acked || now < s->answer_due) return;
  s->answer_due = now + (RESEND << ++s->answer_tries);
  count.retransmitted++;
  sock_copy(callee, s->answer, s->answer_n);
}
