#include "load.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* A phone system for the edge to stand in front of: it asks for a password (unless it is trusting), takes any, and keeps nothing. */

static char rooms[BATCH][ROOM], replies[BATCH][ROOM];

static const char sdp[] = "v=0\r\no=- 3 3 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 52000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

static char *put_common(char *p, const msg *m, const char *status_line) {
  p = put_reply(p, m, status_line, "pbx", 3);
  LIT(p, "Server: pbx\r\n");
  return p;
}

static char *put_challenge(char *p, const msg *m, bool proxy) {
  p = put_common(p, m, proxy ? "SIP/2.0 407 Proxy Authentication Required" : "SIP/2.0 401 Unauthorized");
  p = put_text(p, proxy ? "Proxy-Authenticate" : "WWW-Authenticate");
  LIT(p, ": Digest realm=\"");
  p = put_text(p, opt.domain);
  LIT(p, "\", nonce=\"0123456789abcdef\", qop=\"auth\", algorithm=MD5\r\nContent-Length: 0\r\n\r\n");
  return p;
}

static char *put_answer(char *p, const msg *m, int port) {
  p = put_common(p, m, "SIP/2.0 200 OK");
  if (m->method == 'R') {
    LIT(p, "Contact: ");
    p = put_span(p, m->contact);
    LIT(p, ";expires=3600\r\n");
  }
  if (m->method != 'I') {
    LIT(p, "Content-Length: 0\r\n\r\n");
    return p;
  }
  LIT(p, "Contact: <sip:pbx@127.0.0.1:");
  p = put_num(p, (uint32_t)port);
  LIT(p, ">\r\nContent-Type: application/sdp\r\nContent-Length: ");
  p = put_num(p, sizeof sdp - 1);
  LIT(p, "\r\n\r\n");
  LIT(p, sdp);
  return p;
}

/* The reply to one datagram; 0 for none. */
static size_t reply_to(const char *text, size_t n, char *out, int port) {
  msg m;
  if (!read_msg(text, n, &m) || m.status != 0 || m.method == 'A') return 0;
  bool asks = !opt.trusting && (m.method == 'R' || (m.method == 'I' && !has(m.to, ";tag=")));
  span all = {text, (uint32_t)n};
  char *end = asks && !has(all, "\r\nAuthorization: ") && !has(all, "\r\nProxy-Authorization: ") ? put_challenge(out, &m, m.method == 'I')
                                                                                                 : put_answer(out, &m, port);
  return (size_t)(end - out);
}

int pbx(int port) {
  static struct mmsghdr in[BATCH], out[BATCH];
  static struct iovec in_v[BATCH], out_v[BATCH];
  static struct sockaddr_in from[BATCH];
  int fd = sock_bound("127.0.0.1", port);
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      in_v[i] = (struct iovec){rooms[i], ROOM};
      in[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in_v[i], .msg_iovlen = 1};
    }
    int n = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL), k = 0;
    for (int i = 0; i < n; i++) {
      size_t size = reply_to(rooms[i], in[i].msg_len, replies[k], port);
      if (size == 0) continue;
      out_v[k] = (struct iovec){replies[k], size};
      out[k].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &out_v[k], .msg_iovlen = 1};
      k++;
    }
    for (int sent = 0; sent < k;) {
      int r = sendmmsg(fd, out + sent, (unsigned)(k - sent), 0);
      sent += r > 0 ? r : 1;
    }
  }
}
