import { type Account, answerChallenge } from "../auth/index.ts";
import { type Flow, isFailure } from "../base/index.ts";
import { grantedSeconds, lookup } from "../registrar/index.ts";
import { H, type Message } from "../sip/index.ts";
import type { KnownBackend } from "./backends.ts";
import type { Core } from "./core.ts";

/** Seconds asked for; the phone system grants what it likes. */
const EXPIRES = 3_600;
/** Renewed after this part of what was granted: a PBX that is away for a while has not forgotten anybody yet. */
const RENEW = 0.6;
/** Milliseconds: an answer takes no longer, and after a failure it is tried again. */
const PATIENCE = 4_000;
const AGAIN = 10_000;
/** Refused for what the PBX is told to think of this user: that changes by a person's hand. */
const REFUSED_AGAIN = 60_000;
/** Users looked at and requests started per tick (10 ms), and requests under way: a PBX has other work. */
const LOOKED_AT = 100;
const STARTED = 5;
const UNDER_WAY = 100;

/** One user as a phone system knows him by us. */
interface Mirrored {
  readonly callId: string;
  cseq: number;
  /** Where he is registered or was tried last; "" before the first time. */
  backend: string;
  registered: boolean;
  asking: boolean;
  /** Monotonic ms at which it is looked after again. */
  dueAt: number;
}

/** What `status` shows. */
export interface MirrorStatus {
  readonly users: number;
  readonly registered: number;
  /** Users whom a phone system refused, and its last word. */
  readonly refused: number;
  readonly last: string;
}

/**
 * `[front] register = "mirror"`: who is registered here is kept registered at a phone system behind us too, so that its device state, lamps and
 * voicemail work. It gets one contact for each user, which leads to all his phones.
 */
export class Mirror {
  readonly #core: Core;
  readonly #users = new Map<string, Mirrored>();
  /** Users whose bindings changed. */
  readonly #changed = new Set<string>();
  #cursor: MapIterator<[string, Mirrored]> | undefined;
  #registered = 0;
  #refused = 0;
  #last = "";

  constructor(core: Core) {
    this.#core = core;
    for (const b of core.location.all()) this.#changed.add(b.aor);
  }

  /** A binding of this user came, was renewed, or is gone. */
  changed(aor: string): void {
    this.#changed.add(aor);
  }

  /** Time has passed. */
  tick(now: number): void {
    let free = Math.min(STARTED, UNDER_WAY - this.#core.requests.size);
    for (const aor of this.#changed) {
      if (free <= 0) return;
      this.#changed.delete(aor);
      if (this.#follow(aor, now)) free--;
    }
    for (let n = Math.min(LOOKED_AT, this.#users.size); n > 0 && free > 0; n--) {
      this.#cursor ??= this.#users.entries();
      const next = this.#cursor.next();
      if (next.done === true) this.#cursor = undefined;
      else if (this.#isDue(next.value[0], next.value[1], now) && this.#register(...next.value, EXPIRES, now)) free--;
    }
  }

  status(): MirrorStatus {
    return { users: this.#users.size, registered: this.#registered, refused: this.#refused, last: this.#last };
  }

  /** True when it has started a request. */
  #follow(aor: string, now: number): boolean {
    const lives = lookup(this.#core.location, aor, this.#core.clock.wall()).length > 0;
    const known = this.#users.get(aor);
    if (lives && known === undefined) {
      const made = {
        callId: this.#core.entropy.token(),
        cseq: 0,
        backend: "",
        registered: false,
        asking: false,
        dueAt: now,
      };
      this.#users.set(aor, made);
      return this.#register(aor, made, EXPIRES, now);
    }
    if (lives || known === undefined) return false;
    this.#users.delete(aor);
    if (!known.registered) return false;
    this.#registered--;
    return this.#register(aor, known, 0, now);
  }

  #isDue(aor: string, u: Mirrored, now: number): boolean {
    if (u.asking) return false;
    // Its phone system is down, or the one that is his is back.
    return now >= u.dueAt || (u.registered && this.#core.backends.first(aor)?.name !== u.backend);
  }

  #register(aor: string, u: Mirrored, expires: number, now: number): boolean {
    const { backends } = this.#core;
    // Away he goes where he is, not where he would go now.
    const at = expires === 0 ? backends.list.find((b) => b.name === u.backend) : backends.first(aor);
    const flow = at && backends.flow(at);
    u.dueAt = now + AGAIN;
    if (at === undefined || flow === undefined) return false;
    this.#ask(aor, u, at, flow, expires, "");
    return true;
  }

  #ask(aor: string, u: Mirrored, at: KnownBackend, flow: Flow, expires: number, credentials: string): void {
    u.asking = true;
    u.cseq++;
    const write = (via: string): string =>
      registerText(aor, u, flow, via, expires, credentials, this.#core.entropy.token());
    this.#core.requests.ask(flow, PATIENCE, write, (answer) => {
      u.asking = false;
      const challenged = answer?.status === 401 || answer?.status === 407;
      const more = challenged && credentials === "" ? this.#credentials(aor, answer) : undefined;
      if (more !== undefined) this.#ask(aor, u, at, flow, expires, more);
      else if (expires > 0 && this.#users.get(aor) === u) this.#answered(u, at, answer);
      // He has left while we asked.
      else if (expires > 0 && answer?.status === 200) this.#ask(aor, u, at, flow, 0, credentials);
    });
  }

  #answered(u: Mirrored, at: KnownBackend, answer: Message | undefined): void {
    const now = this.#core.clock.now();
    const was = u.registered;
    u.registered = answer?.status === 200;
    u.backend = at.name;
    if (u.registered !== was) this.#registered += u.registered ? 1 : -1;
    if (answer?.status === 200) u.dueAt = now + RENEW * 1_000 * granted(answer);
    else if (answer !== undefined) {
      this.#refused++;
      this.#last = `${at.name}: ${answer.status}`;
      u.dueAt = now + REFUSED_AGAIN;
    }
  }

  /** Where the phone system asks for the password: its realm must be that of the account, for we have no more than its hashes. */
  #credentials(aor: string, challenge: Message): string | undefined {
    const account: Account | undefined = this.#core.accounts.get(aor);
    if (account === undefined) return undefined;
    const realm = this.#core.config.realm === "" ? account.domain : this.#core.config.realm;
    const secret = (algorithm: "MD5" | "SHA-256" | "SHA-512-256", of: string): string | undefined => {
      if (of !== realm) return undefined;
      const { md5, sha256, sha512_256 } = account.ha1;
      return algorithm === "MD5" ? md5 : algorithm === "SHA-256" ? sha256 : sha512_256;
    };
    const uri = `sip:${account.domain}`;
    const cnonce = this.#core.entropy.token();
    return answerChallenge(challenge, {
      method: "REGISTER",
      uri,
      user: account.login ?? account.user,
      secret,
      cnonce,
      nc: 1,
    });
  }
}

function registerText(
  aor: string,
  u: Mirrored,
  flow: Flow,
  via: string,
  expires: number,
  credentials: string,
  tag: string,
): string {
  const at = aor.lastIndexOf("@");
  const way = flow.transport === "udp" ? "" : `;transport=${flow.transport}`;
  return [
    `REGISTER sip:${aor.slice(at + 1)} SIP/2.0`,
    `Via: ${via}`,
    "Max-Forwards: 70",
    `From: <sip:${aor}>;tag=${tag}`,
    `To: <sip:${aor}>`,
    `Call-ID: ${u.callId}`,
    `CSeq: ${u.cseq} REGISTER`,
    `Contact: <sip:${aor.slice(0, at)}@${flow.sentBy}${way}>`,
    `Expires: ${expires}`,
    `${credentials}Content-Length: 0\r\n\r\n`,
  ].join("\r\n");
}

/** The seconds that were granted; there is one contact of ours. */
function granted(answer: Message): number {
  const contacts = answer.all(H.contact);
  if (isFailure(contacts)) return EXPIRES;
  let least = EXPIRES;
  for (const c of contacts) if (c !== "*") least = Math.min(least, grantedSeconds(answer, c, EXPIRES));
  return Math.max(least, 1);
}
