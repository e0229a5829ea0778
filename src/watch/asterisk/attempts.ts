import { BoundedMap, isInjectedUser, own } from "../../base/index.ts";
import type { Fact, FactKind } from "../../shield/index.ts";
import type { Said, SaidBy } from "./said.ts";

/** Attempts of which further lines may come, nonces, and milliseconds within which lines are of one attempt. */
const ATTEMPTS = 16_384;
const NONCES = 65_536;
const TOGETHER = 2_000;
const HELD = 1_024;
const SPACE = 32;
/** How long a nonce is answered for that to be proof, ms. */
const NONCE_LIFE = 60_000;

/** Takes a fact, and the number that was handed in with the line that it is told by. */
export type Tell = (fact: Fact, line: number) => void;

interface Attempt {
  at: number;
  /** How many lines of each sort, and how many attempts were told of. */
  readonly lines: Record<SaidBy, number>;
  readonly seconds: Record<SaidBy, number>;
  told: number;
}

interface Held {
  readonly at: number;
  readonly said: Said;
  readonly line: number;
}

/**
 * What Asterisk says about its callers, as facts: one attempt is one fact, however many lines there are about it, and from however many sides; that
 * which says most is taken. A log and the manager interface of one Asterisk share one of these. Pure: time is handed in.
 */
export class Attempts {
  readonly #tell: Tell;
  readonly #attempts = new BoundedMap<string, Attempt>(ATTEMPTS);
  readonly #successes = new BoundedMap<string, { readonly at: number; readonly by: SaidBy }>(ATTEMPTS);
  /** The attempt that the last line was about: most lines of one come together, and to compare costs less than to look up. */
  #last: { readonly key: string; readonly attempt: Attempt } | undefined;
  /** Nonces that Asterisk says it has sent, and the one address they went to; empty for several. */
  readonly #nonces = new BoundedMap<string, { readonly to: string; readonly at: number }>(NONCES);
  /** NOTICE lines, until the SECURITY line of the same attempt has had time to come. */
  readonly #held = new Map<string, Held>();
  /** When the first of them came. */
  #heldSince = 0;
  /** This Asterisk shows no security events: there is nothing to wait for. */
  #isPlain = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** `line`: any number; it comes back with the fact. */
  take(said: Said, at: number, line = 0): void {
    if (this.#held.size > 0 && at - this.#heldSince > TOGETHER) this.settle(at);
    if (said.line !== "notice") this.#isPlain = false;
    if (said.kind === "challenge") this.#sent(said, at);
    else if (said.kind === "success") this.#success(said, at, line);
    else if (said.kind !== "nothing") this.#attempt(said, at, line);
  }

  /** What has waited long enough for another line is told. */
  settle(now: number): void {
    for (const [key, { at }] of this.#held) {
      this.#heldSince = at;
      if (now - at <= TOGETHER) return;
      if (now < Number.POSITIVE_INFINITY) this.#isPlain = true;
      this.#tellHeld(key);
    }
  }

  /** The line that waits longest for another one; Infinity: none does. */
  get waiting(): number {
    for (const { line } of this.#held.values()) return line;
    return Number.POSITIVE_INFINITY;
  }

  #sent({ nonce, address }: Said, at: number): void {
    if (nonce === "") return;
    const known = this.#nonces.get(nonce);
    this.#nonces.set(own(nonce), { to: known === undefined || known.to === address ? address : "", at });
  }

  #success(said: Said, at: number, line: number): void {
    if (said.session !== "") {
      const key = `${said.address} ${said.session}`;
      const known = this.#successes.get(key);
      // The same from the other side.
      if (known !== undefined && known.by !== said.line && at - known.at <= TOGETHER) return;
      this.#successes.set(own(key), { at, by: said.line });
    }
    this.#put(said, at, line);
  }

  #attempt(said: Said, at: number, line: number): void {
    if (said.session === "") {
      this.#put(said, at, line);
      return;
    }
    const { key, attempt } = this.#attemptOf(said, at);
    attempt.at = at;
    const count = ++(said.isSecond ? attempt.seconds : attempt.lines)[said.line];
    const isFull = !said.isSecond && said.line !== "notice";
    // Another line about it has come before.
    if (count <= attempt.told) {
      if (isFull && this.#held.delete(key)) this.#put(said, at, line);
      return;
    }
    attempt.told++;
    this.#tellHeld(key);
    if (isFull || this.#isPlain || this.#held.size >= HELD) this.#put(said, at, line);
    else {
      if (this.#held.size === 0) this.#heldSince = at;
      this.#held.set(key, { at, said, line });
    }
  }

  #attemptOf(said: Said, at: number): { readonly key: string; readonly attempt: Attempt } {
    let last = this.#last;
    if (last !== undefined && isKeyOf(last.key, said) && at - last.attempt.at <= TOGETHER) return last;
    // To look it up has made one string of it, which holds no line alive.
    const key = `${said.address} ${said.session}`;
    const known = this.#attempts.get(key);
    if (known !== undefined && at - known.at <= TOGETHER) last = { key, attempt: known };
    else {
      const none = { security: 0, event: 0, notice: 0 };
      last = { key, attempt: { at, lines: none, seconds: { ...none }, told: 0 } };
      this.#attempts.set(key, last.attempt);
    }
    this.#last = last;
    return last;
  }

  #tellHeld(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#put(held.said, held.at, held.line);
  }

  #put(said: Said, at: number, line: number): void {
    if (said.kind === "challenge" || said.kind === "nothing") return;
    const account = own(said.account);
    const proved = said.kind === "success" || said.transport !== "udp" || this.#isAnswered(said, at);
    this.#tell(factOf(said, said.kind, at, account, proved, own(said.detail)), line);
    if (said.kind === "unknownUser" && account !== "<unknown>" && isInjectedUser(account))
      this.#tell(factOf(said, "injection", at, "", proved, "account"), line);
  }

  /**
   * Over UDP an address is proved when Asterisk says that the very nonce was sent there, and to nobody else. That a challenge was answered wrongly
   * is not enough: PJSIP says so of nonces that it never gave, and chan_sip takes the nonce of a conversation from whoever writes its Call-ID.
   */
  #isAnswered({ nonce, address }: Said, at: number): boolean {
    const sent = nonce === "" ? undefined : this.#nonces.get(nonce);
    return sent !== undefined && sent.to === address && at - sent.at <= NONCE_LIFE;
  }
}

/** Is it `${address} ${session}`? No address has a space. */
function isKeyOf(key: string, { address, session }: Said): boolean {
  return (
    key.length === address.length + 1 + session.length &&
    key.charCodeAt(address.length) === SPACE &&
    key.endsWith(session) &&
    key.startsWith(address)
  );
}

function factOf(said: Said, kind: FactKind, at: number, account: string, proved: boolean, detail: string): Fact {
  return {
    kind,
    at,
    // Never a part of a line: `addressOf` has made it.
    address: said.address,
    transport: said.transport,
    proved,
    account,
    device: "",
    detail,
    reference: own(said.session.slice(0, 96)),
    message: "",
    times: 1,
  };
}
