/** Every bound on what strangers can make us hold or do. Limits come before memory. */
export const LIMITS = {
  /** Bytes of one message, framed or in a datagram. */
  message: 65_536,
  /** Bytes of one header line, name and folding included. */
  headerLine: 8_192,
  headers: 128,
  /** Characters of a request URI, and of each URI that is parsed. */
  uri: 512,
  /** Characters of a method; RFC 4475 3.1.1.2 has one of 44. */
  method: 64,
  /** Via values in one message. */
  vias: 70,
  /** Contacts under one AOR. */
  contacts: 10,
  /** Characters of one text that is kept with a binding: its parameters, its Call-ID. */
  bindingText: 1_024,
  /**
   * Transactions held at once (all machines together), and for each of them bytes of the requests that they relay, on the
   * average (so 256 MiB in all); strangers may fill half of either. A call takes two and a response context. Measured: 20,000 INVITEs of 719 bytes that nobody answers take 3.3 KB of
   * resident memory each, so strangers 110 MB at most of such; a larger one takes 1.3 bytes more for each byte of it.
   */
  transactions: 131_072,
  relayedBytes: 2_048,
  /** Connections in all, and from one source (IPv4 address or IPv6 /64) without a binding on them. */
  connections: 16_384,
  connectionsPerSource: 64,
  /** Accepted connections that have not shaken hands yet (TLS, WebSocket), and milliseconds they may take for it. */
  handshakes: 1_024,
  handshake: 5_000,
  /** Milliseconds of silence after which a WebSocket is asked for a sign of life: browsers cannot ask by themselves. */
  webPing: 30_000,
  /** Milliseconds a connection may take for one whole message, and stay idle without a binding. */
  halfMessage: 4_000,
  idle: 300_000,
  /** Milliseconds a connection of ours may take to stand, and a peer may leave unread what we wrote. */
  connect: 5_000,
  stall: 32_000,
  /** Bytes queued for a peer that does not read before its connection is closed. */
  sendQueue: 1_048_576,
  /** UDP peers remembered at once. */
  peers: 262_144,
  /** Nonces whose nonce count is tracked. */
  nonces: 131_072,
  /** Addresses and blocks of one trunk, trunks in all, and lines of permit and deny of one account. */
  trunkAddresses: 256,
  trunks: 1_000,
  aclRules: 64,
  /** Names of other domains that are remembered, that are being looked up, and milliseconds until one of those is given up. */
  names: 2_048,
  searches: 64,
  search: 8_000,
  /** Requests that wait for a name, their bytes, and how many of them one account may have. */
  waiting: 1_024,
  waitingBytes: 4_194_304,
  waitingPerAccount: 8,
  /** Addresses of another domain that one request is tried at. */
  hops: 8,
  /** RFC 3261 18.1.1: above this a request leaves by a congestion-controlled transport where there is one. */
  udpRequest: 1_300,
  /** RFC 5393 5.3.3.1: branches that all descendants of one request may make. */
  maxBreadth: 60,
  maxForwards: 70,
} as const;
