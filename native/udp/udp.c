/*
 * Batch UDP for Node: datagrams cross into JavaScript 64 at a time. It parses nothing and knows no SIP; README.md beside
 * this file is its manual. One Socket per open(); nothing is global, so it loads in any number of worker threads.
 */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

/* The shape that JavaScript shares with us (src/transport/socket.ts has the same numbers). */
enum { BATCH = 64, ROUNDS = 4, ROW = 16 };
enum { OFFSET = 0, LENGTH = 1, FAMILY = 2, PORT = 3, PEER = 4, LOCAL = 8, FLAGS = 12, SCOPE = 13 };
enum { TRUNCATED = 1, HAS_LOCAL = 2 };
/* Room for one IP_PKTINFO or IPV6_PKTINFO. */
enum { CONTROL = 64 };
enum { RX_SLAB, RX_META, TX_SLAB, TX_META, ON_BATCH, SELF, KEPT };

typedef struct {
  struct mmsghdr head[BATCH];
  struct iovec part[BATCH];
  struct sockaddr_in6 peer[BATCH];
  _Alignas(struct cmsghdr) char control[BATCH][CONTROL];
  uint8_t *slab;
  size_t slab_size, slot;
  int32_t *meta;
} Lane;

typedef struct {
  napi_env env;
  napi_ref kept[KEPT];
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  uv_poll_t poll;
  int fd, family, port;
  bool wants_local;
  /* The memory goes when libuv has let go of `poll` and the collector of the JavaScript object, in either order. */
  bool unwatched, unreachable;
  double received, sent, dropped, errors;
  Lane rx, tx;
} Socket;

static const napi_type_tag TAG = {0x72656d7061727475, 0x64702d736f636b65};

/* ---- addresses: a row holds 1 or 4 words, each the big-endian value of 4 bytes ---- */

static void words_of(const void *bytes, int count, int32_t *out) {
  uint32_t word[4];
  memcpy(word, bytes, (size_t)count * 4);
  for (int i = 0; i < count; i++) out[i] = (int32_t)ntohl(word[i]);
}

static void bytes_of(const int32_t *words, int count, void *out) {
  uint32_t word[4];
  for (int i = 0; i < count; i++) word[i] = htonl((uint32_t)words[i]);
  memcpy(out, word, (size_t)count * 4);
}

/* An IPv6 address into a row; an IPv4-mapped one becomes IPv4. Gives the family. */
static int put_v6(const struct in6_addr *address, int32_t *out) {
  if (IN6_IS_ADDR_V4MAPPED(address)) {
    words_of(address->s6_addr + 12, 1, out);
    return 4;
  }
  words_of(address->s6_addr, 4, out);
  return 6;
}

/* Words of `family` as the IPv6 address that an AF_INET6 socket wants. */
static void get_v6(int family, const int32_t *words, struct in6_addr *out) {
  if (family == 6) {
    bytes_of(words, 4, out->s6_addr);
    return;
  }
  memset(out, 0, sizeof *out);
  out->s6_addr[10] = out->s6_addr[11] = 0xff;
  bytes_of(words, 1, out->s6_addr + 12);
}

/* ---- receiving ---- */

static void read_local(struct msghdr *head, int32_t *row) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(head); c != NULL; c = CMSG_NXTHDR(head, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      /* spec_dst, not addr: for a broadcast this is the address that may answer. */
      words_of(&info.ipi_spec_dst, 1, row + LOCAL);
      row[FLAGS] |= HAS_LOCAL;
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(c), sizeof info);
      if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) continue;
      put_v6(&info.ipi6_addr, row + LOCAL);
      row[FLAGS] |= HAS_LOCAL;
    }
  }
}

static void fill_row(Socket *s, int i) {
  struct mmsghdr *m = &s->rx.head[i];
  int32_t *row = s->rx.meta + i * ROW;
  struct sockaddr_in6 *from = &s->rx.peer[i];
  memset(row, 0, ROW * sizeof *row);
  row[OFFSET] = (int32_t)(s->rx.slot * (size_t)i);
  row[LENGTH] = (int32_t)m->msg_len;
  if (m->msg_hdr.msg_flags & MSG_TRUNC) row[FLAGS] |= TRUNCATED;
  if (from->sin6_family == AF_INET6) {
    row[FAMILY] = put_v6(&from->sin6_addr, row + PEER);
    row[SCOPE] = (int32_t)from->sin6_scope_id;
    row[PORT] = ntohs(from->sin6_port);
  } else {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
    row[FAMILY] = 4;
    words_of(&v4->sin_addr, 1, row + PEER);
    row[PORT] = ntohs(v4->sin_port);
  }
  if (s->wants_local) read_local(&m->msg_hdr, row);
  m->msg_hdr.msg_namelen = sizeof(struct sockaddr_in6);
  m->msg_hdr.msg_controllen = CONTROL;
  m->msg_hdr.msg_flags = 0;
}

/* Calls onBatch(n). What it throws becomes an uncaught exception, as with any event. */
static void deliver(Socket *s, int n) {
  napi_handle_scope scope;
  napi_value self, function, count, error;
  napi_env env = s->env;
  s->received += n;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_get_reference_value(env, s->kept[SELF], &self);
  napi_get_reference_value(env, s->kept[ON_BATCH], &function);
  napi_create_int32(env, n, &count);
  if (napi_make_callback(env, s->context, self, function, 1, &count, NULL) == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
  napi_close_handle_scope(env, scope);
}

static void on_wake(uv_poll_t *poll, int status, int events) {
  Socket *s = poll->data;
  if (status < 0) {
    /* libuv stops a poll on POLLERR. The error is a past one: take it off the socket and listen again. */
    int error;
    socklen_t size = sizeof error;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    s->errors++;
    uv_poll_start(&s->poll, UV_READABLE, on_wake);
    return;
  }
  /* Bounded, so that timers and streams get their turn under a flood; epoll is level-triggered and brings us back. */
  for (int round = 0; round < ROUNDS && s->fd >= 0; round++) {
    int n = recvmmsg(s->fd, s->rx.head, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) fill_row(s, i);
    if (n > 0) deliver(s, n);
    if (n < BATCH) return;
  }
}

/* ---- sending ---- */

/* The address to send from, as a control message. */
static void attach(struct msghdr *head, int level, int type, const void *info, size_t size) {
  struct cmsghdr *c = head->msg_control;
  c->cmsg_level = level;
  c->cmsg_type = type;
  c->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(c), info, size);
  head->msg_controllen = CMSG_SPACE(size);
}

static void aim_v4(struct msghdr *head, const int32_t *row) {
  struct sockaddr_in *to = head->msg_name;
  to->sin_family = AF_INET;
  to->sin_port = htons((uint16_t)row[PORT]);
  bytes_of(row + PEER, 1, &to->sin_addr);
  head->msg_namelen = sizeof *to;
  if (!(row[FLAGS] & HAS_LOCAL)) return;
  struct in_pktinfo info = {0};
  bytes_of(row + LOCAL, 1, &info.ipi_spec_dst);
  attach(head, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

static void aim_v6(struct msghdr *head, const int32_t *row) {
  struct sockaddr_in6 *to = head->msg_name;
  to->sin6_family = AF_INET6;
  to->sin6_port = htons((uint16_t)row[PORT]);
  to->sin6_scope_id = (uint32_t)row[SCOPE];
  get_v6(row[FAMILY], row + PEER, &to->sin6_addr);
  head->msg_namelen = sizeof *to;
  if (!(row[FLAGS] & HAS_LOCAL)) return;
  struct in6_pktinfo info = {0};
  get_v6(row[FAMILY], row + LOCAL, &info.ipi6_addr);
  attach(head, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

/* Points header `k` at the datagram of `row`. False when the row is nonsense: no bug of ours reads outside the slab. */
static bool aim(Socket *s, int k, const int32_t *row) {
  struct msghdr *head = &s->tx.head[k].msg_hdr;
  uint32_t offset = (uint32_t)row[OFFSET], length = (uint32_t)row[LENGTH];
  if (offset > s->tx.slab_size || length > s->tx.slab_size - offset) return false;
  if (row[PORT] < 1 || row[PORT] > 65535) return false;
  if (row[FAMILY] != 4 && (row[FAMILY] != 6 || s->family != 6)) return false;
  s->tx.part[k].iov_base = s->tx.slab + offset;
  s->tx.part[k].iov_len = length;
  head->msg_controllen = 0;
  if (s->family == 4) aim_v4(head, row);
  else aim_v6(head, row);
  return true;
}

/* Sends rows 0..n-1. A datagram the kernel refuses is counted and the next one tried: nobody waits for a slow link. */
static int transmit(Socket *s, int n) {
  int ready = 0, done = 0, sent = 0;
  for (int i = 0; i < n; i++) {
    if (aim(s, ready, s->tx.meta + i * ROW)) ready++;
    else s->errors++;
  }
  while (done < ready) {
    int r = sendmmsg(s->fd, s->tx.head + done, (unsigned)(ready - done), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (r > 0) {
      done += r;
      sent += r;
    } else if (errno != EINTR) {
      if (errno == EAGAIN || errno == ENOBUFS) s->dropped++;
      else s->errors++;
      done++;
    }
  }
  s->sent += sent;
  return sent;
}

/* ---- life and death ---- */

static void on_unwatched(uv_handle_t *handle) {
  Socket *s = handle->data;
  napi_env env = s->env;
  napi_handle_scope scope;
  napi_async_cleanup_hook_handle hook = s->hook;
  napi_open_handle_scope(env, &scope);
  napi_async_destroy(env, s->context);
  for (int i = 0; i < KEPT; i++) napi_delete_reference(env, s->kept[i]);
  napi_close_handle_scope(env, scope);
  s->unwatched = true;
  if (s->unreachable) free(s);
  napi_remove_async_cleanup_hook(hook);
}

static void shut(Socket *s) {
  if (s->fd < 0) return;
  uv_close((uv_handle_t *)&s->poll, on_unwatched);
  close(s->fd);
  s->fd = -1;
}

/* The thread ends with the socket open. */
static void on_teardown(napi_async_cleanup_hook_handle hook, void *data) { shut(data); }

static void on_collected(napi_env env, void *data, void *hint) {
  Socket *s = data;
  s->unreachable = true;
  if (s->unwatched) free(s);
}

/* ---- the methods of the handle ---- */

/* The Socket behind `this`, and the first argument. Any other `this` is refused, so no stray pointer is followed. */
static Socket *this_socket(napi_env env, napi_callback_info info, napi_value *argument) {
  napi_value self;
  size_t argc = 1;
  bool ours = false;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &argc, argument, &self, NULL) != napi_ok ||
      napi_check_object_type_tag(env, self, &TAG, &ours) != napi_ok || !ours ||
      napi_unwrap(env, self, &data) != napi_ok) {
    napi_throw_type_error(env, "ERR_INVALID_THIS", "not a UDP handle");
    return NULL;
  }
  return data;
}

static napi_value js_send(napi_env env, napi_callback_info info) {
  napi_value count, result;
  int32_t n = 0;
  Socket *s = this_socket(env, info, &count);
  if (s == NULL) return NULL;
  if (napi_get_value_int32(env, count, &n) != napi_ok || n < 0 || n > BATCH) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "send(n): n is 0 to 64");
    return NULL;
  }
  napi_create_int32(env, s->fd < 0 ? 0 : transmit(s, n), &result);
  return result;
}

static napi_value js_close(napi_env env, napi_callback_info info) {
  napi_value none;
  Socket *s = this_socket(env, info, &none);
  if (s != NULL) shut(s);
  return NULL;
}

static double int_option(Socket *s, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(s->fd, SOL_SOCKET, name, &value, &size) == 0 ? value : 0;
}

/* What the kernel threw away because the receive buffer was full: the counter of SO_RXQ_OVFL, read when asked for. */
static double kernel_drops(Socket *s) {
  uint32_t values[SK_MEMINFO_VARS] = {0};
  socklen_t size = sizeof values;
  return getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, values, &size) == 0 ? values[SK_MEMINFO_DROPS] : 0;
}

static napi_value js_stats(napi_env env, napi_callback_info info) {
  napi_value none, result, number;
  Socket *s = this_socket(env, info, &none);
  if (s == NULL) return NULL;
  const struct { const char *name; double value; } all[] = {
    {"received", s->received},
    {"sent", s->sent},
    {"dropped", s->dropped},
    {"errors", s->errors},
    {"kernelDrops", kernel_drops(s)},
    {"recvBuffer", int_option(s, SO_RCVBUF)},
    {"sendBuffer", int_option(s, SO_SNDBUF)},
  };
  napi_create_object(env, &result);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    napi_create_double(env, all[i].value, &number);
    napi_set_named_property(env, result, all[i].name, number);
  }
  return result;
}

/* ---- opening ---- */

/* A number or a boolean; absent is 0. */
static int number_option(napi_env env, napi_value options, const char *name) {
  napi_value value, number;
  int32_t result = 0;
  if (napi_get_named_property(env, options, name, &value) == napi_ok &&
      napi_coerce_to_number(env, value, &number) == napi_ok)
    napi_get_value_int32(env, number, &result);
  return result;
}

static void set_int(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

/* A buffer size past the system's limit needs CAP_NET_ADMIN; without it we get what the limit allows. */
static void set_buffer(int fd, int forced, int plain, int size) {
  if (size > 0 && setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0) set_int(fd, SOL_SOCKET, plain, size);
}

/* Options that must hold before bind. 0, or an errno. */
static int prepare(Socket *s, napi_env env, napi_value options) {
  bool v6 = s->family == 6;
  int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP, one = 1, dscp = number_option(env, options, "dscp");
  if (v6) set_int(s->fd, level, IPV6_V6ONLY, !number_option(env, options, "dualStack"));
  if (number_option(env, options, "reusePort") &&
      setsockopt(s->fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0)
    return errno;
  set_buffer(s->fd, SO_RCVBUFFORCE, SO_RCVBUF, number_option(env, options, "recvBuffer"));
  set_buffer(s->fd, SO_SNDBUFFORCE, SO_SNDBUF, number_option(env, options, "sendBuffer"));
  if (dscp > 0 && dscp < 64) set_int(s->fd, level, v6 ? IPV6_TCLASS : IP_TOS, dscp << 2);
  /* An ICMP error about one peer must not fail the next send to another. */
  set_int(s->fd, level, v6 ? IPV6_RECVERR : IP_RECVERR, 0);
  if (s->wants_local) set_int(s->fd, level, v6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
  return 0;
}

/* Makes and binds the socket. 0, or an errno. */
static int bind_socket(Socket *s, napi_env env, const char *address, napi_value options) {
  struct sockaddr_in6 name = {0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)&name;
  socklen_t size = sizeof name;
  in_port_t port = htons((uint16_t)number_option(env, options, "port"));
  if (inet_pton(AF_INET6, address, &name.sin6_addr) == 1) {
    name.sin6_family = AF_INET6;
    name.sin6_port = port;
    name.sin6_scope_id = (uint32_t)number_option(env, options, "scope");
    s->family = 6;
    s->wants_local = IN6_IS_ADDR_UNSPECIFIED(&name.sin6_addr);
  } else if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = port;
    size = sizeof *v4;
    s->family = 4;
    s->wants_local = v4->sin_addr.s_addr == INADDR_ANY;
  } else {
    return EINVAL;
  }
  s->fd = socket(s->family == 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
  if (s->fd < 0) return errno;
  int error = prepare(s, env, options);
  if (error != 0) return error;
  if (bind(s->fd, (struct sockaddr *)&name, size) != 0) return errno;
  if (getsockname(s->fd, (struct sockaddr *)&name, &size) != 0) return errno;
  s->port = ntohs(s->family == 6 ? name.sin6_port : v4->sin_port);
  return 0;
}

/* The memory of a typed array of `type` with at least `least` elements, NULL when `value` is none. */
static void *array_of(napi_env env, napi_value value, napi_typedarray_type type, size_t least, size_t *length) {
  napi_typedarray_type found;
  void *data;
  bool typed = false;
  if (napi_is_typedarray(env, value, &typed) != napi_ok || !typed) return NULL;
  if (napi_get_typedarray_info(env, value, &found, length, &data, NULL, NULL) != napi_ok) return NULL;
  return found == type && *length >= least && *length <= INT32_MAX ? data : NULL;
}

/* Pointers into a slab and its rows. They stay valid because we keep the arrays alive. */
static bool take_lane(napi_env env, napi_value slab, napi_value meta, Lane *lane) {
  size_t rows;
  lane->slab = array_of(env, slab, napi_uint8_array, BATCH, &lane->slab_size);
  lane->meta = array_of(env, meta, napi_int32_array, BATCH * ROW, &rows);
  if (lane->slab == NULL || lane->meta == NULL) return false;
  lane->slot = lane->slab_size / BATCH;
  for (size_t i = 0; i < BATCH; i++) {
    lane->part[i] = (struct iovec){.iov_base = lane->slab + lane->slot * i, .iov_len = lane->slot};
    lane->head[i].msg_hdr = (struct msghdr){
      .msg_name = &lane->peer[i], .msg_namelen = sizeof lane->peer[i], .msg_iov = &lane->part[i], .msg_iovlen = 1,
      .msg_control = lane->control[i], .msg_controllen = CONTROL,
    };
  }
  return true;
}

static napi_value make_handle(napi_env env, Socket *s, napi_value *kept) {
  napi_value self, name, port;
  uv_loop_t *loop;
  napi_create_object(env, &self);
  napi_create_int32(env, s->port, &port);
  napi_property_descriptor members[] = {
    {.utf8name = "send", .method = js_send},
    {.utf8name = "close", .method = js_close},
    {.utf8name = "stats", .method = js_stats},
    {.utf8name = "port", .value = port, .attributes = napi_enumerable},
  };
  napi_define_properties(env, self, sizeof members / sizeof *members, members);
  napi_type_tag_object(env, self, &TAG);
  napi_wrap(env, self, s, on_collected, NULL, NULL);
  kept[SELF] = self;
  /* Strong references, the handle's own among them: an open socket is never collected. */
  for (int i = 0; i < KEPT; i++) napi_create_reference(env, kept[i], 1, &s->kept[i]);
  napi_create_string_utf8(env, "rempart:udp", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, self, name, &s->context);
  napi_add_async_cleanup_hook(env, on_teardown, s, &s->hook);
  napi_get_uv_event_loop(env, &loop);
  uv_poll_init(loop, &s->poll, s->fd);
  s->poll.data = s;
  uv_poll_start(&s->poll, UV_READABLE, on_wake);
  return self;
}

/* open(address, options, rxSlab, rxMeta, txSlab, txMeta, onBatch) */
static napi_value js_open(napi_env env, napi_callback_info info) {
  size_t argc = 7;
  napi_value argv[KEPT + 2];
  char address[INET6_ADDRSTRLEN + 1] = "";
  napi_valuetype type;
  napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
  Socket *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->env = env;
  s->fd = -1;
  bool fits = argc == 7 && napi_get_value_string_utf8(env, argv[0], address, sizeof address, NULL) == napi_ok;
  fits = fits && napi_typeof(env, argv[1], &type) == napi_ok && type == napi_object;
  fits = fits && napi_typeof(env, argv[6], &type) == napi_ok && type == napi_function;
  if (!fits || !take_lane(env, argv[2], argv[3], &s->rx) || !take_lane(env, argv[4], argv[5], &s->tx)) {
    free(s);
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "open: see native/udp/README.md for its seven arguments");
    return NULL;
  }
  int error = bind_socket(s, env, address, argv[1]);
  if (error != 0) {
    if (s->fd >= 0) close(s->fd);
    free(s);
    napi_throw_error(env, uv_err_name(-error), uv_strerror(-error));
    return NULL;
  }
  return make_handle(env, s, argv + 2);
}

NAPI_MODULE_INIT() {
  napi_value open;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, js_open, NULL, &open);
  napi_set_named_property(env, exports, "open", open);
  return exports;
}
