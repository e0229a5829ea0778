/** What happens to a transaction: the `event` of `step`. */
export const Event = {
  /** Server: the request came again. */
  request: 1,
  /** INVITE server: an ACK that matches it. */
  ack: 2,
  /** Server: the TU answers with `status`, `text`. */
  respond: 3,
  /** Client: the peer answered with `status`. */
  response: 4,
  /** `tx.due` has come; one that comes too early does nothing. */
  timer: 5,
  /** A message could not be sent, or the connection is gone. */
  transportError: 6,
  /** INVITE client: a CANCEL has been sent for it. */
  cancel: 7,
} as const;
export type EventCode = (typeof Event)[keyof typeof Event];

/**
 * What the host has to do after a `step`: flags of one mask, done in this order. `send` and `pass` never come together.
 */
export const Effect = {
  none: 0,
  /** Send `tx.last` on `tx.flow`. */
  send: 1,
  /** Hand the message that caused this step to the TU. */
  deliver: 2,
  /** INVITE client: send the ACK to this response, `buildAck(tx.last, response)`, on `tx.flow`. */
  ack: 4,
  /** Tell the TU that nothing came in time: for a client 408, for a server that it may forget the request. */
  timeout: 8,
  /** Tell the TU that sending failed. */
  failed: 16,
  /** Remove it from the table. */
  ended: 32,
  /** Non-INVITE server: RFC 4320 wants a 100 now; build one and give it back as `Event.respond`. */
  trying: 64,
  /** INVITE server: send the text that was handed in on `tx.flow`; `tx.last` stays what is retransmitted. */
  pass: 128,
} as const;
