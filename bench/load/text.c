#include "load.h"
#include <strings.h>

static const char digits[] = "0123456789abcdef";

char *put_hex(char *p, uint64_t v, int n) {
  for (int i = n - 1; i >= 0; i--, v >>= 4) p[i] = digits[v & 15];
  return p + n;
}

char *put_num(char *p, uint32_t v) {
  char t[10];
  int n = 0;
  do t[n++] = (char)('0' + v % 10); while ((v /= 10) != 0);
  while (n > 0) *p++ = t[--n];
  return p;
}

char *put_reply(char *p, const msg *m, const char *status_line, const char *tag, size_t tag_n) {
  p = put_text(p, status_line);
  for (int i = 0; i < m->vias; i++) {
    LIT(p, "\r\nVia: ");
    p = put_span(p, m->via[i]);
  }
  for (int i = 0; i < m->rrs; i++) {
    LIT(p, "\r\nRecord-Route: ");
    p = put_span(p, m->rr[i]);
  }
  LIT(p, "\r\nFrom: ");
  p = put_span(p, m->from);
  LIT(p, "\r\nTo: ");
  p = put_span(p, m->to);
  if (tag_n && !has(m->to, ";tag=")) {
    LIT(p, ";tag=e");
    p = put(p, tag, tag_n);
  }
  LIT(p, "\r\nCall-ID: ");
  p = put_span(p, m->call_id);
  LIT(p, "\r\nCSeq: ");
  p = put_span(p, m->cseq);
  LIT(p, "\r\n");
  return p;
}

bool get_hex(const char *p, int n, uint64_t *v) {
  uint64_t x = 0;
  for (int i = 0; i < n; i++) {
    char c = p[i];
    if (c >= '0' && c <= '9') x = x << 4 | (uint64_t)(c - '0');
    else if (c >= 'a' && c <= 'f') x = x << 4 | (uint64_t)(c - 'a' + 10);
    else return false;
  }
  *v = x;
  return true;
}

bool same(span a, span b) { return a.n == b.n && memcmp(a.p, b.p, a.n) == 0; }

bool has(span s, const char *text) { return memmem(s.p, s.n, text, strlen(text)) != NULL; }

span param(span list, const char *name) {
  size_t n = strlen(name);
  span none = {list.p, 0};
  for (uint32_t i = 0; i + n <= list.n; i++) {
    if (i > 0 && !strchr(" ,;\t", list.p[i - 1])) continue;
    if (strncasecmp(list.p + i, name, n) != 0) continue;
    span v = {list.p + i + n, 0};
    const char *end = list.p + list.n;
    if (v.p < end && *v.p == '"') {
      v.p++;
      while (v.p + v.n < end && v.p[v.n] != '"') v.n++;
    } else {
      while (v.p + v.n < end && !strchr(" ,;\t", v.p[v.n])) v.n++;
    }
    return v;
  }
  return none;
}

span addr_uri(span s) {
  const char *a = memchr(s.p, '<', s.n);
  if (!a) return s;
  const char *b = memchr(a, '>', (size_t)(s.p + s.n - a));
  span u = {a + 1, b ? (uint32_t)(b - a - 1) : 0};
  return u;
}

/* Record-Route values may share a line. */
static int split(span v, span *list, int n, int max) {
  bool inside = false;
  const char *from = v.p, *end = v.p + v.n;
  for (const char *c = v.p; c <= end && n < max; c++) {
    if (c < end && *c == '<') inside = true;
    if (c < end && *c == '>') inside = false;
    if (c == end || (*c == ',' && !inside)) {
      while (from < c && *from == ' ') from++;
      list[n].p = from;
      list[n++].n = (uint32_t)(c - from);
      from = c + 1;
    }
  }
  return n;
}

static void header(msg *m, span name, span v) {
#define IS(long_name, short_name) \
  ((name.n == sizeof(long_name) - 1 && strncasecmp(name.p, long_name, name.n) == 0) || (short_name && name.n == 1 && (name.p[0] | 32) == short_name))
  switch (name.p[0] | 32) {
    case 'v':
      if (IS("Via", 'v') && m->vias < 8) m->via[m->vias++] = v;
      break;
    case 'f':
      if (IS("From", 'f')) m->from = v;
      break;
    case 't':
      if (IS("To", 't')) m->to = v;
      break;
    case 'i':
      if (IS("Call-ID", 'i')) m->call_id = v;
      break;
    case 'c':
      if (IS("Call-ID", 0)) m->call_id = v;
      else if (IS("CSeq", 0)) m->cseq = v;
      else if (IS("Contact", 0)) m->contact = v;
      break;
    case 'm':
      if (IS("Contact", 'm')) m->contact = v;
      break;
    case 'r':
      if (IS("Record-Route", 0)) m->rrs = split(v, m->rr, m->rrs, 8);
      break;
    case 'w':
    case 'p':
      if ((IS("WWW-Authenticate", 0) || IS("Proxy-Authenticate", 0)) && m->auths < 4) m->auth[m->auths++] = v;
      break;
  }
#undef IS
}

bool read_msg(const char *p, size_t n, msg *m) {
  const char *end = p + n;
  m->status = 0;
  m->vias = m->rrs = m->auths = 0;
  m->from.n = m->to.n = m->call_id.n = m->cseq.n = m->contact.n = 0;
  const char *nl = memchr(p, '\n', n);
  if (n < 12 || !nl || nl[-1] != '\r') return false;
  m->first.p = p;
  m->first.n = (uint32_t)(nl - 1 - p);
  m->method = p[0];
  if (memcmp(p, "SIP/2.0 ", 8) == 0) m->status = (p[8] - '0') * 100 + (p[9] - '0') * 10 + (p[10] - '0');
  for (p = nl + 1; p < end; p = nl + 1) {
    nl = memchr(p, '\n', (size_t)(end - p));
    if (!nl || nl[-1] != '\r') return false;
    if (nl - 1 == p) break;
    const char *colon = memchr(p, ':', (size_t)(nl - p));
    if (!colon) return false;
    span name = {p, (uint32_t)(colon - p)};
    while (name.n && name.p[name.n - 1] == ' ') name.n--;
    const char *v = colon + 1;
    while (*v == ' ') v++;
    span value = {v, (uint32_t)(nl - 1 - v)};
    if (name.n) header(m, name, value);
  }
  if (m->vias == 0 || !m->call_id.n || !m->cseq.n || !m->from.n || !m->to.n) return false;
  const char *b = memmem(m->via[0].p, m->via[0].n, "branch=z9hG4bK", 14);
  if (!b) return false;
  m->branch.p = b + 14;
  m->branch.n = (uint32_t)(m->via[0].p + m->via[0].n - m->branch.p);
  return true;
}
