/** What strangers do wrong before a first message, by kind; each is a word in `status` and in the log. */
export function newDoorCounts() {
  return {
    /** Too many connections from one source, or in all without one that may give way. */
    refused: 0,
    /** A TLS handshake on a port without TLS. */
    tlsOnPlain: 0,
    /** Something else than TLS on a TLS port. */
    plainOnTls: 0,
    /** No handshake in time (the oldest has least where too many wait), or hung up in the middle of it. */
    halfHandshake: 0,
    /** No version, cipher or the like in common. */
    handshakeFailed: 0,
    /** A handshake for a name that is none of ours: served with the first certificate. */
    foreignName: 0,
    /** A client certificate that is missing, of a wrong CA, expired or revoked. */
    badCertificate: 0,
    /** A WebSocket that a page of a foreign site wants to open. */
    foreignOrigin: 0,
    /** HTTP that is no WebSocket for SIP. */
    notWebSocket: 0,
  };
}

export type DoorCounts = ReturnType<typeof newDoorCounts>;

/** `detail` of a half handshake that had its time; of the others somebody hung up, or gave way to the next. */
export const TOO_SLOW = "took too long";

/** Told of each of them; `detail` is a short word for an operator, such as CERT_HAS_EXPIRED, and may be empty. */
export type OnDoor = (what: keyof DoorCounts, host: string, detail: string) => void;
