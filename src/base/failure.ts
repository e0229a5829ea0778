/**
 * A peer's fault, as a value. Exceptions are kept for faults of our own.
 *
 * `code` is stable and listed in docs; `place` names the element ("header/cseq"); `at` is the offset in the message;
 * `reply` is the SIP status that answers it, 0 when silence is the answer.
 */
export class Failure {
  readonly code: string;
  readonly place: string;
  readonly at: number;
  readonly reply: number;
  constructor(code: string, place: string, at: number, reply: number) {
    this.code = code;
    this.place = place;
    this.at = at;
    this.reply = reply;
  }
}

/** True when a result is a peer's fault and not a value. */
export function isFailure(x: unknown): x is Failure {
  return x instanceof Failure;
}
