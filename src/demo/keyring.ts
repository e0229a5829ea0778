import { randomBytes } from "node:crypto";
import { answerChallenge } from "../auth/index.ts";
import { isFailure } from "../base/index.ts";
import { H, type Message, parseMessage } from "../sip/index.ts";

/** What a phone knows to answer challenges with (RFC 3261 22). */
export interface Keyring {
  /** Takes in the challenges of a 401 or 407. Undefined: none can be answered; else whether it was for a stale nonce. */
  learn(m: Message): { readonly stale: boolean } | undefined;
  /**
   * Credentials for a request as whole header lines: for the registrar with REGISTER, for the proxy and for who is called
   * with all else. Empty before the first challenge.
   */
  lines(method: string, uri: string): string;
  /** Forgets every challenge, as a phone does that is switched off. */
  forget(): void;
}

export interface Secret {
  readonly user: string;
  readonly password: string;
  /** The algorithms this phone knows, by their names on the wire. */
  readonly algorithms: readonly string[];
}

interface Held {
  readonly challenge: Message;
  nc: number;
}

/** A keyring for one account at one edge: the last challenge of the registrar, of the proxy, and of who is called. */
export function newKeyring(secret: Secret): Keyring {
  const held: { registrar?: Held; proxy?: Held; callee?: Held } = {};
  const answer = (h: Held | undefined, method: string, uri: string): string => {
    if (h === undefined) return "";
    h.nc++;
    const cnonce = randomBytes(8).toString("hex");
    const { user, password } = secret;
    return answerChallenge(h.challenge, { method, uri, user, password, cnonce, nc: h.nc }) ?? "";
  };
  return {
    learn(m) {
      const challenge = onlyKnown(m, secret.algorithms);
      if (challenge === undefined) return undefined;
      // RFC 3261 22.2: a PBX is the server of a call, and challenges it with 401.
      const asker = m.status === 407 ? "proxy" : m.need(H.cseq).method === "REGISTER" ? "registrar" : "callee";
      held[asker] = { challenge, nc: 0 };
      const first = challenge.get(m.status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate);
      return { stale: first !== undefined && !isFailure(first) && first.stale };
    },
    lines(method, uri) {
      if (method === "REGISTER") return answer(held.registrar, method, uri);
      return answer(held.proxy, method, uri) + answer(held.callee, method, uri);
    },
    forget() {
      delete held.registrar;
      delete held.proxy;
      delete held.callee;
    },
  };
}

/** The response without the challenges this phone has no algorithm for; undefined when none is left. */
function onlyKnown(m: Message, algorithms: readonly string[]): Message | undefined {
  const lines = m.text.split("\r\n");
  const isChallenge = (line: string): boolean => /^(?:www|proxy)-authenticate:/i.test(line);
  const algorithmOf = (line: string): string => /algorithm="?([\w-]+)/i.exec(line)?.[1] ?? "MD5";
  const left = lines.filter((line) => !isChallenge(line) || algorithms.includes(algorithmOf(line)));
  const message = left.some(isChallenge) ? parseMessage(left.join("\r\n")) : undefined;
  return message === undefined || isFailure(message) ? undefined : message;
}
