import { randomBytes } from "node:crypto";
import { answerChallenge } from "../auth/index.ts";
import { isFailure } from "../base/index.ts";
import { H, type Message, parseMessage } from "../sip/index.ts";

/** What a phone knows to answer challenges with (RFC 3261 22). */
export interface Keyring {
  /** Takes in the challenges of a 401 or 407. Undefined: none can be answered; else whether it was for a stale nonce. */
  learn(m: Message): { readonly stale: boolean } | undefined;
  /**
   * Credentials for a request as whole header lines: for the registrar with REGISTER, for the proxy with all else. Empty
   * before the first challenge.
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

/** A keyring for one account at one edge: the last challenge of the registrar and that of the proxy. */
export function newKeyring(secret: Secret): Keyring {
  const held: { registrar?: Held; proxy?: Held } = {};
  return {
    learn(m) {
      const challenge = onlyKnown(m, secret.algorithms);
      if (challenge === undefined) return undefined;
      held[m.status === 401 ? "registrar" : "proxy"] = { challenge, nc: 0 };
      const first = challenge.get(m.status === 401 ? H.wwwAuthenticate : H.proxyAuthenticate);
      return { stale: first !== undefined && !isFailure(first) && first.stale };
    },
    lines(method, uri) {
      const h = held[method === "REGISTER" ? "registrar" : "proxy"];
      if (h === undefined) return "";
      h.nc++;
      const cnonce = randomBytes(8).toString("hex");
      const { user, password } = secret;
      return answerChallenge(h.challenge, { method, uri, user, password, cnonce, nc: h.nc }) ?? "";
    },
    forget() {
      delete held.registrar;
      delete held.proxy;
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
