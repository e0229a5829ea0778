/** What the signalling thread counts; `status` shows it. Plain numbers, never reset within a run. */
export function newCounters() {
  return {
    packets: 0,
    requests: 0,
    responses: 0,
    /** No SIP message could be made out; nothing was answered. */
    unreadable: 0,
    /** Answered 400, 413, 505 …: the message breaks the grammar. */
    malformed: 0,
    /** Stopped at a transaction that had already seen them. */
    retransmissions: 0,
    /** Responses that belong to no transaction of ours. */
    strayResponses: 0,
    /** ACKs that belong to no call of ours, or follow an answer we gave without keeping state. */
    strayAcks: 0,
    challenged: 0,
    authenticated: 0,
    wrongPassword: 0,
    /** Right or wrong, the password came from an address that the account may not be used from; counted as wrong too. */
    deniedAddress: 0,
    /** PINs of international calls that were wrong, or came while none counted. */
    wrongPin: 0,
    registered: 0,
    /** Calls in the name of a user who is not registered from there, where another server asks for passwords. */
    unregistered: 0,
    /** Refused since the domain wants TLS, or since the certificate is for somebody else. */
    withoutTls: 0,
    wrongCertificate: 0,
    refused: 0,
    /** Answers that were left out, for they were more than twice as long as what came from who may not live there. */
    unanswered: 0,
    relayed: 0,
    /** Names of other domains that were looked up. */
    lookups: 0,
    /** Requests turned away because a table was full. */
    overloaded: 0,
    /** Packets that met an exception: faults of ours. */
    bugs: 0,
  };
}
export type Counters = ReturnType<typeof newCounters>;
