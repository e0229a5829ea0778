import { BoundedMap, own } from "../../base/index.ts";
import { type Fact, isInjectedUser } from "../../shield/index.ts";
import { readNotice } from "./notice.ts";
import { readPrefix } from "./prefix.ts";
import type { Said } from "./said.ts";
import { readSecurity } from "./security.ts";

/** Attempts of which further lines may come, nonces, and milliseconds within which lines are of one attempt. */
const ATTEMPTS = 16_384;
const NONCES = 65_536;
const TOGETHER = 2_000;
const HELD = 1_024;
/** How long a nonce is answered for that to be proof, ms. */
const NONCE_LIFE = 60_000;

interface Attempt {
  at: number;
  /** Lines of each sort, and how many attempts were told of. */
  security: number;
  notice: number;
  told: number;
}

interface Held {
  readonly at: number;
  readonly said: Said;
}

/**
 * Turns lines of an Asterisk log into facts. One attempt is one fact, however many lines there are about it; that which says most is taken. Pure:
 * time comes from the lines.
 */
export class AsteriskLog {
  readonly #tell: (fact: Fact) => void;
  readonly #attempts = new BoundedMap<string, Attempt>(ATTEMPTS);
  /** Nonces that Asterisk says it has sent, and the one address they went to; empty for several. */
  readonly #nonces = new BoundedMap<string, { readonly to: string; readonly at: number }>(NONCES);
  /** NOTICE lines, until the SECURITY line of the same attempt has had time to come. */
  readonly #held = new Map<string, Held>();
  #now = 0;

  constructor(tell: (fact: Fact) => void) {
    this.#tell = tell;
  }

  /** One line. `before`: when it was written at the latest. True when it is about a caller. */
  take(line: string, before: number): boolean {
    const prefix = readPrefix(line, before);
    if (prefix === undefined) return false;
    const { by, text } = prefix;
    const said = by === "res_security_log" ? readSecurity(text) : readNotice(by, text);
    if (said === undefined) return false;
    const at = prefix.at ?? (this.#now === 0 ? before : this.#now);
    if (at > this.#now) this.#now = at;
    this.#settle(at);
    if (said.kind === "challenge") this.#sent(said, at);
    else if (said.kind === "success") this.#put(said, at);
    else if (said.kind !== "nothing") this.#attempt(said, at);
    return true;
  }

  /** Nothing comes for now: what waits for another line is told. */
  flush(): void {
    this.#settle(Number.POSITIVE_INFINITY);
  }

  #sent({ nonce, address }: Said, at: number): void {
    if (nonce === "") return;
    const known = this.#nonces.get(nonce);
    this.#nonces.set(own(nonce), { to: known === undefined || known.to === address ? address : "", at });
  }

  #attempt(said: Said, at: number): void {
    if (said.session === "") {
      this.#put(said, at);
      return;
    }
    const key = `${said.address} ${said.session}`;
    const known = this.#attempts.get(key);
    const attempt = known === undefined || at - known.at > TOGETHER ? { at, security: 0, notice: 0, told: 0 } : known;
    this.#attempts.set(own(key), attempt);
    attempt.at = at;
    attempt[said.line]++;
    // The other line about it has come before.
    if (attempt[said.line] <= attempt.told) {
      if (said.line === "security" && this.#held.delete(key)) this.#put(said, at);
      return;
    }
    attempt.told++;
    this.#tellHeld(key);
    if (said.line === "notice" && this.#held.size < HELD) this.#held.set(own(key), { at, said });
    else this.#put(said, at);
  }

  #settle(now: number): void {
    for (const [key, { at }] of this.#held) {
      if (now - at <= TOGETHER) return;
      this.#tellHeld(key);
    }
  }

  #tellHeld(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#put(held.said, held.at);
  }

  #put(said: Said, at: number): void {
    if (said.kind === "challenge" || said.kind === "nothing") return;
    const { address, transport, detail, session } = said;
    const account = own(said.account);
    const about = {
      address,
      transport,
      device: "",
      detail: own(detail),
      reference: own(session.slice(0, 96)),
      message: "",
      times: 1,
    };
    const proved = said.kind === "success" || transport !== "udp" || this.#isAnswered(said, at);
    this.#tell({ kind: said.kind, at, account, proved, ...about });
    if (said.kind === "unknownUser" && account !== "<unknown>" && isInjectedUser(account))
      this.#tell({ kind: "injection", at, account: "", proved, ...about, detail: "account" });
  }

  /**
   * Over UDP an address is proved when this log says that the very nonce was sent there, and to nobody else. That a challenge was answered wrongly
   * is not enough: PJSIP says so of nonces that it never gave, too.
   */
  #isAnswered({ nonce, address }: Said, at: number): boolean {
    const sent = nonce === "" ? undefined : this.#nonces.get(nonce);
    return sent !== undefined && sent.to === address && at - sent.at <= NONCE_LIFE;
  }
}
