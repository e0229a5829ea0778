#include "load.h"
#include <stdlib.h>
#include <strings.h>

/* Account i is bench-00000i; its password is the first 20 characters of md5("bench:" name). bench/accounts.ts says the same. */
static char *ha1;
static int size;
static const char *domain;
static bool sha;

static void hash_hex(const char *p, size_t n, char *out) {
  if (sha) sha256_hex(p, n, out);
  else md5_hex(p, n, out);
}

char *put_account(char *p, uint32_t i) {
  LIT(p, "bench-");
  for (int k = 5; k >= 0; k--, i /= 10) p[k] = (char)('0' + i % 10);
  return p + 6;
}

void accounts_init(uint32_t count, const char *realm, bool sha256) {
  char text[256], secret[32], *p, *name;
  domain = realm;
  sha = sha256;
  size = sha ? 64 : 32;
  ha1 = malloc((size_t)count * (size_t)size);
  for (uint32_t i = 0; i < count; i++) {
    p = put_account(put_text(text, "bench:"), i);
    md5_hex(text, (size_t)(p - text), secret);
    name = text;
    p = put_account(name, i);
    *p++ = ':';
    p = put_text(p, domain);
    *p++ = ':';
    p = put(p, secret, 20);
    hash_hex(text, (size_t)(p - text), ha1 + (size_t)i * (size_t)size);
  }
}

static const span *pick(const msg *m) {
  for (int i = 0; i < m->auths; i++) {
    span algorithm = param(m->auth[i], "algorithm="), realm = param(m->auth[i], "realm=");
    bool fits = sha ? algorithm.n == 7 && strncasecmp(algorithm.p, "SHA-256", 7) == 0
                    : algorithm.n == 0 || (algorithm.n == 3 && strncasecmp(algorithm.p, "MD5", 3) == 0);
    if (fits && realm.n == strlen(domain) && memcmp(realm.p, domain, realm.n) == 0) return &m->auth[i];
  }
  return NULL;
}

char *put_credentials(char *p, const msg *challenge, uint32_t account, const char *method, const char *uri, size_t uri_n, uint32_t salt) {
  char text[1024], ha2[64], response[64], cnonce[8], *t;
  const span *c = pick(challenge);
  if (!c) return NULL;
  span nonce = param(*c, "nonce="), qop = param(*c, "qop="), opaque = param(*c, "opaque=");
  if (nonce.n == 0 || nonce.n > 256) return NULL;
  put_hex(cnonce, salt, 8);
  t = put_text(text, method);
  *t++ = ':';
  t = put(t, uri, uri_n);
  hash_hex(text, (size_t)(t - text), ha2);
  t = put(text, ha1 + (size_t)account * (size_t)size, (size_t)size);
  *t++ = ':';
  t = put_span(t, nonce);
  if (qop.n) {
    LIT(t, ":00000001:");
    t = put(t, cnonce, 8);
    LIT(t, ":auth");
  }
  *t++ = ':';
  t = put(t, ha2, (size_t)size);
  hash_hex(text, (size_t)(t - text), response);
  LIT(p, "Digest username=\"");
  p = put_account(p, account);
  LIT(p, "\", realm=\"");
  p = put_text(p, domain);
  LIT(p, "\", nonce=\"");
  p = put_span(p, nonce);
  LIT(p, "\", uri=\"");
  p = put(p, uri, uri_n);
  LIT(p, "\", response=\"");
  p = put(p, response, (size_t)size);
  if (sha) LIT(p, "\", algorithm=SHA-256");
  else LIT(p, "\", algorithm=MD5");
  if (qop.n) {
    LIT(p, ", qop=auth, nc=00000001, cnonce=\"");
    p = put(p, cnonce, 8);
    *p++ = '"';
  }
  if (opaque.n) {
    LIT(p, ", opaque=\"");
    p = put_span(p, opaque);
    *p++ = '"';
  }
  return p;
}
